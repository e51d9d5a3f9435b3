//! Applications of Argo CD: parts of their status that several checks read, and what such a part says of itself.

use bsq_sdk::prelude::*;

/// `Synced`, `Healthy`…
#[derive(Object)]
pub struct State {
    pub status: String,
}

#[derive(Object)]
pub struct Condition {
    #[object(rename = "type")]
    pub kind: String,
    pub message: String,
    pub last_transition_time: Option<Timestamp>,
}

/// The last sync, or the one that runs.
#[derive(Object)]
pub struct Operation {
    pub phase: String,
    pub message: String,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub retry_count: i64,
    pub sync_result: SyncResult,
}

#[derive(Object)]
pub struct SyncResult {
    pub resources: Vec<Step>,
}

/// One resource or hook of an operation.
#[derive(Object, Clone)]
pub struct Step {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub status: String,
    pub message: String,
    pub hook_type: String,
    pub hook_phase: String,
}

impl Step {
    #[must_use]
    pub fn is_hook(&self) -> bool {
        !self.hook_type.is_empty()
    }

    #[must_use]
    pub fn is_failed_hook(&self) -> bool {
        matches!(self.hook_phase.as_str(), "Failed" | "Error")
    }

    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        reference(
            &self.group,
            &self.version,
            &self.kind,
            &self.namespace,
            &self.name,
        )
    }

    /// `Job iam/superset-sso-setup`.
    #[must_use]
    pub fn label(&self) -> String {
        self.reference().to_string()
    }
}

/// An entry of the history.
#[derive(Object)]
pub struct Deployed {
    pub deployed_at: Option<Timestamp>,
}

/// A resource, as applications list theirs: by group, version, kind, namespace and name.
#[must_use]
pub fn reference(group: &str, version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    let kind = if group.is_empty() {
        format!("{version}/{kind}")
    } else {
        format!("{group}/{version}/{kind}")
    };
    ObjectRef::new(&kind, name).in_namespace(namespace)
}

/// A scope of one application is that application; every other scope the host has applied to the list.
#[must_use]
pub fn is_asked_for<T>(cx: &Context, application: &Item<T>) -> bool {
    cx.scope().kind != "app" || cx.scope().name == application.name()
}

/// Whether a destination is the cluster that is looked at. An Argo CD may deploy to others, of which nothing is read.
#[must_use]
pub fn is_of_this_cluster(server: &str, name: &str) -> bool {
    match (server.trim_end_matches('/'), name) {
        ("", "" | "in-cluster") => true,
        (server, _) => server == "https://kubernetes.default.svc",
    }
}

/// Which application made an object, by the annotation `tracking-id` (`NAME:GROUP/KIND:NAMESPACE/NAME`), else by the label
/// `app.kubernetes.io/instance`.
#[must_use]
pub fn tracked_by<'a>(tracking_id: &'a str, instance: &'a str) -> Option<&'a str> {
    let tracked = tracking_id.split(':').next();
    tracked
        .filter(|name| !name.is_empty())
        .or(Some(instance).filter(|name| !name.is_empty()))
}
