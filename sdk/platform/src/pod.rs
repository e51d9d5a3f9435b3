//! Pods: whether one has ended, is ready or ends again and again, and which product it serves.

use bsq_sdk::prelude::*;

use crate::condition::{self, Condition, State};
use crate::image;
use crate::labels::Names;
use crate::template::Images;

/// Restarts from which a container that waits to be restarted does not just start badly.
const MANY_RESTARTS: i64 = 3;

#[derive(Object)]
pub struct Status {
    pub phase: String,
    pub conditions: Vec<Condition>,
}

/// The same, with what tells a pod that ends again and again.
#[derive(Object)]
pub struct Running {
    pub phase: String,
    pub conditions: Vec<Condition>,
    pub container_statuses: Vec<Container>,
    pub init_container_statuses: Vec<Container>,
}

#[derive(Object)]
pub struct Container {
    restart_count: i64,
    state: ContainerState,
}

#[derive(Object)]
struct ContainerState {
    waiting: Option<Waiting>,
}

#[derive(Object)]
struct Waiting {
    reason: String,
}

impl Container {
    /// It ends again and again, so the pod's readiness may be young and its failure is not.
    #[must_use]
    pub fn is_looping(&self) -> bool {
        let waiting = self.state.waiting.as_ref();
        self.restart_count >= MANY_RESTARTS
            && waiting.is_some_and(|it| it.reason == "CrashLoopBackOff")
    }
}

impl Status {
    #[must_use]
    pub fn has_ended(&self) -> bool {
        has_ended(&self.phase)
    }

    #[must_use]
    pub fn ready(&self) -> Option<&Condition> {
        ready(&self.conditions)
    }

    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready().is_some_and(State::is_true)
    }
}

impl Running {
    #[must_use]
    pub fn has_ended(&self) -> bool {
        has_ended(&self.phase)
    }

    /// Whether it ends again and again: then it may have been ready a moment ago, and serves nobody all the same.
    #[must_use]
    pub fn is_looping(&self) -> bool {
        let mut containers = self
            .init_container_statuses
            .iter()
            .chain(&self.container_statuses);
        containers.any(Container::is_looping)
    }
}

/// Whether a pod in this phase has ended for good, so that it serves nobody and waits for nothing.
#[must_use]
pub fn has_ended(phase: &str) -> bool {
    matches!(phase, "Succeeded" | "Failed")
}

/// The condition that says whether a pod is ready.
#[must_use]
pub fn ready<C: State>(conditions: &[C]) -> Option<&C> {
    condition::find(conditions, "Ready")
}

/// Whether a pod with these conditions serves. One that is being deleted serves nobody any more, whatever they still say.
#[must_use]
pub fn is_ready<T, C: State>(pod: &Item<T>, conditions: &[C]) -> bool {
    pod.deleted().is_none() && ready(conditions).is_some_and(State::is_true)
}

/// Since when a pod has not been ready: its condition, else its deletion, else its beginning.
#[must_use]
pub fn unready_since<T, C: State>(pod: &Item<T>, conditions: &[C]) -> Option<Timestamp> {
    let condition = ready(conditions).filter(|it| !it.is_true());
    condition
        .and_then(State::since)
        .or(pod.deleted())
        .or(pod.created())
}

/// Whether a pod serves a product, by a label or an image. Jobs that set up or migrate something use its image too, and
/// serve nobody.
#[must_use]
pub fn serves<T>(
    pod: &Item<T>,
    labels: &Names,
    phase: &str,
    containers: &Images,
    product: &str,
) -> bool {
    let is_job = pod.owner().is_some_and(|owner| owner.kind == "Job");
    let is_named = labels.name == product || labels.app == product;
    let is_built = || containers.all().any(|it| image::name(it) == product);
    !is_job && !has_ended(phase) && (is_named || is_built())
}
