//! What is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Mask, Resource};

/// One read, as the shared view asks for it. Equal requests are one read.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum Request {
    /// One page of a list.
    List(ListRequest),
    Get(ObjectRequest),
    /// The kinds that the server serves.
    Kinds,
    /// The server's version.
    Version,
    PodLog(PodLogRequest),
    Http(HttpRequest),
    Credential {
        endpoint: String,
    },
    Logs(LogsRequest),
    Metrics(MetricsRequest),
    /// A search for traces.
    Traces(TracesRequest),
    /// One trace.
    Trace {
        /// Hexadecimal, in lower case.
        id: String,
    },
    /// The addresses of a host name.
    Resolve {
        /// In lower case.
        host: String,
    },
    /// A TLS handshake.
    Handshake {
        host: String,
        port: u16,
    },
}

/// One page of the objects of a kind. Selectors are evaluated above, so that one list serves every check.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListRequest {
    pub resource: Resource,
    /// `None` lists the whole cluster.
    pub namespace: Option<String>,
    /// The fields that are kept; the page holds nothing else but identity.
    pub mask: Mask,
    /// Of a Secret: also its facts.
    #[serde(default)]
    pub facts: bool,
    /// The server's continue token.
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectRequest {
    pub resource: Resource,
    pub namespace: Option<String>,
    pub name: String,
    pub mask: Mask,
    #[serde(default)]
    pub facts: bool,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PodLogRequest {
    pub namespace: String,
    pub pod: String,
    pub container: Option<String>,
    pub previous: bool,
    /// RFC 3339.
    pub since: Option<String>,
    /// Lines from the end.
    pub tail: u32,
    /// Bytes at most; what lies beyond is cut and marked.
    pub limit: u64,
    /// Each line begins with its time, RFC 3339, and a space.
    #[serde(default)]
    pub timestamps: bool,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HttpRequest {
    pub endpoint: String,
    pub method: String,
    /// Relative to the endpoint's base address; validated.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Lower-case names.
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Send the endpoint's credential.
    pub with_credential: bool,
    /// Path prefixes that a redirect may lead to.
    pub prefixes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogsRequest {
    pub labels: Vec<LabelMatch>,
    pub text: Vec<TextMatch>,
    /// RFC 3339; inclusive.
    pub start: String,
    /// RFC 3339; exclusive.
    pub end: String,
    /// Newest first.
    pub backward: bool,
    /// Lines.
    pub limit: u32,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LabelMatch {
    pub name: String,
    #[serde(rename = "match")]
    pub kind: MatchKind,
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKind {
    Equal,
    NotEqual,
    OneOf,
    NoneOf,
}

/// A line must hold one of the words, or none of them where `negate` is set; case is ignored.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TextMatch {
    pub words: Vec<String>,
    pub negate: bool,
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MetricsRequest {
    /// PromQL, its parameters filled in.
    pub query: String,
    pub when: When,
}

/// The times that a metric query is evaluated at, RFC 3339.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    At(String),
    #[serde(rename_all = "kebab-case")]
    Over {
        start: String,
        end: String,
        step_seconds: u32,
    },
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TracesRequest {
    /// TraceQL, its parameters filled in.
    pub query: String,
    /// RFC 3339.
    pub start: String,
    /// RFC 3339.
    pub end: String,
}
