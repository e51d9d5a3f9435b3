//! Declared ∩ granted for one check, and the decision on each of its calls.

use crate::capability::{LabelMatch, Mask, Resource, TextMatch};
use crate::grant::Grant;
use crate::manifest::{KindName, Manifest};

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
}

/// Why a call is denied, and the line that would allow it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Denial {
    pub reason: String,
    pub hint: String,
}

/// The decision point of one check.
#[derive(Clone, Debug)]
pub struct Gate {
    pub(super) manifest: Manifest,
    pub(super) grant: Grant,
}
