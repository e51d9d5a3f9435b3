//! Write what was read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::format::{Chain, Header, LineRef};
use crate::capability::{Answer, Reads, Request};
use crate::report::model::{CheckRow, RedactionHits, Run};
use crate::ui::Fault;

/// A recording that is being written. It has a temporary name until its trailer is written; what an interrupted run
/// leaves there can be replayed up to its last whole line.
pub struct RecordingWriter {
    path: PathBuf,
    /// The temporary name; none where the file is a device or a pipe.
    part: Option<PathBuf>,
    tape: Mutex<Tape>,
}

struct Tape {
    file: File,
    chain: Chain,
    reads: u64,
    outcomes: u64,
    /// The first write that failed; nothing is written after it.
    failed: Option<io::Error>,
    /// The trailer is written. A read that outlived the check which asked for it comes too late.
    is_closed: bool,
}

impl Tape {
    fn write(&mut self, line: &LineRef<'_>) {
        if self.failed.is_none() && !self.is_closed {
            self.failed = self.chain.write(&mut self.file, line).err();
        }
    }
}

impl RecordingWriter {
    /// Begin a recording. Only this user may read it: redaction finds what it knows, not every secret.
    pub fn create(path: &Path, header: &Header) -> Result<Arc<Self>, Fault> {
        let (part, file) = open(path).map_err(|error| cannot_write(path, error))?;
        let mut tape = Tape {
            file,
            chain: Chain::default(),
            reads: 0,
            outcomes: 0,
            failed: None,
            is_closed: false,
        };
        tape.write(&LineRef::Header(header));
        if let Some(error) = tape.failed {
            return Err(cannot_write(path, error));
        }
        Ok(Arc::new(Self {
            path: path.to_owned(),
            part,
            tape: Mutex::new(tape),
        }))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Tape) -> T) -> T {
        act(&mut self.tape.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keep a read.
    pub fn read(&self, request: &Request, answer: &Answer) {
        self.with(|tape| {
            tape.reads += 1;
            tape.write(&LineRef::Read { request, answer });
        });
    }

    /// Keep the row of an execution that time or memory ended: how far it came cannot be repeated.
    pub fn outcome(&self, row: &CheckRow) {
        self.with(|tape| {
            tape.outcomes += 1;
            tape.write(&LineRef::Outcome(row));
        });
    }

    /// Keep what was seen of another environment.
    pub fn environment(&self, run: &Run) {
        self.with(|tape| tape.write(&LineRef::Environment(run)));
    }

    /// Write the trailer, with what redaction found, and give the file its name.
    pub fn finish(&self, redaction: &[RedactionHits]) -> Result<(), Fault> {
        self.with(|tape| {
            let (reads, outcomes) = (tape.reads, tape.outcomes);
            tape.write(&LineRef::Trailer {
                reads,
                outcomes,
                redaction,
            });
            tape.is_closed = true;
            match tape.failed.take() {
                Some(error) => Err(error),
                None if self.part.is_none() => Ok(()),
                None => tape.file.sync_all(),
            }
        })
        .and_then(|()| match &self.part {
            Some(part) => fs::rename(part, &self.path),
            None => Ok(()),
        })
        .map_err(|error| cannot_write(&self.path, error))
    }
}

/// Where a recording stands until it is whole.
pub fn unfinished(recording: &Path) -> PathBuf {
    let mut name = recording.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    recording.with_file_name(name)
}

/// A new file under the temporary name, which nobody else may read. What is no plain file (`/dev/null`, a pipe) is
/// written as it stands: renaming a file over it would take it away from everyone.
pub(super) fn open(path: &Path) -> io::Result<(Option<PathBuf>, File)> {
    if fs::metadata(path).is_ok_and(|known| !known.is_file()) {
        let file = OpenOptions::new().write(true).open(path)?;
        return Ok((None, file));
    }
    let part = unfinished(path);
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    Ok((Some(part), file))
}

pub(super) fn cannot_write(path: &Path, error: io::Error) -> Fault {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).display();
    Fault::new(
        "BSQ0505",
        format!("cannot write the recording `{}`", path.display()),
    )
    .because(error)
    .hint(format!(
        "check room and rights with `df {folder}` and `ls -ld {folder}`"
    ))
}

/// Reads whose answers are written down.
///
/// The view above asks for each distinct read once; where a list has to be begun again, both answers are kept and a
/// replay gives them in the same order.
pub struct Recorder<R> {
    inner: R,
    writer: Arc<RecordingWriter>,
}

impl<R: Reads> Recorder<R> {
    pub fn new(inner: R, writer: Arc<RecordingWriter>) -> Self {
        Self { inner, writer }
    }
}

#[async_trait]
impl<R: Reads> Reads for Recorder<R> {
    async fn read(&self, request: &Request) -> Answer {
        let answer = self.inner.read(request).await;
        self.writer.read(request, &answer);
        answer
    }
}
