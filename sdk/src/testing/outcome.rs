//! What a run came to, as the host would say it.

use std::collections::BTreeMap;

use super::calls::World;
use crate::error::Error;
use crate::finding::{Finding, Severity};
use crate::report::{SkipReason, Verdict};
use crate::run::{Answer, Ended};

/// How much of what a read asked for is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of it.
    Complete,
    /// The host cut it.
    Truncated,
    /// No grant.
    Denied,
    /// The cluster forbids it.
    Forbidden,
    /// Nobody answered, or with a failure.
    Failed,
    /// Some of it did not decode.
    Invalid,
    /// The server says there is none: known.
    Absent,
    /// The recording lacks it.
    NotCollected,
    /// The site has not configured it: known.
    NotConfigured,
}

impl Coverage {
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "denied" | "unsupported" => Self::Denied,
            "forbidden" => Self::Forbidden,
            "invalid" => Self::Invalid,
            "absent" => Self::Absent,
            "not-collected" => Self::NotCollected,
            "not-configured" => Self::NotConfigured,
            "too-large" => Self::Truncated,
            _ => Self::Failed,
        }
    }

    fn is_complete(self) -> bool {
        matches!(self, Self::Complete | Self::Absent | Self::NotConfigured)
    }
}

/// One read of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its number, which evidence cites.
    pub number: u32,
    /// What was asked.
    pub what: String,
    /// What came of it.
    pub coverage: Coverage,
}

/// What a run came to. Its `Debug` form is stable, for snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The host's verdict; `None` is its `error`.
    pub verdict: Option<Verdict>,
    /// Why the host says `skip`.
    pub skip: Option<SkipReason>,
    /// What the check said.
    pub guest_verdict: Verdict,
    /// Its summary.
    pub summary: String,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// The error that ended it, if one did.
    pub failure: Option<Error>,
    /// Whether every read is complete, and the check does not say that more is unknown.
    pub complete: bool,
    /// Its reads.
    pub reads: Vec<Read>,
    /// Its log.
    pub log: Vec<String>,
    /// The report's attributes.
    pub attributes: Vec<(String, String)>,
    /// What it did that `check.toml` does not declare.
    pub undeclared: Vec<String>,
    severities: BTreeMap<String, Severity>,
}

impl Outcome {
    pub(crate) fn of(ended: Ended, world: &World) -> Self {
        let (answer, failure) = match ended {
            Ended::Done(answer) => (answer, None),
            Ended::Failed { error, answer } => (answer, Some(error)),
        };
        let mut reads = world.reads.clone();
        mark_invalid(&mut reads, &answer.attributes);
        let mut severities = BTreeMap::new();
        for finding in &answer.findings {
            if let Some(severity) = world.manifest.severity(&finding.code) {
                severities.insert(finding.code.clone(), severity);
            }
        }
        let undeclared = world
            .undeclared
            .iter()
            .cloned()
            .chain(undeclared(&answer, world))
            .collect();
        let Answer {
            verdict,
            skip,
            summary,
            findings,
            attributes,
        } = answer;
        let mut outcome = Self {
            verdict: Some(verdict),
            skip,
            guest_verdict: verdict,
            summary,
            findings,
            failure,
            complete: reads.iter().all(|read| read.coverage.is_complete()),
            reads,
            log: world.log.clone(),
            attributes,
            undeclared,
            severities,
        };
        outcome.decide();
        outcome
    }

