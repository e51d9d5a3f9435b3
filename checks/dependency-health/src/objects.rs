//! What is read of workloads and pods. These types are the manifest's field mask: a field that is not here is not read.

use bsq_platform::labels::Hashed;
use bsq_platform::pod::{self, Running};
use bsq_platform::template::Images;
use bsq_platform::workload::{Replicated, Scheduled};
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
    pub(crate) spec: Images,
}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: Hashed,
    pub(crate) spec: Images,
    pub(crate) status: Running,
}

impl Pod {
    pub(crate) fn images(&self) -> Vec<String> {
        self.spec.all().map(str::to_owned).collect()
    }
}

/// A pod that is being deleted serves nobody any more.
pub(crate) fn is_ready(pod: &Item<Pod>) -> bool {
    pod::is_ready(pod, &pod.status.conditions)
}

pub(crate) fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    pod::unready_since(pod, &pod.status.conditions)
}
