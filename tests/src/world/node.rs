//! Nodes that kwok plays the kubelet of.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::World;
use crate::wait::wait_for;

impl World {
    /// Adds `count` nodes `PREFIX-0`, `PREFIX-1`, … and waits until they are ready.
    pub fn add_nodes(&self, prefix: &str, count: usize) -> Result<()> {
        for index in 0..count {
            let node = node(&format!("{prefix}-{index}"), index);
            self.admin()
                .create("/api/v1/nodes", &node)
                .with_context(|| format!("create node `{prefix}-{index}`"))?;
        }
        wait_for("the nodes to be ready", Duration::from_secs(60), || {
            let list = self.admin().get("/api/v1/nodes")?;
            let nodes = list
                .get("items")
                .and_then(Value::as_array)
                .context("a list of nodes has items")?;
            let unready = nodes.iter().filter(|node| !is_ready(node)).count();
            ensure!(unready == 0, "{unready} nodes are not ready");
            Ok(Some(()))
        })
        .with_context(|| self.plane.failure("kwok"))
    }
}

/// Large enough for 10,000 pods on thirty of them, small enough that a request of 100 CPUs cannot be scheduled.
fn node(name: &str, index: usize) -> Value {
    let resources =
        json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "500Gi", "pods": "1000"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": format!("zone-{}", index % 3),
            },
        },
        "status": {
            "allocatable": resources,
            "capacity": resources,
            "nodeInfo": {"kubeletVersion": "v1.36.3", "containerRuntimeVersion": "containerd://2.1.4"},
        },
    })
}

fn is_ready(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        condition.get("type").and_then(Value::as_str) == Some("Ready")
            && condition.get("status").and_then(Value::as_str) == Some("True")
    })
}
