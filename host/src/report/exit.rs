//! How a run ends, decided once, at the end, from the report. No format and no filter has a say.

use super::model::{CheckRow, Finding, Outcome, Report, Run, Verdict};
use crate::cli::FailOn;
use crate::ui::ExitStatus;

/// What the operator asked of the exit code.
#[derive(Clone, Copy, Debug)]
pub struct ExitPolicy {
    pub fail_on: FailOn,
    pub allow_incomplete: bool,
}

/// The first that holds: interrupted, cluster or host failure, findings, refused, incomplete, success. Usage errors end
/// before there is a report.
pub fn status(report: &Report, policy: ExitPolicy) -> ExitStatus {
    let rows = || report.runs.iter().flat_map(|run| &run.checks);
    if report.runs.iter().any(|run| run.interrupted) {
        ExitStatus::Interrupted
    } else if nothing_usable_ran(rows()) {
        ExitStatus::Failure
    } else if is_reached(report, policy.fail_on) {
        ExitStatus::Findings
    } else if rows().any(is_refused) {
        ExitStatus::Refused
    } else if !policy.allow_incomplete
        && (rows().any(|row| !row.complete) || report.runs.iter().any(lacks_changes))
    {
        ExitStatus::Incomplete
    } else {
        ExitStatus::Success
    }
}

fn is_reached(report: &Report, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::New => report.runs.iter().any(has_new),
        _ => {
            let mut rows = report.runs.iter().flat_map(|run| &run.checks);
            rows.any(|row| reaches(row, fail_on))
        }
    }
}

/// Something warns or fails that the baseline does not have. Where there is none, as for another environment, all of it is.
fn has_new(run: &Run) -> bool {
    let is_new = |finding: &Finding| {
        let baseline = run.baseline.as_ref();
        baseline.is_none_or(|baseline| baseline.new.contains(&finding.fingerprint))
    };
    let mut findings = run.checks.iter().flat_map(|row| &row.findings);
    findings.any(|finding| Verdict::of(finding.severity) != Verdict::Pass && is_new(finding))
}

/// Changes were asked for alone, and some of them may be missing.
fn lacks_changes(run: &Run) -> bool {
    let reads = run.host_reads.as_ref();
    run.changes.is_some() && reads.is_none_or(|table| !table.complete)
}

/// Every check that started ended as `error` without a finding, and some read failed: that is the cluster's word, not
/// the checks'. One check that traps among others that pass is a row and no more.
fn nothing_usable_ran<'a>(rows: impl Iterator<Item = &'a CheckRow> + Clone) -> bool {
    let mut started = rows.clone().filter(|row| has_started(row));
    let is_useless = |row: &CheckRow| row.verdict == Verdict::Error && row.findings.is_empty();
    rows.clone().any(has_failed_read) && started.all(is_useless)
}

fn has_started(row: &CheckRow) -> bool {
    !is_refused(row) && !matches!(row.outcome, Outcome::NotStarted { .. })
}

fn has_failed_read(row: &CheckRow) -> bool {
    let mut counts = row.coverage.counts.iter();
    counts.any(|(coverage, count)| coverage.is_failure() && *count > 0)
}

fn is_refused(row: &CheckRow) -> bool {
    matches!(
        row.outcome,
        Outcome::Refused { .. } | Outcome::Incompatible { .. }
    )
}

