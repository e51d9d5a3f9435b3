//! What is read of workloads, pods and events. These types are the manifest's field mask: a field that is not here is not
//! read.

use bsq_platform::condition::Explained;
use bsq_platform::event::{self, Series};
use bsq_platform::pod::Container;
use bsq_sdk::prelude::*;

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
    pub(crate) conditions: Vec<Explained>,
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
    pub(crate) conditions: Vec<Explained>,
    pub(crate) container_statuses: Vec<Container>,
    pub(crate) init_container_statuses: Vec<Container>,
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

impl Event {
    /// The latest of what the two styles of events write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }

    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        self.first_timestamp.or(self.event_time)
    }
}
