//! Declared ∩ granted for one check, and the decision on each of its calls.

use super::Grant;
use super::kubernetes::Access;
use crate::capability::{LabelMatch, Mask, Resource, TextMatch};
use crate::manifest::{KindName, Manifest, Verb};

/// A host call, as far as the decision needs it.
#[derive(Clone, Debug)]
pub enum Call<'a> {
    Get {
        kind: &'a KindName,
        namespace: Option<&'a str>,
    },
    List {
        kind: &'a KindName,
        namespace: Option<&'a str>,
    },
    Kinds,
    PodLog {
        namespace: &'a str,
    },
    Http {
        endpoint: &'a str,
        method: &'a str,
        path: &'a str,
    },
    Credential {
        endpoint: &'a str,
    },
    Logs {
        source: &'a str,
        labels: &'a [LabelMatch],
        text: &'a [TextMatch],
    },
    Metric {
        template: &'a str,
    },
    Trace {
        template: &'a str,
    },
    Network {
        host: &'a str,
    },
}

/// Namespaces that a call may see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Namespaces {
    All,
    /// Sorted, without duplicates.
    Only(Vec<String>),
}

/// What the gate says.
#[derive(Clone, Debug)]
pub enum Decision {
    Allowed(Allowed),
    Denied(Denial),
}

/// How far an allowed call reaches.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    pub resource: Option<Resource>,
    pub namespaces: Option<Namespaces>,
    /// The fields that this check sees.
    pub mask: Mask,
    pub facts: bool,
    /// Lines: tail of a pod log, limit of a log query.
    pub lines: u32,
    /// Path prefixes that a redirect may lead to.
    pub prefixes: Vec<String>,
    /// The template of a metric or trace query.
    pub query: String,
}

/// Why a call is denied, and the line that would allow it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Denial {
    /// Names the check, the call and what is missing.
    pub reason: String,
    /// A sentence that says how to allow it, with the line.
    pub hint: String,
    /// The line alone, as a row of `grants.toml` holds it; absent where no grant would help.
    pub line: Option<String>,
}

/// One list or get that the grants allow, for the run's shared view.
#[derive(Clone, Debug)]
pub struct PlannedRead {
    pub verb: Verb,
    pub resource: Resource,
    pub mask: Mask,
    pub facts: bool,
    pub namespaces: Namespaces,
}

/// The decision point of one check.
#[derive(Clone, Debug)]
pub struct Gate {
    pub(super) manifest: Manifest,
    pub(super) grant: Grant,
}

impl Gate {
    /// The gate of a check. `grant` holds all rows of the check's digest, united.
    pub fn new(manifest: Manifest, grant: Grant) -> Self {
        Self { manifest, grant }
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    pub(super) fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Whether a call may be made, and how far it reaches.
    pub fn decide(&self, call: &Call<'_>) -> Decision {
        if let Some(access) = call.access() {
            return self.decide_access(access);
        }
        match call {
            Call::PodLog { namespace } => self.decide_pod_log(namespace),
            Call::Http {
                endpoint,
                method,
                path,
            } => self.decide_http(endpoint, method, path),
            Call::Credential { endpoint } => self.decide_credential(endpoint),
            Call::Logs { source, labels, .. } => self.decide_logs(source, labels),
            Call::Metric { template } => self.decide_metric(template),
            Call::Trace { template } => self.decide_trace(template),
            Call::Network { host } => self.decide_host(host),
            Call::Kinds | Call::Get { .. } | Call::List { .. } => self.decide_kinds(),
        }
    }

    /// What of an allowed call, within the namespaces of the run's scope, is declared but withheld by a narrower grant:
    /// namespaces, fields, or the facts of Secrets. A read of which something is withheld is not complete.
    pub fn withheld(&self, call: &Call<'_>, scope: &Namespaces) -> Option<Denial> {
        if let Some(access) = call.access() {
            return self.withheld_access(access, scope);
        }
        match call {
            Call::Logs { source, labels, .. } => self.withheld_logs(source, labels, scope),
            _ => None,
        }
    }

    /// All Kubernetes reads that are declared and granted.
    pub fn reads(&self) -> Vec<PlannedRead> {
        let needs = self.manifest.kubernetes.iter();
        needs
            .flat_map(|need| self.reaches(need))
            .map(|(verb, resource, reach)| PlannedRead {
                verb,
                resource,
                mask: reach.mask,
                facts: reach.facts,
                namespaces: reach.namespaces,
            })
            .collect()
    }
}

impl<'a> Call<'a> {
    fn access(&self) -> Option<Access<'a>> {
        let (verb, kind, namespace) = match self {
            Self::Get { kind, namespace } => (Verb::Get, *kind, *namespace),
            Self::List { kind, namespace } => (Verb::List, *kind, *namespace),
            _ => return None,
        };
        Some(Access {
            verb,
            kind,
            namespace,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#[path = "gate_tests.rs"]
mod tests;
