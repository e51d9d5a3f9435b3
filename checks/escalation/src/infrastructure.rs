//! "The issue appears related to cluster infrastructure rather than platform configuration."
//!
//! Decided by the causes alone: a hundred pods that are not ready because of one node have one cause.

use crate::Wishes;
use crate::decision::{Condition, Decision, HandOver};
use crate::facts::{Fact, Platform, since};

const HAND_OVER: &[HandOver] = &[
    HandOver {
        text: "the nodes with their conditions and versions",
        command: &["kubectl", "get", "nodes", "-o", "wide"],
    },
    HandOver {
        text: "the volumes and what they are attached to",
        command: &["kubectl", "get", "pv,volumeattachments"],
    },
];

pub(crate) fn decide(platform: &Platform<'_>, wishes: &Wishes) -> Decision {
    let own = &platform.own;
    let causes = own.causes();
    let (below, above): (Vec<Fact<'_>>, Vec<Fact<'_>>) = causes
        .iter()
        .copied()
        .partition(|fact| is_infrastructure(fact, wishes));
    let is_enough = below.len() * 100 >= wishes.infrastructure_share * causes.len();
    if !below.is_empty() && is_enough {
        return Decision::Met(Condition {
            code: "BSQ-ESC-003",
            subject: ("environment", own.name.to_owned()),
            title: title(below.len(), causes.len()),
            facts: below.iter().map(Fact::told).collect(),
            since: since(&below),
            hand_over: HAND_OVER.to_vec(),
            page: "/docs/deployment/prerequirements",
        });
    }
    let incomplete = own.incomplete();
    if !incomplete.is_empty() {
        return Decision::Unknown(format!("not all is known from {}", incomplete.join(", ")));
    }
    Decision::NotMet(match (below.len(), above.len()) {
        (_, 0) => "nothing fails".to_owned(),
        (0, _) => "no cause is infrastructure".to_owned(),
        (below, above) => format!("{below} of {} causes are infrastructure", below + above),
    })
}

fn title(below: usize, all: usize) -> String {
    let what = "infrastructure of the cluster rather than configuration of the platform";
    match (below, all) {
        (1, 1) => format!("the cause is {what}"),
        (below, all) if below == all => format!("all {all} causes are {what}"),
        (1, all) => format!("1 of {all} causes is {what}"),
        (below, all) => format!("{below} of {all} causes are {what}"),
    }
}

/// By its code, by what it is about, or by what it says that it comes from.
fn is_infrastructure(fact: &Fact<'_>, wishes: &Wishes) -> bool {
    let is_kind = |kind: &str| {
        wishes
            .infrastructure_kinds
            .iter()
            .any(|known| known == kind)
    };
    let finding = fact.finding;
    let is_about = finding
        .subject()
        .object()
        .is_some_and(|object| is_kind(object.kind()));
    // A cause that is named with its code is one only where that was found.
    let mut causes = finding
        .causes()
        .iter()
        .filter(|cause| cause.code.is_none())
        .filter_map(|cause| cause.subject.as_ref());
    let comes_from =
        causes.any(|cause| cause.object().is_some_and(|object| is_kind(object.kind())));
    let is_code = wishes
        .infrastructure_codes
        .iter()
        .any(|code| code == finding.code());
    is_code || is_about || comes_from
}
