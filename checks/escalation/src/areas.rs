//! "Argo CD, ingress, and observability all show inconsistent state."
//!
//! An area is inconsistent where a check that speaks for it finds something that warns or fails. What observability
//! observes is no state of its own, so of its checks only findings about itself count.

use bsq_sdk::{Finding, prelude::*};

use crate::Wishes;
use crate::decision::{Condition, Decision, HandOver};
use crate::facts::{Platform, is_incomplete};

const HAND_OVER: HandOver = HandOver {
    text: "the applications as Argo CD sees them",
    command: &[
        "kubectl",
        "get",
        "applications.argoproj.io",
        "--all-namespaces",
        "-o",
        "wide",
    ],
};

/// What is known of one area.
enum State<'a> {
    Inconsistent {
        check: &'a str,
        finding: &'a Finding,
    },
    Well,
    /// No check of it has anything to say here.
    Silent,
    Unknown(Vec<&'a str>),
}

pub(crate) fn decide(platform: &Platform<'_>, wishes: &Wishes) -> Decision {
    let everything: &[String] = &[];
    let areas = [
        ("Argo CD", &wishes.argocd_checks, everything),
        ("ingress", &wishes.ingress_checks, everything),
        (
            "observability",
            &wishes.observability_checks,
            wishes.observability_layers.as_slice(),
        ),
    ];
    let (mut facts, mut silent, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let mut since: Option<Timestamp> = None;
    for (name, checks, layers) in areas {
        match state(platform, checks, layers) {
            State::Well => return Decision::NotMet(format!("{name} is consistent")),
            State::Silent => silent.push(name),
            State::Unknown(checks) => unknown.push(format!("{name} ({})", checks.join(", "))),
            State::Inconsistent { check, finding } => {
                since = [since, finding.began()].into_iter().flatten().min();
                let source = format!("{name}: {check} {}", finding.code());
                facts.push((source, finding.title().to_owned()));
            }
        }
    }
    if facts.is_empty() && unknown.is_empty() {
        // Areas that are not here cannot contradict each other.
        return Decision::NotMet("none of them is inconsistent".to_owned());
    }
    if !unknown.is_empty() {
        return Decision::Unknown(format!("not all is known of {}", unknown.join(" and ")));
    }
    if !silent.is_empty() {
        return Decision::Undecided(format!("no check speaks for {}", silent.join(" and ")));
    }
    Decision::Met(Condition {
        code: "BSQ-ESC-002",
        subject: ("environment", platform.own.name.to_owned()),
        title: "Argo CD, ingress and observability all show inconsistent state".to_owned(),
        facts,
        since,
        hand_over: vec![HAND_OVER],
        page: "/docs/runtime/runtime-operating-model",
    })
}

/// The worst that is known: one inconsistent check makes the area so, whatever the others could not read.
fn state<'a>(platform: &Platform<'a>, checks: &[String], layers: &[String]) -> State<'a> {
    let results = platform.own.results.iter();
    let of_area: Vec<&CheckResult> = results
        .filter(|result| checks.contains(&result.id))
        .copied()
        .collect();
    let speaks = |finding: &&Finding| {
        let layer = finding.attribute_value("layer").unwrap_or_default();
        let severity = finding.own_severity();
        severity.is_none_or(|severity| severity > Severity::Info)
            && (layers.is_empty() || layers.iter().any(|known| known == layer))
    };
    let inconsistent = of_area.iter().find_map(|result| {
        let is_found = matches!(result.verdict, Some(Verdict::Warn | Verdict::Fail) | None);
        let finding = result.findings.iter().find(speaks).filter(|_| is_found)?;
        Some(State::Inconsistent {
            check: &result.id,
            finding,
        })
    });
    if let Some(inconsistent) = inconsistent {
        return inconsistent;
    }
    let unknown: Vec<&str> = of_area
        .iter()
        .filter(|result| is_incomplete(result))
        .map(|result| result.id.as_str())
        .collect();
    let has_spoken = |result: &&CheckResult| result.verdict != Some(Verdict::Skip);
    if !unknown.is_empty() {
        State::Unknown(unknown)
    } else if of_area.iter().any(has_spoken) {
        State::Well
    } else {
        State::Silent
    }
}
