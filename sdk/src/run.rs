//! One run of a check's function: from what the check is told to what the host is told.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::finding::{Finding, Severity};
use crate::host::Host;
use crate::input::Input;
use crate::report::{Left, Report, Skip, SkipReason, Verdict, verdict_of};

/// What goes to the host, with every field decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) skip: Option<SkipReason>,
    pub(crate) summary: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) attributes: Vec<(String, String)>,
}

/// The severity that `check.toml` gives a code.
pub(crate) type Severities<'a> = dyn Fn(&str) -> Option<Severity> + 'a;

/// How a function ended.
pub(crate) enum Ended {
    Done(Answer),
    Failed { error: Error, answer: Answer },
}

/// Run a function against a host. Whatever it leaves behind is in the answer.
pub(crate) fn run(
    host: Host,
    input: Input,
    severities: &Severities<'_>,
    check: impl FnOnce(&Context) -> Result<Report>,
) -> Ended {
    drop(Left::take());
    let cx = Context::new(host, input);
    match check(&cx) {
        Ok(report) => Ended::Done(finished(report, &cx, severities)),
        Err(error) => Ended::Failed {
            answer: unfinished(&error, &cx, severities),
            error,
        },
    }
}

fn finished(mut report: Report, cx: &Context, severities: &Severities<'_>) -> Answer {
    let findings = std::mem::take(&mut report.findings);
    let mut attributes = std::mem::take(&mut report.attributes);
    let mut summary = std::mem::take(&mut report.summary);
    let looked_at = report.looked_at.unwrap_or_else(|| cx.seen());
    let skip = match report.skip.take() {
        Some(Skip::Always(reason)) => Some(reason),
        Some(Skip::IfNothingSeen(otherwise)) if looked_at == 0 && findings.is_empty() => {
            summary = otherwise;
            Some(SkipReason::NotApplicable)
        }
        _ => None,
    };
    attributes.extend(invalid(cx));
    let (verdict, skip) = match (verdict_of(&findings, severities), skip) {
        // The host takes the verdict from the findings, and hears that they are not all.
        (_, Some(SkipReason::Unknown)) => (Verdict::Skip, skip),
        (Some(Verdict::Pass) | None, Some(reason)) => (Verdict::Skip, Some(reason)),
        (verdict, _) => (verdict.unwrap_or(Verdict::Pass), None),
    };
    Answer {
        verdict,
        skip,
        summary,
        findings,
        attributes,
    }
}

fn unfinished(error: &Error, cx: &Context, severities: &Severities<'_>) -> Answer {
    let Left {
        summary,
        findings,
        mut attributes,
    } = Left::take();
    attributes.extend(invalid(cx));
    let (verdict, skip) = match verdict_of(&findings, severities) {
        Some(verdict) => (verdict, None),
        None => (Verdict::Skip, Some(skip_for(error))),
    };
    let summary = if summary.is_empty() {
        error.message().to_owned()
    } else {
        summary
    };
    Answer {
        verdict,
        skip,
        summary,
        findings,
        attributes,
    }
}

fn skip_for(error: &Error) -> SkipReason {
    match error.code() {
        "absent" => SkipReason::NotApplicable,
        "not-configured" => SkipReason::NotConfigured,
        _ => SkipReason::Unknown,
    }
}

fn invalid(cx: &Context) -> impl Iterator<Item = (String, String)> {
    cx.invalid()
        .into_iter()
        .map(|what| ("invalid".to_owned(), what))
}
