//! Whether a candidate still gives the finding, and where the smallest goes.

use std::path::Path;

use super::ReduceArgs;
use crate::capability::record::{Header, RecordingWriter, Taken, look, rewrite};
use crate::cli::{Global, RunArgs};
use crate::cmd::observe::replayed;
use crate::cmd::privacy;
use crate::cmd::veil::with_tokens;
use crate::pseudonym::{Collected, KeyFile, Tokens};
use crate::report::model::{CheckRow, Report};
use crate::settings::Environment;
use crate::ui::Fault;

/// Whether a candidate still gives the finding: the check runs on it.
pub(super) struct Trial<'a> {
    run: RunArgs,
    keep: &'a str,
    /// The check that gives it.
    giver: String,
    header: Header,
    global: &'a Global,
    environment: &'a Environment,
    folder: tempfile::TempDir,
}

impl<'a> Trial<'a> {
    /// Run all checks once, to learn which one gives the finding.
    pub(super) async fn new(
        args: &'a ReduceArgs,
        header: Header,
        global: &'a Global,
        environment: &'a Environment,
    ) -> Result<Self, Fault> {
        let folder = tempfile::tempdir().map_err(|error| {
            Fault::new("BSQ0510", "no folder for trials can be made")
                .because(error)
                .hint("free some space in the folder of `$TMPDIR`")
        })?;
        let run = args.replay.of(&args.file);
        let report = replayed(&run, global, environment).await?;
        let giver = givers(&report, &args.keep).next().ok_or_else(|| {
            let shown = args.file.display();
            Fault::new(
                "BSQ0509",
                format!("`{shown}` gives no finding {}", args.keep),
            )
            .hint(format!(
                "see what it gives with `bsq-host run --replay {shown} -o short`"
            ))
        })?;
        Ok(Self {
            giver: giver.to_owned(),
            run,
            keep: &args.keep,
            header,
            global,
            environment,
            folder,
        })
    }

    /// Run the check that gives the finding alone from here on, unless it says nothing without the others.
    pub(super) async fn begin(&mut self, lines: &[Taken]) -> Result<(), Fault> {
        let all = self.header.checks.clone();
        self.run.selection.only = vec![self.giver.clone()];
        self.header.checks.retain(|check| check.id == self.giver);
        if self.holds(lines).await? {
            return Ok(());
        }
        self.run.selection.only.clear();
        self.header.checks = all;
        if self.holds(lines).await? {
            return Ok(());
        }
        Err(self.lost("written anew, the recording"))
    }

    fn lost(&self, what: &str) -> Fault {
        Fault::new("BSQ0511", format!("{what} does not give {}", self.keep))
            .hint("look at what it holds with `bsq-host show`")
    }

    /// Write what is left where it was asked for, with tokens in place of names, by the rules of redaction of this site.
    /// What does not give the finding any more is not handed out.
    pub(super) async fn keep(&mut self, args: &ReduceArgs, lines: &[Taken]) -> Result<(), Fault> {
        let plain = self.folder.path().join("plain.bsqrec");
        self.write(&plain, lines)?;
        let rules = privacy::rules_of_site(&args.replay.grant, self.global, self.environment)?;
        let clean = self.folder.path().join("clean.bsqrec");
        rewrite(&plain, &clean, |line| {
            if let Ok(Some(redacted)) = privacy::redacted(&line.to_string(), &rules) {
                *line = redacted;
            }
        })?;
        if args.names {
            return self.hand_out(&clean, &args.to, "what is left").await;
        }
        let mut collected = Collected::default();
        look(&clean, |line| collected.look(&line))?;
        let key = args.key.clone();
        let key = key.unwrap_or_else(|| self.folder.path().join("key"));
        let mut key = KeyFile::open_or_make(&key)?;
        let mut tokens = Tokens::new(&mut key, collected);
        let veiled = self.folder.path().join("veiled.bsqrec");
        rewrite(&clean, &veiled, |line| with_tokens(&mut tokens, line))?;
        self.hand_out(
            &veiled,
            &args.to,
            "with tokens in place of names, what is left",
        )
        .await
        .map_err(|fault| fault.hint("add `--names` to keep them"))?;
        key.save()
    }

    /// Give a recording its place, once it is proven.
    async fn hand_out(&mut self, proven: &Path, to: &Path, what: &str) -> Result<(), Fault> {
        self.run.replay = Some(proven.to_owned());
        let report = replayed(&self.run, self.global, self.environment).await?;
        if givers(&report, self.keep).next().is_none() {
            return Err(self.lost(what));
        }
        rewrite(proven, to, |_| {})
    }

    /// Whether what is left still gives the finding.
    pub(super) async fn holds(&mut self, lines: &[Taken]) -> Result<bool, Fault> {
        let path = self.folder.path().join("trial.bsqrec");
        self.write(&path, lines)?;
        self.run.replay = Some(path);
        let report = replayed(&self.run, self.global, self.environment).await?;
        Ok(givers(&report, self.keep).next().is_some())
    }

    fn write(&self, path: &Path, lines: &[Taken]) -> Result<(), Fault> {
        let writer = RecordingWriter::create(path, &self.header)?;
        for line in lines {
            match line {
                Taken::Read(read) => writer.read(&read.0, &read.1),
                Taken::Outcome(row) => writer.outcome(row),
                Taken::Environment(run) => writer.environment(run),
                Taken::Other(_) => {}
            }
        }
        writer.finish(&[])
    }
}

/// The checks that give a finding of this code, be it ignored.
fn givers<'r>(report: &'r Report, code: &'r str) -> impl Iterator<Item = &'r str> {
    let rows = report.runs.iter().flat_map(|run| &run.checks);
    let gives = move |row: &&CheckRow| {
        let ignored = row.ignored.iter().map(|one| &one.finding);
        row.findings
            .iter()
            .chain(ignored)
            .any(|finding| finding.code == code)
    };
    rows.filter(gives).map(|row| row.id.as_str())
}
