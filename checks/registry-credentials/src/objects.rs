//! What is read of pods, events, Secrets, service accounts and ingresses.

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
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
pub(crate) struct ContainerStatus {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) state: State,
}

#[derive(Object)]
pub(crate) struct State {
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
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    pub(crate) fn ready(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.r#type == "Ready")
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready()
            .is_some_and(|condition| condition.status == "True")
    }

    pub(crate) fn statuses(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status
            .init_container_statuses
            .iter()
            .chain(&self.status.container_statuses)
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

    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        [self.first_timestamp, self.event_time]
            .into_iter()
            .flatten()
            .min()
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
    pub(crate) rules: Vec<Rule>,
}

#[derive(Object)]
pub(crate) struct Rule {
    pub(crate) host: String,
}

/// `namespace/name`, as titles write it.
pub(crate) fn full_name<T>(item: &Item<T>) -> String {
    format!("{}/{}", item.namespace(), item.name())
}
