//! A job, and what it says of itself: whether it failed, whose clean-up it is, whether it deals with Keycloak.

use bsq_platform::application::tracked_by;
use bsq_platform::condition::{self, Explained};
use bsq_sdk::prelude::*;

use crate::template::Template;

#[derive(Object)]
#[object(kind = "batch/v1/Job")]
pub(crate) struct Job {
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
    #[object(rename = "argocd.argoproj.io/hook")]
    pub(crate) hook: String,
    #[object(rename = "helm.sh/hook")]
    pub(crate) helm_hook: String,
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
    pub(crate) template: Template,
}

#[derive(Object)]
pub(crate) struct Status {
    pub(crate) active: i64,
    pub(crate) failed: i64,
    pub(crate) start_time: Option<Timestamp>,
    pub(crate) conditions: Vec<Explained>,
}

impl Job {
    /// The condition that says it failed for good.
    pub(crate) fn failure(&self) -> Option<&Explained> {
        condition::holding(&self.status.conditions, "Failed")
    }

    pub(crate) fn is_complete(&self) -> bool {
        condition::holding(&self.status.conditions, "Complete").is_some()
    }

    /// The annotation that makes it a clean-up, as Argo CD reads it: one value, and nothing else.
    pub(crate) fn is_clean_up(&self) -> bool {
        let annotations = &self.metadata.annotations;
        annotations.hook == "PostDelete" || annotations.helm_hook == "post-delete"
    }

    /// The application that made it, as `NAME` or `NAMESPACE_NAME`.
    pub(crate) fn application(&self) -> Option<&str> {
        let metadata = &self.metadata;
        tracked_by(&metadata.annotations.tracking_id, &metadata.labels.instance)
    }

    /// Whether it deals with Keycloak, as its name, its images or the names of its variables say.
    pub(crate) fn is_sso(&self, name: &str) -> bool {
        let is_word = |text: &str| {
            let text = text.to_lowercase();
            ["keycloak", "sso", "oidc", "kcadm"]
                .iter()
                .any(|word| text.contains(word))
        };
        let containers = || self.spec.template.containers();
        is_word(name)
            || containers().any(|it| is_word(&it.image) || is_word(&it.name))
            || containers().any(|it| it.env.iter().any(|variable| is_word(&variable.name)))
    }

    /// `1 active, 3 failed`, or how it failed.
    pub(crate) fn told(&self) -> String {
        match self.failure() {
            Some(failure) => format!("{}: {}", failure.reason, failure.message),
            None => format!(
                "{} active, {} failed",
                self.status.active, self.status.failed
            ),
        }
    }
}
