//! What is read of Argo CD's objects, and the questions that one object answers about itself.

use bsq_platform::application::{self, Condition, Deployed, Operation};
use bsq_platform::source::{self, Origin, SyncPolicy};
use bsq_sdk::prelude::*;

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
    pub(crate) project: String,
    pub(crate) destination: Destination,
    pub(crate) source: Option<Source>,
    pub(crate) sources: Vec<Source>,
    pub(crate) sync_policy: SyncPolicy,
}

#[derive(Object)]
pub(crate) struct Destination {
    pub(crate) namespace: String,
}

#[derive(Object)]
pub(crate) struct Source {
    #[object(rename = "repoURL")]
    pub(crate) repo_url: String,
    pub(crate) path: String,
    pub(crate) chart: String,
    pub(crate) target_revision: String,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) sync: Sync,
    pub(crate) health: Health,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) operation_state: Option<Operation>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) history: Vec<Deployed>,
}

#[derive(Object)]
pub(crate) struct Sync {
    pub(crate) status: String,
    pub(crate) revision: String,
    pub(crate) revisions: Vec<String>,
}

#[derive(Object)]
pub(crate) struct Health {
    pub(crate) status: String,
    pub(crate) message: String,
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
    /// Argo CD 3 leaves it out unless told otherwise.
    pub(crate) health: Option<ResourceHealth>,
    pub(crate) requires_pruning: bool,
    pub(crate) sync_wave: i64,
}

#[derive(Object)]
pub(crate) struct ResourceHealth {
    pub(crate) status: String,
    pub(crate) message: String,
}

#[derive(Object)]
#[object(kind = "argoproj.io/v1alpha1/AppProject")]
pub(crate) struct Project {
    pub(crate) spec: ProjectSpec,
}

#[derive(Object)]
pub(crate) struct ProjectSpec {
    pub(crate) sync_windows: Vec<SyncWindow>,
}

#[derive(Object)]
pub(crate) struct SyncWindow {
    pub(crate) kind: String,
    pub(crate) schedule: String,
    pub(crate) duration: String,
}

impl Application {
    /// Every source, whether the application has one or several.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> + Clone {
        source::all(self.spec.source.as_ref(), &self.spec.sources)
    }

    /// Whether Argo CD syncs it by itself.
    pub(crate) fn is_automated(&self) -> bool {
        self.spec.sync_policy.is_automated()
    }

    /// The first condition of one of these types.
    pub(crate) fn condition(&self, kinds: &[&str]) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| kinds.contains(&condition.kind.as_str()))
    }

    pub(crate) fn last_deployed(&self) -> Option<Timestamp> {
        self.status
            .history
            .iter()
            .filter_map(|entry| entry.deployed_at)
            .max()
    }
}

impl Origin for Source {
    fn repo_url(&self) -> &str {
        &self.repo_url
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn chart(&self) -> &str {
        &self.chart
    }

    fn target_revision(&self) -> &str {
        &self.target_revision
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

    pub(crate) fn health(&self) -> &str {
        self.health.as_ref().map_or("", |health| &health.status)
    }

    pub(crate) fn label(&self) -> String {
        self.reference().to_string()
    }
}
