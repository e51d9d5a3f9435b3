//! The key file: the key of the tokens, and what each stands for. Who has it can read what was sent.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ui::Fault;

/// A hundred thousand words take five mebibytes.
const MAX_BYTES: u64 = 64 << 20;

/// The key and its words.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    pub(super) key: [u8; 32],
    /// By token, in lower case.
    pub(super) words: BTreeMap<String, String>,
    /// By the address that stands in its place.
    pub(super) addresses: BTreeMap<String, String>,
    /// The file that was made for this key, as long as nothing is kept in it: it goes with the value.
    empty: Option<Inode>,
}

/// Which file it is, whatever is called so later.
type Inode = (u64, u64);

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    key: String,
    words: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
}

impl KeyFile {
    /// Read the file, which nobody else may read.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        Self::read(path).map_err(|error| {
            let shown = path.display();
            fault(path, "cannot read").because(error).hint(format!(
                "name the key file that was made with the report, and see that only you may read it: `chmod 600 {shown}`"
            ))
        })
    }

    /// The same; where there is no such file, one with a new key. It is made at once, so that a place that cannot be
    /// written to is known before anything is read, and goes again if nothing is ever saved in it.
    pub fn open_or_make(path: &Path) -> Result<Self, Fault> {
        if path.exists() {
            return Self::open(path);
        }
        let made = Self::make(path);
        made.map_err(|error| {
            fault(path, "cannot make")
                .because(error)
                .hint("name a file in a folder that you may write to, apart from what you send")
        })
    }

    fn make(path: &Path) -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        let mut new = Self {
            path: path.to_owned(),
            key,
            words: BTreeMap::new(),
            addresses: BTreeMap::new(),
            empty: None,
        };
        // Nothing is written over, and nobody else may ever read it.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        new.empty = Some(inode(&file.metadata()?));
        file.write_all(&new.stored()?)?;
        Ok(new)
    }

    fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.mode() & 0o077 != 0 {
            return Err(io::Error::other("others may read or write it"));
        }
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text)?;
        let stored: Stored = serde_json::from_str(&text)?;
        let key = blake3::Hash::from_hex(&stored.key).map_err(io::Error::other)?;
        Ok(Self {
            path: path.to_owned(),
            key: *key.as_bytes(),
            words: stored.words,
            addresses: stored.addresses,
            empty: None,
        })
    }

    /// Write down what the tokens stand for.
    pub fn save(&mut self) -> Result<(), Fault> {
        // Tokens may be out already: from here on the key stays.
        self.empty = None;
        self.replace().map_err(|error| {
            fault(&self.path, "cannot write")
                .because(error)
                .hint("see that there is room, and that you may write to its folder")
        })
    }

    /// Put a new file in place of the old one, where the old one really is: a link to it stays a link.
    fn replace(&self) -> io::Result<()> {
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Such files are for their maker alone.
        let mut file = tempfile::Builder::new()
            .prefix(".bsq-key-")
            .tempfile_in(folder)?;
        file.write_all(&self.stored()?)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    fn stored(&self) -> io::Result<Vec<u8>> {
        let stored = Stored {
            key: blake3::Hash::from_bytes(self.key).to_hex().to_string(),
            words: self.words.clone(),
            addresses: self.addresses.clone(),
        };
        Ok(serde_json::to_vec_pretty(&stored)?)
    }

    /// What a token stands for, in the case in which it is written.
    pub(super) fn word(&self, token: &str) -> Option<String> {
        let word = self.words.get(&token.to_ascii_lowercase())?;
        let is_upper = !token.bytes().any(|byte| byte.is_ascii_lowercase());
        Some(if is_upper {
            word.to_ascii_uppercase()
        } else {
            word.clone()
        })
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        // Another run may have saved its words there since.
        let there = fs::symlink_metadata(&self.path).ok();
        if self.empty.is_some() && there.map(|there| inode(&there)) == self.empty {
            // An empty key file that stays does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn inode(metadata: &fs::Metadata) -> Inode {
    (metadata.dev(), metadata.ino())
}

fn fault(path: &Path, what: &str) -> Fault {
    Fault::new(
        "BSQ0128",
        format!("{what} the key file `{}`", path.display()),
    )
}
