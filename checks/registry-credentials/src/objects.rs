//! What is read of pods, events, Secrets, service accounts and ingresses.

use bsq_platform::condition::{Condition, State};
use bsq_platform::event::{self, Series};
use bsq_platform::ingress::Host;
use bsq_platform::pod;
use bsq_platform::workload;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: PodMetadata,
    pub(crate) spec: PodSpec,
    pub(crate) status: PodStatus,
}

#[derive(Object)]
pub(crate) struct PodMetadata {
    pub(crate) labels: PodLabels,
}

#[derive(Object)]
pub(crate) struct PodLabels {
    #[object(rename = "app.kubernetes.io/name")]
    pub(crate) name: String,
    pub(crate) app: String,
    #[object(rename = "pod-template-hash")]
    pub(crate) template_hash: String,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) node_name: String,
    pub(crate) service_account_name: String,
    /// Those of the service account too: they are copied when the pod is made.
    pub(crate) image_pull_secrets: Vec<Reference>,
    pub(crate) containers: Vec<Container>,
}

#[derive(Object)]
pub(crate) struct Reference {
    pub(crate) name: String,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) image: String,
}

#[derive(Object)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
    pub(crate) container_statuses: Vec<ContainerStatus>,
}

#[derive(Object)]
pub(crate) struct ContainerStatus {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) state: ContainerState,
}

#[derive(Object)]
pub(crate) struct ContainerState {
    pub(crate) waiting: Option<Waiting>,
}

#[derive(Object)]
pub(crate) struct Waiting {
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Pod {
    /// Whether it has ended for good.
    pub(crate) fn is_over(&self) -> bool {
        pod::has_ended(&self.status.phase)
    }

    pub(crate) fn ready(&self) -> Option<&Condition> {
        pod::ready(&self.status.conditions)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready().is_some_and(State::is_true)
    }

    pub(crate) fn statuses(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status
            .init_container_statuses
            .iter()
            .chain(&self.status.container_statuses)
    }
}

/// The workload that a person knows a pod by.
pub(crate) fn workload(pod: &Item<Pod>) -> ObjectRef {
    workload::of(pod, &pod.metadata.labels.template_hash)
}

#[derive(Object)]
#[object(kind = "v1/Event")]
pub(crate) struct Event {
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) first_timestamp: Option<Timestamp>,
    pub(crate) last_timestamp: Option<Timestamp>,
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) series: Option<Series>,
}

#[derive(Object)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) field_path: String,
}

impl Event {
    /// The latest of what the two event styles write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }

    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        event::first_seen(self.first_timestamp, self.event_time)
    }

    pub(crate) fn is_about(&self, pod: &Item<Pod>, container: &str) -> bool {
        let object = &self.involved_object;
        let is_pod = object.kind == "Pod"
            && object.namespace == pod.namespace()
            && object.name == pod.name();
        let is_same = object.uid.is_empty() || pod.uid().is_empty() || object.uid == pod.uid();
        let path = &object.field_path;
        is_pod && is_same && (path.is_empty() || path.ends_with(&format!("{{{container}}}")))
    }
}

#[derive(Object)]
#[object(kind = "v1/Secret")]
pub(crate) struct Secret {
    /// There where the operator grants the facts of Secrets.
    pub(crate) facts: Option<Facts>,
}

#[derive(Object)]
pub(crate) struct Facts {
    #[object(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Object)]
#[object(kind = "v1/ServiceAccount")]
pub(crate) struct ServiceAccount {
    pub(crate) image_pull_secrets: Vec<Reference>,
}

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
pub(crate) struct Ingress {
    pub(crate) spec: IngressSpec,
}

#[derive(Object)]
pub(crate) struct IngressSpec {
    pub(crate) rules: Vec<Host>,
}
