//! Compiled code between runs.
//!
//! Loading compiled code is running it, so the cache trusts nothing but what this user wrote with this key: the folder
//! is ours and closed to others, files are opened without following links, and each carries a MAC. The key is the hash
//! of the component, of the engine's configuration and of wasmtime's full version (all in the engine's compatibility
//! hash). Anything odd is a miss; a cache that cannot be used is no cache, never an error.

use std::ffi::CStr;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, Mode, OFlags};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::source::hex;

/// Bytes in the cache. A Rust check compiles to 0.1 MB and a Python one to 35 MB, so this holds some of everything.
const MAX_CACHE_BYTES: u64 = 512 << 20;

/// Bytes of one entry; compiled code is about twice its component.
const MAX_ENTRY_BYTES: u64 = 256 << 20;

const KEY_BYTES: usize = blake3::KEY_LEN;
const MAC_BYTES: u64 = blake3::OUT_LEN as u64;
const KEY_NAME: &str = "key";

/// A private folder of compiled code, or none.
pub struct CodeCache {
    usable: Option<Usable>,
}

struct Usable {
    folder: OwnedFd,
    key: [u8; KEY_BYTES],
}

impl CodeCache {
    /// No cache: each component is compiled.
    pub fn disabled() -> Self {
        Self { usable: None }
    }

    /// Use this folder, which is made if it is missing. A folder that others may touch is not used.
    pub fn open(path: &Path) -> Self {
        Self {
            usable: Usable::open(path),
        }
    }

    /// Whether compiled code is kept at all; `doctor` says so.
    pub fn is_usable(&self) -> bool {
        self.usable.is_some()
    }

    /// How many entries, and their bytes.
    pub fn held(&self) -> Option<(usize, u64)> {
        let entries = self.usable.as_ref()?.entries().ok()?;
        let bytes = entries.iter().map(|(_, bytes, _)| bytes).sum();
        Some((entries.len(), bytes))
    }

    /// The compiled code of a component, if it is here and whole.
    pub fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let usable = self.usable.as_ref()?;
        let name = entry_name(engine, digest);
        deserialize(engine, &usable.whole(&name)?)
    }

    /// Keep the compiled code of a component, if that is possible.
    pub fn store(&self, engine: &Engine, digest: &str, component: &Component) {
        let Some(usable) = &self.usable else { return };
        let Ok(code) = component.serialize() else {
            return;
        };
        let name = entry_name(engine, digest);
        if usable.write(&name, &code).is_ok() {
            usable.trim();
        }
    }
}

/// Compiled code is mapped, not copied: of each component only the pages that it runs are read again.
#[expect(unsafe_code, reason = "the engine's only way to load compiled code")]
fn deserialize(engine: &Engine, entry: &File) -> Option<Component> {
    // The open file by its number, so that what is mapped is what was checked, whatever its name now stands for.
    let path = format!("/dev/fd/{}", entry.as_raw_fd());
    // SAFETY: the bytes are the unmodified output of `Component::serialize`: their MAC has been checked with a key that
    // only this user can read. The file is this user's alone and is never written in place, only replaced by name; who
    // could change it could read the key too.
    unsafe { Component::deserialize_file(engine, path) }.ok()
}

/// The engine's hash holds wasmtime's full version, the target, its flags and the proposals.
fn entry_name(engine: &Engine, digest: &str) -> String {
    let mut compatibility = DefaultHasher::new();
    engine
        .precompile_compatibility_hash()
        .hash(&mut compatibility);
    let mut hash = Sha256::new();
    hash.update(digest.as_bytes());
    hash.update(compatibility.finish().to_le_bytes());
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    format!("{}.code", hex(&hash.finalize()))
}

impl Usable {
    fn open(path: &Path) -> Option<Self> {
        let folder = open_folder(path)?;
        let key = read_key(&folder).or_else(|| make_key(&folder))?;
        Some(Self { folder, key })
    }

    /// The entry of this name, if it is what was written. Its code comes first, so that it starts on a page.
    fn whole(&self, name: &str) -> Option<File> {
        let mut file = open_own(&self.folder, name)?;
        let length = file.metadata().ok()?.len();
        let code = length.checked_sub(MAC_BYTES)?;
        if length > MAX_ENTRY_BYTES {
            return None;
        }
        let mut mac = self.mac(name);
        mac.update_reader((&file).take(code)).ok()?;
        let mut written = [0; blake3::OUT_LEN];
        file.read_exact(&mut written).ok()?;
        // Compared in constant time.
        (mac.finalize() == blake3::Hash::from_bytes(written)).then_some(file)
    }

