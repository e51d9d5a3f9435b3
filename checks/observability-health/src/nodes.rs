//! Does Alloy run on every node? Where it does not, nothing is collected from that node, and its silence is no health.
//!
//! Only a DaemonSet is bound to nodes: an Alloy that runs as a Deployment or StatefulSet collects over the network.

use std::collections::BTreeSet;

use bsq_platform::{command, words};
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::objects::{Node, is_ready};
use crate::product::Product;
use crate::workload::Workload;

/// Nodes that a title names.
const MOST: usize = 3;

/// Pods that one finding names as its cause.
const MOST_CAUSES: usize = 50;

pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes, all: &[Workload]) {
    let collectors: Vec<_> = all
        .iter()
        .filter(|it| it.product == Product::Alloy)
        .collect();
    for collector in &collectors {
        if collector.lasts(cx.now(), wishes.ready_after) {
            lacking(report, collector);
        }
    }
    let daemons = collectors
        .iter()
        .copied()
        .filter(|it| it.subject.kind() == "DaemonSet");
    let daemons: Vec<_> = daemons.collect();
    if !daemons.is_empty() {
        uncovered(cx, report, &daemons);
    }
}

/// Pods of Alloy that should be there are not ready.
fn lacking(report: &mut Report, collector: &Workload) {
    let nodes: BTreeSet<&str> = collector
        .unready()
        .map(|pod| pod.spec.node_name.as_str())
        .filter(|node| !node.is_empty())
        .collect();
    let is_daemon = collector.subject.kind() == "DaemonSet";
    let places = match nodes.is_empty() || !is_daemon {
        true => String::new(),
        false => format!(" ({})", words::some(&nodes, MOST)),
    };
    let what = if is_daemon { "nodes" } else { "pods" };
    let title = format!(
        "Alloy ({}) runs on {} of {} {what}{places}: what the others would collect is missing",
        collector.told(),
        collector.ready,
        collector.wanted
    );
    let finding = report.finding("BSQ-OBS-005", collector.subject.clone(), title);
    finding.since(collector.short_since());
    finding.evidence("replicas", collector.state());
    for pod in collector.unready().take(MOST_CAUSES) {
        finding.caused_by(pod);
    }
    // Who tells that the workload lacks pods tells the cause of this.
    finding.caused_by(collector.subject.clone());
    finding.attribute("nodes", nodes.into_iter().collect::<Vec<_>>().join(","));
    look(finding, collector);
}

/// Nodes that no Alloy is meant for. That may be wanted, so it is only said.
fn uncovered(cx: &Context, report: &mut Report, daemons: &[&Workload]) {
    // Without its pods nothing is known of where it runs.
    let is_known = daemons.iter().all(|it| !it.pods.is_empty());
    let Some(first) = daemons.first().filter(|_| is_known) else {
        return;
    };
    let nodes = cx.list::<Node>().or_empty();
    let covered: BTreeSet<&str> = daemons
        .iter()
        .flat_map(|it| &it.pods)
        .map(|pod| pod.spec.node_name.as_str())
        .collect();
    let bare: BTreeSet<&str> = nodes
        .iter()
        .filter(|node| node.deleted().is_none())
        .map(Item::name)
        .filter(|name| !covered.contains(name))
        .collect();
    let wanted: i64 = daemons.iter().map(|it| it.wanted).max().unwrap_or_default();
    let is_meant = i64::try_from(nodes.len()).is_ok_and(|count| wanted >= count);
    let Some(read) = nodes
        .first()
        .map(Item::read)
        .filter(|_| !bare.is_empty() && !is_meant)
    else {
        return;
    };
    let title = format!(
        "no Alloy is meant for {} of {} nodes ({}): nothing is collected there",
        bare.len(),
        nodes.len(),
        words::some(&bare, MOST)
    );
    let finding = report.finding("BSQ-OBS-006", first.subject.clone(), title);
    finding.evidence("status.desiredNumberScheduled", wanted);
    finding.evidence_from(read, "nodes", nodes.len());
    finding.attribute("nodes", bare.iter().copied().collect::<Vec<_>>().join(","));
    finding.advice(
        "if logs of these nodes are wanted, let Alloy tolerate their taints and select them",
    );
    look(finding, first);
}

fn look(finding: &mut Finding, collector: &Workload) {
    let subject = &collector.subject;
    let kind = subject.kind().to_lowercase();
    finding.look(command::describe(
        subject.namespace(),
        &kind,
        subject.name(),
    ));
    finding.look(command::pods(subject.namespace()));
    finding.link("/docs/runtime/runtime-observability-model");
}

/// Whether every pod of a collector is ready, for the report's word on collection.
pub(crate) fn is_whole(all: &[Workload]) -> Option<bool> {
    let mut collectors = all
        .iter()
        .filter(|it| it.product == Product::Alloy)
        .peekable();
    collectors.peek()?;
    Some(collectors.all(|it| !it.is_short() && it.pods.iter().all(is_ready)))
}
