//! Conversions of what a check is told and answers. No decision is made here.

use super::{Host, logs, report_panics, severity_of, time, wit};
use crate::bindings::correlator::exports::bsq::check::correlate as correlator;
use crate::context::Context;
use crate::correlate::CheckResult;
use crate::error::Result;
use crate::finding::{Cause, Evidence, Finding, Severity, Step};
use crate::input::{Input, Scope, Window};
use crate::reads::{LogRequest, Match};
use crate::report::{Report, SkipReason, Verdict};
use crate::run::{self, Answer, Ended};
use crate::subject::{Named, ObjectRef, Subject};

/// Run a correlator's function for `bsq:check/correlate`.
///
/// # Errors
///
/// The function ended with an error; what it found goes along.
pub fn correlate(
    input: wit::Input,
    results: Vec<correlator::CheckResult>,
    severities: &[(&str, Severity)],
    correlate: impl FnOnce(&Context, &[CheckResult]) -> Result<Report>,
) -> std::result::Result<wit::Report, wit::CheckFailure> {
    report_panics();
    let results: Vec<CheckResult> = results.into_iter().map(Into::into).collect();
    ended(run::run(
        Host,
        input.into(),
        &|code| severity_of(severities, code),
        |cx| correlate(cx, &results),
    ))
}

pub(super) fn ended(ended: Ended) -> std::result::Result<wit::Report, wit::CheckFailure> {
    match ended {
        Ended::Done(answer) => Ok(answer.into()),
        Ended::Failed { error, answer } => Err(wit::CheckFailure {
            message: error.message().to_owned(),
            code: Some(error.code().to_owned()),
            report: answer.into(),
        }),
    }
}

pub(super) fn selector(request: &LogRequest) -> logs::Selector {
    let labels = request
        .labels
        .iter()
        .map(|(name, how, values)| logs::LabelMatch {
            name: name.clone(),
            match_: match how {
                Match::Equal => logs::MatchKind::Equal,
                Match::NotEqual => logs::MatchKind::NotEqual,
                Match::OneOf => logs::MatchKind::OneOf,
                Match::NoneOf => logs::MatchKind::NoneOf,
            },
            values: values.clone(),
        });
    let text = request.text.iter().map(|(words, negate)| logs::TextMatch {
        words: words.clone(),
        negate: *negate,
    });
    logs::Selector {
        labels: labels.collect(),
        text: text.collect(),
    }
}

impl From<wit::Input> for Input {
    fn from(input: wit::Input) -> Self {
        let wit::Scope {
            kind,
            name,
            namespaces,
            attributes,
        } = input.scope;
        Self {
            scope: Scope {
                kind,
                name,
                namespaces,
                attributes,
            },
            symptom: input.symptom,
            window: Window {
                start: time(&input.window.start),
                end: time(&input.window.end),
            },
            settings: input.settings,
            attributes: input.attributes,
        }
    }
}

impl From<Answer> for wit::Report {
    fn from(answer: Answer) -> Self {
        Self {
            verdict: match answer.verdict {
                Verdict::Pass => wit::Verdict::Pass,
                Verdict::Warn => wit::Verdict::Warn,
                Verdict::Fail => wit::Verdict::Fail,
                Verdict::Skip => wit::Verdict::Skip,
            },
            skip_reason: answer.skip.map(|reason| match reason {
                SkipReason::NotApplicable => wit::SkipReason::NotApplicable,
                SkipReason::NotConfigured => wit::SkipReason::NotConfigured,
                SkipReason::Inconclusive => wit::SkipReason::Inconclusive,
                SkipReason::Unknown => wit::SkipReason::Unknown,
            }),
            summary: answer.summary,
            findings: answer.findings.into_iter().map(Into::into).collect(),
            attributes: answer.attributes,
        }
    }
}

impl From<Finding> for wit::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.map(Into::into),
            subject: finding.subject.into(),
            title: finding.title,
            since: finding.since.map(|since| since.to_string()),
            evidence: finding.evidence.into_iter().map(Into::into).collect(),
            steps: finding.steps.into_iter().map(Into::into).collect(),
            links: finding.links,
            caused_by: finding.caused_by.into_iter().map(Into::into).collect(),
            attributes: finding.attributes,
        }
    }
}

