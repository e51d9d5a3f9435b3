//! One side of a comparison: a report, or a recording that checks run on.

use std::path::Path;

use super::observe::replayed;
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

/// Read a report, or replay a recording.
pub(super) async fn load(
    path: &Path,
    replay: &RunArgs,
    global: &Global,
    environment: &Environment,
) -> Result<Loaded, Fault> {
    let report = match report(path)? {
        Some(report) => report,
        None => replayed(replay, global, environment).await?,
    };
    let run = report.runs.into_iter().next().ok_or_else(|| {
        Fault::new("BSQ0507", format!("`{}` holds no run", path.display()))
            .hint("write a report with `bsq-host run … -o json=FILE`")
    })?;
    let side = Side {
        file: path.display().to_string(),
        context: run.context.clone(),
        time: run.time.clone(),
    };
    Ok(Loaded { side, run })
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
    match serde_json::from_slice::<Report>(&text) {
        Ok(report) if report.schema_version <= SCHEMA_VERSION => Ok(Some(report)),
        Ok(report) => Err(Fault::new(
            "BSQ0508",
            format!(
                "`{}` is a report of schema version {}; this host reads up to {SCHEMA_VERSION}",
                path.display(),
                report.schema_version
            ),
        )
        .hint("compare it with the bsq-host that wrote it, or a newer one")),
        Err(_) => Ok(None),
    }
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
