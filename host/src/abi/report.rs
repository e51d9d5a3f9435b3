//! A check's report on its way into ours.
//!
//! Nothing that a component says is taken as it comes: text is cleaned and cut, links have to be among the manifest's
//! pages, commands are quoted here, evidence has to cite a read that was made. A finding whose code the manifest does
//! not list has no meaning, layer or severity that anyone reviewed: it is dropped, and the caller turns the row into an
//! error, because a finding that is silently lost would look like health.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::bindings::bsq::check::types as guest;
use super::calls::CallLog;
use super::command::CommandDecorator;
use super::text;
use crate::engine::limits::{MAX_FINDING_BYTES, MAX_FINDINGS};
use crate::manifest::{FindingCode, Manifest, Severity};
use crate::report::model::{Cause, Evidence, Finding, SkipReason, Step, Subject, Verdict};

/// The documentation site that a manifest's pages lie on.
const DOCS: &str = "https://docs.bullsequana.ai";

/// A line in a table, a name with its namespace, and what of a log or a field a person reads in a report.
const MAX_LINE: usize = 300;
const MAX_NAME: usize = 253;
const MAX_VALUE: usize = 2 << 10;

/// Of one finding. Twenty pieces of evidence explain anything; what is more is a dump.
const MAX_EVIDENCE: usize = 20;
const MAX_STEPS: usize = 10;
const MAX_CAUSES: usize = 20;
const MAX_LINKS: usize = 10;
const MAX_WORDS: usize = 50;
const MAX_ATTRIBUTES: usize = 20;

/// What a check said, cleaned.
#[derive(Clone, Debug)]
pub struct GuestReport {
    pub verdict: Verdict,
    pub skip_reason: Option<SkipReason>,
    pub summary: String,
    pub findings: Vec<Finding>,
    /// The worst severity of all findings, those left out among them.
    pub worst: Option<Severity>,
    /// Findings over the limit of number or bytes.
    pub dropped: usize,
    /// Codes that the manifest does not list.
    pub unknown_codes: Vec<String>,
}

/// What a conversion needs besides the report.
pub(crate) struct Desk<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) commands: &'a CommandDecorator,
    pub(crate) calls: &'a mut CallLog,
}

impl Desk<'_> {
    /// Take a report over.
    pub(crate) fn take(&mut self, report: guest::Report) -> GuestReport {
        self.note_invalid(&report.attributes);
        let mut unknown_codes = BTreeSet::new();
        let mut findings = Vec::new();
        for finding in report.findings {
            let code = text::line(&finding.code, MAX_NAME);
            match self
                .manifest
                .findings
                .iter()
                .find(|known| known.code == finding.code)
            {
                Some(known) => findings.push(self.finding(finding, known)),
                None => {
                    unknown_codes.insert(code);
                }
            }
        }
        let worst = findings.iter().map(|finding| finding.severity).max();
        let all = findings.len();
        let findings = keep_worst(findings);
        GuestReport {
            verdict: verdict(report.verdict),
            skip_reason: report.skip_reason.map(skip_reason),
            summary: text::line(&report.summary, MAX_LINE),
            worst,
            dropped: all - findings.len(),
            findings,
            unknown_codes: unknown_codes.into_iter().take(MAX_LINKS).collect(),
        }
    }

    /// The attribute `invalid` says of a read that objects of it did not decode: `READ:COUNT:what`.
    fn note_invalid(&mut self, attributes: &guest::Attributes) {
        for (_, value) in attributes.iter().filter(|(key, _)| key == "invalid") {
            let mut parts = value.splitn(3, ':');
            let (Some(read), Some(count)) = (number(parts.next()), number(parts.next())) else {
                continue;
            };
            let what = text::line(parts.next().unwrap_or_default(), MAX_LINE);
            self.calls
                .mark_invalid(read, format!("{count} objects did not decode: {what}"));
        }
    }

    fn finding(&self, finding: guest::Finding, known: &FindingCode) -> Finding {
        let subject = subject(finding.subject);
        Finding {
            fingerprint: fingerprint(&self.manifest.id, &known.code, &subject),
            code: known.code.clone(),
            meaning: known.title.clone(),
            severity: finding.severity.map_or(known.severity, severity),
            layer: known.layer,
            follows: known.follows.clone(),
            subject,
            title: text::line(&finding.title, MAX_LINE),
            since: finding.since.as_deref().and_then(time),
            evidence: finding
                .evidence
                .into_iter()
                .take(MAX_EVIDENCE)
                .map(|evidence| self.evidence(evidence))
                .collect(),
            steps: finding
                .steps
                .into_iter()
                .take(MAX_STEPS)
                .map(|step| self.step(&step))
                .collect(),
            links: self.links(&finding.links, known),
            caused_by: finding
                .caused_by
                .into_iter()
                .take(MAX_CAUSES)
                .map(cause)
                .collect(),
            attributes: attributes(finding.attributes),
        }
    }

    fn evidence(&self, evidence: guest::Evidence) -> Evidence {
        Evidence {
            unfounded: evidence.read.is_some_and(|read| !self.calls.has(read)),
            read: evidence.read,
            source: text::line(&evidence.source, MAX_NAME),
            value: text::block(&evidence.value, MAX_VALUE),
            attributes: attributes(evidence.attributes),
        }
    }

    fn step(&self, step: &guest::Step) -> Step {
        let words: Vec<String> = step
            .command
            .iter()
            .take(MAX_WORDS)
            .map(|word| text::line(word, MAX_VALUE))
            .collect();
        Step {
            text: text::line(&step.text, MAX_LINE),
            command: (!words.is_empty()).then(|| self.commands.render(&words)),
        }
    }

    /// Pages of the manifest's lists, as whole addresses; the code's own where the check names none.
    fn links(&self, links: &[String], known: &FindingCode) -> Vec<String> {
        let is_listed =
            |page: &&String| self.manifest.docs.contains(page) || known.docs.contains(page);
        let mut pages: Vec<&String> = links.iter().filter(is_listed).take(MAX_LINKS).collect();
        if pages.is_empty() {
            pages.extend(&known.docs);
        }
        pages
            .into_iter()
            .map(|page| format!("{DOCS}{page}"))
            .collect()
    }
}

