//! How values of the model read in a sentence.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::{
    CheckRow, Finding, Outcome, Run, Scope, SkipReason, Subject, TimeLimit, Verdict, Window,
};
use super::page::Tone;
use crate::capability::Coverage;
use crate::manifest::{Layer, ScopeKind, Severity};
use crate::settings::duration;

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
        Verdict::Skip => "skip",
        Verdict::Error => "error",
    }
}

pub(super) fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Warn => Tone::Warning,
        Verdict::Fail | Verdict::Error => Tone::Bad,
        Verdict::Skip => Tone::Faint,
    }
}

/// What a finding does to its check.
pub(crate) fn severity(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Info => ("INFO", Tone::Faint),
        Severity::Low | Severity::Medium => ("WARN", Tone::Warning),
        Severity::High | Severity::Critical => ("FAIL", Tone::Bad),
    }
}

pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

pub(crate) fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Infrastructure => "infrastructure",
        Layer::Network => "network",
        Layer::Identity => "identity",
        Layer::Data => "data",
        Layer::Workflow => "workflow",
        Layer::Inference => "inference",
        Layer::Delivery => "delivery",
        Layer::Observability => "observability",
        Layer::Coreai => "CoreAI",
        Layer::Proai => "ProAI",
    }
}

pub(super) fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Complete => "complete",
        Coverage::Absent => "absent",
        Coverage::Truncated => "truncated",
        Coverage::Denied => "denied by grant",
        Coverage::Forbidden => "forbidden by the cluster",
        Coverage::NotCollected => "not collected",
        Coverage::Unsupported => "not served by this host",
        Coverage::NotConfigured => "not configured",
        Coverage::Failed => "failed",
        Coverage::Invalid => "not decoded",
    }
}

pub(crate) fn scope(scope: &Scope) -> String {
    let mut words = match scope.kind {
        ScopeKind::Platform => "platform".to_owned(),
        ScopeKind::Env => format!("environment {}", scope.name),
        ScopeKind::Ns if scope.namespaces.len() > 1 => {
            format!("namespaces {}", scope.namespaces.join(", "))
        }
        ScopeKind::Ns => format!("namespace {}", scope.name),
        ScopeKind::Service => format!("service {}", scope.name),
        ScopeKind::App => format!("application {}", scope.name),
    };
    let is_named = matches!(scope.kind, ScopeKind::Ns | ScopeKind::Service);
    if !is_named && !scope.namespaces.is_empty() {
        words.push_str(&format!(" in {}", scope.namespaces.join(", ")));
    }
    if !scope.excluded_namespaces.is_empty() {
        words.push_str(&format!(
            " without {}",
            scope.excluded_namespaces.join(", ")
        ));
    }
    if let Some(selector) = &scope.selector {
        words.push_str(&format!(" where {selector}"));
    }
    words
}

/// `since 1h`; both ends where they do not parse.
pub(super) fn window(window: &Window) -> String {
    let parsed = window.start.parse::<Timestamp>().ok();
    let parsed = parsed.zip(window.end.parse::<Timestamp>().ok());
    match parsed.and_then(|(start, end)| end.duration_since(start).try_into().ok()) {
        Some(length) => format!("since {}", duration::format(length)),
        None => format!("from {} to {}", window.start, window.end),
    }
}

/// `2026-11-23 06:12:04Z`.
pub(crate) fn time(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(time) => time
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%d %H:%M:%SZ")
            .to_string(),
        Err(_) => text.to_owned(),
    }
}

/// `06:03` on the day of the run, `2026-11-22 06:03` on another.
pub(super) fn moment(text: &str, run_time: &str) -> String {
    let Ok(time) = text.parse::<Timestamp>() else {
        return text.to_owned();
    };
    let time = time.to_zoned(TimeZone::UTC);
    let today = run_time.parse::<Timestamp>().ok();
    let today = today.map(|today| today.to_zoned(TimeZone::UTC).date());
    let format = if today == Some(time.date()) {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    time.strftime(format).to_string()
}

/// The name that a person calls it by: `data/postgresql`, the owner's in place of a generated one.
pub(crate) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Named { kind, name, .. } => format!("{kind} {name}"),
        Subject::Object {
            kind,
            namespace: None,
            name,
            ..
        } => format!("{kind} {name}"),
        Subject::Object {
            namespace: Some(namespace),
            ..
        } => format!("{namespace}/{}", short_subject(subject)),
    }
}

