//! What is read of workloads, pods and nodes. These types are the manifest's field mask: a field that is not here is not
//! read.

use std::collections::BTreeMap;

use bsq_sdk::prelude::*;

/// Restarts from which a container that waits to be restarted does not just start badly.
const MANY_RESTARTS: i64 = 3;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
pub(crate) struct Deployment {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ReplicatedSpec,
    pub(crate) status: ReplicatedStatus,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
pub(crate) struct StatefulSet {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ReplicatedSpec,
    pub(crate) status: ReplicatedStatus,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
pub(crate) struct DaemonSet {
    pub(crate) metadata: Metadata,
    pub(crate) spec: DaemonSpec,
    pub(crate) status: DaemonStatus,
}

#[derive(Object)]
pub(crate) struct Metadata {
    pub(crate) labels: Labels,
}

#[derive(Object)]
pub(crate) struct Labels {
    #[object(rename = "app.kubernetes.io/name")]
    pub(crate) name: String,
    #[object(rename = "pod-template-hash")]
    pub(crate) template_hash: String,
}

#[derive(Object)]
pub(crate) struct ReplicatedSpec {
    pub(crate) replicas: Option<i64>,
    pub(crate) template: Template,
}

#[derive(Object)]
pub(crate) struct DaemonSpec {
    pub(crate) template: Template,
}

#[derive(Object)]
pub(crate) struct Template {
    pub(crate) metadata: Labelled,
    pub(crate) spec: Containers,
}

#[derive(Object)]
pub(crate) struct Labelled {
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Object)]
pub(crate) struct Containers {
    pub(crate) containers: Vec<Container>,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
}

#[derive(Object)]
pub(crate) struct ReplicatedStatus {
    pub(crate) ready_replicas: i64,
}

#[derive(Object)]
pub(crate) struct DaemonStatus {
    pub(crate) desired_number_scheduled: i64,
    pub(crate) number_ready: i64,
}

#[derive(Object)]
#[object(kind = "v1/Node")]
pub(crate) struct Node {}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Metadata,
    pub(crate) spec: PodSpec,
    status: PodStatus,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) node_name: String,
}

#[derive(Object)]
struct PodStatus {
    phase: String,
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Object)]
struct ContainerStatus {
    restart_count: i64,
    state: State,
}

#[derive(Object)]
struct State {
    waiting: Option<Waiting>,
}

#[derive(Object)]
struct Waiting {
    reason: String,
}

impl ContainerStatus {
    /// It ends again and again, so the pod's readiness may be young and its failure is not.
    fn is_looping(&self) -> bool {
        let waiting = self.state.waiting.as_ref();
        self.restart_count >= MANY_RESTARTS
            && waiting.is_some_and(|it| it.reason == "CrashLoopBackOff")
    }
}

#[derive(Object)]
struct Condition {
    r#type: String,
    status: String,
    last_transition_time: Option<Timestamp>,
}

impl Pod {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Whether it ends again and again: then it may have been ready a moment ago, and serves nobody all the same.
    pub(crate) fn is_looping(&self) -> bool {
        let status = &self.status;
        let mut containers = status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses);
        containers.any(ContainerStatus::is_looping)
    }

    fn ready(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|it| it.r#type == "Ready")
    }
}

/// A pod that is being deleted serves nobody any more.
pub(crate) fn is_ready(pod: &Item<Pod>) -> bool {
    pod.deleted().is_none() && pod.ready().is_some_and(|it| it.status == "True")
}

/// Since when a pod has not been ready: its condition, else its deletion, else its beginning.
pub(crate) fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    let condition = pod.ready().filter(|it| it.status != "True");
    condition
        .and_then(|it| it.last_transition_time)
        .or(pod.deleted())
        .or(pod.created())
}

/// Kind and name of the workload that a person knows a pod by.
pub(crate) fn workload(pod: &Item<Pod>) -> Option<(&str, &str)> {
    let owner = pod.owner()?;
    let hash = pod.metadata.labels.template_hash.as_str();
    let deployment = owner
        .name
        .strip_suffix(hash)
        .and_then(|it| it.strip_suffix('-'));
    Some(match deployment {
        Some(name) if owner.kind == "ReplicaSet" && !hash.is_empty() => ("Deployment", name),
        _ => (owner.kind.as_str(), owner.name.as_str()),
    })
}
