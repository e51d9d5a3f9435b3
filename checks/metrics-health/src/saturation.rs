//! Nodes whose processors or memory are used up.
//!
//! Processors that are busy are what a site pays for. They are saturated where work waits for them too, which the load
//! shows.

use std::collections::BTreeMap;

use bsq_sdk::reads::{Metrics, Series};
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::node;
use crate::store::Store;
use crate::words;

/// Findings of one kind: a cluster whose nodes are all saturated is told by the first of them.
const MOST: usize = 20;

pub(crate) fn processors(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let busy = store.instant("node-busy", &[]);
    let limit = f64::from(wishes.node_busy) / 100.0;
    let hot = |series: &&Series| series.value().is_some_and(|share| share >= limit);
    if !busy.series.iter().any(|series| hot(&series)) {
        return;
    }
    let load = store.instant("node-load", &[]);
    let names = Names::read(store);
    for series in busy.series.iter().filter(hot).take(MOST) {
        let instance = series.label("instance");
        let waits = load
            .series
            .iter()
            .find(|other| other.label("instance") == instance)
            .and_then(Series::value);
        let (Some(share), Some(waits)) = (series.value(), waits) else {
            continue;
        };
        if waits < wishes.node_load {
            continue;
        }
        let node = names.of(series);
        let title = format!(
            "the processors of node {node} are {} busy, and {waits:.1} tasks want each of them",
            words::percent(share)
        );
        let finding = report.finding("BSQ-METRIC-006", subject(&node, &busy), title);
        finding.evidence("busy over 15m", words::percent(share));
        finding.evidence_from(
            load.read,
            "load15 for each processor",
            format!("{waits:.2}"),
        );
        more(finding, &node);
    }
}

pub(crate) fn memory(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let available = store.instant("node-memory", &[]);
    let limit = f64::from(wishes.node_memory) / 100.0;
    let short = |series: &&Series| series.value().is_some_and(|share| share < limit);
    if !available.series.iter().any(|series| short(&series)) {
        return;
    }
    let names = Names::read(store);
    for series in available.series.iter().filter(short).take(MOST) {
        let node = names.of(series);
        let share = words::percent(series.value().unwrap_or_default());
        let title =
            format!("node {node} has had at most {share} of its memory available for 10 minutes");
        let finding = report.finding("BSQ-METRIC-006", memory_of(&node, &available), title);
        finding.severity(Severity::Medium);
        finding.evidence("available over 10m", share);
        more(finding, &node);
    }
}

/// The processors of a node are the node; its memory is a thing of its own, so that both can be told of one node.
fn subject(node: &str, answer: &Metrics) -> Subject {
    ObjectRef::new("v1/Node", node)
        .with_read(answer.read)
        .into()
}

fn memory_of(node: &str, answer: &Metrics) -> Subject {
    Named::new("memory", node).with_read(answer.read).into()
}

fn more(finding: &mut Finding, node: &str) {
    node::is_why(finding, node);
    finding.look(["kubectl", "describe", "node", node]);
    finding.look([
        "kubectl",
        "top",
        "pods",
        "--all-namespaces",
        "--sort-by=memory",
    ]);
    finding.link("/docs/deployment/prerequirements");
}

/// Names of nodes by the address that their exporter is scraped at.
struct Names(BTreeMap<String, String>);

impl Names {
    fn read(store: &mut Store<'_>) -> Self {
        let answer = store.instant("node-names", &[]);
        let pairs = answer.series.iter().map(|series| {
            let name = series.label("nodename").to_owned();
            (series.label("instance").to_owned(), name)
        });
        Self(pairs.filter(|(_, name)| !name.is_empty()).collect())
    }

    fn of(&self, series: &Series) -> String {
        let instance = series.label("instance");
        let node = match series.label("node") {
            "" => self.0.get(instance).map_or(instance, String::as_str),
            node => node,
        };
        node.to_owned()
    }
}
