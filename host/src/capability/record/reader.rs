//! The lines of a recording, one after the other, each held against its hash.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::format::{
    Chain, FORMAT, Framed, Header, Line, MAX_BYTES, MAX_LINE_BYTES, Peek, RawLine, is_of_recording,
    next_line,
};
use crate::ui::Fault;

/// A recording that is being read.
pub struct RecordingReader<R> {
    reader: R,
    /// Names it in errors.
    shown: String,
    chain: Chain,
    header: Header,
    /// Of the last line that was read, from 1.
    number: u64,
    bytes: u64,
    reads: u64,
    outcomes: u64,
    has_trailer: bool,
}

/// One line behind the header.
pub struct Entry {
    /// From 1, the header's.
    pub number: u64,
    /// Of the whole line, with its hash and its line break.
    pub bytes: u64,
    pub(super) line: Line,
}

impl RecordingReader<BufReader<File>> {
    /// Open a recording and read its header.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let shown = path.display().to_string();
        let cannot = |error: std::io::Error| {
            Fault::new("BSQ0501", format!("cannot read the recording `{shown}`"))
                .because(error)
                .hint(format!("check the path with `ls -l {shown}`"))
        };
        let file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if !metadata.is_file() {
            return Err(no_recording(&shown));
        }
        if metadata.len() > MAX_BYTES {
            return Err(too_large(&shown));
        }
        Self::new(BufReader::with_capacity(1 << 16, file), &shown)
    }
}

impl<R: BufRead> RecordingReader<R> {
    /// Read the header; `shown` names the recording in errors.
    pub fn new(mut reader: R, shown: &str) -> Result<Self, Fault> {
        let raw = next_line(&mut reader).map_err(|error| unreadable(shown, error))?;
        let RawLine::Whole(line) = raw else {
            return Err(no_recording(shown));
        };
        let line_bytes = line.len() as u64 + 1;
        let broken = || {
            if is_of_recording(&line) {
                edited(shown, 1)
            } else {
                no_recording(shown)
            }
        };
        let framed = Framed::of(&line).ok_or_else(broken)?;
        let peek: Peek = serde_json::from_slice(framed.content).map_err(|_| broken())?;
        if peek.header.format > FORMAT {
            return Err(newer(shown, peek.header.format));
        }
        let mut chain = Chain::default();
        if !chain.accepts(&framed) {
            return Err(edited(shown, 1));
        }
        let line =
            serde_json::from_slice(framed.content).map_err(|error| undecodable(shown, 1, error))?;
        let Line::Header(header) = line else {
            return Err(edited(shown, 1));
        };
        Ok(Self {
            reader,
            shown: shown.to_owned(),
            chain,
            header: *header,
            number: 1,
            bytes: line_bytes,
            reads: 0,
            outcomes: 0,
            has_trailer: false,
        })
    }

    /// What the run was.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The trailer was read: nothing is missing at the end.
    pub fn is_complete(&self) -> bool {
        self.has_trailer
    }

    /// Bytes of the whole lines that were read.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The hash over all lines that were read, in hexadecimal.
    pub fn hash(&self) -> String {
        self.chain.hash()
    }

    /// The next line; none after the last whole one. Behind the trailer there is nothing, be it half a line.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Fault> {
        let raw = next_line(&mut self.reader).map_err(|error| unreadable(&self.shown, error))?;
        let line = match raw {
            RawLine::End => return Ok(None),
            _ if self.has_trailer => return Err(appended(&self.shown, self.number + 1)),
            RawLine::Whole(line) => line,
            RawLine::Cut => return Ok(None),
            RawLine::TooLong => return Err(too_large(&self.shown)),
        };
        self.number += 1;
        let edited = edited(&self.shown, self.number);
        let Some(framed) = Framed::of(&line).filter(|framed| self.chain.accepts(framed)) else {
            return Err(edited);
        };
        let content = Line::of(framed.content)
            .map_err(|error| undecodable(&self.shown, self.number, error))?;
        match &content {
            Line::Header(_) => return Err(edited),
            Line::Read { .. } => self.reads += 1,
            Line::Outcome(_) => self.outcomes += 1,
            Line::Environment(_) | Line::Unknown => {}
            Line::Trailer {
                reads, outcomes, ..
            } => {
                if (*reads, *outcomes) != (self.reads, self.outcomes) {
                    return Err(edited);
                }
                self.has_trailer = true;
            }
        }
        let bytes = line.len() as u64 + 1;
        self.bytes += bytes;
        Ok(Some(Entry {
            number: self.number,
            bytes,
            line: content,
        }))
    }
}

fn unreadable(shown: &str, error: std::io::Error) -> Fault {
    Fault::new("BSQ0501", format!("cannot read the recording `{shown}`"))
        .because(error)
        .hint(format!("copy `{shown}` again from where it was made"))
}

fn no_recording(shown: &str) -> Fault {
    Fault::new("BSQ0501", format!("`{shown}` is no recording"))
        .hint("make one with `bsq-host run --record FILE`")
}

fn newer(shown: &str, format: u32) -> Fault {
    Fault::new(
        "BSQ0502",
        format!("`{shown}` has format {format}; this host reads up to {FORMAT}"),
    )
    .hint("replay it with the bsq-host that made it, or a newer one")
}

fn edited(shown: &str, line: u64) -> Fault {
    changed(shown, &format!("line {line} does not match its hash"))
}

fn appended(shown: &str, line: u64) -> Fault {
    changed(shown, &format!("line {line} stands behind its end"))
}

fn changed(shown: &str, how: &str) -> Fault {
    Fault::new(
        "BSQ0503",
        format!("`{shown}` was changed after it was recorded: {how}"),
    )
    .hint(format!(
        "copy `{shown}` again from where it was made, or record again"
    ))
}

fn undecodable(shown: &str, line: u64, error: serde_json::Error) -> Fault {
    Fault::new("BSQ0503", format!("`{shown}` line {line} does not decode"))
        .because(error)
        .hint("replay it with the bsq-host that made it")
}

fn too_large(shown: &str) -> Fault {
    Fault::new(
        "BSQ0504",
        format!(
            "`{shown}` is larger than a recording can be ({} MiB, {} MiB a line)",
            MAX_BYTES >> 20,
            MAX_LINE_BYTES >> 20
        ),
    )
    .hint("record again with a narrower scope, such as `-n NAMESPACE`")
}
