//! Nodes that are not ready, or that say they are short of something.

use std::collections::BTreeMap;

use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::lasting::Lasting;
use crate::store::Store;

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let answer = store.range("node-conditions", &[]);
    let mut nodes: BTreeMap<&str, Vec<(&str, Lasting)>> = BTreeMap::new();
    for series in &answer.series {
        let Some(lasting) = Lasting::of(series, store) else {
            continue;
        };
        if lasting.is_as_old_as(wishes.node_after) {
            let conditions = nodes.entry(series.label("node")).or_default();
            conditions.push((series.label("condition"), lasting));
        }
    }
    for (node, mut conditions) in nodes.into_iter().filter(|(node, _)| !node.is_empty()) {
        conditions.sort_by_key(|(name, _)| *name);
        let subject = || ObjectRef::new("v1/Node", node).with_read(answer.read);
        // A node that is gone says nothing new of its memory.
        if let Some((_, lasting)) = conditions.iter().find(|(name, _)| *name == "Ready") {
            let title = format!("node {node} is not ready");
            let finding = report.finding("BSQ-METRIC-004", subject(), title);
            finding.since(lasting.since).evidence("Ready", "not true");
            more(finding, node);
            continue;
        }
        let names: Vec<&str> = conditions.iter().map(|(name, _)| *name).collect();
        let title = format!("node {node} reports {}", names.join(", "));
        let finding = report.finding("BSQ-METRIC-005", subject(), title);
        // Since the first of them; unknown where one is older than the window.
        let onsets: Option<Vec<Timestamp>> = conditions
            .iter()
            .map(|(_, lasting)| lasting.since)
            .collect();
        finding.since(onsets.and_then(|onsets| onsets.into_iter().min()));
        for name in names {
            finding.evidence(name, "true");
        }
        more(finding, node);
    }
}

/// A node that is lost is why; what else is found of a node is none of the others' reason. The cluster's own word on it
/// goes before what metrics say.
pub(crate) fn is_why(finding: &mut Finding, node: &str) {
    for code in ["BSQ-POD-022", "BSQ-METRIC-004"] {
        finding.caused_by_finding(code, ObjectRef::new("v1/Node", node));
    }
}

fn more(finding: &mut Finding, node: &str) {
    is_why(finding, node);
    finding.look(["kubectl", "describe", "node", node]);
    finding.link("/docs/deployment/prerequirements");
}
