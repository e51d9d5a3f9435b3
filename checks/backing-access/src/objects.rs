//! What is read of pods, and of the objects that only have to be there.

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
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) optional: bool,
}

#[derive(Object)]
pub(crate) struct Volume {
    pub(crate) secret: Option<SecretVolume>,
    pub(crate) config_map: Option<Reference>,
    pub(crate) projected: Projected,
}

#[derive(Object)]
pub(crate) struct SecretVolume {
    pub(crate) secret_name: String,
    pub(crate) optional: bool,
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

#[derive(Object)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Object)]
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

impl Pod {
    /// Whether it should run: it has not ended and nobody ends it.
    pub(crate) fn is_wanted(pod: &Item<Self>) -> bool {
        !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed") && pod.deleted().is_none()
    }

    fn ready(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.r#type == "Ready")
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready()
            .is_some_and(|condition| condition.status == "True")
    }

    /// Since when it is not ready.
    pub(crate) fn unready_since(pod: &Item<Self>) -> Option<Timestamp> {
        pod.ready()
            .and_then(|ready| ready.last_transition_time)
            .or(pod.created())
    }
}

/// The workload that a person knows a pod by: a ReplicaSet's Deployment, else its controller, else itself.
pub(crate) fn workload(pod: &Item<Pod>) -> ObjectRef {
    let hash = format!("-{}", pod.metadata.labels.template_hash);
    let (kind, name) = match pod.owner() {
        Some(owner)
            if owner.kind == "ReplicaSet" && hash.len() > 1 && owner.name.ends_with(&hash) =>
        {
            (
                "apps/v1/Deployment".to_owned(),
                owner.name.trim_end_matches(&hash).to_owned(),
            )
        }
        Some(owner) => (
            format!("{}/{}", owner.api_version, owner.kind),
            owner.name.clone(),
        ),
        None => ("v1/Pod".to_owned(), pod.name().to_owned()),
    };
    ObjectRef::new(&kind, name)
        .in_namespace(pod.namespace())
        .with_read(pod.read())
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

#[derive(Object)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Object)]
pub(crate) struct Series {
    pub(crate) last_observed_time: Option<Timestamp>,
}

impl Event {
    /// The latest of what the two event styles write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        let series = self
            .series
            .as_ref()
            .and_then(|series| series.last_observed_time);
        series.max(self.event_time).max(self.last_timestamp)
    }
}

/// `namespace/name`, as titles write it.
pub(crate) fn full_name<T>(item: &Item<T>) -> String {
    format!("{}/{}", item.namespace(), item.name())
}
