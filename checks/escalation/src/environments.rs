//! "The problem is reproducible across environments with the same manifests."
//!
//! The same code about the same subject, with the owner in place of a generated name. Whether the manifests are the same
//! revision is not in the results, so it is the first thing to look at.

use std::collections::BTreeSet;

use crate::Wishes;
use crate::decision::{Condition, Decision, HandOver};
use crate::facts::{Environment, Fact, Platform, since};

const HAND_OVER: HandOver = HandOver {
    text: "in each environment, the revisions that are deployed: the same ones make it a fault of the manifests",
    command: &[
        "kubectl",
        "get",
        "applications.argoproj.io",
        "--all-namespaces",
        "-o",
        "custom-columns=NAME:.metadata.name,PATH:.spec.source.path,REVISION:.status.sync.revision",
    ],
};

pub(crate) fn decide(platform: &Platform<'_>, wishes: &Wishes) -> Decision {
    let Platform { own, others } = platform;
    if own.failing.is_empty() {
        let incomplete = own.incomplete();
        return if incomplete.is_empty() {
            Decision::NotMet("nothing fails".to_owned())
        } else {
            Decision::Unknown(format!("not all is known from {}", incomplete.join(", ")))
        };
    }
    if others.is_empty() {
        let why = "the results of one environment only; add others with `--also`";
        return Decision::Undecided(why.to_owned());
    }
    let shared: Vec<(&Environment<'_>, Vec<Fact<'_>>)> = others
        .iter()
        .map(|other| (other, own.shared_with(other)))
        .filter(|(_, facts)| facts.len() >= wishes.same_findings.max(1))
        .collect();
    if shared.is_empty() {
        return elsewhere(platform);
    }
    let mut seen = BTreeSet::new();
    let facts: Vec<Fact<'_>> = shared
        .iter()
        .flat_map(|(_, facts)| facts)
        .filter(|fact| seen.insert(fact.identity()))
        .copied()
        .collect();
    let names: Vec<&str> = shared.iter().map(|(other, _)| other.name).collect();
    let (what, verb) = match facts.len() {
        1 => ("failure", "is"),
        _ => ("failures", "are"),
    };
    Decision::Met(Condition {
        code: "BSQ-ESC-004",
        subject: ("environment", own.name.to_owned()),
        title: format!(
            "{} {what} of {} {verb} the same in {}",
            facts.len(),
            own.name,
            names.join(", ")
        ),
        facts: facts.iter().map(Fact::told).collect(),
        since: since(&facts),
        hand_over: vec![HAND_OVER],
        page: "/docs/deployment/configuration-model",
    })
}

/// Nothing is shared: known only if the other environments are.
fn elsewhere(platform: &Platform<'_>) -> Decision {
    let all = platform.others.iter().chain([&platform.own]);
    let unknown: Vec<&str> = all
        .filter(|other| !other.incomplete().is_empty())
        .map(|other| other.name)
        .collect();
    if unknown.is_empty() {
        let names: Vec<&str> = platform.others.iter().map(|other| other.name).collect();
        Decision::NotMet(format!("{} does not fail in this way", names.join(", ")))
    } else {
        Decision::Unknown(format!("not all is known of {}", unknown.join(", ")))
    }
}

impl<'a> Environment<'a> {
    /// The own failures that another environment has too.
    fn shared_with(&self, other: &Environment<'_>) -> Vec<Fact<'a>> {
        let theirs: BTreeSet<_> = other.failing.iter().map(Fact::identity).collect();
        let ours = self.failing.iter();
        ours.filter(|fact| theirs.contains(&fact.identity()))
            .copied()
            .collect()
    }
}
