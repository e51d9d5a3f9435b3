//! What is read of pods, and of the objects that only have to be there.

use bsq_platform::event::{self, Involved, Series};
use bsq_platform::pod::Status;
use bsq_platform::template::{Reference, SecretVolume};
use bsq_platform::workload;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: PodMetadata,
    pub(crate) spec: PodSpec,
    pub(crate) status: Status,
}

#[derive(Object)]
pub(crate) struct PodMetadata {
    pub(crate) labels: PodLabels,
}

#[derive(Object)]
pub(crate) struct PodLabels {
    #[object(rename = "app.kubernetes.io/name")]
    pub(crate) name: String,
    #[object(rename = "pod-template-hash")]
    pub(crate) template_hash: String,
    /// OpenBao writes it on its own pods where it registers itself.
    #[object(rename = "openbao-sealed")]
    pub(crate) sealed: String,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) init_containers: Vec<Container>,
    pub(crate) containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) image: String,
    pub(crate) env: Vec<Variable>,
    pub(crate) env_from: Vec<EnvFrom>,
}

#[derive(Object)]
pub(crate) struct Variable {
    pub(crate) value_from: Option<ValueFrom>,
}

#[derive(Object)]
pub(crate) struct ValueFrom {
    pub(crate) secret_key_ref: Option<Reference>,
    pub(crate) config_map_key_ref: Option<Reference>,
}

#[derive(Object)]
pub(crate) struct EnvFrom {
    pub(crate) secret_ref: Option<Reference>,
    pub(crate) config_map_ref: Option<Reference>,
}

#[derive(Object)]
pub(crate) struct Volume {
    pub(crate) secret: Option<SecretVolume>,
    pub(crate) config_map: Option<Reference>,
    pub(crate) projected: Projected,
}

#[derive(Object)]
pub(crate) struct Projected {
    pub(crate) sources: Vec<Source>,
}

#[derive(Object)]
pub(crate) struct Source {
    pub(crate) secret: Option<Reference>,
    pub(crate) config_map: Option<Reference>,
}

impl Pod {
    /// Whether it should run: it has not ended and nobody ends it.
    pub(crate) fn is_wanted(pod: &Item<Self>) -> bool {
        !pod.status.has_ended() && pod.deleted().is_none()
    }

    /// Since when it is not ready.
    pub(crate) fn unready_since(pod: &Item<Self>) -> Option<Timestamp> {
        pod.status
            .ready()
            .and_then(|ready| ready.last_transition_time)
            .or(pod.created())
    }
}

/// The workload that a person knows a pod by.
pub(crate) fn workload(pod: &Item<Pod>) -> ObjectRef {
    workload::of(pod, &pod.metadata.labels.template_hash)
}

/// Metadata is all that a check may see of it here, and that it exists is all that is asked.
#[derive(Object)]
#[object(kind = "v1/Secret")]
pub(crate) struct Secret {}

#[derive(Object)]
#[object(kind = "v1/ConfigMap")]
pub(crate) struct ConfigMap {}

#[derive(Object)]
#[object(kind = "v1/Event")]
pub(crate) struct Event {
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) last_timestamp: Option<Timestamp>,
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) series: Option<Series>,
}

impl Event {
    /// The latest of what the two event styles write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }
}