/// A row that ended as `error` keeps its findings, so both are asked.
fn reaches(row: &CheckRow, fail_on: FailOn) -> bool {
    let found = row
        .findings
        .iter()
        .map(|finding| Verdict::of(finding.severity));
    found.chain([row.verdict]).any(|verdict| match fail_on {
        FailOn::Never | FailOn::New => false,
        FailOn::Fail => verdict == Verdict::Fail,
        FailOn::Warn => matches!(verdict, Verdict::Warn | Verdict::Fail),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::Coverage;
    use crate::manifest::Severity;
    use crate::report::model::SkipReason;
    use crate::report::testing::{RowBuilder, finding, report, row};

    fn failing() -> RowBuilder {
        row("failing").findings([finding("f", "A")])
    }

    fn warning() -> RowBuilder {
        row("warning").findings([finding("w", "A").severity(Severity::Low)])
    }

    fn refused() -> RowBuilder {
        row("refused")
            .verdict(Verdict::Error, "no grant")
            .outcome(Outcome::Refused {
                reason: "no grant".to_owned(),
            })
    }

    fn unreachable() -> RowBuilder {
        row("unreachable")
            .verdict(Verdict::Error, "no answer")
            .read("list v1/Pod", Coverage::Failed, Some("connection refused"))
    }

    fn undecodable() -> RowBuilder {
        row("undecodable").verdict(Verdict::Error, "HTML").read(
            "list v1/Pod",
            Coverage::Invalid,
            Some("HTML in place of JSON"),
        )
    }

    fn trapped() -> RowBuilder {
        row("trapped")
            .verdict(Verdict::Error, "trapped")
            .outcome(Outcome::Trapped {
                message: "unreachable".to_owned(),
            })
    }

    fn denied() -> RowBuilder {
        row("denied").skip(SkipReason::Unknown, "unknown").read(
            "list v1/Event",
            Coverage::Denied,
            None,
        )
    }

    #[test]
    fn the_first_row_of_the_table_that_holds_decides() {
        use FailOn::{Fail, Never, Warn};
        for (expected, rows, fail_on, allow_incomplete) in [
            (0, vec![row("a")], Fail, false),
            (0, vec![], Fail, false),
            (
                0,
                vec![row("a").skip(SkipReason::NotApplicable, "")],
                Fail,
                false,
            ),
            (
                0,
                vec![row("a").skip(SkipReason::NotConfigured, "")],
                Fail,
                false,
            ),
            (0, vec![warning()], Fail, false),
            (1, vec![warning()], Warn, false),
            (1, vec![failing()], Fail, false),
            (0, vec![failing()], Never, false),
            (1, vec![failing(), refused(), denied()], Fail, true),
            (1, vec![failing(), unreachable()], Fail, false),
            (5, vec![row("a"), refused(), denied()], Fail, false),
            (5, vec![refused()], Fail, true),
            (3, vec![row("a"), denied()], Fail, false),
            (0, vec![row("a"), denied()], Fail, true),
            (3, vec![row("a"), trapped()], Fail, false),
            (3, vec![trapped()], Fail, false),
            (3, vec![row("a"), unreachable()], Fail, false),
            (4, vec![unreachable()], Fail, true),
            (4, vec![unreachable(), refused(), trapped()], Never, true),
            (4, vec![undecodable()], Fail, false),
            (3, vec![row("a"), undecodable()], Fail, false),
        ] {
            let rows: Vec<RowBuilder> = rows;
            let report = report(rows);
            let ids: Vec<&str> = ids(&report);
            let policy = ExitPolicy {
                fail_on,
                allow_incomplete,
            };
            assert_eq!(status(&report, policy).code(), expected, "{ids:?}");
        }
    }

    fn ids(report: &Report) -> Vec<&str> {
        let rows = report.runs.iter().flat_map(|run| &run.checks);
        rows.map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn an_interrupted_run_ends_so_whatever_it_found() {
        let mut report = report([failing()]);
        if let Some(run) = report.runs.first_mut() {
            run.interrupted = true;
        }
        let policy = ExitPolicy {
            fail_on: FailOn::Fail,
            allow_incomplete: false,
        };
        assert_eq!(status(&report, policy), ExitStatus::Interrupted);
    }

    #[test]
    fn changes_that_may_be_missing_are_incomplete() {
        let mut report = report([]);
        let run = report.runs.first_mut().unwrap_or_else(|| unreachable!());
        run.changes = Some(crate::report::model::Changes {
            since: run.time.clone(),
            list: Vec::new(),
        });
        run.host_reads = Some(row("own").build().coverage);
        let policy = ExitPolicy {
            fail_on: FailOn::Fail,
            allow_incomplete: false,
        };
        assert_eq!(status(&report, policy), ExitStatus::Success);
        for run in &mut report.runs {
            let denied = row("own").read("list v1/Node", Coverage::Denied, None);
            run.host_reads = Some(denied.build().coverage);
        }
        assert_eq!(status(&report, policy), ExitStatus::Incomplete);
    }
}
