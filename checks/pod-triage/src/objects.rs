//! What is read of pods and events. These types are the manifest's field mask: a field that is not here is not read.

use std::collections::BTreeMap;

use bsq_platform::condition::{self, Explained};
use bsq_platform::event::{self, Counted};
use bsq_platform::template::{self, Volume};
use bsq_sdk::object::IntOrString;
use bsq_sdk::prelude::*;

#[derive(Object, Debug)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: PodMetadata,
    pub(crate) spec: PodSpec,
    pub(crate) status: PodStatus,
}

#[derive(Object, Debug)]
pub(crate) struct PodMetadata {
    pub(crate) labels: PodLabels,
    pub(crate) finalizers: Vec<String>,
}

#[derive(Object, Debug)]
pub(crate) struct PodLabels {
    #[object(rename = "pod-template-hash")]
    pub(crate) template_hash: Option<String>,
}

#[derive(Object, Debug)]
pub(crate) struct PodSpec {
    pub(crate) node_name: Option<String>,
    pub(crate) init_containers: Vec<Container>,
    pub(crate) containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
}

#[derive(Object, Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    /// `Always` makes an init container a sidecar.
    pub(crate) restart_policy: Option<String>,
    pub(crate) resources: Resources,
}

#[derive(Object, Debug)]
pub(crate) struct Resources {
    pub(crate) limits: BTreeMap<String, IntOrString>,
}

#[derive(Object, Debug)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) reason: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) conditions: Vec<Explained>,
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
    pub(crate) container_statuses: Vec<ContainerStatus>,
    pub(crate) ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Object, Debug)]
pub(crate) struct ContainerStatus {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) ready: bool,
    pub(crate) restart_count: i64,
    pub(crate) state: State,
    pub(crate) last_state: State,
}

#[derive(Object, Debug)]
pub(crate) struct State {
    pub(crate) waiting: Option<Waiting>,
    pub(crate) running: Option<Running>,
    pub(crate) terminated: Option<Terminated>,
}

#[derive(Object, Debug)]
pub(crate) struct Waiting {
    pub(crate) reason: String,
    pub(crate) message: String,
}

#[derive(Object, Debug)]
pub(crate) struct Running {
    pub(crate) started_at: Option<Timestamp>,
}

#[derive(Object, Debug)]
pub(crate) struct Terminated {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) exit_code: i64,
    pub(crate) finished_at: Option<Timestamp>,
}

#[derive(Object, Debug)]
#[object(kind = "v1/Node")]
pub(crate) struct Node {
    pub(crate) status: NodeStatus,
}

#[derive(Object, Debug)]
pub(crate) struct NodeStatus {
    pub(crate) conditions: Vec<NodeCondition>,
}

#[derive(Object, Debug)]
pub(crate) struct NodeCondition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

impl Pod {
    /// A condition by its type.
    pub(crate) fn condition(&self, name: &str) -> Option<&Explained> {
        condition::find(&self.status.conditions, name)
    }

    /// The claims that it mounts.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &str> {
        template::claims(&self.spec.volumes)
    }

    /// The memory limit of a container, as it is written.
    pub(crate) fn memory_limit(&self, container: &str) -> Option<&IntOrString> {
        let containers = self
            .spec
            .containers
            .iter()
            .chain(&self.spec.init_containers);
        containers
            .into_iter()
            .find(|known| known.name == container)?
            .resources
            .limits
            .get("memory")
    }

    /// An init container that runs beside the others for the pod's whole life.
    pub(crate) fn is_sidecar(&self, container: &str) -> bool {
        let mut init = self.spec.init_containers.iter();
        init.any(|known| {
            known.name == container && known.restart_policy.as_deref() == Some("Always")
        })
    }
}

#[derive(Object, Debug)]
#[object(kind = "v1/Event")]
pub(crate) struct Event {
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) count: i64,
    pub(crate) first_timestamp: Option<Timestamp>,
    pub(crate) last_timestamp: Option<Timestamp>,
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) series: Option<Counted>,
}

#[derive(Object, Debug)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) field_path: String,
}

impl Event {
    /// When it was last seen: the latest of what the two event styles write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }

    /// When it was first seen.
    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        event::first_seen(self.first_timestamp, self.event_time)
    }

    /// The container that it is about: `spec.containers{web}`.
    pub(crate) fn concerned(&self) -> Option<&str> {
        let (_, rest) = self.involved_object.field_path.split_once('{')?;
        rest.strip_suffix('}')
    }
}
