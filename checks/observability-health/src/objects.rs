//! What is read of workloads, pods and nodes. These types are the manifest's field mask: a field that is not here is not
//! read.

use std::collections::BTreeMap;

use bsq_platform::labels::Hashed;
use bsq_platform::pod::{self, Running};
use bsq_platform::workload::{self, Replicated, Scheduled};
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
pub(crate) struct Deployment {
    pub(crate) metadata: Hashed,
    pub(crate) spec: ReplicatedSpec,
    pub(crate) status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
pub(crate) struct StatefulSet {
    pub(crate) metadata: Hashed,
    pub(crate) spec: ReplicatedSpec,
    pub(crate) status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
pub(crate) struct DaemonSet {
    pub(crate) metadata: Hashed,
    pub(crate) spec: DaemonSpec,
    pub(crate) status: Scheduled,
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
#[object(kind = "v1/Node")]
pub(crate) struct Node {}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Hashed,
    pub(crate) spec: PodSpec,
    pub(crate) status: Running,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) node_name: String,
}

/// A pod that is being deleted serves nobody any more.
pub(crate) fn is_ready(pod: &Item<Pod>) -> bool {
    pod::is_ready(pod, &pod.status.conditions)
}

pub(crate) fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    pod::unready_since(pod, &pod.status.conditions)
}

/// Kind and name of the workload that a person knows a pod by.
pub(crate) fn workload(pod: &Item<Pod>) -> Option<(&str, &str)> {
    let owner = pod.owner()?;
    Some(workload::known(owner, &pod.metadata.labels.template_hash))
}
