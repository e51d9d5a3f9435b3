//! What is read of applications and workloads.

use bsq_platform::application::{self, Deployed, State};
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "argoproj.io/v1alpha1/Application")]
pub(crate) struct Application {
    pub(crate) spec: Spec,
    pub(crate) status: Status,
}

#[derive(Object)]
pub(crate) struct Spec {
    pub(crate) destination: Destination,
}

#[derive(Object)]
pub(crate) struct Destination {
    pub(crate) server: String,
    pub(crate) name: String,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) reconciled_at: Option<Timestamp>,
    pub(crate) sync: State,
    pub(crate) health: State,
    pub(crate) operation_state: Option<Operation>,
    pub(crate) history: Vec<Deployed>,
    pub(crate) resources: Vec<Resource>,
}

#[derive(Object)]
pub(crate) struct Operation {
    pub(crate) phase: String,
    pub(crate) finished_at: Option<Timestamp>,
}

/// One resource that the application consists of.
#[derive(Object)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) status: String,
}

#[derive(Object)]
pub(crate) struct Metadata {
    pub(crate) annotations: Annotations,
    pub(crate) labels: Labels,
    pub(crate) managed_fields: Vec<Writer>,
}

#[derive(Object, Clone)]
pub(crate) struct Annotations {
    #[object(rename = "argocd.argoproj.io/tracking-id")]
    pub(crate) tracking_id: String,
    #[object(rename = "argocd.argoproj.io/installation-id")]
    pub(crate) installation_id: String,
}

#[derive(Object, Clone)]
pub(crate) struct Labels {
    #[object(rename = "app.kubernetes.io/instance")]
    pub(crate) instance: String,
    #[object(rename = "app.kubernetes.io/managed-by")]
    pub(crate) managed_by: String,
}

/// Who wrote fields of an object, and when; not which.
#[derive(Object, Clone)]
pub(crate) struct Writer {
    pub(crate) manager: String,
    pub(crate) subresource: String,
    pub(crate) time: Option<Timestamp>,
}

/// The names of variables, never their values.
#[derive(Object)]
pub(crate) struct Template {
    pub(crate) spec: PodSpec,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) containers: Vec<Container>,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) env: Vec<Variable>,
}

#[derive(Object)]
pub(crate) struct Variable {
    pub(crate) name: String,
}

impl Application {
    pub(crate) fn is_of_this_cluster(&self) -> bool {
        let to = &self.spec.destination;
        application::is_of_this_cluster(&to.server, &to.name)
    }

    /// Whether Argo CD has ever said anything of it.
    pub(crate) fn is_looked_at(&self) -> bool {
        let status = &self.status;
        status.reconciled_at.is_some()
            || status.operation_state.is_some()
            || !status.sync.status.is_empty()
            || !status.health.status.is_empty()
    }

    /// When it last wrote to the cluster, and came to its end.
    pub(crate) fn last_synced(&self) -> Option<Timestamp> {
        let operation = self.status.operation_state.as_ref();
        let operation = operation.filter(|it| it.phase == "Succeeded");
        let deployed = self.status.history.iter().filter_map(|it| it.deployed_at);
        operation
            .and_then(|it| it.finished_at)
            .into_iter()
            .chain(deployed)
            .max()
    }
}
