//! Rows of the report: one for each component, whatever became of it.

use super::verdict::{self, Facts};
use crate::abi::command::quote;
use crate::manifest::{Manifest, Severity};
use crate::report::model::{
    CheckRow, CoverageTable, Finding, Misfit, Outcome, SkipReason, Verdict,
};
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
        unknown: None,
        hints: Vec::new(),
        findings: Vec::new(),
        ignored: Vec::new(),
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

/// Decide again, without the findings that are ignored now. What the component said of itself, it said with them.
pub(super) fn without_ignored(row: &mut CheckRow) {
    let worst = row.findings.iter().map(|finding| finding.severity).max();
    let is_well = worst.is_none_or(|worst| Verdict::of(worst) == Verdict::Pass);
    let guest = row.guest_verdict.map(|said| match said {
        Verdict::Warn | Verdict::Fail if is_well => (Verdict::Pass, None),
        said if row.unknown.is_some() => (said, Some(SkipReason::Unknown)),
        said => (said, row.skip_reason),
    });
    let said = row.guest_verdict;
    decide(row, guest, worst);
    row.guest_verdict = said;
    row.summary = what_it_found(&row.findings).unwrap_or_else(|| match row.ignored.len() {
        1 => "its one finding is ignored".to_owned(),
        count => format!("its {count} findings are ignored"),
    });
}

/// The summary of a row that found something: what a check says of itself is the positive line, which no longer holds.
pub(super) fn what_it_found(findings: &[Finding]) -> Option<String> {
    let counting = || {
        findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info)
    };
    let worst = counting().map(|finding| finding.severity).max()?;
    let first = counting().find(|finding| finding.severity == worst)?;
    Some(match counting().count() {
        1 => first.title.clone(),
        count => format!("{} (and {} more)", first.title, count - 1),
    })
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
