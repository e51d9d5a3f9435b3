//! An object as the host reads it for itself: metadata, and the few fields of spec and status that `needs.toml` names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::run::groups::Key;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Object {
    /// Of its list; items carry none.
    #[serde(skip)]
    pub(super) kind: String,
    pub(super) metadata: Metadata,
    pub(super) spec: Value,
    pub(super) status: Value,
    /// Of a ControllerRevision.
    pub(super) revision: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) owner_references: Vec<Owner>,
    pub(super) creation_timestamp: Option<Timestamp>,
    pub(super) managed_fields: Vec<Managed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) controller: bool,
}

/// Who wrote some fields last, and when.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Managed {
    pub(super) manager: String,
    pub(super) subresource: String,
    pub(super) time: Option<Timestamp>,
}

/// One condition of a status.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) last_transition_time: Option<Timestamp>,
}

impl Object {
    pub(super) fn key(&self) -> Key {
        Key::new(
            &self.kind,
            self.metadata.namespace.as_deref(),
            &self.metadata.name,
        )
    }

    pub(super) fn owner(&self) -> Option<&Owner> {
        self.metadata
            .owner_references
            .iter()
            .find(|owner| owner.controller)
    }

    /// `iam/keycloak`, or the name alone.
    pub(super) fn name(&self) -> String {
        match &self.metadata.namespace {
            Some(namespace) => format!("{namespace}/{}", self.metadata.name),
            None => self.metadata.name.clone(),
        }
    }

    pub(super) fn conditions(&self) -> Vec<Condition> {
        // A list that is none has no condition, which is what an object without a status says too.
        let conditions = self.status.get("conditions").cloned().unwrap_or_default();
        serde_json::from_value(conditions).unwrap_or_default()
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        let (root, rest) = pointer.strip_prefix('/')?.split_once('/')?;
        let value = match root {
            "spec" => &self.spec,
            _ => &self.status,
        };
        value.pointer(&format!("/{rest}"))?.as_str()
    }

    pub(super) fn time(&self, pointer: &str) -> Option<Timestamp> {
        self.text(pointer)?.parse().ok()
    }

    /// Texts of one field in all items of a list.
    pub(super) fn texts(&self, list: &str, field: &str) -> Vec<String> {
        let items = self.spec.pointer(list).and_then(Value::as_array);
        let items = items.into_iter().flatten();
        items
            .filter_map(|item| item.pointer(field)?.as_str().map(str::to_owned))
            .collect()
    }
}
