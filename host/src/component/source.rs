//! Finds components and reads their bytes.
//!
//! A file that the operator names is opened as the operator's own. What lies in a folder was put there by someone, so it
//! is reached through the folder's handle and cannot lead out of it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::misfit;
use crate::report::model::Misfit;
use crate::ui::Fault;

/// Bytes of a component. It is held in memory and compiled; the largest that toolchains make of a small check is one
/// with a Python inside, 18 MB.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;

/// Components in one folder. More is a mistake in a path, and each would be a row.
const MAX_IN_FOLDER: usize = 500;

/// A file that may be a component.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// As the operator reads it: a path.
    pub source: String,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Inside { folder: Arc<Dir>, name: String },
}

/// The bytes of a component and what they hash to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub bytes: Arc<[u8]>,
    /// `sha256:…`.
    pub digest: String,
}

/// What the named files and folders hold: files as named, and the `*.wasm` of a folder sorted by name.
pub fn candidates(named: &[PathBuf]) -> Result<Vec<Candidate>, Fault> {
    let mut found = Vec::new();
    for path in named {
        let file = open_ambient(path).map_err(|error| {
            Fault::new("BSQ0201", format!("cannot open `{}`", path.display()))
                .because(error)
                .hint("name a component or a folder that holds some, such as `checks/*.wasm`")
        })?;
        let is_folder = file.metadata().is_ok_and(|metadata| metadata.is_dir());
        if is_folder {
            found.extend(in_folder(path)?);
        } else {
            found.push(Candidate::of_file(path));
        }
    }
    Ok(found)
}

fn in_folder(path: &Path) -> Result<Vec<Candidate>, Fault> {
    let unreadable = |error: std::io::Error| {
        Fault::new(
            "BSQ0201",
            format!("cannot read folder `{}`", path.display()),
        )
        .because(error)
        .hint("name a folder that you may read")
    };
    let folder = Arc::new(Dir::open_ambient_dir(path, ambient_authority()).map_err(unreadable)?);
    let mut names = Vec::new();
    for entry in folder.entries().map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".wasm")) {
            names.push(name.to_owned());
        }
        if names.len() > MAX_IN_FOLDER {
            return Err(Fault::new(
                "BSQ0201",
                format!(
                    "`{}` holds more than {MAX_IN_FOLDER} components",
                    path.display()
                ),
            )
            .hint("name those that you mean"));
        }
    }
    if names.is_empty() {
        return Err(
            Fault::new("BSQ0201", format!("`{}` holds no `*.wasm`", path.display()))
                .hint("build the checks first: `make build` writes them to checks/"),
        );
    }
    names.sort();
    Ok(names
        .into_iter()
        .map(|name| Candidate {
            source: path.join(&name).display().to_string(),
            place: Place::Inside {
                folder: Arc::clone(&folder),
                name,
            },
        })
        .collect())
}

impl Candidate {
    /// A file that the operator names.
    pub fn of_file(path: &Path) -> Self {
        Self {
            source: path.display().to_string(),
            place: Place::File(path.to_owned()),
        }
    }

    /// The file's name without `.wasm`: what a row is called that has no manifest.
    pub fn stem(&self) -> String {
        let path = Path::new(&self.source);
        path.file_stem().map_or_else(
            || self.source.clone(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    }

    /// Read the bytes and hash them on the way. Blocks.
    pub fn load(&self) -> Result<Loaded, Misfit> {
        let file = match &self.place {
            Place::File(path) => open_ambient(path),
            Place::Inside { folder, name } => folder.open_with(name, &options()),
        };
        let unreadable = |error: std::io::Error| misfit::unreadable(&error.to_string());
        let file = file.map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(misfit::unreadable("it is not a regular file"));
        }
        if metadata.len() > MAX_COMPONENT_BYTES {
            return Err(misfit::too_large(MAX_COMPONENT_BYTES >> 20));
        }
        let expected = usize::try_from(metadata.len()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(expected);
        // It may have grown since.
        file.take(MAX_COMPONENT_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Loaded::from_bytes(bytes)
    }
}

impl Loaded {
    /// Bytes that are in memory already.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Misfit> {
        if bytes.len() as u64 > MAX_COMPONENT_BYTES {
            return Err(misfit::too_large(MAX_COMPONENT_BYTES >> 20));
        }
        let digest = digest(&bytes);
        Ok(Self {
            bytes: bytes.into(),
            digest,
        })
    }
}

/// A pipe that nobody writes to must not hold up the run, so nothing is opened blocking.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    options.read(true).custom_flags(flags);
    options
}

fn open_ambient(path: &Path) -> std::io::Result<File> {
    File::open_ambient_with(path, &options(), ambient_authority())
}

/// `sha256:…` of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
