//! `check.toml`, as far as a test needs it. Unknown keys are refused, as packing refuses them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::finding::Severity;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "the keys that a test does not read are there to be known"
)]
pub(crate) struct Manifest {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) symptoms: Vec<String>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) docs: Vec<String>,
    #[serde(default)]
    pub(crate) kubernetes: Vec<KubernetesNeed>,
    #[serde(default)]
    pub(crate) pod_logs: Vec<PodLogsNeed>,
    #[serde(default)]
    pub(crate) http: Vec<HttpNeed>,
    #[serde(default)]
    pub(crate) logs: Vec<LogsNeed>,
    #[serde(default)]
    pub(crate) metrics: Vec<TemplateNeed>,
    #[serde(default)]
    pub(crate) traces: Vec<TemplateNeed>,
    #[serde(default)]
    pub(crate) network: Vec<NetworkNeed>,
    #[serde(default)]
    pub(crate) finding: Vec<FindingCode>,
    #[serde(default)]
    pub(crate) limits: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Setting>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct KubernetesNeed {
    pub(crate) why: String,
    pub(crate) kind: String,
    pub(crate) plural: Option<String>,
    pub(crate) namespaced: Option<bool>,
    pub(crate) verbs: Vec<String>,
    #[serde(default = "everywhere")]
    pub(crate) namespaces: Vec<String>,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) facts: bool,
    #[serde(default)]
    pub(crate) fields: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct PodLogsNeed {
    pub(crate) why: String,
    #[serde(default = "everywhere")]
    pub(crate) namespaces: Vec<String>,
    #[serde(default)]
    pub(crate) tail_lines: usize,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct HttpNeed {
    pub(crate) why: String,
    pub(crate) endpoint: String,
    #[serde(default = "get_only")]
    pub(crate) methods: Vec<String>,
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct LogsNeed {
    pub(crate) name: String,
    pub(crate) why: String,
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    #[serde(default)]
    pub(crate) lines: usize,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct TemplateNeed {
    pub(crate) name: String,
    pub(crate) why: String,
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct NetworkNeed {
    pub(crate) why: String,
    pub(crate) hosts: Vec<String>,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct FindingCode {
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) severity: Level,
    pub(crate) layer: String,
    #[serde(default)]
    pub(crate) follows: Vec<String>,
    #[serde(default)]
    pub(crate) docs: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "as above")]
pub(crate) struct Setting {
    pub(crate) r#type: String,
    pub(crate) default: Option<Value>,
    #[serde(default)]
    pub(crate) description: String,
}

fn everywhere() -> Vec<String> {
    vec!["*".to_owned()]
}

fn get_only() -> Vec<String> {
    vec!["GET".to_owned()]
}

impl Manifest {
    pub(crate) fn severity(&self, code: &str) -> Option<Severity> {
        let found = self.finding.iter().find(|finding| finding.code == code)?;
        Some(match found.severity {
            Level::Info => Severity::Info,
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
            Level::Critical => Severity::Critical,
        })
    }

    pub(crate) fn has_page(&self, page: &str) -> bool {
        let page = page.split('#').next().unwrap_or(page);
        let pages = self
            .docs
            .iter()
            .chain(self.finding.iter().flat_map(|finding| &finding.docs));
        pages
            .into_iter()
            .any(|known| known.split('#').next() == Some(page))
    }

    /// The settings with the given ones over the defaults.
    pub(crate) fn settings(
        &self,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        if let Some(unknown) = given.keys().find(|name| !self.settings.contains_key(*name)) {
            return Err(format!("setting `{unknown}` is not in check.toml"));
        }
        let filled = self.settings.iter().filter_map(|(name, setting)| {
            let value = given.get(name).or(setting.default.as_ref())?;
            Some((name.clone(), value.clone()))
        });
        Ok(filled.collect())
    }
}
