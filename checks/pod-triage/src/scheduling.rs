//! Why no node takes a pod: the scheduler's sentence, read.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::events::Events;
use crate::mount;
use crate::objects::Pod;
use crate::tolerance::Tolerance;
use crate::trouble::Trouble;

/// The trouble of a pod that no node has taken for too long.
pub(crate) fn diagnose<'a>(
    pod: &'a Item<Pod>,
    events: &Events,
    tolerance: &Tolerance,
) -> Option<Trouble<'a>> {
    let condition = pod.condition("PodScheduled")?;
    if condition.status != "False" || condition.reason == "SchedulingGated" {
        return None;
    }
    let since = condition.last_transition_time.or(pod.created());
    if !tolerance.is_over(since, tolerance.settings.starting_after) {
        return None;
    }
    let event = events.latest(pod, &["FailedScheduling"]);
    let message = if condition.message.is_empty() {
        event.map_or("", |event| event.message.as_str())
    } else {
        &condition.message
    };
    let trouble = classify(pod, message)
        .since(since)
        .fact("status.conditions.PodScheduled", message);
    Some(
        trouble
            .event(event)
            .look(command::describe(pod.namespace(), "pod", pod.name())),
    )
}

fn classify<'a>(pod: &'a Item<Pod>, message: &str) -> Trouble<'a> {
    let lower = message.to_lowercase();
    if lower.contains("unbound immediate persistentvolumeclaim")
        || lower.contains("unbound persistentvolumeclaim")
    {
        let claims = pod.claims().collect::<Vec<_>>().join(", ");
        let title = format!("waits for volume claim {claims}, which is not bound");
        let trouble = Trouble::new(pod, None, "BSQ-POD-014", title).caused_by_claims();
        return pod.claims().fold(trouble, |trouble, claim| {
            trouble.look(command::describe(pod.namespace(), "pvc", claim))
        });
    }
    if let Some(claim) =
        mount::missing(&lower).filter(|missing| missing.starts_with("persistentvolumeclaim"))
    {
        let title = format!("waits for {claim}, which does not exist");
        let trouble = Trouble::new(pod, None, "BSQ-POD-014", title)
            .shared(format!("{}/{claim}", pod.namespace()));
        return mount::with_cause(trouble, &claim);
    }
    let lacking = insufficient(message);
    if let Some(gpu) = lacking.iter().find(|resource| is_gpu(resource)) {
        return Trouble::new(
            pod,
            None,
            "BSQ-POD-013",
            format!("finds no node with a free GPU ({gpu})"),
        )
        .shared((*gpu).to_owned())
        .attribute("resource", gpu)
        .look(["kubectl", "describe", "nodes"]);
    }
    if !lacking.is_empty() {
        let lacking = lacking.join(", ");
        return Trouble::new(
            pod,
            None,
            "BSQ-POD-004",
            format!("finds no node with enough {lacking}"),
        )
        .shared(format!("insufficient {lacking}"))
        .attribute("resource", &lacking)
        .look(["kubectl", "describe", "nodes"]);
    }
    let reason = if lower.contains("untolerated taint") || lower.contains("had taint") {
        "finds no node whose taints it tolerates"
    } else if lower.contains("volume node affinity conflict") {
        "finds no node where its volume can be used"
    } else if lower.contains("affinity") || lower.contains("selector") {
        "finds no node that its selector or affinity allows"
    } else if lower.contains("free ports") {
        "finds no node where its host port is free"
    } else if lower.contains("too many pods") {
        "finds no node with room for one more pod"
    } else {
        "finds no node"
    };
    Trouble::new(pod, None, "BSQ-POD-004", reason)
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.` names cpu and memory.
///
/// The tail about preemption repeats the nodes and is left out.
fn insufficient(message: &str) -> Vec<&str> {
    let message = message.split("preemption:").next().unwrap_or(message);
    let mut resources: Vec<&str> = message
        .split("Insufficient ")
        .skip(1)
        .filter_map(|rest| rest.split([',', ' ']).next())
        .map(|resource| resource.trim_end_matches('.'))
        .collect();
    resources.sort_unstable();
    resources.dedup();
    resources
}

fn is_gpu(resource: &str) -> bool {
    resource.contains("/gpu") || resource.contains(".com/mig-")
}

#[cfg(test)]
mod tests {
    use super::insufficient;

    #[test]
    fn names_what_is_short_once() {
        let message = "0/5 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu, 4 Insufficient nvidia.com/gpu. preemption: 0/5 nodes are available: 5 Insufficient memory.";
        assert_eq!(insufficient(message), ["cpu", "nvidia.com/gpu"]);
    }
}