    /// The worst finding, or what the check says if that is worse; else an error for a failed or invalid read; else
    /// unknown for an incomplete one, or none at all; else the check's own word.
    fn decide(&mut self) {
        let worst = self
            .findings
            .iter()
            .map(|finding| self.severity(finding))
            .max();
        let any =
            |wanted: fn(Coverage) -> bool| self.reads.iter().any(|read| wanted(read.coverage));
        let ended_by = self.failure.as_ref().map(Error::code);
        let skip = |reason| (Some(Verdict::Skip), Some(reason));
        self.complete &= self.skip != Some(SkipReason::Unknown);
        let (verdict, skip) = match (worst, ended_by) {
            (Some(Severity::High | Severity::Critical), _) => (Some(Verdict::Fail), None),
            (Some(Severity::Low | Severity::Medium), _) if self.guest_verdict == Verdict::Fail => {
                (Some(Verdict::Fail), None)
            }
            (Some(Severity::Low | Severity::Medium), _) => (Some(Verdict::Warn), None),
            _ if any(|coverage| matches!(coverage, Coverage::Failed | Coverage::Invalid)) => {
                (None, None)
            }
            _ if !any(Coverage::is_complete) || !self.complete => skip(SkipReason::Unknown),
            (_, Some("absent")) => skip(SkipReason::NotApplicable),
            (_, Some("not-configured")) => skip(SkipReason::NotConfigured),
            (_, Some(_)) => (None, None),
            _ if self.guest_verdict == Verdict::Skip => (self.verdict, self.skip),
            _ if !any(|coverage| coverage != Coverage::NotConfigured) => {
                skip(SkipReason::NotConfigured)
            }
            _ => (self.verdict, self.skip),
        };
        self.verdict = verdict;
        self.skip = skip;
    }

    /// The severity of a finding: its own, else that of its code.
    #[must_use]
    pub fn severity(&self, finding: &Finding) -> Severity {
        finding
            .severity
            .or_else(|| self.severities.get(&finding.code).copied())
            .unwrap_or(Severity::High)
    }

    /// The verdict in one word, with the reason of a skip: `pass`, `skip: unknown`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.verdict, self.skip) {
            (None, _) => "error",
            (Some(Verdict::Pass), _) => "pass",
            (Some(Verdict::Warn), _) => "warn",
            (Some(Verdict::Fail), _) => "fail",
            (Some(Verdict::Skip), Some(SkipReason::NotApplicable)) => "skip: not-applicable",
            (Some(Verdict::Skip), Some(SkipReason::NotConfigured)) => "skip: not-configured",
            (Some(Verdict::Skip), Some(SkipReason::Inconclusive)) => "skip: inconclusive",
            (Some(Verdict::Skip), _) => "skip: unknown",
        }
    }

    /// The codes of the findings, in their order.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        self.findings.iter().map(Finding::code).collect()
    }

    /// The titles of the findings, in their order.
    #[must_use]
    pub fn titles(&self) -> Vec<&str> {
        self.findings.iter().map(Finding::title).collect()
    }

    /// The first finding with a code.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "only tests call it, and a panic is how a test fails"
    )]
    pub fn finding(&self, code: &str) -> &Finding {
        match self.findings.iter().find(|finding| finding.code == code) {
            Some(finding) => finding,
            None => panic!(
                "no finding {code} among {:?}: {:?}",
                self.codes(),
                self.titles()
            ),
        }
    }
}

/// What a finding points to, in words: the code of each cause, else its subject.
#[must_use]
pub fn causes(finding: &Finding) -> Vec<String> {
    let told = finding.causes().iter().map(|cause| {
        let subject = cause.subject.as_ref().map(ToString::to_string);
        cause.code.clone().or(subject).unwrap_or_default()
    });
    told.collect()
}

/// Reads with objects that did not decode, as the SDK tells the host.
fn mark_invalid(reads: &mut [Read], attributes: &[(String, String)]) {
    for (_, value) in attributes.iter().filter(|(name, _)| name == "invalid") {
        let number = value
            .split(':')
            .next()
            .and_then(|number| number.parse().ok());
        if let Some(read) = reads.iter_mut().find(|read| Some(read.number) == number) {
            read.coverage = Coverage::Invalid;
        }
    }
}

fn undeclared(answer: &Answer, world: &World) -> Vec<String> {
    let mut problems = Vec::new();
    for finding in &answer.findings {
        if world.manifest.severity(&finding.code).is_none() {
            problems.push(format!("finding code {}", finding.code));
        }
        let unknown = finding
            .links
            .iter()
            .filter(|page| !world.manifest.has_page(page));
        problems.extend(unknown.map(|page| format!("page {page}")));
        let reads = finding.evidence.iter().filter_map(|evidence| evidence.read);
        let unknown = reads.filter(|number| !world.reads.iter().any(|read| read.number == *number));
        problems.extend(
            unknown.map(|number| format!("evidence of read {number}, which does not exist")),
        );
    }
    problems
}
