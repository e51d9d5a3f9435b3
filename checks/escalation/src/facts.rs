//! The results of the other checks, by environment, with the words that the host adds to a finding: its severity, its
//! layer, and whether it is a cause of its own.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::{Finding, Severity, prelude::*};

/// The layer of what is told of any pod.
const UNSPECIFIC: &str = "infrastructure";

const WORKLOADS: &[&str] = &[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];

/// One finding that fails, and where it comes from.
#[derive(Clone, Copy)]
pub(crate) struct Fact<'a> {
    pub(crate) check: &'a str,
    pub(crate) finding: &'a Finding,
}

/// Everything that is known of one environment.
pub(crate) struct Environment<'a> {
    pub(crate) name: &'a str,
    pub(crate) results: Vec<&'a CheckResult>,
    pub(crate) failing: Vec<Fact<'a>>,
}

pub(crate) struct Platform<'a> {
    /// The one that the run is about.
    pub(crate) own: Environment<'a>,
    pub(crate) others: Vec<Environment<'a>>,
}

impl<'a> Platform<'a> {
    /// Sort results by environment. The run's own is what the host names, else that of the first result; none where no
    /// check ran.
    ///
    /// # Errors
    ///
    /// The setting names no severity.
    pub(crate) fn of(
        cx: &Context,
        results: &'a [CheckResult],
        failing_from: &str,
    ) -> Result<Option<Self>> {
        let from = severity(failing_from).ok_or_else(|| {
            let message = format!("`failing-from` is `{failing_from}`, which is no severity");
            Error::new("invalid", message)
        })?;
        let Some(first) = results.first() else {
            return Ok(None);
        };
        let mut environments: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
        for result in results {
            let of = environments.entry(result.environment.as_str()).or_default();
            of.push(result);
        }
        let named = cx.attribute("environment");
        let own = named
            .filter(|name| environments.contains_key(name))
            .unwrap_or(&first.environment)
            .to_owned();
        let (mut ours, mut others) = (None, Vec::new());
        for (name, results) in environments {
            let environment = Environment::of(name, results, from);
            if name == own {
                ours = Some(environment);
            } else {
                others.push(environment);
            }
        }
        Ok(ours.map(|own| Self { own, others }))
    }
}

impl<'a> Environment<'a> {
    fn of(name: &'a str, results: Vec<&'a CheckResult>, from: Severity) -> Self {
        let failing = results.iter().flat_map(|result| {
            let fails = move |finding: &&Finding| severity_of(result, finding) >= from;
            let facts = result.findings.iter().filter(fails);
            facts.map(|finding| Fact {
                check: &result.id,
                finding,
            })
        });
        Self {
            name,
            failing: failing.collect(),
            results,
        }
    }

    /// The checks of which not everything is known.
    pub(crate) fn incomplete(&self) -> Vec<&'a str> {
        let incomplete = self.results.iter().filter(|result| is_incomplete(result));
        let ids: BTreeSet<&str> = incomplete.map(|result| result.id.as_str()).collect();
        ids.into_iter().collect()
    }

    /// The failures that are no consequence of another one.
    ///
    /// The host says which they are, by the whole graph; where it does not, those that point at no other failure are.
    pub(crate) fn causes(&self) -> Vec<Fact<'a>> {
        let is_cause = |fact: &&Fact<'a>| match fact.finding.attribute_value("root") {
            Some(word) => word == "true",
            None => !self.failing.iter().any(|other| fact.follows_from(other)),
        };
        self.failing.iter().filter(is_cause).copied().collect()
    }
}

