//! A large platform for benchmarks: fifty namespaces of twenty Deployments with their Services.
//!
//! Each pod is about as big as those of real charts: two containers with twelve environment values, probes and a volume,
//! some 8 KB as JSON, a third of it `managedFields`. The pods are made by the real controllers and bound by the real scheduler.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::World;
use crate::runtime::wait;
use crate::wait::wait_for;

const NAMESPACES: usize = 50;
const DEPLOYMENTS_PER_NAMESPACE: usize = 20;
const NODES: usize = 27;
/// Below the API server's own limit of parallel writing requests (200), above what two cores can keep busy.
const IN_FLIGHT: usize = 32;
/// Ten thousand pods took two to four minutes on two cores.
const RUNNING_WITHIN: Duration = Duration::from_secs(1200);

/// What [`World::populate`] made, and how long it took.
#[derive(Clone, Debug)]
pub struct Population {
    /// Pods that run.
    pub pods: usize,
    /// Until all objects were created.
    pub created: Duration,
    /// Until all pods ran.
    pub running: Duration,
}

impl World {
    /// Fills the world with `pods` running pods (a multiple of 1,000) on thirty nodes, and waits until they run.
    pub fn populate(&self, pods: usize) -> Result<Population> {
        let deployments = NAMESPACES * DEPLOYMENTS_PER_NAMESPACE;
        ensure!(
            pods.is_multiple_of(deployments),
            "the number of pods is a multiple of {deployments}, not {pods}"
        );
        let start = Instant::now();
        self.add_nodes("load", NODES)?;
        let names: Vec<String> = (0..NAMESPACES)
            .map(|index| format!("load-{index:02}"))
            .collect();
        self.create_all(
            names
                .iter()
                .map(|name| ("/api/v1/namespaces".to_owned(), namespace(name)))
                .collect(),
        )?;
        let workloads = names.iter().flat_map(|name| {
            (0..DEPLOYMENTS_PER_NAMESPACE)
                .flat_map(move |index| workload(name, index, pods / deployments))
        });
        self.create_all(workloads.collect())?;
        let created = start.elapsed();
        // Counting pods reads them all, which takes two cores away from what is waited for; Deployments count theirs.
        wait_for(&format!("{pods} pods to run"), RUNNING_WITHIN, || {
            std::thread::sleep(Duration::from_secs(2));
            let ready = self.ready_replicas()?;
            ensure!(ready >= pods, "{ready} pods are ready");
            Ok(Some(()))
        })?;
        Ok(Population {
            pods,
            created,
            running: start.elapsed(),
        })
    }

    fn create_all(&self, objects: Vec<(String, Value)>) -> Result<()> {
        let api = self.admin().clone();
        wait(async move {
            stream::iter(objects)
                .map(|(path, object)| {
                    let api = api.clone();
                    async move {
                        let body = Some((object.to_string(), "application/json"));
                        api.ask_async(http::Method::POST, &path, body)
                            .await
                            .map(drop)
                    }
                })
                .buffer_unordered(IN_FLIGHT)
                .try_collect::<()>()
                .await
        })
    }

    fn ready_replicas(&self) -> Result<usize> {
        let list = self
            .admin()
            .get("/apis/apps/v1/deployments?labelSelector=bsq.test%2Fload")?;
        let items = list
            .get("items")
            .and_then(Value::as_array)
            .context("a list of Deployments has items")?;
        let ready = |item: &Value| {
            item.pointer("/status/readyReplicas")
                .and_then(Value::as_u64)
                .unwrap_or(0)
        };
        usize::try_from(items.iter().map(ready).sum::<u64>()).context("count ready pods")
    }
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// One Deployment and its Service, with the paths to create them at.
fn workload(namespace: &str, index: usize, replicas: usize) -> [(String, Value); 2] {
    let name = format!("service-{index:02}");
    let labels = json!({"app": name, "bsq.test/load": "true", "app.kubernetes.io/part-of": "load"});
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels, "annotations": {"checksum/config": "9f2c".repeat(16)}}, "spec": {
                "containers": [container("app", 8080), container("proxy", 15001)],
                "volumes": [{"name": "config", "configMap": {"name": format!("{name}-config"), "optional": true}}],
            }},
        },
    });
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    });
    [
        (
            format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
            deployment,
        ),
        (format!("/api/v1/namespaces/{namespace}/services"), service),
    ]
}

fn container(name: &str, port: u16) -> Value {
    let environment: Vec<Value> = (0..6)
        .map(|index| json!({"name": format!("SETTING_{index:02}"), "value": format!("http://backend-{index:02}.platform.svc.cluster.local:8080/v1")}))
        .collect();
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": port}, "periodSeconds": 10, "failureThreshold": 3});
    json!({
        "name": name,
        "image": format!("registry.site.test/platform/{name}:1.42.0"),
        "ports": [{"containerPort": port, "name": format!("{name}-http")}],
        "env": environment,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
        "livenessProbe": probe("/healthz"),
        "readinessProbe": probe("/readyz"),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config", "readOnly": true}],
    })
}
