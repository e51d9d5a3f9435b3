//! What is read of an application, and the questions that it answers about itself.

use bsq_sdk::prelude::*;

use crate::address;

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
pub(crate) struct SyncPolicy {
    /// Whole, since `automated: {}` says yes by being there.
    pub(crate) automated: Option<Value>,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) sync: State,
    pub(crate) health: State,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Object)]
pub(crate) struct State {
    pub(crate) status: String,
}

#[derive(Object)]
pub(crate) struct Condition {
    #[object(rename = "type")]
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

impl Application {
    /// Every source, whether the application has one or several.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let single = self
            .spec
            .source
            .iter()
            .filter(|_| self.spec.sources.is_empty());
        self.spec.sources.iter().chain(single)
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
        let is_automated = self
            .spec
            .sync_policy
            .automated
            .as_ref()
            .is_some_and(|policy| policy.get("enabled") != Some(&Value::Bool(false)));
        self.comparison_error().is_some()
            || matches!(self.status.health.status.as_str(), "Degraded" | "Missing")
            || (self.status.sync.status == "OutOfSync" && is_automated)
    }
}

impl Source {
    pub(crate) fn is_git(&self) -> bool {
        self.chart.is_empty() && !self.repo_url.starts_with("oci://")
    }

    /// Argo CD takes `HEAD` where nothing is named.
    pub(crate) fn revision(&self) -> &str {
        if self.target_revision.is_empty() {
            "HEAD"
        } else {
            &self.target_revision
        }
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

    pub(crate) fn address(&self) -> String {
        address::without_user(&self.repo_url)
    }

    /// The name of the branch or version as a subject. `argocd-apps` writes the same names, with the two around it, where
    /// it says what its findings follow from.
    pub(crate) fn at_revision(&self) -> String {
        format!("{} at {}", self.address(), self.revision())
    }

    /// The name of the path or chart as a subject.
    pub(crate) fn at_path(&self) -> String {
        format!("{}, {}", self.at_revision(), self.what())
    }

    /// What `path` or `chart` names.
    pub(crate) fn what(&self) -> String {
        match (self.chart.is_empty(), self.path.is_empty()) {
            (false, _) => format!("chart {}", self.chart),
            (true, false) => format!("path {}", self.path),
            (true, true) => "the repository's root".to_owned(),
        }
    }
}
