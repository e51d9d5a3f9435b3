//! `--pseudonymise`: what is recorded is written apart, and only with tokens where it was asked to go.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::capability::record::{look, rewrite};
use crate::pseudonym::{Collected, KeyFile, Tokens};
use crate::report::model::Report;
use crate::settings::{Input, Settings};
use crate::ui::Fault;

/// Tokens for one run.
pub(super) struct Veil {
    key: KeyFile,
    recording: Option<Recording>,
}

/// A recording with names, and where it goes with tokens. The folder is this user's alone, and goes with the value.
struct Recording {
    _folder: TempDir,
    plain: PathBuf,
    target: PathBuf,
}

impl Veil {
    /// Open or make the key, and lead the recording aside; nothing where no tokens are asked for.
    pub(super) fn over(settings: &mut Settings) -> Result<Option<Self>, Fault> {
        let Some(path) = &settings.pseudonyms else {
            return Ok(None);
        };
        let key = KeyFile::open_or_make(path)?;
        let recording = match &mut settings.input {
            Input::Live {
                record: Some(path), ..
            } => Some(Recording::aside(path)?),
            _ => None,
        };
        Ok(Some(Self { key, recording }))
    }

    /// The report with tokens, and the recording too, if it came to its end. What they stand for is in the key file
    /// before the report is shown.
    pub(super) fn draw(mut self, report: &Report, is_recorded: bool) -> Result<Report, Fault> {
        let unsound = |error: serde_json::Error| {
            Fault::new("BSQ0603", "cannot put tokens into the report")
                .because(error)
                .hint("this is an error of bsq-host: report it with the command")
        };
        let recording = self.recording.filter(|_| is_recorded);
        let mut report = serde_json::to_value(report).map_err(unsound)?;
        let mut collected = Collected::default();
        collected.look(&report);
        if let Some(recording) = &recording {
            look(&recording.plain, |line| collected.look(&line))?;
        }
        let mut tokens = Tokens::new(&mut self.key, collected);
        tokens.value(&mut report);
        if let Some(recording) = &recording {
            rewrite(&recording.plain, &recording.target, |line| {
                with_tokens(&mut tokens, line);
            })?;
        }
        self.key.save()?;
        serde_json::from_value(report).map_err(unsound)
    }
}

/// A line of a recording with tokens; the header says so.
pub fn with_tokens(tokens: &mut Tokens<'_>, line: &mut Value) {
    tokens.value(line);
    if let Some(Value::Object(header)) = line.get_mut("header") {
        header.insert("pseudonymised".to_owned(), true.into());
    }
}

impl Recording {
    fn aside(path: &mut PathBuf) -> Result<Self, Fault> {
        let folder = tempfile::tempdir().map_err(|error| {
            Fault::new(
                "BSQ0505",
                "cannot make a folder for the recording without tokens",
            )
            .because(error)
            .hint("see that `$TMPDIR` or `/tmp` has room")
        })?;
        let plain = folder.path().join("plain.bsqrec");
        let target = std::mem::replace(path, plain.clone());
        Ok(Self {
            _folder: folder,
            plain,
            target,
        })
    }
}