/// The same without its namespace.
pub(super) fn short_subject(subject: &Subject) -> &str {
    match subject {
        Subject::Named { name, .. } => name,
        Subject::Object {
            name, attributes, ..
        } => attributes.get("owner-name").unwrap_or(name),
    }
}

/// Everything that names it: `v1/Pod data/postgresql-0 container postgresql`.
pub(super) fn full_subject(subject: &Subject) -> String {
    let Subject::Object {
        api_version,
        kind,
        namespace,
        name,
        container,
        ..
    } = subject
    else {
        return self::subject(subject);
    };
    let mut words = format!("{api_version}/{kind} ");
    if let Some(namespace) = namespace {
        words.push_str(namespace);
        words.push('/');
    }
    words.push_str(name);
    if let Some(container) = container {
        words.push_str(" container ");
        words.push_str(container);
    }
    words
}

/// Why a row is not a plain answer.
pub(super) fn reason(row: &CheckRow) -> String {
    match &row.outcome {
        Outcome::Completed => completed_reason(row),
        Outcome::Failed { message, .. } if row.verdict == Verdict::Error => {
            format!("could not finish: {message}")
        }
        Outcome::Failed { .. } => completed_reason(row),
        Outcome::Trapped { message } => format!("crashed: {message}"),
        Outcome::OutOfTime {
            limit,
            milliseconds,
        } => {
            let limit = match limit {
                TimeLimit::Cpu => "computing",
                TimeLimit::Wall => "in all",
            };
            format!("stopped after {milliseconds} ms {limit}")
        }
        Outcome::OutOfMemory { limit_mib } => format!("stopped: wanted more than {limit_mib} MiB"),
        Outcome::OverLimit { limit } => format!("stopped: over its limit of {limit}"),
        Outcome::Incompatible { misfits } => {
            let problems: Vec<&str> = misfits.iter().map(|one| one.problem.as_str()).collect();
            format!("does not fit this host: {}", problems.join("; "))
        }
        Outcome::Refused { reason } => format!("refused: {reason}"),
        Outcome::NotStarted { reason } => format!("not started: {reason}"),
        Outcome::Cancelled => "interrupted before it ended".to_owned(),
    }
}

fn completed_reason(row: &CheckRow) -> String {
    let why = match row.skip_reason {
        _ if row.verdict == Verdict::Error => {
            return unknown_reads(row).unwrap_or_else(|| row.summary.clone());
        }
        Some(SkipReason::NotApplicable) => "does not apply",
        Some(SkipReason::NotConfigured) => "not configured",
        Some(SkipReason::Inconclusive) => "undecided",
        Some(SkipReason::Unknown) => {
            let reads = unknown_reads(row).unwrap_or_else(|| row.summary.clone());
            return format!("unknown: {reads}");
        }
        None => return row.summary.clone(),
    };
    format!("{why}: {}", row.summary)
}

/// Which reads leave something unknown, the first by name.
pub(super) fn unknown_reads(row: &CheckRow) -> Option<String> {
    let first = row
        .coverage
        .reads
        .iter()
        .find(|read| !read.coverage.is_complete())?;
    let mut words = format!("{}: {}", first.call, coverage(first.coverage));
    if let Some(detail) = &first.detail {
        words.push_str(&format!(" ({detail})"));
    }
    let unknown: u32 = row
        .coverage
        .counts
        .iter()
        .filter(|(coverage, _)| !coverage.is_complete())
        .map(|(_, count)| count)
        .sum();
    if unknown > 1 {
        words.push_str(&format!(", and {} more", unknown - 1));
    }
    Some(words)
}

/// The baseline does not have it.
pub(super) fn is_new(finding: &Finding, run: &Run) -> bool {
    let baseline = run.baseline.as_ref();
    baseline.is_some_and(|baseline| baseline.new.contains(&finding.fingerprint))
}

/// `1 check`, `2 checks`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// `12.3 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_another_day_carries_its_date() {
        let run = "2026-11-23T06:12:04Z";
        assert_eq!(moment("2026-11-23T06:03:11Z", run), "06:03");
        assert_eq!(moment("2026-11-22T06:03:11Z", run), "2026-11-22 06:03");
        assert_eq!(moment("yesterday", run), "yesterday");
    }

    #[test]
    fn bytes_have_one_digit_after_the_point() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345_678), "12.3 MB");
    }
}
