//! A namespace of one test's own in a world that others use too.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Event, LogLine, World};
use crate::wait::wait_for;

/// kwok needs a second or two for a pod; a machine that builds at the same time much longer.
const PODS_WITHIN: Duration = Duration::from_secs(60);

/// A namespace, deleted (without waiting for it) when dropped.
#[derive(Debug)]
pub struct Namespace<'world> {
    world: &'world World,
    name: String,
}

impl<'world> Namespace<'world> {
    pub(super) fn create(world: &'world World, prefix: &str) -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        world
            .admin()
            .create("/api/v1/namespaces", &object)
            .with_context(|| format!("create namespace `{name}`"))?;
        Ok(Self { world, name })
    }

    /// The namespace's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Applies manifests; objects that name no namespace land in this one.
    pub fn apply(&self, manifests: &str) -> Result<()> {
        self.pipe(&[], manifests)
    }

    /// Applies the status that manifests carry, to objects that exist here. See [`World::apply_status`].
    pub fn apply_status(&self, manifests: &str) -> Result<()> {
        self.pipe(&["--subresource=status"], manifests)
    }

    /// The API path of something here: `path("apps/v1", "deployments/web")`.
    pub fn path(&self, api_version: &str, resource: &str) -> String {
        let root = if api_version.contains('/') {
            "apis"
        } else {
            "api"
        };
        format!("/{root}/{api_version}/namespaces/{}/{resource}", self.name)
    }

    /// Reads one object or list here, as `admin`.
    pub fn get(&self, api_version: &str, resource: &str) -> Result<Value> {
        self.world.admin().get(&self.path(api_version, resource))
    }

    /// Lets a user read everything here but Secrets (the built-in role `view`).
    pub fn allow(&self, user: &str) -> Result<()> {
        let name = format!("view-{user}");
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": self.world.user(user)?.name()}],
        });
        let path = self.path(
            "rbac.authorization.k8s.io/v1",
            &format!("rolebindings/{name}"),
        );
        self.world.admin().apply(&path, &binding)?;
        // The API server's authorizer learns of bindings by a watch, a moment after the write is acknowledged.
        let api = self.world.api(user)?;
        wait_for("the new rights to hold", Duration::from_secs(10), || {
            api.get(&self.path("v1", "pods?limit=1")).map(Some)
        })?;
        Ok(())
    }

    /// Waits until `count` pods match `selector` (empty for all) and all of them fulfil `holds`; returns the pods.
    pub fn wait_for_pods(
        &self,
        selector: &str,
        count: usize,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>> {
        let path = self.path(
            "v1",
            &format!("pods?labelSelector={}", selector.replace('=', "%3D")),
        );
        wait_for(
            &format!("{count} pods `{selector}` in `{}`", self.name),
            PODS_WITHIN,
            || {
                let list = self.world.admin().get(&path)?;
                let pods = list
                    .get("items")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                let so: Vec<bool> = pods.iter().map(&holds).collect();
                ensure!(so.len() == count, "there are {} pods", so.len());
                ensure!(so.iter().all(|held| *held), "pods: {}", summary(&pods));
                Ok(Some(pods))
            },
        )
    }

    /// Waits until `count` pods match `selector` and all of them are running and ready.
    pub fn wait_for_ready_pods(&self, selector: &str, count: usize) -> Result<Vec<Value>> {
        self.wait_for_pods(selector, count, |pod| {
            condition(pod, "Ready") == Some("True")
        })
    }

    /// Records an event here. See [`Event`].
    pub fn create_event(&self, event: &Event) -> Result<()> {
        self.world.create_event(&self.name, event)
    }

    /// Gives a container its log. See [`World::set_pod_log`].
    pub fn set_pod_log(
        &self,
        pod: &str,
        container: &str,
        lines: impl IntoIterator<Item = impl Into<LogLine>>,
    ) -> Result<()> {
        self.world.set_pod_log(&self.name, pod, container, lines)
    }

    /// Gives a container the log of its previous life. See [`World::set_previous_pod_log`].
    pub fn set_previous_pod_log(
        &self,
        pod: &str,
        container: &str,
        lines: impl IntoIterator<Item = impl Into<LogLine>>,
    ) -> Result<()> {
        self.world
            .set_previous_pod_log(&self.name, pod, container, lines)
    }

    fn pipe(&self, more: &[&str], manifests: &str) -> Result<()> {
        let arguments = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "-n",
            &self.name,
            "-f",
            "-",
        ];
        self.world.pipe(&[&arguments[..], more].concat(), manifests)
    }
}

impl fmt::Display for Namespace<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        // A world that ends takes its namespaces along, so a failure here has no consequence.
        let _ = self
            .world
            .admin()
            .delete(&format!("/api/v1/namespaces/{}", self.name));
    }
}

fn condition<'pod>(pod: &'pod Value, kind: &str) -> Option<&'pod str> {
    let conditions = pod.pointer("/status/conditions")?.as_array()?;
    conditions
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))?
        .get("status")?
        .as_str()
}

/// What a failing wait shows of each pod: its name and its status.
fn summary(pods: &[Value]) -> Value {
    let line =
        |pod: &Value| json!({"name": pod.pointer("/metadata/name"), "status": pod.get("status")});
    pods.iter().map(line).collect()
}
