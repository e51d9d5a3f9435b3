//! Rows become a run of the report: sorted, grouped, counted, with what was measured kept apart.

use std::time::Duration;

use super::basis::{Basis, Facts};
use super::groups::group;
use super::many::Ended;
use crate::report::model::{CheckRow, Counts, Measured, Run, Verdict};

/// Put a run together. `rows` are those of components that did not start.
pub fn run(
    rows: Vec<CheckRow>,
    ended: Ended,
    basis: &Basis,
    grants: Vec<String>,
    took: Duration,
) -> Run {
    let Facts {
        context,
        server_version,
        now,
        window,
        scope,
        symptom,
        ..
    } = basis.facts().clone();
    let mut checks: Vec<CheckRow> = rows.into_iter().chain(ended.rows).collect();
    checks.sort_by(|one, other| key(one).cmp(&key(other)));
    for row in &mut checks {
        row.findings.sort_by(|one, other| {
            let severity = other.severity.cmp(&one.severity);
            severity
                .then_with(|| (&one.code, &one.fingerprint).cmp(&(&other.code, &other.fingerprint)))
        });
    }
    Run {
        context,
        server_version,
        time: now.to_string(),
        window,
        scope,
        symptom,
        grants,
        complete: checks.iter().all(|row| row.complete),
        interrupted: ended.interrupted,
        groups: group(&checks),
        counts: counts(&checks),
        checks,
        measured: measured(basis, ended.checks, took),
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
        Basis::Replay { .. } => Default::default(),
    };
    Measured {
        host_version: env!("CARGO_PKG_VERSION").to_owned(),
        replayed: matches!(basis, Basis::Replay { .. }),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        requests,
        bytes,
        peak_memory_bytes: peak_memory(),
        checks,
        egress,
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
