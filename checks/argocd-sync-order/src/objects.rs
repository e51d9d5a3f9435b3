//! What is read of applications and of what they wait for, and the questions that one object answers about itself.

use bsq_platform::application::{self, Condition, Operation, State, Step};
use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "argoproj.io/v1alpha1/Application")]
pub(crate) struct Application {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
    pub(crate) status: Status,
}

#[derive(Object)]
pub(crate) struct Metadata {
    pub(crate) finalizers: Vec<String>,
}

#[derive(Object)]
pub(crate) struct Spec {
    pub(crate) destination: Destination,
}

#[derive(Object)]
pub(crate) struct Destination {
    pub(crate) server: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) sync: State,
    pub(crate) health: Health,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) operation_state: Option<Operation>,
    pub(crate) resources: Vec<Resource>,
}

#[derive(Object)]
pub(crate) struct Health {
    pub(crate) status: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

/// One resource that the application consists of.
#[derive(Object)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) sync_wave: i64,
}

impl Application {
    pub(crate) fn is_of_this_cluster(&self) -> bool {
        let to = &self.spec.destination;
        application::is_of_this_cluster(&to.server, &to.name)
    }

    /// Whether it is in a state that a missing prerequisite explains, for longer than it may take.
    pub(crate) fn is_unwell(&self, tolerance: &Tolerance, now: Timestamp) -> bool {
        match self.status.health.status.as_str() {
            "Degraded" => true,
            "Progressing" => tolerance.is_over(now, self.unwell_since()),
            "Missing" => {
                let operation = self.status.operation_state.as_ref();
                operation.is_some_and(|it| matches!(it.phase.as_str(), "Failed" | "Error"))
            }
            _ => false,
        }
    }

    /// Older Argo CD has no transition time; what runs cannot have been progressing for longer than since the last sync.
    pub(crate) fn unwell_since(&self) -> Option<Timestamp> {
        let operation = self.status.operation_state.as_ref();
        let health = &self.status.health;
        health
            .last_transition_time
            .or_else(|| operation.and_then(|it| it.finished_at))
    }

    /// The resource of the application that a step is about.
    pub(crate) fn resource(&self, step: &Step) -> Option<&Resource> {
        self.status.resources.iter().find(|it| {
            it.kind == step.kind
                && it.name == step.name
                && it.namespace == step.namespace
                && it.group == step.group
        })
    }
}

impl Resource {
    pub(crate) fn reference(&self) -> ObjectRef {
        application::reference(
            &self.group,
            &self.version,
            &self.kind,
            &self.namespace,
            &self.name,
        )
    }
}
