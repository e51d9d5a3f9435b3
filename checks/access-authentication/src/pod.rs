//! Where Keycloak runs. Its namespace and names are the site's, so it is known by shape: a label or the image says it.

use bsq_sdk::prelude::*;

const PRODUCT: &str = "keycloak";

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
}

/// The pods that serve Keycloak. Without the read there are none, and the host knows.
pub(crate) fn of_keycloak(cx: &Context) -> Vec<Item<Pod>> {
    let mut pods = cx.list::<Pod>().or_empty();
    pods.retain(serves_keycloak);
    pods
}

/// The namespaces of some pods, each once.
pub(crate) fn namespaces(pods: &[Item<Pod>]) -> Vec<&str> {
    let mut namespaces: Vec<&str> = pods.iter().map(Item::namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces
}

/// Jobs that set up clients use Keycloak's image too, and serve nobody.
fn serves_keycloak(pod: &Item<Pod>) -> bool {
    let labels = &pod.metadata.labels;
    let is_job = pod.owner().is_some_and(|owner| owner.kind == "Job");
    let is_over = matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
    let is_named = labels.name == PRODUCT || labels.app == PRODUCT;
    let images = pod.spec.containers.iter();
    let is_built = images
        .map(|container| product(&container.image))
        .any(|name| name == PRODUCT);
    !is_job && !is_over && (is_named || is_built)
}

/// The last part of an image's name: `keycloak` of `quay.io/keycloak/keycloak:26.4@sha256:…`.
fn product(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

impl Pod {
    pub(crate) fn is_ready(&self) -> bool {
        let mut conditions = self.status.conditions.iter();
        conditions.any(|condition| condition.kind == "Ready" && condition.status == "True")
    }

    /// As logs call the component.
    pub(crate) fn component(&self) -> &str {
        let labels = &self.metadata.labels;
        let named = [labels.app.as_str(), labels.name.as_str()];
        named
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(PRODUCT)
    }
}
