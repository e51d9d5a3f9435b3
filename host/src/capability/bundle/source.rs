//! The files of a bundle by name, wherever they lie: in memory, out of an archive, or in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use jiff::Timestamp;
use rustix::fs::OFlags;

use super::limits::Limits;
use super::{archive, fault, folder, name};
use crate::capability::{ErrorCode, ReadError};
use crate::ui::Fault;

/// One file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) stored: Stored,
    pub(super) modified: Option<Timestamp>,
}

/// Where its bytes are.
#[derive(Debug)]
pub(super) enum Stored {
    Bytes(Arc<[u8]>),
    OnDisk,
    TooLarge,
    /// It leads somewhere, and is not followed.
    Link,
    /// Nothing that is read.
    Other,
}

/// All files of a bundle. Names are those below the folder that holds everything.
#[derive(Debug)]
pub(super) struct Files {
    files: BTreeMap<String, File>,
    root: String,
    folder: Option<Dir>,
    limits: Limits,
}

/// Whether a file of this name is one that is ever read.
pub(super) fn is_read(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "json" | "yaml" | "yml" | "log" | "txt")
}

impl Files {
    /// Open a folder or an archive. Blocks.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let (shown, limits) = (path.display().to_string(), Limits::default());
        let there = fs::metadata(path).map_err(|error| fault::not_there(&shown, error))?;
        if there.is_dir() {
            let dir = Dir::open_ambient_dir(path, ambient_authority());
            let dir = dir.map_err(|error| fault::not_there(&shown, error))?;
            let files =
                folder::walk(&dir, &limits).map_err(|failure| fault::of(&shown, failure))?;
            return Ok(Self::new(files, Some(dir), limits));
        }
        let mut options = OpenOptions::new();
        // A pipe that nobody writes to must not hold up the run.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let options = options.read(true).custom_flags(flags);
        let file = cap_std::fs::File::open_ambient_with(path, options, ambient_authority());
        let file = file.map_err(|error| fault::not_there(&shown, error))?;
        if !there.is_file() {
            return Err(fault::no_archive(&shown));
        }
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = reader.fill_buf();
        let head = head.map_err(|error| fault::not_there(&shown, error))?;
        if !archive::is_archive(head) {
            return Err(fault::no_archive(&shown));
        }
        Self::from_archive(reader, limits).map_err(|failure| fault::of(&shown, failure))
    }

    pub(super) fn from_archive(
        packed: impl std::io::BufRead,
        limits: Limits,
    ) -> Result<Self, fault::Failure> {
        let files = archive::read(packed, &limits)?;
        Ok(Self::new(files, None, limits))
    }

    fn new(files: BTreeMap<String, File>, folder: Option<Dir>, limits: Limits) -> Self {
        let shown = files.keys().map(String::as_str);
        let root = name::common_root(shown.filter(|name| !name::is_hidden(name)));
        Self {
            files,
            root,
            folder,
            limits,
        }
    }

    /// The names of the files that can be read, or could but for their size, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter_map(|(name, file)| {
            let is_file = !matches!(file.stored, Stored::Link | Stored::Other);
            (is_file && !name::is_hidden(name)).then(|| name.strip_prefix(&self.root))?
        })
    }

    /// When the newest of the files was written, as far as that was before `until`.
    pub(super) fn newest(&self, until: Timestamp) -> Option<Timestamp> {
        let times = self.files.values().filter_map(|file| file.modified);
        times.filter(|time| *time <= until).max()
    }

    /// Bytes of the files that are held in memory at once at most.
    pub(super) fn most_kept(&self) -> u64 {
        self.limits.kept
    }

    /// The bytes of one file. Blocks.
    pub(super) fn read(&self, name: &str) -> Result<Arc<[u8]>, ReadError> {
        let stored = format!("{}{name}", self.root);
        let file = self.files.get(&stored);
        match (file.map(|file| &file.stored), &self.folder) {
            (Some(Stored::Bytes(bytes)), _) => Ok(Arc::clone(bytes)),
            (Some(Stored::OnDisk), Some(folder)) => {
                match folder::read(folder, &stored, &self.limits) {
                    Ok(Some(bytes)) => Ok(bytes.into()),
                    Ok(None) => Err(self.too_large(name)),
                    Err(error) => {
                        let message = format!("the bundle's `{name}` cannot be read: {error}");
                        Err(ReadError::new(ErrorCode::Unavailable, message))
                    }
                }
            }
            (Some(Stored::TooLarge), _) => Err(self.too_large(name)),
            _ => Err(ReadError::new(
                ErrorCode::NotCollected,
                format!("the bundle has no `{name}`"),
            )),
        }
    }

    fn too_large(&self, name: &str) -> ReadError {
        let mib = self.limits.file >> 20;
        let message = format!("the bundle's `{name}` is larger than {mib} MiB");
        ReadError::new(ErrorCode::TooLarge, message)
    }
}
