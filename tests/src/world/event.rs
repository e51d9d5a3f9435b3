//! Events as kubelets and controllers that are not in this world would have written them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;

/// One event about one object. Starts as a `Warning` seen once, now.
#[derive(Clone, Debug)]
pub struct Event {
    api_version: String,
    kind: String,
    name: String,
    reason: String,
    message: String,
    severity: &'static str,
    component: String,
    count: u32,
    ago: Duration,
}

impl Event {
    /// A warning about the object `kind` `name`; give its `apiVersion` by [`of`](Self::of) unless it is `v1`.
    pub fn warning(kind: &str, name: &str, reason: &str, message: &str) -> Self {
        Self {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            severity: "Warning",
            component: "kubelet".to_owned(),
            count: 1,
            ago: Duration::ZERO,
        }
    }

    /// An event of type `Normal`.
    pub fn normal(kind: &str, name: &str, reason: &str, message: &str) -> Self {
        Self {
            severity: "Normal",
            ..Self::warning(kind, name, reason, message)
        }
    }

    /// The `apiVersion` of the object the event is about.
    pub fn of(mut self, api_version: &str) -> Self {
        self.api_version = api_version.to_owned();
        self
    }

    /// Who reports it, instead of the kubelet.
    pub fn from(mut self, component: &str) -> Self {
        self.component = component.to_owned();
        self
    }

    /// How often it was seen.
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// How long before now it was last seen.
    pub fn ago(mut self, ago: Duration) -> Self {
        self.ago = ago;
        self
    }

    fn object(&self, namespace: &str) -> Result<Value> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let last = Timestamp::now()
            .checked_sub(self.ago)
            .context("an event lies before the first representable time")?;
        let last = last.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": format!("{}.{:x}", self.name, NEXT.fetch_add(1, Ordering::Relaxed)), "namespace": namespace},
            "involvedObject": {
                "apiVersion": self.api_version, "kind": self.kind, "name": self.name, "namespace": namespace,
            },
            "reason": self.reason,
            "message": self.message,
            "type": self.severity,
            "count": self.count,
            "firstTimestamp": last,
            "lastTimestamp": last,
            "source": {"component": self.component},
            "reportingComponent": self.component,
        }))
    }
}

impl World {
    /// Records an event in `namespace`.
    pub fn create_event(&self, namespace: &str, event: &Event) -> Result<()> {
        let path = format!("/api/v1/namespaces/{namespace}/events");
        self.admin()
            .create(&path, &event.object(namespace)?)
            .map(drop)
            .context("create an event")
    }
}
