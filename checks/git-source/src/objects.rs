//! What is read of an application, and the questions that it answers about itself.

use bsq_platform::application::{Condition, State};
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
    pub(crate) annotations: Annotations,
    pub(crate) labels: Labels,
}

#[derive(Object)]
pub(crate) struct Annotations {
    #[object(rename = "argocd.argoproj.io/tracking-id")]
    pub(crate) tracking_id: String,
}

#[derive(Object)]
pub(crate) struct Labels {
    #[object(rename = "app.kubernetes.io/instance")]
    pub(crate) instance: String,
}

#[derive(Object)]
pub(crate) struct Spec {
    pub(crate) project: String,
    pub(crate) source: Option<Source>,
    pub(crate) sources: Vec<Source>,
    pub(crate) sync_policy: SyncPolicy,
}

#[derive(Object, PartialEq, Eq)]
pub(crate) struct Source {
    #[object(rename = "repoURL")]
    pub(crate) repo_url: String,
    pub(crate) path: String,
    pub(crate) chart: String,
    pub(crate) target_revision: String,
    pub(crate) r#ref: String,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) sync: State,
    pub(crate) health: State,
    pub(crate) conditions: Vec<Condition>,
}

impl Application {
    /// Every source, whether the application has one or several.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> + Clone {
        source::all(self.spec.source.as_ref(), &self.spec.sources)
    }

    /// The sources that are folders of a Git repository, not charts.
    pub(crate) fn git_sources(&self) -> impl Iterator<Item = &Source> {
        self.sources().filter(|source| source.is_git())
    }

    /// Why Argo CD cannot compute what should be in the cluster.
    pub(crate) fn comparison_error(&self) -> Option<&Condition> {
        let kinds = ["ComparisonError", "InvalidSpecError"];
        let conditions = self.status.conditions.iter();
        conditions
            .into_iter()
            .find(|condition| kinds.contains(&condition.kind.as_str()))
    }

    /// Whether it is in a state that a wrong source explains. Synced by hand and healthy is well.
    pub(crate) fn is_unwell(&self) -> bool {
        let is_automated = self.spec.sync_policy.is_automated();
        self.comparison_error().is_some()
            || matches!(self.status.health.status.as_str(), "Degraded" | "Missing")
            || (self.status.sync.status == "OutOfSync" && is_automated)
    }
}

impl Source {
    pub(crate) fn is_git(&self) -> bool {
        self.chart.is_empty() && !self.repo_url.starts_with("oci://")
    }

    /// Whether it only lends files, such as a chart's values, and so has no path of its own.
    pub(crate) fn is_reference(&self) -> bool {
        !self.r#ref.is_empty() && self.path.is_empty()
    }

    /// Paths are compared without the dots and slashes around them.
    pub(crate) fn folder(&self) -> &str {
        self.path
            .trim_start_matches("./")
            .trim_matches(|c| c == '/')
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
