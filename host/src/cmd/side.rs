//! One side of a comparison: a report, or a recording that checks run on.

use std::path::Path;

use serde::Deserialize;

use super::observe::replayed;
use super::privacy;
use crate::cli::{Global, RunArgs};
use crate::report::difference::{Change, Changed, Side, difference};
use crate::report::model::{Baseline, Report, Run, SCHEMA_VERSION};
use crate::settings::Environment;
use crate::ui::Fault;

/// A report is held in memory as a whole; ten thousand findings take a tenth of this.
const MAX_REPORT_BYTES: u64 = 256 << 20;

/// A run, and where it comes from.
pub(super) struct Loaded {
    pub(super) side: Side,
    pub(super) run: Run,
}

/// Read a report, or replay a recording: each run that it holds, which are several where it was made with `--also`.
pub(super) async fn load(
    path: &Path,
    replay: &RunArgs,
    global: &Global,
    environment: &Environment,
) -> Result<Vec<Loaded>, Fault> {
    let report = match report(path)? {
        Some(report) => {
            // Rules of this site hold for what another one wrote.
            let rules = privacy::rules_of_site(&replay.grant, global, environment)?;
            privacy::shown(report, &rules)?
        }
        None => replayed(replay, global, environment).await?,
    };
    if report.runs.is_empty() {
        return Err(
            Fault::new("BSQ0507", format!("`{}` holds no run", path.display()))
                .hint("write a report with `bsq-host run … -o json=FILE`"),
        );
    }
    let loaded = report.runs.into_iter().map(|run| Loaded {
        side: Side {
            file: path.display().to_string(),
            context: run.context.clone(),
            time: run.time.clone(),
        },
        run,
    });
    Ok(loaded.collect())
}

/// The run of a file that is about a context; where there is but one, it is that, whatever its context.
pub(super) fn about<'a>(runs: &'a [Loaded], context: &str) -> Result<&'a Loaded, Fault> {
    if let [only] = runs {
        return Ok(only);
    }
    let of_context = runs.iter().find(|one| one.side.context == context);
    of_context.ok_or_else(|| {
        let file = runs.first().map_or("", |one| &one.side.file);
        let contexts: Vec<&str> = runs.iter().map(|one| one.side.context.as_str()).collect();
        Fault::new(
            "BSQ0507",
            format!(
                "`{file}` holds {} runs, and none is of {context}",
                runs.len()
            ),
        )
        .hint(format!("it holds {}", contexts.join(", ")))
        .hint("set them side by side: `bsq-host compare A B…`")
    })
}

/// What every report says first of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    schema_version: u32,
}

/// The report that a file holds; none where it is something else, such as a recording.
fn report(path: &Path) -> Result<Option<Report>, Fault> {
    let is_small =
        |metadata: std::fs::Metadata| metadata.is_file() && metadata.len() <= MAX_REPORT_BYTES;
    if !std::fs::metadata(path).is_ok_and(is_small) {
        return Ok(None);
    }
    // What cannot be read is told by whoever reads it as a recording.
    let Ok(text) = std::fs::read(path) else {
        return Ok(None);
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let shown = path.display();
    match serde_json::from_slice::<Head>(text) {
        Ok(head) if head.schema_version > SCHEMA_VERSION => Err(Fault::new(
            "BSQ0508",
            format!(
                "`{shown}` is a report of schema version {}; this host reads up to {SCHEMA_VERSION}",
                head.schema_version
            ),
        )
        .hint("compare it with the bsq-host that wrote it, or a newer one")),
        Ok(_) => serde_json::from_slice(text)
            .map(Some)
            .map_err(|error| broken(path, error)),
        Err(error) if is_meant_as_report(text) => Err(broken(path, error)),
        Err(_) => Ok(None),
    }
}

/// How a report begins, whole or not.
fn is_meant_as_report(text: &[u8]) -> bool {
    let beginning = text.get(..text.len().min(64)).unwrap_or_default();
    String::from_utf8_lossy(beginning).contains("\"schemaVersion\"")
}

fn broken(path: &Path, error: serde_json::Error) -> Fault {
    Fault::new(
        "BSQ0508",
        format!("`{}` is no whole report", path.display()),
    )
    .because(error)
    .hint("write it anew with `bsq-host run … -o json=FILE`")
}

impl Loaded {
    /// How a run differs from this one.
    pub(super) fn hold_against(&self, run: &Run) -> Baseline {
        let all = difference(&self.run, run);
        let of = |change: Change| all.iter().filter(move |one| one.change == change);
        let findings = |change| {
            of(change)
                .map(|one: &Changed| one.finding.clone())
                .collect()
        };
        Baseline {
            context: self.side.context.clone(),
            time: self.side.time.clone(),
            new: of(Change::New)
                .map(|one| one.finding.fingerprint.clone())
                .collect(),
            gone: findings(Change::Gone),
            unknown: findings(Change::Unknown),
        }
    }
}
