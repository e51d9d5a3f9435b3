//! `bsq-host diff A B`: what is new, changed, gone or unknown between two recordings or reports.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::side::{Loaded, about, load};
use crate::cli::{Global, ListFormat, ReplayArgs};
use crate::report::difference::{Change, Changed, Difference, Side, difference};
use crate::report::{Screen, Sheet, Tone, words, write_stdout};
use crate::settings::Environment;
use crate::ui::{ExitStatus, Fault};

#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The earlier recording or report (`-o json`)
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The later one
    #[arg(value_name = "B")]
    pub after: PathBuf,
    #[command(flatten)]
    pub replay: ReplayArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

/// Compare, print, and end as `diff` and `kubectl diff` do: 0 where nothing differs, 1 where something does; 3 where
/// the later one could not see.
pub async fn diff(
    args: &DiffArgs,
    global: &Global,
    environment: &Environment,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let before = load(
        &args.before,
        &args.replay.of(&args.before),
        global,
        environment,
    )
    .await?;
    let after = load(
        &args.after,
        &args.replay.of(&args.after),
        global,
        environment,
    )
    .await?;
    let (before, after) = pair(&before, &after)?;
    let difference = Difference {
        findings: difference(&before.run, &after.run),
        before: before.side.clone(),
        after: after.side.clone(),
    };
    let text = match args.output {
        ListFormat::Json => super::json(&difference)?,
        ListFormat::Table => sheet(&difference, screen),
    };
    write_stdout(&text, stdout)?;
    Ok(status(&difference.findings))
}

/// One run of each: of the same context where a file holds several.
fn pair<'a>(before: &'a [Loaded], after: &'a [Loaded]) -> Result<(&'a Loaded, &'a Loaded), Fault> {
    let context = |all: &'a [Loaded]| all.first().map_or("", |one| &one.side.context);
    let is_one = |all: &[Loaded]| all.len() == 1;
    let of = if is_one(after) {
        context(after)
    } else {
        context(before)
    };
    Ok((about(before, of)?, about(after, of)?))
}

fn status(findings: &[Changed]) -> ExitStatus {
    let has = |change| findings.iter().any(|one| one.change == change);
    if has(Change::New) || has(Change::Changed) || has(Change::Gone) {
        ExitStatus::Findings
    } else if has(Change::Unknown) {
        ExitStatus::Incomplete
    } else {
        ExitStatus::Success
    }
}

/// The kinds of changes in the order of the page, as a person names them.
const PARTS: [(Change, &str, Tone); 5] = [
    (Change::New, "new", Tone::Bad),
    (Change::Changed, "changed", Tone::Warning),
    (Change::Unknown, "unknown", Tone::Warning),
    (Change::Gone, "gone", Tone::Good),
    (Change::Ignored, "ignored by now", Tone::Plain),
];

fn sheet(difference: &Difference, screen: Screen) -> String {
    let mut sheet = Sheet::new(screen);
    sheet.row("before", &side(&difference.before));
    sheet.row("after", &side(&difference.after));
    for (change, name, tone) in PARTS {
        let all = difference.findings.iter();
        let all: Vec<&Changed> = all.filter(|one| one.change == change).collect();
        if all.is_empty() {
            continue;
        }
        sheet.section(&format!("{name} ({})", all.len()));
        for one in all {
            finding(&mut sheet, one, tone);
        }
    }
    let same = difference.findings.iter();
    let same = same.filter(|one| one.change == Change::Unchanged).count();
    sheet.section(&format!("{} as before", words::count(same, "finding")));
    sheet.finish()
}

pub(super) fn side(side: &Side) -> String {
    format!(
        "{} of {}, {}",
        side.context,
        words::time(&side.time),
        side.file
    )
}

fn finding(sheet: &mut Sheet, one: &Changed, tone: Tone) {
    let finding = &one.finding;
    let severity = words::severity_name(finding.severity);
    let text = format!("{} ({severity})", finding.title);
    sheet.marked(tone, &finding.code, &text);
    if let Some(before) = &one.before {
        let severity = words::severity_name(before.severity);
        sheet.row("", &format!("before: {} ({severity})", before.title));
    }
    if let Some(note) = &one.note {
        sheet.row("", note);
    }
}
