//! A recording written anew, line by line, with the same reads in the same order and hashes of its own.

use std::fs;
use std::io::{BufReader, Write as _};
use std::path::Path;

use serde_json::Value;

use super::format::{Chain, Framed, RawLine, next_line};
use super::recorder::{cannot_write, open};
use crate::ui::Fault;

/// Look at each line of a recording that this host has just written.
pub fn look(path: &Path, mut look: impl FnMut(Value)) -> Result<(), Fault> {
    let cannot = |error: std::io::Error| {
        Fault::new(
            "BSQ0505",
            format!("cannot read the new recording `{}` again", path.display()),
        )
        .because(error)
        .hint("record again")
    };
    let file = fs::File::open(path).map_err(cannot)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut chain = Chain::default();
    loop {
        let line = match next_line(&mut reader).map_err(cannot)? {
            RawLine::Whole(line) => line,
            RawLine::End => return Ok(()),
            RawLine::Cut | RawLine::TooLong => {
                return Err(cannot(std::io::ErrorKind::UnexpectedEof.into()));
            }
        };
        let framed = Framed::of(&line).filter(|framed| chain.accepts(framed));
        let framed = framed.ok_or_else(|| cannot(std::io::ErrorKind::InvalidData.into()))?;
        look(serde_json::from_slice(framed.content).map_err(|error| cannot(error.into()))?);
    }
}

/// Write the recording `from` to `to`, each line as `change` leaves it.
pub fn rewrite(from: &Path, to: &Path, mut change: impl FnMut(&mut Value)) -> Result<(), Fault> {
    let (part, mut file) = open(to).map_err(|error| cannot_write(to, error))?;
    let mut chain = Chain::default();
    let mut failed = None;
    look(from, |mut line| {
        change(&mut line);
        if failed.is_none() {
            let written = serde_json::to_vec(&line).map_err(std::io::Error::from);
            failed = written
                .and_then(|content| chain.write_content(&mut file, content))
                .err();
        }
    })?;
    let written = match (failed, part) {
        (Some(error), _) => Err(error),
        (None, None) => file.flush(),
        (None, Some(part)) => file.sync_all().and_then(|()| fs::rename(part, to)),
    };
    written.map_err(|error| cannot_write(to, error))
}
