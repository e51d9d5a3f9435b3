//! An archive's files, read in one pass into memory. Nothing is ever written to disk, and no link is followed.
//!
//! Entries are taken as they stand in the archive, extension headers included, since whoever wrote them also wrote how
//! long those are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::io::{self, BufRead, Read};
use std::mem;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::bounded::{Bounded, Counted};
use super::fault::{Failure, Refused};
use super::limits::Limits;
use super::name;
use super::source::{File, Stored, is_read};

/// Bytes of an extension header: one name, and a few attributes of it.
const MAX_EXTENSION: u64 = 64 << 10;

/// What a whole tar ends with.
const END_BLOCKS: u64 = 1_024;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whether a file with this beginning is an archive.
pub(super) fn is_archive(head: &[u8]) -> bool {
    let is_tar = head.get(257..262).is_some_and(|magic| magic == b"ustar");
    head.starts_with(&GZIP) || is_tar
}

/// All files of an archive, by plain name.
pub(super) fn read(
    mut packed: impl BufRead,
    limits: &Limits,
) -> Result<BTreeMap<String, File>, Failure> {
    let is_packed = packed.fill_buf()?.starts_with(&GZIP);
    let (counted, count) = Counted::new(packed);
    let inner: Box<dyn Read> = if is_packed {
        Box::new(MultiGzDecoder::new(io::BufReader::new(counted)))
    } else {
        Box::new(counted)
    };
    unpack(Bounded::new(inner, Rc::clone(&count), limits), limits)
}

fn unpack(reader: Bounded<'_>, limits: &Limits) -> Result<BTreeMap<String, File>, Failure> {
    let mut archive = Archive::new(reader);
    let mut taken = Taken::new(limits);
    for entry in archive.entries()?.raw(true) {
        taken.take(entry?)?;
    }
    // To the end, where the checksum of what was packed stands.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink())?;
    if rest.zeros() < END_BLOCKS {
        return Err(cut().into());
    }
    Ok(taken.files)
}

/// What was taken so far.
struct Taken<'a> {
    limits: &'a Limits,
    files: BTreeMap<String, File>,
    entries: usize,
    kept: u64,
    /// The name of the next entry, where a header before it says one.
    name: Option<Vec<u8>>,
}

impl<'a> Taken<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            files: BTreeMap::new(),
            entries: 0,
            kept: 0,
            name: None,
        }
    }

    fn take(&mut self, mut entry: Entry<'_, Bounded<'_>>) -> Result<(), Failure> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Refused::Entries(self.limits.entries).into());
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XGlobalHeader | EntryType::GNULongLink => return Ok(()),
            EntryType::GNULongName => {
                let mut name = extension(&mut entry)?;
                name.truncate(
                    name.iter()
                        .position(|byte| *byte == 0)
                        .unwrap_or(name.len()),
                );
                self.name = Some(name);
                return Ok(());
            }
            EntryType::XHeader => {
                let text = extension(&mut entry)?;
                return self.attributes(&text);
            }
            _ => {}
        }
        let raw = match mem::take(&mut self.name) {
            Some(name) => name,
            None => entry.header().path_bytes().into_owned(),
        };
        let is_folder = kind == EntryType::Directory || raw.ends_with(b"/");
        let name = name::plain(&raw, self.limits)?;
        let stored = match kind {
            _ if is_folder => return Ok(()),
            EntryType::Regular | EntryType::Continuous => self.content(&name, &mut entry)?,
            EntryType::Symlink | EntryType::Link => Stored::Link,
            _ => return Err(Refused::Special(name, special(kind)).into()),
        };
        let seconds = entry.header().mtime().ok();
        let modified =
            seconds.and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
        self.keep(name, File { stored, modified })
    }

    /// What a header says of the entry after it, as far as it says where the entry is.
    fn attributes(&mut self, text: &[u8]) -> Result<(), Failure> {
        for attribute in PaxExtensions::new(text) {
            let attribute = attribute?;
            match attribute.key_bytes() {
                b"path" => self.name = Some(attribute.value_bytes().to_owned()),
                b"size" => {
                    return Err(Refused::Special(
                        String::from_utf8_lossy(attribute.value_bytes()).into_owned(),
                        "longer than a header of tar can say",
                    )
                    .into());
                }
                key if key.starts_with(b"GNU.sparse") => {
                    return Err(
                        Refused::Special(String::new(), special(EntryType::GNUSparse)).into(),
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn content(
        &mut self,
        name: &str,
        entry: &mut Entry<'_, Bounded<'_>>,
    ) -> Result<Stored, Failure> {
        let size = entry.header().entry_size()?;
        if size > self.limits.file {
            return Ok(Stored::TooLarge);
        }
        if !is_read(name) {
            return Ok(Stored::Other);
        }
        self.kept = self.kept.saturating_add(size);
        if self.kept > self.limits.kept {
            return Err(Refused::Bytes(self.limits.kept).into());
        }
        let bytes = bytes(entry, size)?;
        Ok(Stored::Bytes(bytes.into()))
    }

    fn keep(&mut self, name: String, file: File) -> Result<(), Failure> {
        match self.files.entry(name) {
            Place::Vacant(place) => {
                place.insert(file);
                Ok(())
            }
            Place::Occupied(place) => Err(Refused::Twice(place.key().clone()).into()),
        }
    }
}

/// The text of an extension header.
fn extension(entry: &mut Entry<'_, Bounded<'_>>) -> Result<Vec<u8>, Failure> {
    let size = entry.header().entry_size()?;
    if size > MAX_EXTENSION {
        let beginning = bytes(entry, MAX_EXTENSION.min(100))?;
        let shown = String::from_utf8_lossy(&beginning).into_owned();
        return Err(Refused::LongName(shown, MAX_EXTENSION as usize).into());
    }
    Ok(bytes(entry, size)?)
}

/// All of an entry's bytes.
fn bytes(entry: &mut Entry<'_, Bounded<'_>>, size: u64) -> io::Result<Vec<u8>> {
    // What a header claims is not yet there.
    let expected = usize::try_from(size).unwrap_or_default().min(1 << 20);
    let mut bytes = Vec::with_capacity(expected);
    entry.take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        return Err(cut());
    }
    Ok(bytes)
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle")
}

fn special(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Block | EntryType::Char => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "of no kind that a bundle has",
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
