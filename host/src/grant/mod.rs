//! What the operator allows, and the one decision point that every host call passes.
//!
//! A [`Grant`] is a row of `grants.toml` or of the lock. It is bound to a digest, never to a self-claimed id alone.
//! [`Gate`] holds declared ∩ granted for one check and decides each [`Call`]; it reads nothing and does nothing.

mod denial;
mod endpoints;
mod excess;
mod fields;
mod file;
mod gate;
mod kubernetes;
mod namespaces;
mod needs;
mod words;

pub use excess::excess;
pub use file::{Grants, Origin, declared, whole};
pub use gate::{Allowed, Call, Decision, Denial, Gate, Namespaces, PlannedRead};
pub use words::in_words;

use serde::{Deserialize, Serialize};

use crate::manifest::{KindName, Verb};

/// A grants file or a lock.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GrantFile {
    #[serde(default, rename = "check")]
    pub rows: Vec<Grant>,
}

/// What one component may read.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// `sha256:…` of the component. A row without one (the reviewed grants of the repository) grants nothing until the
    /// build binds it to a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// For the reader; with a digest it grants nothing by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes: Vec<KubernetesGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pod_logs: Vec<PodLogsGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogsGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<TemplateGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TemplateGrant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<NetworkGrant>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KubernetesGrant {
    pub kind: KindName,
    /// `*`, or names. A kind that lives in no namespace needs none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Absent: the declared verbs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbs: Option<Vec<Verb>>,
    /// Absent: the declared fields; else only those of them that lie within these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Of a Secret: its facts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub facts: bool,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PodLogsGrant {
    pub namespaces: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpGrant {
    pub endpoint: String,
    /// Absent: GET.
    #[serde(default = "only_get")]
    pub methods: Vec<String>,
    /// Path prefixes of whole segments.
    pub paths: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogsGrant {
    /// The manifest's name of the need.
    pub name: String,
    /// Values that the selector's `namespace` label may take: `*`, or names.
    pub namespaces: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TemplateGrant {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NetworkGrant {
    /// `*`, host names, or suffixes that begin with a dot.
    pub hosts: Vec<String>,
}

fn only_get() -> Vec<String> {
    vec!["GET".to_owned()]
}