impl From<wit::Finding> for Finding {
    fn from(finding: wit::Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.map(Into::into),
            subject: finding.subject.into(),
            title: finding.title,
            since: finding.since.and_then(|since| since.parse().ok()),
            evidence: finding.evidence.into_iter().map(Into::into).collect(),
            steps: finding.steps.into_iter().map(Into::into).collect(),
            links: finding.links,
            caused_by: finding.caused_by.into_iter().map(Into::into).collect(),
            attributes: finding.attributes,
        }
    }
}

impl From<Evidence> for wit::Evidence {
    fn from(
        Evidence {
            read,
            source,
            value,
        }: Evidence,
    ) -> Self {
        Self {
            read,
            source,
            value,
            attributes: Vec::new(),
        }
    }
}

impl From<wit::Evidence> for Evidence {
    fn from(evidence: wit::Evidence) -> Self {
        Self {
            read: evidence.read,
            source: evidence.source,
            value: evidence.value,
        }
    }
}

impl From<Step> for wit::Step {
    fn from(Step { text, command }: Step) -> Self {
        Self {
            text,
            command,
            attributes: Vec::new(),
        }
    }
}

impl From<wit::Step> for Step {
    fn from(step: wit::Step) -> Self {
        Self {
            text: step.text,
            command: step.command,
        }
    }
}

impl From<Cause> for wit::Cause {
    fn from(Cause { code, subject }: Cause) -> Self {
        Self {
            code,
            subject: subject.map(Into::into),
        }
    }
}

impl From<wit::Cause> for Cause {
    fn from(cause: wit::Cause) -> Self {
        Self {
            code: cause.code,
            subject: cause.subject.map(Into::into),
        }
    }
}

impl From<Severity> for wit::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<wit::Severity> for Severity {
    fn from(severity: wit::Severity) -> Self {
        match severity {
            wit::Severity::Info => Self::Info,
            wit::Severity::Low => Self::Low,
            wit::Severity::Medium => Self::Medium,
            wit::Severity::High => Self::High,
            wit::Severity::Critical => Self::Critical,
        }
    }
}

impl From<Subject> for wit::Subject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Object(object) => {
                let owner = object.owner.map(|(kind, name)| {
                    [
                        ("owner-kind".to_owned(), kind),
                        ("owner-name".to_owned(), name),
                    ]
                });
                Self::Object(wit::ObjectRef {
                    api_version: object.api_version,
                    kind: object.kind,
                    namespace: object.namespace,
                    name: object.name,
                    uid: object.uid,
                    container: object.container,
                    attributes: owner.into_iter().flatten().collect(),
                })
            }
            Subject::Named(Named { kind, name, .. }) => Self::Named(wit::NamedThing {
                kind,
                name,
                attributes: Vec::new(),
            }),
        }
    }
}

impl From<wit::Subject> for Subject {
    fn from(subject: wit::Subject) -> Self {
        match subject {
            wit::Subject::Object(object) => {
                let attribute = |name: &str| {
                    object
                        .attributes
                        .iter()
                        .find(|(key, _)| key == name)
                        .map(|(_, value)| value.clone())
                };
                let owner = attribute("owner-kind").zip(attribute("owner-name"));
                Self::Object(ObjectRef {
                    owner,
                    api_version: object.api_version,
                    kind: object.kind,
                    namespace: object.namespace,
                    name: object.name,
                    uid: object.uid,
                    container: object.container,
                    read: None,
                })
            }
            wit::Subject::Named(named) => Self::Named(Named {
                kind: named.kind,
                name: named.name,
                read: None,
            }),
        }
    }
}

impl From<correlator::CheckResult> for CheckResult {
    fn from(result: correlator::CheckResult) -> Self {
        Self {
            environment: result.environment,
            id: result.id,
            version: result.version,
            verdict: result.verdict.map(|verdict| match verdict {
                wit::Verdict::Pass => Verdict::Pass,
                wit::Verdict::Warn => Verdict::Warn,
                wit::Verdict::Fail => Verdict::Fail,
                wit::Verdict::Skip => Verdict::Skip,
            }),
            complete: result.complete,
            findings: result.findings.into_iter().map(Into::into).collect(),
            attributes: result.attributes,
        }
    }
}
