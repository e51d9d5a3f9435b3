//! Which pods are whose. Namespaces and names are the site's, so components are known by shape: a label or the image.

use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Object)]
struct Metadata {
    labels: Labels,
}

#[derive(Object)]
struct Labels {
    app: String,
    #[object(rename = "app.kubernetes.io/name")]
    name: String,
}

#[derive(Object)]
struct Spec {
    containers: Vec<Container>,
}

#[derive(Object)]
struct Container {
    image: String,
}

#[derive(Object)]
struct Status {
    phase: String,
    conditions: Vec<Condition>,
}

#[derive(Object)]
struct Condition {
    #[object(rename = "type")]
    kind: String,
    status: String,
    last_transition_time: Option<Timestamp>,
}

/// Whether a pod serves a product. Jobs that migrate its database use its image too, and serve nobody.
pub(crate) fn serves(pod: &Item<Pod>, product: &str) -> bool {
    let labels = &pod.metadata.labels;
    let is_job = pod.owner().is_some_and(|owner| owner.kind == "Job");
    let is_over = matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
    let is_named = labels.name == product || labels.app == product;
    let mut images = pod.spec.containers.iter();
    !is_job
        && !is_over
        && (is_named || images.any(|container| image_name(&container.image) == product))
}

/// The last part of an image's name: `openfga` of `docker.io/openfga/openfga:v1.8@sha256:…`.
fn image_name(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

impl Pod {
    fn ready(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.kind == "Ready")
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready()
            .is_some_and(|condition| condition.status == "True")
    }

    /// Since when it is not ready, where the kubelet has said so.
    pub(crate) fn unready_since(&self) -> Option<Timestamp> {
        self.ready()
            .filter(|condition| condition.status != "True")?
            .last_transition_time
    }
}
