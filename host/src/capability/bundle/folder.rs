//! A folder's files, reached through the folder's handle alone. No link is followed, and nothing but files is opened.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use jiff::Timestamp;
use rustix::fs::OFlags;

use super::fault::{Failure, Refused};
use super::limits::Limits;
use super::name;
use super::source::{File, Stored, is_read};

/// All files of a folder and of the folders in it, by plain name, unread.
pub(super) fn walk(root: &Dir, limits: &Limits) -> Result<BTreeMap<String, File>, Failure> {
    let mut files = BTreeMap::new();
    let mut entries = 0_usize;
    let mut open = vec![(root.try_clone()?, Vec::new())];
    while let Some((folder, path)) = open.pop() {
        for entry in folder.entries()? {
            let entry = entry?;
            entries += 1;
            if entries > limits.entries {
                return Err(Refused::Entries(limits.entries).into());
            }
            let mut raw = path.clone();
            raw.extend_from_slice(entry.file_name().as_bytes());
            let name = name::plain(&raw, limits)?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                raw.push(b'/');
                open.push((entry.open_dir()?, raw));
                continue;
            }
            let metadata = entry.metadata()?;
            let stored = match kind {
                _ if kind.is_symlink() => Stored::Link,
                _ if !kind.is_file() || !is_read(&name) => Stored::Other,
                _ if metadata.len() > limits.file => Stored::TooLarge,
                _ => Stored::OnDisk,
            };
            let modified = metadata.modified().ok();
            let modified = modified.and_then(|time| Timestamp::try_from(time.into_std()).ok());
            files.insert(name, File { stored, modified });
        }
    }
    Ok(files)
}

/// The bytes of one file; none where it has grown beyond the limit since it was seen.
pub(super) fn read(root: &Dir, name: &str, limits: &Limits) -> io::Result<Option<Vec<u8>>> {
    let mut options = OpenOptions::new();
    // A pipe that took the file's place meanwhile must not hold up the run, and a link must lead nowhere.
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = root.open_with(name, options.read(true).custom_flags(flags))?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limits.file + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limits.file).then_some(bytes))
}
