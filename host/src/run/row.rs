//! Rows of the report: one for each component, whatever became of it.

use super::verdict::{self, Facts};
use crate::abi::command::quote;
use crate::manifest::{Manifest, Severity};
use crate::report::model::{CheckRow, CoverageTable, Misfit, Outcome, SkipReason, Verdict};
use crate::ui::Fault;

/// A row of a check that says nothing yet.
pub(super) fn of(manifest: &Manifest, source: &str, digest: &str) -> CheckRow {
    CheckRow {
        version: Some(manifest.version.to_string()),
        title: Some(manifest.title.clone()),
        ..blank(&manifest.id, source, Some(digest))
    }
}

fn blank(id: &str, source: &str, digest: Option<&str>) -> CheckRow {
    CheckRow {
        id: id.to_owned(),
        version: None,
        digest: digest.map(str::to_owned),
        source: source.to_owned(),
        title: None,
        verdict: Verdict::Error,
        skip_reason: None,
        guest_verdict: None,
        outcome: Outcome::Cancelled,
        complete: false,
        summary: String::new(),
        hints: Vec::new(),
        findings: Vec::new(),
        coverage: CoverageTable::default(),
        granted_by: None,
        log: Vec::new(),
        log_dropped: 0,
    }
}

/// Fill in what the host says: verdict, reason and completeness. `guest` is what the component said, `worst` its worst
/// finding, which may be among those that are left out.
pub(super) fn decide(
    row: &mut CheckRow,
    guest: Option<(Verdict, Option<SkipReason>)>,
    worst: Option<Severity>,
) {
    let decided = verdict::decide(&Facts {
        outcome: &row.outcome,
        guest,
        worst,
        reads: &row.coverage.counts,
    });
    row.guest_verdict = guest.map(|(said, _)| said);
    row.verdict = decided.verdict;
    row.skip_reason = decided.skip_reason;
    row.complete = decided.complete;
}

/// It does not fit this host.
pub(super) fn incompatible(
    id: &str,
    source: &str,
    digest: Option<&str>,
    manifest: Option<&Manifest>,
    misfits: Vec<Misfit>,
) -> CheckRow {
    let mut row = match (manifest, digest) {
        (Some(manifest), Some(digest)) => of(manifest, source, digest),
        _ => blank(id, source, digest),
    };
    let problems: Vec<&str> = misfits
        .iter()
        .map(|misfit| misfit.problem.as_str())
        .collect();
    row.summary = problems.join("; ");
    row.hints = misfits.iter().map(|misfit| misfit.fix.clone()).collect();
    row.outcome = Outcome::Incompatible { misfits };
    decide(&mut row, None, None);
    row
}

/// No row of any grants names its digest.
pub(super) fn ungranted(manifest: &Manifest, source: &str, digest: &str) -> CheckRow {
    let reason = "no grant names this component, so it may read nothing";
    let hints = [
        format!("bsq-host grants allow {}", quote(source)),
        format!("for this run only: --grant-declared={}", quote(source)),
    ];
    refused(of(manifest, source, digest), reason.to_owned(), hints)
}

/// A row names its digest and means another component.
pub(super) fn misgranted(
    manifest: &Manifest,
    source: &str,
    digest: &str,
    fault: &Fault,
) -> CheckRow {
    refused(
        of(manifest, source, digest),
        fault.sentence(),
        fault.hints.iter().cloned(),
    )
}

fn refused(mut row: CheckRow, reason: String, hints: impl IntoIterator<Item = String>) -> CheckRow {
    row.summary.clone_from(&reason);
    row.outcome = Outcome::Refused { reason };
    row.hints.extend(hints);
    decide(&mut row, None, None);
    row
}