    fn write(&self, name: &str, code: &[u8]) -> std::io::Result<()> {
        if code.len() as u64 > MAX_ENTRY_BYTES - MAC_BYTES {
            return Ok(());
        }
        let mac = self.mac(name).update(code).finalize();
        write_whole(&self.folder, name, &[code, mac.as_bytes()])
    }

    /// A keyed hash over the entry's name and its code, so that no entry passes for another.
    fn mac(&self, name: &str) -> blake3::Hasher {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(name.as_bytes());
        mac
    }

    /// Remove the oldest entries until what is left fits.
    fn trim(&self) {
        let mut entries = self.entries().unwrap_or_default();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, name) in entries {
            if total <= MAX_CACHE_BYTES {
                return;
            }
            let _ = fs::unlinkat(&self.folder, name, AtFlags::empty());
            total = total.saturating_sub(bytes);
        }
    }

    /// Age, size and name of each entry.
    fn entries(&self) -> rustix::io::Result<Vec<(i64, u64, String)>> {
        let mut entries = Vec::new();
        for entry in fs::Dir::read_from(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if !is_entry(name) {
                continue;
            }
            let stat = fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let bytes = u64::try_from(stat.st_size).unwrap_or_default();
            entries.push((stat.st_mtime, bytes, name.to_string_lossy().into_owned()));
        }
        Ok(entries)
    }
}

fn is_entry(name: &CStr) -> bool {
    name.to_bytes().ends_with(b".code") || name.to_bytes().ends_with(b".new")
}

/// The folder, made if missing; `None` unless it is ours alone.
fn open_folder(path: &Path) -> Option<OwnedFd> {
    if let Some(parent) = path.parent() {
        make_parents(parent);
    }
    match fs::mkdir(path, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(_) => return None,
    }
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
    let folder = fs::open(path, flags, Mode::empty()).ok()?;
    is_ours_alone(&folder).then_some(folder)
}

fn make_parents(path: &Path) {
    if path.as_os_str().is_empty() || fs::access(path, fs::Access::EXISTS).is_ok() {
        return;
    }
    if let Some(parent) = path.parent() {
        make_parents(parent);
    }
    let _ = fs::mkdir(path, Mode::RWXU);
}

/// Owned by this user, with no right for anyone else. Asked of what is open, so that nothing can be swapped.
fn is_ours_alone(file: impl AsFd) -> bool {
    fs::fstat(file).is_ok_and(|stat| {
        let others = Mode::from_raw_mode(stat.st_mode).bits() & 0o077;
        stat.st_uid == rustix::process::geteuid().as_raw() && others == 0
    })
}

fn open_own(folder: &OwnedFd, name: &str) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(fs::openat(folder, name, flags, Mode::empty()).ok()?);
    (is_ours_alone(&file) && file.metadata().is_ok_and(|metadata| metadata.is_file()))
        .then_some(file)
}

fn read_key(folder: &OwnedFd) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    open_own(folder, KEY_NAME)?.read_exact(&mut key).ok()?;
    Some(key)
}

/// A new key makes every entry a miss. Of two processes that make one at once the later wins, and the other's entries
/// are misses.
fn make_key(folder: &OwnedFd) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).ok()?;
    write_whole(folder, KEY_NAME, &[&key]).ok()?;
    Some(key)
}

/// Written beside, brought to the disk, then renamed: a file under its name is whole.
fn write_whole(folder: &OwnedFd, name: &str, parts: &[&[u8]]) -> std::io::Result<()> {
    let temporary = format!("{name}.{}.new", std::process::id());
    let _ = fs::unlinkat(folder, &temporary, AtFlags::empty());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(fs::openat(
        folder,
        &temporary,
        flags,
        Mode::RUSR | Mode::WUSR,
    )?);
    let written = parts
        .iter()
        .try_for_each(|part| file.write_all(part))
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(fs::renameat(folder, &temporary, folder, name)?));
    if written.is_err() {
        let _ = fs::unlinkat(folder, &temporary, AtFlags::empty());
    }
    written
}
