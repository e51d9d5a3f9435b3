//! What a check says of itself: identity, needs, finding codes, limits and settings.
//!
//! `check.toml` and the custom section `bsq:manifest` hold the same words, so one set of types serves both. This module
//! knows what they mean and whether they are sound; it does not decide what is allowed (`grant`) nor what fits
//! (`component::preflight`).

pub mod fields;
pub mod host_pattern;
mod kind;
mod needs;
pub mod pages;
mod parse;
pub mod path;
mod problem;
pub mod section;
mod sound;
mod sound_needs;
pub mod template;
mod words;

pub use kind::{BadKind, KindName};
pub use needs::{HttpNeed, KubernetesNeed, LogsNeed, NetworkNeed, PodLogsNeed, TemplateNeed, Verb};
pub use problem::Problem;
pub use words::NeedInWords;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

/// The manifest of one component.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Plain for first-party checks (`pod-triage`), with its owner for others (`acme.example/pvc-age`).
    pub id: String,
    /// The crate's version.
    pub version: Version,
    /// One positive sentence: what holds when this check passes.
    pub title: String,
    #[serde(default)]
    pub symptoms: Vec<Symptom>,
    #[serde(default)]
    pub scopes: Vec<ScopeKind>,
    /// Pages that a finding may link, as paths on the documentation site.
    #[serde(default)]
    pub docs: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes: Vec<KubernetesNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pod_logs: Vec<PodLogsNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogsNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<TemplateNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TemplateNeed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<NetworkNeed>,
    #[serde(default, rename = "finding", skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingCode>,
    #[serde(default, skip_serializing_if = "LimitsWish::is_empty")]
    pub limits: LimitsWish,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Setting>,
}

/// The guide's four routes.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    Access,
    Deployment,
    Runtime,
    Integration,
}

/// The kinds of scope that a run can have.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    Platform,
    Env,
    Ns,
    Service,
    App,
}

/// Where in the platform a finding belongs.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Infrastructure,
    Network,
    Identity,
    Data,
    Workflow,
    Inference,
    Delivery,
    Observability,
    Coreai,
    Proai,
}

/// How bad a finding is: `info` leaves a pass, `low` and `medium` warn, `high` and `critical` fail.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// One code that the check may give.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FindingCode {
    /// `BSQ-POD-007`.
    pub code: String,
    /// A few words, lower case: what it means.
    pub title: String,
    pub severity: Severity,
    pub layer: Layer,
    /// What it may come from, where nothing says more. Empty: it says its cause itself, and stands for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<Follows>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub docs: Vec<String>,
}

/// How a trouble of one thing is felt by another: a finding that may come from something else says by which way.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Follows {
    /// It waits for, or calls, what does not answer.
    Service,
    /// Its images come from a registry that does not give them.
    Image,
    /// It is deployed by something that does not.
    Delivery,
    /// Requests reach it through something that does not let them.
    Exposure,
    /// It is on a node that is lost.
    Node,
    /// It needs a volume that is not there.
    Volume,
}

/// Limits that the check asks for. The operator's caps bound them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitsWish {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// Time in the component's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u32>,
    /// Time from instantiation to the answer, host calls included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u32>,
    /// Bytes handed to the component by host calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_mib: Option<u32>,
}

impl LimitsWish {
    fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// One setting that the site may give under `[checks.ID]` of `bsq.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    #[serde(rename = "type")]
    pub kind: SettingType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    pub description: String,
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingType {
    String,
    Integer,
    Number,
    Boolean,
    /// `90s`, `10m`, `1h`, `2d`.
    Duration,
    /// A list of strings.
    Strings,
}
