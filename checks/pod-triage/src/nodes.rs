//! Nodes that do not answer: the cause of whatever is on them.
//!
//! Asked only where something is wrong with a pod that is not ready. The kubelet of a lost node says nothing more of its pods, so what their
//! containers said last is not why.

use std::collections::BTreeMap;

use bsq_platform::pod::has_ended;
use bsq_sdk::prelude::*;

use crate::objects::{Node, NodeCondition, Pod};

/// Pods of a lost node that a finding names.
const MOST_PODS: usize = 5;

/// The nodes that do not answer, by name.
#[derive(Default)]
pub(crate) struct LostNodes(BTreeMap<String, Item<Node>>);

impl LostNodes {
    pub(crate) fn read(cx: &Context) -> Self {
        let nodes = cx.list::<Node>().or_empty().into_iter();
        let lost = nodes.filter(|node| lost(node).is_some());
        Self(lost.map(|node| (node.name().to_owned(), node)).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lost node that a pod is on, where the pod does not run elsewhere or end.
    pub(crate) fn of(&self, pod: &Item<Pod>) -> Option<&Item<Node>> {
        let node = self.0.get(pod.spec.node_name.as_deref()?)?;
        is_unready(pod).then_some(node)
    }

    /// One finding for each lost node with pods that are not ready.
    pub(crate) fn tell(&self, report: &mut Report, pods: &[Item<Pod>]) {
        for (name, node) in &self.0 {
            let on_it: Vec<&Item<Pod>> = pods
                .iter()
                .filter(|pod| self.of(pod).is_some_and(|node| node.name() == name))
                .collect();
            if let Some(ready) = lost(node).filter(|_| !on_it.is_empty()) {
                finding(report, node, ready, &on_it);
            }
        }
    }
}

fn finding(report: &mut Report, node: &Item<Node>, ready: &NodeCondition, pods: &[&Item<Pod>]) {
    let name = node.name();
    let with = match pods {
        [only] => format!("with pod {}/{}", only.namespace(), only.name()),
        all => format!("with {} pods", all.len()),
    };
    let title = format!("node {name} does not answer, {with}");
    let finding = report.finding("BSQ-POD-022", node, title);
    finding.since(ready.last_transition_time);
    let value = format!("{}, {}", ready.status, ready.reason);
    finding.evidence("status.conditions[Ready]", value);
    for pod in pods.iter().take(MOST_PODS) {
        let source = format!("spec.nodeName of pod {}/{}", pod.namespace(), pod.name());
        finding.evidence_from(pod.read(), source, name);
    }
    finding.look(["kubectl", "describe", "node", name]);
    finding.look([
        "kubectl",
        "get",
        "pods",
        "--all-namespaces",
        "-o",
        "wide",
        "--field-selector",
        &format!("spec.nodeName={name}"),
    ]);
    finding.advice("what it ran stays there until the node is back, is deleted, or is marked `node.kubernetes.io/out-of-service`");
    finding.link("/docs/deployment/prerequirements");
}

/// The condition that says so: the node controller writes `Unknown` where the kubelet is silent, the kubelet `False`.
fn lost(node: &Item<Node>) -> Option<&NodeCondition> {
    let mut conditions = node.status.conditions.iter();
    let ready = conditions.find(|condition| condition.r#type == "Ready")?;
    (ready.status != "True").then_some(ready)
}

/// One that has ended needs no node.
pub(crate) fn is_unready(pod: &Item<Pod>) -> bool {
    let is_over = has_ended(&pod.status.phase);
    let ready = pod.condition("Ready");
    !is_over && ready.is_some_and(|condition| condition.status != "True")
}
