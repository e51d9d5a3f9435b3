//! What a pod as a whole says, before its containers are asked.

use std::collections::BTreeSet;

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::events::Events;
use crate::nodes::LostNodes;
use crate::objects::{ContainerStatus, Pod, Terminated};
use crate::tolerance::Tolerance;
use crate::trouble::{LogWish, Trouble};
use crate::{container, exit, mount, scheduling};

/// Everything that is wrong with a pod; nothing for one that is well, ends or still starts.
pub(crate) fn diagnose<'a>(
    pod: &'a Item<Pod>,
    events: &Events,
    nodes: &LostNodes,
    tolerance: &Tolerance,
    done: &Done,
) -> Vec<Trouble<'a>> {
    if let Some(deleted) = pod.deleted() {
        return terminating(pod, deleted, events, nodes, tolerance)
            .into_iter()
            .collect();
    }
    match pod.status.phase.as_str() {
        "Succeeded" => Vec::new(),
        "Failed" => failed(pod, tolerance, done).into_iter().collect(),
        _ => alive(pod, events, nodes, tolerance),
    }
}

/// Nothing that a diagnosis could stand on: it succeeded; or it runs, is ready, never restarted and is not deleted. Most
/// pods are so, and need not be held.
pub(crate) fn is_plainly_well(pod: &Item<Pod>) -> bool {
    let status = &pod.status;
    let is_ready = pod
        .condition("Ready")
        .is_some_and(|condition| condition.status == "True");
    let runs = |it: &ContainerStatus| it.ready && it.state.running.is_some();
    let is_through = |it: &ContainerStatus| {
        let ended = it.state.terminated.as_ref();
        ended.is_some_and(|ended| ended.exit_code == 0) || runs(it) && pod.is_sidecar(&it.name)
    };
    let mut statuses = status
        .init_container_statuses
        .iter()
        .chain(&status.container_statuses);
    let never_restarted = statuses.all(|it| it.restart_count == 0);
    let is_over = status.phase == "Succeeded";
    let is_serving = status.phase == "Running"
        && status.reason.is_none()
        && is_ready
        && never_restarted
        && pod.spec.node_name.is_some()
        && status.ephemeral_container_statuses.is_empty()
        && status.init_container_statuses.iter().all(is_through)
        && status.container_statuses.iter().all(runs);
    pod.deleted().is_none() && (is_over || is_serving)
}

/// Jobs of which a pod succeeded: earlier failures are made good.
#[derive(Default)]
pub(crate) struct Done(BTreeSet<(String, String)>);

impl Done {
    pub(crate) fn note(&mut self, pod: &Item<Pod>) {
        if pod.status.phase == "Succeeded" {
            self.0.extend(job(pod));
        }
    }

    fn holds(&self, pod: &Item<Pod>) -> bool {
        job(pod).is_some_and(|job| self.0.contains(&job))
    }
}

fn job(pod: &Item<Pod>) -> Option<(String, String)> {
    let owner = pod.owner().filter(|owner| owner.kind == "Job")?;
    Some((pod.namespace().to_owned(), owner.name.clone()))
}

fn alive<'a>(
    pod: &'a Item<Pod>,
    events: &Events,
    nodes: &LostNodes,
    tolerance: &Tolerance,
) -> Vec<Trouble<'a>> {
    if let Some(lost) = lost_node(pod, events, nodes) {
        return vec![lost];
    }
    if let Some(waits) = scheduling::diagnose(pod, events, tolerance) {
        return vec![waits];
    }
    let troubles = container::diagnose(pod, events, tolerance);
    if troubles.is_empty() {
        starting(pod, events, tolerance).into_iter().collect()
    } else {
        troubles
    }
}

/// Scheduled, and no container says anything: the volumes, the network, or nobody knows.
fn starting<'a>(pod: &'a Item<Pod>, events: &Events, tolerance: &Tolerance) -> Option<Trouble<'a>> {
    let statuses = || {
        pod.status
            .init_container_statuses
            .iter()
            .chain(&pod.status.container_statuses)
    };
    let is_creating = |reason: &str| matches!(reason, "ContainerCreating" | "PodInitializing");
    let waits = statuses().any(|status| {
        status
            .state
            .waiting
            .as_ref()
            .is_some_and(|waiting| is_creating(&waiting.reason))
    });
    let is_pending = pod.status.phase == "Pending";
    // An init container or a container that runs is what is waited for, and has been asked.
    let runs = statuses().any(|status| status.state.running.is_some());
    let scheduled = pod
        .condition("PodScheduled")
        .filter(|condition| condition.status == "True");
    let since = scheduled
        .and_then(|condition| condition.last_transition_time)
        .or(pod.created());
    if runs
        || !(is_pending || waits)
        || !tolerance.is_over(since, tolerance.settings.starting_after)
    {
        return None;
    }
    if let Some(mount) = mount::diagnose(pod, events) {
        return Some(mount);
    }
    let sandbox = events.latest(pod, &["FailedCreatePodSandBox"]);
    let trouble = match (sandbox, scheduled) {
        (Some(_), _) => {
            let node = pod.spec.node_name.as_deref().unwrap_or_default();
            let title = format!("gets no network or sandbox on node {node}");
            Trouble::new(pod, None, "BSQ-POD-018", title).shared(format!("sandbox {node}"))
        }
        (None, None) if pod.spec.node_name.is_none() => Trouble::new(
            pod,
            None,
            "BSQ-POD-004",
            "waits, and no scheduler has looked at it",
        ),
        (None, _) => Trouble::new(
            pod,
            None,
            "BSQ-POD-020",
            "waits for its containers to be made, and nothing says why",
        ),
    };
    let trouble = trouble
        .since(since)
        .fact("status.phase", &pod.status.phase)
        .event(sandbox);
    Some(trouble.look(command::describe(pod.namespace(), "pod", pod.name())))
}

