//! The needs of a manifest: one declared read each, with the reason that the operator reads.

use serde::{Deserialize, Serialize};

use super::KindName;

/// What may be done with a kind. There is no other verb.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    Get,
    List,
}

/// Objects of one kind, pruned to fields.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KubernetesNeed {
    pub why: String,
    pub kind: KindName,
    /// The resource's name in addresses; needed where the kind is not built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plural: Option<String>,
    /// Whether objects of a kind that is not built in live in namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaced: Option<bool>,
    pub verbs: Vec<Verb>,
    /// `*`, or names.
    #[serde(default = "every_namespace")]
    pub namespaces: Vec<String>,
    /// Field paths; identity is always included.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Of a Secret: key names, emptiness, type and the facts of a public certificate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub facts: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// Logs of containers, read through the API server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PodLogsNeed {
    pub why: String,
    #[serde(default = "every_namespace")]
    pub namespaces: Vec<String>,
    #[serde(default = "fifty_lines")]
    pub tail_lines: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// Calls to an endpoint that the site names.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpNeed {
    pub why: String,
    /// The name under `[endpoint.NAME]` of `bsq.toml`.
    pub endpoint: String,
    #[serde(default = "only_get")]
    pub methods: Vec<String>,
    /// Path prefixes of whole segments, relative to the endpoint's base address.
    pub paths: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// Log lines by structured selector.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogsNeed {
    pub name: String,
    pub why: String,
    /// Labels that its selectors may use.
    #[serde(default = "namespace_label")]
    pub labels: Vec<String>,
    #[serde(default = "thousand_lines")]
    pub lines: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// A metric or trace query with named parameters, written `${name}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TemplateNeed {
    pub name: String,
    pub why: String,
    pub query: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// Look-ups and handshakes with hosts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NetworkNeed {
    pub why: String,
    /// `*`, host names, or suffixes that begin with a dot.
    pub hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

fn every_namespace() -> Vec<String> {
    vec!["*".to_owned()]
}

fn only_get() -> Vec<String> {
    vec!["GET".to_owned()]
}

fn namespace_label() -> Vec<String> {
    vec!["namespace".to_owned()]
}

fn fifty_lines() -> u32 {
    50
}

fn thousand_lines() -> u32 {
    1000
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}
