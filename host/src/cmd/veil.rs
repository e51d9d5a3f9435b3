//! `--pseudonymise`: what is recorded is written apart, and only with tokens where it was asked to go.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::capability::record::{RecordingReader, look, rewrite};
use crate::pseudonym::{Collected, KeyFile, Tokens};
use crate::report::model::Report;
use crate::settings::{Input, Settings};
use crate::ui::Fault;

/// Tokens for one run.
pub(super) struct Veil {
    key: KeyFile,
    recording: Option<Recording>,
    /// What the header of a replayed recording says of whoever made it.
    header: Value,
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
        let header = match &settings.input {
            // What is wrong with a recording is told by who replays it.
            Input::Replay(path) => {
                let reader = RecordingReader::open(path).ok();
                reader.and_then(|reader| serde_json::to_value(reader.header()).ok())
            }
            _ => None,
        };
        Ok(Some(Self {
            key,
            recording,
            header: header.unwrap_or_default(),
        }))
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
        collected.look(&self.header);
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::capability::record::{Header, RecordingWriter};
    use crate::cli::{Cli, Command};
    use crate::report::testing::{report, row};
    use crate::settings::Environment;

    fn settings(folder: &std::path::Path) -> Settings {
        let file = |name: &str| folder.join(name).display().to_string();
        let words = [
            "bsq-host",
            "run",
            "--pseudonymise",
            "--record",
            &file("a.bsqrec"),
            "--key",
            &file("key"),
        ];
        let cli = Cli::try_parse_from(words).unwrap();
        let Command::Run(run) = &cli.command else {
            panic!("not a run");
        };
        let now = "2026-11-23T06:12:04Z".parse().unwrap();
        Settings::from_args(run, &cli.global, &Environment::of([], 2), now).unwrap()
    }

    fn header() -> Header {
        serde_json::from_value(json!({
            "format": 2, "host-version": "0", "context": "admin@moonshot7", "server-version": null,
            "time": "2026-11-23T06:12:04Z", "window": {"start": "", "end": ""},
            "scope": {"kind": "platform", "name": "", "namespaces": [], "excludedNamespaces": [], "selector": null},
            "symptom": null, "seed": 1, "checks": [], "grants": [], "kubectl": ["--context", "admin@moonshot7"],
            "endpoints": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_recording_goes_where_it_was_asked_to_go_only_with_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        let veil = Veil::over(&mut settings).unwrap().unwrap();
        let Input::Live {
            record: Some(plain),
            ..
        } = &settings.input
        else {
            panic!("not recorded");
        };
        let writer = RecordingWriter::create(plain, &header()).unwrap();
        writer.finish(&[]).unwrap();
        assert!(plain.is_file() && !folder.path().join("a.bsqrec").exists());
        let mut named = report([row("a")]);
        if let Some(run) = named.runs.first_mut() {
            run.context = "admin@moonshot7".to_owned();
        }
        let drawn = veil.draw(&named, true).unwrap();
        let recording = std::fs::read_to_string(folder.path().join("a.bsqrec")).unwrap();
        let drawn = serde_json::to_string(&drawn).unwrap();
        for text in [&recording, &drawn] {
            assert!(
                !text.contains("moonshot7") && text.contains("admin@x"),
                "{text}"
            );
        }
        assert!(recording.contains("\"pseudonymised\":true"));
        assert!(!plain.exists(), "the recording with names is left behind");
        let key = std::fs::read_to_string(folder.path().join("key")).unwrap();
        assert!(key.contains("moonshot7"));
    }
}
