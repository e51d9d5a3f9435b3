//! `bsq-host reduce FILE --keep CODE`: the smallest recording that still gives a finding. It is what goes along with a
//! false alarm, and what becomes a test: one page tells what the check saw.

mod minimal;
mod shape;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::value::RawValue;

use self::minimal::minimal;
use super::observe::replayed;
use super::veil::with_tokens;
use crate::capability::Body;
use crate::capability::record::{
    Header, RecordingReader, RecordingWriter, Taken, contents, look, rewrite,
};
use crate::cli::{Global, ReplayArgs, RunArgs};
use crate::pseudonym::{Collected, KeyFile, Tokens};
use crate::report::model::Report;
use crate::report::{words, write_stdout};
use crate::settings::{Environment, duration_of};
use crate::ui::{ExitStatus, Fault};

/// How long it tries to make objects smaller, where nothing else is said. Reads and objects are always reduced whole.
const PATIENCE: &str = "1m";

#[derive(Args, Clone, Debug)]
pub struct ReduceArgs {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The code of the finding that has to stay
    #[arg(long, value_name = "CODE")]
    pub keep: String,
    /// The smaller recording
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Keep names, hosts and addresses; without this, tokens stand in their place
    #[arg(long)]
    pub names: bool,
    /// Keep what the tokens stand for in this file, for `reveal`; without it nobody can turn them back
    #[arg(long, value_name = "FILE", conflicts_with = "names")]
    pub key: Option<PathBuf>,
    /// How long to try to leave out fields of objects
    #[arg(long, value_name = "DURATION", default_value = PATIENCE)]
    pub patience: String,
    #[command(flatten)]
    pub replay: ReplayArgs,
}

/// Reduce, write, and say how much smaller it is.
pub async fn reduce(
    args: &ReduceArgs,
    global: &Global,
    environment: &Environment,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let patience = duration_of("--patience", &args.patience)?;
    let whole = contents(RecordingReader::open(&args.file)?)?;
    let mut trial = Trial::new(args, whole.header.clone(), global, environment).await?;
    let lines = whole.items.iter().map(|item| item.taken().clone());
    let lines: Vec<Taken> = lines
        .filter(|line| !matches!(line, Taken::Other(_)))
        .collect();
    let mut lines = minimal(lines, async |rest: &[Taken]| trial.holds(rest).await).await?;
    for index in 0..lines.len() {
        fewer_parts(&mut lines, index, &mut trial).await?;
    }
    let until = Instant::now() + patience;
    for index in 0..lines.len() {
        smaller_objects(&mut lines, index, &mut trial, until).await?;
    }
    trial.keep(args, &lines).await?;
    let left = contents(RecordingReader::open(&args.to)?)?;
    let text = format!(
        "{}: {} and {} are left of {} and {}\n",
        args.to.display(),
        words::count(lines.len(), "read"),
        words::bytes(left.bytes),
        words::count(whole.items.len(), "line"),
        words::bytes(whole.bytes),
    );
    write_stdout(&text, stdout)?;
    Ok(ExitStatus::Success)
}

/// Leave out objects of a list and lines of a log.
async fn fewer_parts(
    lines: &mut [Taken],
    index: usize,
    trial: &mut Trial<'_>,
) -> Result<(), Fault> {
    let count = lines.get(index).map_or(0, parts);
    let all: Vec<usize> = (0..count).collect();
    let Some(whole) = lines.get(index).filter(|_| count > 0).cloned() else {
        return Ok(());
    };
    let kept = minimal(all, async |rest: &[usize]| {
        put(lines, index, part(&whole, rest));
        trial.holds(lines).await
    })
    .await?;
    put(lines, index, part(&whole, &kept));
    Ok(())
}

fn put(lines: &mut [Taken], index: usize, line: Taken) {
    if let Some(place) = lines.get_mut(index) {
        *place = line;
    }
}

/// The line with these of its parts alone.
fn part(whole: &Taken, kept: &[usize]) -> Taken {
    let mut line = whole.clone();
    keep(&mut line, kept);
    line
}

fn parts(line: &Taken) -> usize {
    match line {
        Taken::Read(read) => match &read.1 {
            Ok(Body::List(page)) => page.rows.len(),
            Ok(Body::Logs(page)) => page.lines.len(),
            Ok(Body::Metrics(answer)) => answer.series.len(),
            Ok(Body::PodLog(log)) => log.text.lines().count(),
            _ => 0,
        },
        _ => 0,
    }
}

