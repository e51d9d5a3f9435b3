//! What is read of workloads, pods and events. These types are the manifest's field mask: a field that is not here is not
//! read.

use bsq_sdk::prelude::*;

/// Restarts from which a container that waits to be restarted does not just start badly.
const MANY_RESTARTS: i64 = 3;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
pub(crate) struct Deployment {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Replicas,
    pub(crate) status: DeploymentStatus,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
pub(crate) struct StatefulSet {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Replicas,
    pub(crate) status: SetStatus,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
pub(crate) struct DaemonSet {
    pub(crate) metadata: Metadata,
    pub(crate) status: DaemonStatus,
}

#[derive(Object)]
pub(crate) struct Metadata {
    pub(crate) generation: i64,
    managed_fields: Vec<ManagedFields>,
}

#[derive(Object)]
struct ManagedFields {
    subresource: String,
    time: Option<Timestamp>,
}

impl Metadata {
    /// When somebody last wrote more than the status.
    pub(crate) fn changed(&self) -> Option<Timestamp> {
        let writes = self.managed_fields.iter();
        writes
            .filter(|fields| fields.subresource != "status")
            .filter_map(|fields| fields.time)
            .max()
    }
}

#[derive(Object)]
pub(crate) struct Replicas {
    pub(crate) replicas: Option<i64>,
}

#[derive(Object)]
pub(crate) struct DeploymentStatus {
    pub(crate) observed_generation: i64,
    pub(crate) ready_replicas: i64,
    pub(crate) updated_replicas: i64,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Object)]
pub(crate) struct SetStatus {
    pub(crate) observed_generation: i64,
    pub(crate) ready_replicas: i64,
    pub(crate) updated_replicas: i64,
}

#[derive(Object)]
pub(crate) struct DaemonStatus {
    pub(crate) observed_generation: i64,
    pub(crate) desired_number_scheduled: i64,
    pub(crate) number_ready: i64,
    pub(crate) updated_number_scheduled: i64,
}

#[derive(Object, Clone)]
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: PodMetadata,
    pub(crate) status: PodStatus,
}

#[derive(Object)]
pub(crate) struct PodMetadata {
    pub(crate) labels: PodLabels,
}

#[derive(Object)]
pub(crate) struct PodLabels {
    #[object(rename = "pod-template-hash")]
    pub(crate) template_hash: String,
    #[object(rename = "strimzi.io/cluster")]
    pub(crate) kafka: String,
    #[object(rename = "strimzi.io/broker-role")]
    pub(crate) broker: String,
}

#[derive(Object)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) container_statuses: Vec<ContainerStatus>,
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Object)]
pub(crate) struct ContainerStatus {
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
    pub(crate) fn is_looping(&self) -> bool {
        let waiting = self.state.waiting.as_ref();
        self.restart_count >= MANY_RESTARTS
            && waiting.is_some_and(|it| it.reason == "CrashLoopBackOff")
    }
}

#[derive(Object)]
#[object(kind = "v1/Event")]
pub(crate) struct Event {
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    first_timestamp: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
    series: Option<Series>,
}

#[derive(Object)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Object)]
struct Series {
    last_observed_time: Option<Timestamp>,
}

impl Event {
    /// The latest of what the two styles of events write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|it| it.last_observed_time);
        [series, self.event_time, self.last_timestamp]
            .into_iter()
            .flatten()
            .max()
    }

    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        self.first_timestamp.or(self.event_time)
    }
}