/// Within the limits of number and bytes, the worst ones in their order.
fn keep_worst(findings: Vec<Finding>) -> Vec<Finding> {
    let size = |finding: &Finding| serde_json::to_vec(finding).map_or(0, |json| json.len());
    let total: usize = findings.iter().map(size).sum();
    if findings.len() <= MAX_FINDINGS && total <= MAX_FINDING_BYTES {
        return findings;
    }
    let mut ranked: Vec<(usize, Finding)> = findings.into_iter().enumerate().collect();
    ranked.sort_by_key(|(index, finding)| (std::cmp::Reverse(finding.severity), *index));
    let mut bytes = 0;
    let mut kept: Vec<(usize, Finding)> = ranked
        .into_iter()
        .take(MAX_FINDINGS)
        .take_while(|(_, finding)| {
            bytes += size(finding);
            bytes <= MAX_FINDING_BYTES
        })
        .collect();
    kept.sort_by_key(|(index, _)| *index);
    kept.into_iter().map(|(_, finding)| finding).collect()
}

/// Stable over runs: a pod that is replaced keeps it, since its owner stands for its name.
fn fingerprint(check: &str, code: &str, subject: &Subject) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    add(check);
    add(code);
    match subject {
        Subject::Object {
            api_version,
            kind,
            namespace,
            name,
            container,
            attributes,
            ..
        } => {
            let owner = attributes
                .get("owner-kind")
                .zip(attributes.get("owner-name"));
            match owner {
                Some((kind, name)) => {
                    add("owner");
                    add(kind);
                    add(name);
                }
                None => {
                    add(api_version);
                    add(kind);
                    add(name);
                }
            }
            add(namespace.as_deref().unwrap_or_default());
            add(container.as_deref().unwrap_or_default());
        }
        Subject::Named { kind, name, .. } => {
            add("named");
            add(kind);
            add(name);
        }
    }
    let digest = hash.finalize();
    // Sixteen bytes: enough that no two findings of a fleet meet, short enough for a table.
    crate::component::source::hex(digest.get(..16).unwrap_or_default())
}

fn subject(subject: guest::Subject) -> Subject {
    match subject {
        guest::Subject::Object(object) => Subject::Object {
            api_version: text::line(&object.api_version, MAX_NAME),
            kind: text::line(&object.kind, MAX_NAME),
            namespace: object.namespace.map(|name| text::line(&name, MAX_NAME)),
            name: text::line(&object.name, MAX_NAME),
            uid: object.uid.map(|uid| text::line(&uid, MAX_NAME)),
            container: object.container.map(|name| text::line(&name, MAX_NAME)),
            attributes: attributes(object.attributes),
        },
        guest::Subject::Named(named) => Subject::Named {
            kind: text::line(&named.kind, MAX_NAME),
            name: text::line(&named.name, MAX_NAME),
            attributes: attributes(named.attributes),
        },
    }
}

fn cause(cause: guest::Cause) -> Cause {
    Cause {
        code: cause.code.map(|code| text::line(&code, MAX_NAME)),
        subject: cause.subject.map(subject),
    }
}

fn attributes(attributes: guest::Attributes) -> BTreeMap<String, String> {
    attributes
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|(key, value)| (text::line(&key, MAX_NAME), text::line(&value, MAX_VALUE)))
        .collect()
}

/// What is no time is left out: an onset orders causes, so a wrong one is worse than none.
fn time(text: &str) -> Option<String> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.to_string())
}

fn number(text: Option<&str>) -> Option<u32> {
    text?.parse().ok()
}

fn verdict(verdict: guest::Verdict) -> Verdict {
    match verdict {
        guest::Verdict::Pass => Verdict::Pass,
        guest::Verdict::Warn => Verdict::Warn,
        guest::Verdict::Fail => Verdict::Fail,
        guest::Verdict::Skip => Verdict::Skip,
    }
}

fn skip_reason(reason: guest::SkipReason) -> SkipReason {
    match reason {
        guest::SkipReason::NotApplicable => SkipReason::NotApplicable,
        guest::SkipReason::NotConfigured => SkipReason::NotConfigured,
        guest::SkipReason::Inconclusive => SkipReason::Inconclusive,
        guest::SkipReason::Unknown => SkipReason::Unknown,
    }
}

fn severity(severity: guest::Severity) -> Severity {
    match severity {
        guest::Severity::Info => Severity::Info,
        guest::Severity::Low => Severity::Low,
        guest::Severity::Medium => Severity::Medium,
        guest::Severity::High => Severity::High,
        guest::Severity::Critical => Severity::Critical,
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
