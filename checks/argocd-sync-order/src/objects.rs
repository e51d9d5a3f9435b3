//! What is read of applications and of what they wait for, and the questions that one object answers about itself.

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
pub(crate) struct State {
    pub(crate) status: String,
}

#[derive(Object)]
pub(crate) struct Health {
    pub(crate) status: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
pub(crate) struct Condition {
    #[object(rename = "type")]
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
pub(crate) struct Operation {
    pub(crate) phase: String,
    pub(crate) message: String,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) retry_count: i64,
    pub(crate) sync_result: SyncResult,
}

#[derive(Object)]
pub(crate) struct SyncResult {
    pub(crate) resources: Vec<Step>,
}

/// One resource or hook of the last operation.
#[derive(Object, Clone)]
pub(crate) struct Step {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) hook_type: String,
    pub(crate) hook_phase: String,
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
    /// Whether it deploys to the cluster that is looked at. An Argo CD may deploy to others, of which nothing is read.
    pub(crate) fn is_of_this_cluster(&self) -> bool {
        let Destination { server, name, .. } = &self.spec.destination;
        let is_here =
            |server: &str| server.trim_end_matches('/') == "https://kubernetes.default.svc";
        match (server.as_str(), name.as_str()) {
            ("", "" | "in-cluster") => true,
            ("", _) => false,
            (server, _) => is_here(server),
        }
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

impl Step {
    pub(crate) fn is_hook(&self) -> bool {
        !self.hook_type.is_empty()
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.hook_phase.as_str(), "Failed" | "Error")
    }

    pub(crate) fn reference(&self) -> ObjectRef {
        reference(&self.group, &self.version, &self.kind, &self.name)
            .in_namespace(self.namespace.as_str())
    }

    /// `Job iam/superset-sso-setup`.
    pub(crate) fn label(&self) -> String {
        self.reference().to_string()
    }
}

impl Resource {
    pub(crate) fn reference(&self) -> ObjectRef {
        reference(&self.group, &self.version, &self.kind, &self.name)
            .in_namespace(self.namespace.as_str())
    }
}

fn reference(group: &str, version: &str, kind: &str, name: &str) -> ObjectRef {
    let kind = if group.is_empty() {
        format!("{version}/{kind}")
    } else {
        format!("{group}/{version}/{kind}")
    };
    ObjectRef::new(&kind, name)
}
