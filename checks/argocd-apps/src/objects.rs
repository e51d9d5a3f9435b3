//! What is read of Argo CD's objects, and the questions that one object answers about itself.

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
pub(crate) struct SyncPolicy {
    /// Whole, since `automated: {}` says yes by being there.
    pub(crate) automated: Option<Value>,
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
    pub(crate) resources: Vec<Synced>,
}

/// One resource or hook of the last operation.
#[derive(Object)]
pub(crate) struct Synced {
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
pub(crate) struct Deployed {
    pub(crate) deployed_at: Option<Timestamp>,
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
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let single = self
            .spec
            .source
            .iter()
            .filter(|_| self.spec.sources.is_empty());
        self.spec.sources.iter().chain(single)
    }

    /// Whether Argo CD syncs it by itself.
    pub(crate) fn is_automated(&self) -> bool {
        let policy = self.spec.sync_policy.automated.as_ref();
        policy.is_some_and(|policy| policy.get("enabled") != Some(&Value::Bool(false)))
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

impl Source {
    /// What `path` or `chart` names.
    pub(crate) fn what(&self) -> String {
        match (self.chart.is_empty(), self.path.is_empty()) {
            (false, _) => format!("chart {}", self.chart),
            (true, false) => format!("path {}", self.path),
            (true, true) => "the repository's root".to_owned(),
        }
    }

    /// Argo CD takes `HEAD` where nothing is named.
    pub(crate) fn revision(&self) -> &str {
        if self.target_revision.is_empty() {
            "HEAD"
        } else {
            &self.target_revision
        }
    }

    /// The names of its branch or version, and of its path or chart, as subjects: `git-source` writes the same.
    pub(crate) fn at_revision(&self) -> String {
        format!("{} at {}", self.address(), self.revision())
    }

    pub(crate) fn at_path(&self) -> String {
        format!("{}, {}", self.at_revision(), self.what())
    }

    /// The address without user and password, which some sites write into it.
    pub(crate) fn address(&self) -> String {
        without_user(&self.repo_url)
    }
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

impl Resource {
    pub(crate) fn reference(&self) -> ObjectRef {
        reference(
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
        label(&self.kind, &self.namespace, &self.name)
    }
}

impl Synced {
    pub(crate) fn reference(&self) -> ObjectRef {
        reference(
            &self.group,
            &self.version,
            &self.kind,
            &self.namespace,
            &self.name,
        )
    }

    pub(crate) fn label(&self) -> String {
        label(&self.kind, &self.namespace, &self.name)
    }
}

fn reference(group: &str, version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    let kind = if group.is_empty() {
        format!("{version}/{kind}")
    } else {
        format!("{group}/{version}/{kind}")
    };
    ObjectRef::new(&kind, name).in_namespace(namespace)
}

fn label(kind: &str, namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        format!("{kind} {name}")
    } else {
        format!("{kind} {namespace}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::without_user;

    #[test]
    fn an_address_is_told_without_its_password() {
        for (given, told) in [
            (
                "https://bot:secret@git.site.test/platform.git",
                "https://git.site.test/platform.git",
            ),
            (
                "https://git.site.test/a@b.git",
                "https://git.site.test/a@b.git",
            ),
            (
                "git@git.site.test:platform.git",
                "git@git.site.test:platform.git",
            ),
        ] {
            assert_eq!(without_user(given), told);
        }
    }
}
