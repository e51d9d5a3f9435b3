//! "Multiple platform layers fail at once."
//!
//! Counted by what fails, not by how often it is felt. A cause fails; of its consequences, those about another thing
//! that runs do. The Service of a pod that is not ready, its Application and the address that leads there are the same
//! failure once more, seen from another layer.

use std::collections::BTreeMap;

use crate::Wishes;
use crate::decision::{Condition, Decision, HandOver};
use crate::facts::{Fact, Platform, since};

const HAND_OVER: HandOver = HandOver {
    text: "the state of every pod and the latest events",
    command: &[
        "kubectl",
        "get",
        "events",
        "--all-namespaces",
        "--sort-by=.lastTimestamp",
    ],
};

pub(crate) fn decide(platform: &Platform<'_>, wishes: &Wishes) -> Decision {
    let own = &platform.own;
    let failing = own.failing_things();
    let mut layers: BTreeMap<&str, Vec<Fact<'_>>> = BTreeMap::new();
    for fact in &failing {
        layers
            .entry(fact.layer().unwrap_or_default())
            .or_default()
            .push(*fact);
    }
    let nameless = layers.remove("").map_or(0, |facts| facts.len());
    let names: Vec<&str> = layers.keys().copied().collect();
    if names.len() >= wishes.layers.max(1) {
        return Decision::Met(Condition {
            code: "BSQ-ESC-001",
            subject: ("environment", own.name.to_owned()),
            title: title(&names, own.causes().len()),
            facts: layers
                .into_iter()
                .filter_map(|(layer, facts)| first(layer, &facts))
                .collect(),
            since: since(&failing),
            hand_over: vec![HAND_OVER],
            page: "/docs/runtime/component-interaction-map",
        });
    }
    if nameless > 0 {
        return Decision::Unknown(format!("the layer of {nameless} failures is not told"));
    }
    let incomplete = own.incomplete();
    if !incomplete.is_empty() {
        return Decision::Unknown(format!("not all is known from {}", incomplete.join(", ")));
    }
    Decision::NotMet(match names.first() {
        Some(layer) => format!("only {layer} fails"),
        None => "nothing fails".to_owned(),
    })
}

/// One cause may take several layers down, and then it is the one to look at.
fn title(layers: &[&str], causes: usize) -> String {
    let (count, names) = (layers.len(), layers.join(", "));
    match causes {
        1 => format!("one cause makes {count} layers fail: {names}"),
        _ => format!("{count} layers fail at once: {names}"),
    }
}

/// One fact stands for its layer: a cause rather than a consequence, where one is among them.
fn first(layer: &str, facts: &[Fact<'_>]) -> Option<(String, String)> {
    let cause = facts.iter().find(|fact| fact.finding.causes().is_empty());
    let (source, fact) = cause.or_else(|| facts.first())?.told();
    Some((format!("{layer}: {source}"), fact))
}
