//! `bsq-host reduce FILE --keep CODE`: the smallest recording that still gives a finding. It is what goes along with a
//! false alarm, and what becomes a test: one page tells what the check saw.

mod minimal;
mod shape;
mod trial;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::value::RawValue;

use self::minimal::minimal;
use self::trial::Trial;
use super::targets;
use crate::capability::Body;
use crate::capability::record::{RecordingReader, Taken, contents, unfinished};
use crate::cli::{Global, ReplayArgs};
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
    check_targets(args)?;
    let whole = contents(RecordingReader::open(&args.file)?)?;
    let mut trial = Trial::new(args, whole.header.clone(), global, environment).await?;
    let lines = whole.items.iter().map(|item| item.taken().clone());
    let lines: Vec<Taken> = lines
        .filter(|line| !matches!(line, Taken::Other(_)))
        .collect();
    trial.begin(&lines).await?;
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

/// What is written is neither the recording, nor what is left of an unfinished one, nor the key.
fn check_targets(args: &ReduceArgs) -> Result<(), Fault> {
    let part = unfinished(&args.to);
    let key = args.key.as_deref().map(|path| ("--key", path));
    let written: Vec<_> = [("--to", args.to.as_path()), ("--to", &part)]
        .into_iter()
        .chain(key)
        .collect();
    targets::check(&written, &[("FILE", &args.file)])
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