fn lost_node<'a>(pod: &'a Item<Pod>, events: &Events, nodes: &LostNodes) -> Option<Trouble<'a>> {
    let ready = pod
        .condition("Ready")
        .filter(|condition| condition.status == "False");
    let event = events.latest(pod, &["NodeNotReady"]);
    let known = nodes.of(pod);
    let is_lost = known.is_some()
        || pod.status.phase == "Unknown"
        || pod.status.reason.as_deref() == Some("NodeLost")
        || (event.is_some() && ready.is_some());
    if !is_lost {
        return None;
    }
    let node = pod.spec.node_name.as_deref().unwrap_or("unknown");
    let since = ready
        .and_then(|ready| ready.last_transition_time)
        .or(event.and_then(|event| event.first_seen()));
    let trouble = Trouble::new(
        pod,
        None,
        "BSQ-POD-016",
        format!("is on node {node}, which does not answer"),
    );
    // One finding tells of the node itself, where its status is known; else the first of its pods speaks for all.
    let trouble = match known {
        Some(node) => trouble.caused_by(node),
        None => trouble.shared(format!("node {node}")),
    };
    let trouble = trouble.since(since).attribute("node", node);
    let reason = pod.status.reason.as_deref().unwrap_or(&pod.status.phase);
    Some(
        trouble
            .fact("status.reason", reason)
            .event(event)
            .look(["kubectl", "describe", "node", node]),
    )
}

fn terminating<'a>(
    pod: &'a Item<Pod>,
    deleted: Timestamp,
    events: &Events,
    nodes: &LostNodes,
    tolerance: &Tolerance,
) -> Option<Trouble<'a>> {
    if !tolerance.is_over(Some(deleted), tolerance.settings.terminating_after) {
        return None;
    }
    if let Some(lost) = lost_node(pod, events, nodes) {
        return Some(lost);
    }
    let finalizers = pod.metadata.finalizers.join(", ");
    let title = match finalizers.as_str() {
        "" => "is deleted and does not end".to_owned(),
        finalizers => format!("is deleted and does not end: it waits for finalizer {finalizers}"),
    };
    let event = events.latest(
        pod,
        &["FailedKillPod", "FailedUnmount", "FailedPreStopHook"],
    );
    let trouble = Trouble::new(pod, None, "BSQ-POD-017", title).since(Some(deleted));
    let trouble = trouble
        .fact("metadata.deletionTimestamp", deleted)
        .fact("metadata.finalizers", finalizers);
    Some(
        trouble
            .event(event)
            .look(command::describe(pod.namespace(), "pod", pod.name())),
    )
}

fn failed<'a>(pod: &'a Item<Pod>, tolerance: &Tolerance, done: &Done) -> Option<Trouble<'a>> {
    let ended = last_end(pod);
    let when = ended
        .and_then(|(_, ended)| ended.finished_at)
        .or_else(|| {
            pod.condition("DisruptionTarget")
                .and_then(|condition| condition.last_transition_time)
        })
        .or_else(|| {
            pod.condition("Ready")
                .and_then(|condition| condition.last_transition_time)
        })
        .or(pod.created());
    if done.holds(pod) || !tolerance.is_within(when, tolerance.settings.restarts_within) {
        return None;
    }
    let reason = pod.status.reason.as_deref().unwrap_or_default();
    let message = pod.status.message.as_deref().unwrap_or_default().trim();
    let container = ended.map(|(name, _)| name);
    let exit = ended.map(|(_, ended)| exit::describe(ended.exit_code));
    let trouble = match reason {
        "Evicted" => {
            let why = message.split(['.', '!']).next().unwrap_or(message);
            let trouble = Trouble::new(
                pod,
                None,
                "BSQ-POD-015",
                format!("was evicted: {}", lowered(why)),
            );
            trouble.advice("see what fills the node's memory or disk")
        }
        "NodeLost" => Trouble::new(pod, None, "BSQ-POD-016", "was on a node that is lost"),
        // The node was shut down in order, and its pods were told.
        "Terminated" | "NodeShutdown" | "Shutdown" => Trouble::new(
            pod,
            None,
            "BSQ-POD-015",
            "ended because its node was shut down",
        )
        .severity(Severity::Low),
        _ if pod.owner().is_some_and(|owner| owner.kind == "Job") => {
            let title = format!(
                "failed: {}",
                exit.as_deref()
                    .unwrap_or(if message.is_empty() { reason } else { message })
            );
            Trouble::new(pod, container, "BSQ-POD-021", title).log(LogWish::Current)
        }
        _ => {
            let title = format!(
                "failed: {}",
                exit.as_deref()
                    .unwrap_or(if message.is_empty() { reason } else { message })
            );
            Trouble::new(pod, container, "BSQ-POD-001", title).log(LogWish::Current)
        }
    };
    let trouble = trouble
        .since(when)
        .fact("status.reason", reason)
        .fact("status.message", message);
    let trouble = trouble.fact("state.terminated", exit.unwrap_or_default());
    Some(trouble.look(command::describe(pod.namespace(), "pod", pod.name())))
}

/// The container that failed last, with how it ended.
fn last_end(pod: &Item<Pod>) -> Option<(&str, &Terminated)> {
    let statuses = pod
        .status
        .init_container_statuses
        .iter()
        .chain(&pod.status.container_statuses);
    let ended = statuses
        .filter_map(|status| Some((status.name.as_str(), status.state.terminated.as_ref()?)));
    ended
        .filter(|(_, ended)| ended.exit_code != 0)
        .max_by_key(|(_, ended)| ended.finished_at)
}

fn lowered(text: &str) -> String {
    let mut characters = text.trim().chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}