fn keep(line: &mut Taken, kept: &[usize]) {
    let kept: BTreeSet<usize> = kept.iter().copied().collect();
    fn retain<T>(items: &mut Vec<T>, kept: &BTreeSet<usize>) {
        let mut index = 0;
        items.retain(|_| {
            index += 1;
            kept.contains(&(index - 1))
        });
    }
    if let Taken::Read(read) = line {
        match &mut read.1 {
            Ok(Body::List(page)) => retain(&mut page.rows, &kept),
            Ok(Body::Logs(page)) => retain(&mut page.lines, &kept),
            Ok(Body::Metrics(answer)) => retain(&mut answer.series, &kept),
            Ok(Body::PodLog(log)) => {
                let mut lines: Vec<&str> = log.text.lines().collect();
                retain(&mut lines, &kept);
                log.text = lines.join("\n");
            }
            _ => {}
        }
    }
}

/// Leave out fields of the objects of one read, as long as there is time.
async fn smaller_objects(
    lines: &mut [Taken],
    index: usize,
    trial: &mut Trial<'_>,
    until: Instant,
) -> Result<(), Fault> {
    for row in 0..lines.get(index).map_or(0, parts) {
        let Some(mut object) = lines.get(index).and_then(|line| object(line, row)) else {
            continue;
        };
        for path in shape::smaller(&object) {
            if Instant::now() > until {
                return Ok(());
            }
            // A part of something that has gone by now is nothing to leave out.
            let Some(smaller) = shape::without(&object, &path) else {
                continue;
            };
            let Some(before) = lines.get(index).cloned() else {
                return Ok(());
            };
            let mut changed = before.clone();
            set(&mut changed, row, &smaller);
            put(lines, index, changed);
            if trial.holds(lines).await? {
                object = smaller;
            } else {
                put(lines, index, before);
            }
        }
    }
    Ok(())
}

fn object(line: &Taken, row: usize) -> Option<serde_json::Value> {
    let Taken::Read(read) = line else { return None };
    let Ok(Body::List(page)) = &read.1 else {
        return None;
    };
    serde_json::from_str(page.rows.get(row)?.json.get()).ok()
}

fn set(line: &mut Taken, row: usize, object: &serde_json::Value) {
    let Taken::Read(read) = line else { return };
    if let Ok(Body::List(page)) = &mut read.1
        && let Some(row) = page.rows.get_mut(row)
        && let Ok(json) = RawValue::from_string(object.to_string())
    {
        row.json = json;
    }
}

/// Whether a candidate still gives the finding: the check runs on it.
struct Trial<'a> {
    run: RunArgs,
    keep: &'a str,
    header: Header,
    global: &'a Global,
    environment: &'a Environment,
    folder: tempfile::TempDir,
}

impl<'a> Trial<'a> {
    /// Run all checks once, to learn which one gives the finding: after that it runs alone.
    async fn new(
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
        let mut run = args.replay.of(&args.file);
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
        let mut header = header;
        // A correlator says nothing without the others.
        let reads = report.runs.iter().flat_map(|run| &run.checks);
        let is_alone = reads
            .filter(|row| row.id == giver)
            .any(|row| !row.coverage.reads.is_empty());
        if is_alone {
            run.selection.only = vec![giver.to_owned()];
            header.checks.retain(|check| check.id == giver);
        }
        Ok(Self {
            run,
            keep: &args.keep,
            header,
            global,
            environment,
            folder,
        })
    }

    /// Write what is left where it was asked for, with tokens in place of names. What replays otherwise with them than
    /// without is not handed out as the same.
    async fn keep(&mut self, args: &ReduceArgs, lines: &[Taken]) -> Result<(), Fault> {
        if args.names {
            return self.write(&args.to, lines);
        }
        let plain = self.folder.path().join("plain.bsqrec");
        self.write(&plain, lines)?;
        let mut collected = Collected::default();
        look(&plain, |line| collected.look(&line))?;
        let key = args.key.clone();
        let key = key.unwrap_or_else(|| self.folder.path().join("key"));
        let mut key = KeyFile::open_or_make(&key)?;
        let mut tokens = Tokens::new(&mut key, collected);
        rewrite(&plain, &args.to, |line| with_tokens(&mut tokens, line))?;
        key.save()?;
        self.run.replay = Some(args.to.clone());
        let report = replayed(&self.run, self.global, self.environment).await?;
        if givers(&report, self.keep).next().is_some() {
            return Ok(());
        }
        let shown = args.to.display();
        Err(Fault::new(
            "BSQ0511",
            format!(
                "with tokens in place of names `{shown}` does not give {}",
                self.keep
            ),
        )
        .hint("add `--names` to keep them, and look at what it holds with `bsq-host show`"))
    }

    async fn holds(&mut self, lines: &[Taken]) -> Result<bool, Fault> {
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

/// The checks that give a finding of this code.
fn givers<'r>(report: &'r Report, code: &'r str) -> impl Iterator<Item = &'r str> {
    let rows = report.runs.iter().flat_map(|run| &run.checks);
    rows.filter(move |row| row.findings.iter().any(|finding| finding.code == code))
        .map(|row| row.id.as_str())
}
