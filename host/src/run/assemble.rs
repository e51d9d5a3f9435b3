//! Rows become a run of the report: sorted, grouped, counted, with what was measured kept apart.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::basis::{Basis, Facts};
use super::extent::extent;
use super::groups::{Ground, group};
use super::many::Ended;
use super::own::{Seen, before, within};
use crate::report::model::{Changes, CheckRow, Counts, Finding, Measured, Run, Verdict};

/// All that a run is put together from.
pub struct Finished<'a> {
    /// Sorted.
    pub ended: Ended,
    pub basis: &'a Basis,
    pub grants: Vec<String>,
    pub ground: Ground<'a>,
    pub seen: &'a Seen,
    /// How far back changes are told by themselves.
    pub changes: Option<SignedDuration>,
    pub took: Duration,
    pub stale_ignores: Vec<String>,
}

/// Put a run together.
pub fn run(finished: Finished<'_>) -> Run {
    let Finished {
        ended,
        basis,
        ground,
        seen,
        ..
    } = finished;
    let Facts {
        context,
        server_version,
        now,
        window,
        scope,
        symptom,
        environments,
        ..
    } = basis.facts().clone();
    let checks = ended.rows;
    let findings: Vec<&Finding> = checks.iter().flat_map(|row| &row.findings).collect();
    let mut groups = group(&checks, ground);
    for group in &mut groups {
        group.changes = before(group, &findings, &seen.changes, ground);
    }
    let told = finished.changes;
    Run {
        context,
        server_version,
        time: now.to_string(),
        window,
        symptom,
        grants: finished.grants,
        complete: checks.iter().all(|row| row.complete),
        interrupted: ended.interrupted,
        redacted: basis.facts().redacted,
        extent: extent(&checks, &scope, &environments),
        scope,
        groups,
        changes: told.map(|span| Changes {
            since: now.checked_sub(span).unwrap_or(Timestamp::MIN).to_string(),
            list: within(&seen.changes, span, now),
        }),
        host_reads: seen.coverage.clone(),
        stale_ignores: finished.stale_ignores,
        baseline: None,
        counts: counts(&checks),
        measured: measured(basis, ended.checks, finished.took),
        checks,
    }
}

/// Bring rows and their findings into the order of the report.
pub fn sort(rows: &mut [CheckRow]) {
    rows.sort_by(|one, other| key(one).cmp(&key(other)));
    for row in rows {
        row.findings.sort_by(|one, other| {
            let severity = other.severity.cmp(&one.severity);
            severity
                .then_with(|| (&one.code, &one.fingerprint).cmp(&(&other.code, &other.fingerprint)))
        });
    }
}

fn key(row: &CheckRow) -> (&str, &Option<String>, &Option<String>, &str) {
    (&row.id, &row.version, &row.digest, &row.source)
}

fn counts(rows: &[CheckRow]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        let count = match row.verdict {
            Verdict::Pass => &mut counts.pass,
            Verdict::Warn => &mut counts.warn,
            Verdict::Fail => &mut counts.fail,
            Verdict::Skip => &mut counts.skip,
            Verdict::Error => &mut counts.error,
        };
        *count += 1;
        counts.findings += u32::try_from(row.findings.len()).unwrap_or(u32::MAX);
        counts.ignored += u32::try_from(row.ignored.len()).unwrap_or(u32::MAX);
    }
    counts
}

fn measured(
    basis: &Basis,
    checks: std::collections::BTreeMap<String, crate::report::model::MeasuredCheck>,
    took: Duration,
) -> Measured {
    let (egress, (requests, bytes)) = match basis {
        Basis::Live { ledger, .. } => (ledger.rows(), ledger.totals()),
        Basis::Replay { .. } | Basis::Bundle { .. } => Default::default(),
    };
    Measured {
        host_version: env!("CARGO_PKG_VERSION").to_owned(),
        replayed: !matches!(basis, Basis::Live { .. }),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        requests,
        bytes,
        peak_memory_bytes: peak_memory(),
        checks,
        egress,
        redaction: basis.redaction(),
    }
}

/// The most memory that this process has held, as the kernel counted it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
