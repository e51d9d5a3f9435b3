//! Which pods are whose. Namespaces and names are the site's, so components are known by shape: a label or the image.

use bsq_platform::condition::State;
use bsq_platform::labels::Known;
use bsq_platform::pod::{self, Status};
use bsq_platform::template::Images;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Known,
    spec: Images,
    status: Status,
}

/// Whether a pod serves a product.
pub(crate) fn serves(pod: &Item<Pod>, product: &str) -> bool {
    pod::serves(
        pod,
        &pod.metadata.labels,
        &pod.status.phase,
        &pod.spec,
        product,
    )
}

impl Pod {
    pub(crate) fn is_ready(&self) -> bool {
        self.status.is_ready()
    }

    /// Since when it is not ready, where the kubelet has said so.
    pub(crate) fn unready_since(&self) -> Option<Timestamp> {
        let ready = self.status.ready();
        ready.filter(|it| !it.is_true())?.last_transition_time
    }
}