impl<'a> Environment<'a> {
    /// One fact for everything that fails: each cause, and each other thing that runs no more.
    pub(crate) fn failing_things(&self) -> Vec<Fact<'a>> {
        let causes = self.causes();
        let is_cause = |fact: &Fact<'_>| {
            let mut causes = causes.iter();
            causes.any(|cause| std::ptr::eq(cause.finding, fact.finding))
        };
        let mut things: BTreeMap<String, Vec<Fact<'a>>> = BTreeMap::new();
        let mut failing = Vec::new();
        for fact in &self.failing {
            match fact.thing() {
                Some(thing) => things.entry(thing).or_default().push(*fact),
                None if is_cause(fact) => failing.push(*fact),
                None => {}
            }
        }
        for facts in things.into_values() {
            let told = match facts.iter().any(is_cause) {
                // That a pod does not run is told as infrastructure, whatever the pod is for.
                true => facts.iter().find(|fact| fact.layer() != Some(UNSPECIFIC)),
                // Others may tell what its cause is; its pods tell how it fails itself.
                false => facts.iter().find(|fact| fact.is_about_a_pod()),
            };
            failing.extend(told.or(facts.first()));
        }
        failing
    }
}

impl Fact<'_> {
    /// What runs, or did: a workload, by its pods and by the name that logs give it.
    fn thing(&self) -> Option<String> {
        match self.finding.subject() {
            Subject::Object(object) => {
                let (kind, name) = object.owner().unwrap_or((object.kind(), object.name()));
                let is_workload = object.kind() == "Pod" || WORKLOADS.contains(&kind);
                is_workload.then(|| format!("{}/{name}", object.namespace()))
            }
            Subject::Named(named) => (named.kind() == "component").then(|| named.name().to_owned()),
        }
    }

    fn is_about_a_pod(&self) -> bool {
        let object = self.finding.subject().object();
        object.is_some_and(|object| object.kind() == "Pod")
    }

    /// The layer that the manifest gives the code, which the host adds.
    pub(crate) fn layer(&self) -> Option<&str> {
        self.finding.attribute_value("layer")
    }

    fn follows_from(&self, other: &Fact<'_>) -> bool {
        if std::ptr::eq(self.finding, other.finding) {
            return false;
        }
        self.finding.causes().iter().any(|cause| {
            let code = cause.code.as_deref();
            let is_code = code.is_none_or(|code| code == other.finding.code());
            let subject = cause.subject.as_ref();
            let is_subject =
                subject.is_none_or(|subject| is_same(subject, other.finding.subject()));
            (code.is_some() || subject.is_some()) && is_code && is_subject
        })
    }

    /// What makes it the same finding in another environment: code and subject, with the owner in place of a generated
    /// name.
    pub(crate) fn identity(&self) -> (String, String) {
        let subject = match self.finding.subject().object() {
            Some(object) => {
                let (kind, name) = object.owner().unwrap_or((object.kind(), object.name()));
                let container = object.container_name().unwrap_or_default();
                format!("{kind} {}/{name} {container}", object.namespace())
            }
            None => self.finding.subject().to_string(),
        };
        (self.finding.code().to_owned(), subject)
    }

    /// Where it is said, and what.
    pub(crate) fn told(&self) -> (String, String) {
        let source = format!("{} {}", self.check, self.finding.code());
        (source, self.finding.title().to_owned())
    }
}

/// The earliest onset among failures, if every one of them has one or the first is known anyway.
pub(crate) fn since(facts: &[Fact<'_>]) -> Option<Timestamp> {
    facts.iter().filter_map(|fact| fact.finding.began()).min()
}

/// Whether a check has not said all that it could have said.
pub(crate) fn is_incomplete(result: &CheckResult) -> bool {
    !result.complete || result.verdict.is_none()
}

fn is_same(cause: &Subject, found: &Subject) -> bool {
    match (cause.object(), found.object()) {
        (Some(cause), Some(found)) => {
            let is_itself = cause.kind() == found.kind() && cause.name() == found.name();
            let is_owner = found.owner() == Some((cause.kind(), cause.name()));
            cause.namespace() == found.namespace() && (is_itself || is_owner)
        }
        (None, None) => cause.to_string() == found.to_string(),
        _ => false,
    }
}

/// The host tells a finding with its severity. Without one, the verdict of its check tells whether it may be a failure.
fn severity_of(result: &CheckResult, finding: &Finding) -> Severity {
    finding.own_severity().unwrap_or(match result.verdict {
        Some(Verdict::Fail) => Severity::High,
        Some(Verdict::Warn) => Severity::Medium,
        _ => Severity::Info,
    })
}

fn severity(word: &str) -> Option<Severity> {
    Some(match word {
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        _ => return None,
    })
}
