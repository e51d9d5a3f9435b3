//! Finished results on their way to a correlator, as the contract writes them.
//!
//! A finding crosses as its check gave it, with what the host knows of it as attributes: `layer`, `meaning`,
//! `fingerprint`, and `root`, which is `true` where it is no consequence of another.

use std::collections::BTreeMap;

use super::bindings::bsq::check::types as guest;
use super::bindings::correlator::exports::bsq::check::correlate::CheckResult;
use crate::engine::EnvironmentResults;
use crate::manifest::Severity;
use crate::report::model::{
    Cause, CheckRow, Evidence, Finding, Outcome, SkipReason, Step, Subject, Verdict,
};
use crate::report::words;

/// Encode the results of all environments, in their order.
pub(crate) fn encode(environments: &[EnvironmentResults]) -> Vec<CheckResult> {
    environments
        .iter()
        .flat_map(|environment| {
            let rows = environment.rows.iter();
            rows.map(move |row| result(row, environment))
        })
        .collect()
}

fn result(row: &CheckRow, environment: &EnvironmentResults) -> CheckResult {
    let findings = row.findings.iter();
    CheckResult {
        environment: environment.environment.clone(),
        id: row.id.clone(),
        version: row.version.clone().unwrap_or_default(),
        verdict: verdict(row.verdict),
        complete: row.complete,
        findings: findings
            .map(|one| finding(one, environment.roots.contains(&one.fingerprint)))
            .collect(),
        attributes: said(row),
    }
}

/// Why a row is no plain answer.
fn said(row: &CheckRow) -> guest::Attributes {
    let mut attributes = vec![("summary".to_owned(), row.summary.clone())];
    let reason = row.skip_reason.map(|reason| match reason {
        SkipReason::NotApplicable => "not-applicable",
        SkipReason::NotConfigured => "not-configured",
        SkipReason::Inconclusive => "inconclusive",
        SkipReason::Unknown => "unknown",
    });
    if let Some(reason) = reason {
        attributes.push(("skip-reason".to_owned(), reason.to_owned()));
    }
    if row.outcome != Outcome::Completed {
        attributes.push(("outcome".to_owned(), "not-completed".to_owned()));
    }
    attributes
}

fn finding(finding: &Finding, is_root: bool) -> guest::Finding {
    let mut told = finding.attributes.clone();
    let own = [
        ("layer", layer(finding)),
        ("meaning", finding.meaning.clone()),
        ("fingerprint", finding.fingerprint.clone()),
        ("root", is_root.to_string()),
    ];
    told.extend(own.map(|(key, value)| (key.to_owned(), value)));
    guest::Finding {
        code: finding.code.clone(),
        severity: Some(severity(finding.severity)),
        subject: subject(&finding.subject),
        title: finding.title.clone(),
        since: finding.since.clone(),
        evidence: finding.evidence.iter().map(evidence).collect(),
        steps: finding.steps.iter().map(step).collect(),
        links: finding.links.clone(),
        caused_by: finding.caused_by.iter().map(cause).collect(),
        attributes: attributes(&told),
    }
}

/// As a manifest writes it.
fn layer(finding: &Finding) -> String {
    words::layer(finding.layer).to_lowercase()
}

/// The read is one of the check's own, which is none of the correlator's.
fn evidence(evidence: &Evidence) -> guest::Evidence {
    guest::Evidence {
        read: None,
        source: evidence.source.clone(),
        value: evidence.value.clone(),
        attributes: attributes(&evidence.attributes),
    }
}

/// A command is quoted by now, so it goes along as text.
fn step(step: &Step) -> guest::Step {
    let command = step
        .command
        .iter()
        .map(|command| ("command".to_owned(), command.clone()));
    guest::Step {
        text: step.text.clone(),
        command: Vec::new(),
        attributes: command.collect(),
    }
}

fn cause(cause: &Cause) -> guest::Cause {
    guest::Cause {
        code: cause.code.clone(),
        subject: cause.subject.as_ref().map(subject),
    }
}

fn subject(subject: &Subject) -> guest::Subject {
    match subject {
        Subject::Object {
            api_version,
            kind,
            namespace,
            name,
            uid,
            container,
            attributes: more,
        } => guest::Subject::Object(guest::ObjectRef {
            api_version: api_version.clone(),
            kind: kind.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
            uid: uid.clone(),
            container: container.clone(),
            attributes: attributes(more),
        }),
        Subject::Named {
            kind,
            name,
            attributes: more,
        } => guest::Subject::Named(guest::NamedThing {
            kind: kind.clone(),
            name: name.clone(),
            attributes: attributes(more),
        }),
    }
}

fn attributes(attributes: &BTreeMap<String, String>) -> guest::Attributes {
    let pairs = attributes.iter();
    pairs
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn verdict(verdict: Verdict) -> Option<guest::Verdict> {
    match verdict {
        Verdict::Pass => Some(guest::Verdict::Pass),
        Verdict::Warn => Some(guest::Verdict::Warn),
        Verdict::Fail => Some(guest::Verdict::Fail),
        Verdict::Skip => Some(guest::Verdict::Skip),
        Verdict::Error => None,
    }
}

fn severity(severity: Severity) -> guest::Severity {
    match severity {
        Severity::Info => guest::Severity::Info,
        Severity::Low => guest::Severity::Low,
        Severity::Medium => guest::Severity::Medium,
        Severity::High => guest::Severity::High,
        Severity::Critical => guest::Severity::Critical,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::manifest::Layer;
    use crate::report::testing;

    #[test]
    fn a_finding_carries_what_the_host_knows_of_it() {
        let root = testing::finding("r", "A")
            .layer(Layer::Coreai)
            .evidence(3, "status", "x");
        let so = testing::finding("s", "B").look("kubectl get pods");
        let row = testing::row("x").findings([root, so]).build();
        let environment = EnvironmentResults {
            environment: "prod-eu".to_owned(),
            rows: vec![row],
            roots: BTreeSet::from(["r".to_owned()]),
        };
        let results = encode(&[environment]);
        let [root, so] = results[0].findings.as_slice() else {
            unreachable!("two findings");
        };
        let attribute = |finding: &guest::Finding, key: &str| {
            let found = finding.attributes.iter().find(|(known, _)| known == key);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        assert_eq!(
            (
                attribute(root, "layer").as_str(),
                attribute(root, "root").as_str()
            ),
            ("coreai", "true")
        );
        assert_eq!(attribute(so, "root"), "false");
        assert_eq!(
            root.evidence[0].read, None,
            "it is no read of the correlator's"
        );
        assert_eq!(so.steps[0].attributes[0].1, "kubectl get pods");
        assert_eq!(results[0].environment, "prod-eu");
    }

    #[test]
    fn what_the_host_calls_an_error_has_no_verdict() {
        let row = testing::row("x")
            .verdict(Verdict::Error, "it trapped")
            .build();
        let environment = EnvironmentResults {
            environment: "e".to_owned(),
            rows: vec![row],
            roots: BTreeSet::new(),
        };
        let results = encode(&[environment]);
        assert_eq!((results[0].verdict, results[0].complete), (None, false));
    }
}
