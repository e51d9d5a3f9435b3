//! Where Keycloak runs. Its namespace and names are the site's, so it is known by shape: a label or the image says it.

use bsq_platform::labels::Known;
use bsq_platform::pod;
use bsq_platform::template::Images;
use bsq_sdk::prelude::*;

const PRODUCT: &str = "keycloak";

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Known,
    spec: Images,
    status: Status,
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
    pods.retain(|it| pod::serves(it, &it.metadata.labels, &it.status.phase, &it.spec, PRODUCT));
    pods
}

/// The namespaces of some pods, each once.
pub(crate) fn namespaces(pods: &[Item<Pod>]) -> Vec<&str> {
    let mut namespaces: Vec<&str> = pods.iter().map(Item::namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces
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
