//! What came of a read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Coverage;

/// What came of a read: a body, or a typed reason why not.
pub type Answer = Result<Body, ReadError>;

/// The body of an answer; its case follows the request's.
///
/// Tagged from outside: serde buffers what is tagged from inside, and the raw JSON of a [`Row`] cannot pass a buffer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    List(ListPage),
    Object(Row),
    Kinds { kinds: Vec<Kind> },
    Version { version: String },
    PodLog(PodLog),
    Http(HttpAnswer),
    Credential(CredentialFacts),
    Logs(LogPage),
    Metrics(MetricsAnswer),
    Traces(TracesFound),
    Trace(TraceAnswer),
    Addresses(Addresses),
    Handshake(Handshake),
}

/// One page of a list.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListPage {
    pub rows: Vec<Row>,
    pub resource_version: String,
    /// The server's continue token.
    pub next: Option<String>,
    /// Cut at the host's cap.
    #[serde(default)]
    pub truncated: bool,
    /// Objects that did not decode and are left out.
    #[serde(default)]
    pub invalid: u32,
}

/// One object, kept as the JSON text of its pruned form.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    pub namespace: Option<Arc<str>>,
    pub name: Arc<str>,
    pub json: Box<RawValue>,
}

#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kind {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub namespaced: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PodLog {
    pub text: String,
    pub truncated: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HttpAnswer {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// Text where it is text.
    #[serde(with = "super::answer::body_text")]
    pub body: Vec<u8>,
    pub truncated: bool,
    /// How many redirects were followed.
    pub redirects: u32,
}

/// What may be known of a credential without it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CredentialFacts {
    pub kind: CredentialKind,
    /// Seconds since 1970.
    pub expires: Option<u64>,
    pub not_before: Option<u64>,
    pub issuer: Option<String>,
    pub audience: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    None,
    Jwt,
    SkBsq,
    Sk,
    Opaque,
}

impl CredentialKind {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Jwt => "jwt",
            Self::SkBsq => "sk-bsq",
            Self::Sk => "sk",
            Self::Opaque => "opaque",
        }
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogPage {
    pub streams: Vec<BTreeMap<String, String>>,
    pub lines: Vec<LogLine>,
    pub truncated: bool,
    /// `loki` or `pod-logs`.
    pub backend: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogLine {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// Index into `streams`.
    pub stream: u32,
    pub text: String,
}

/// The answer to a metric query.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MetricsAnswer {
    /// Sorted by labels.
    pub series: Vec<Series>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What it lacks, in words; nothing where it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Series {
    pub labels: BTreeMap<String, String>,
    pub points: Vec<Point>,
}

/// One value, written as a pair.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "(u64, String)", into = "(u64, String)")]
pub struct Point {
    /// Milliseconds since 1970.
    pub time: u64,
    /// As the store writes it: `1.5`, `NaN`, `+Inf`.
    pub value: String,
}

impl From<(u64, String)> for Point {
    fn from((time, value): (u64, String)) -> Self {
        Self { time, value }
    }
}

impl From<Point> for (u64, String) {
    fn from(point: Point) -> Self {
        (point.time, point.value)
    }
}

/// What a search for traces found.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TracesFound {
    /// Newest first.
    pub traces: Vec<TraceSummary>,
    /// What it lacks, in words; nothing where it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TraceSummary {
    pub id: String,
    pub root_service: String,
    pub root_name: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    pub duration_ms: u64,
    /// `matched` spans, and of each service its `spans.NAME` and `errors.NAME`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// One trace.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TraceAnswer {
    /// OpenTelemetry JSON: an object with `resourceSpans`, ids in hexadecimal.
    pub json: serde_json::Value,
    /// What it lacks, in words; nothing where it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// Where the host looks from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vantage {
    /// A pod of the cluster.
    InCluster,
    /// An operator's machine.
    Operator,
}

impl Vantage {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InCluster => "in-cluster",
            Self::Operator => "operator",
        }
    }
}

/// The addresses of a host name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Addresses {
    /// Sorted.
    pub addresses: Vec<String>,
    pub vantage: Vantage,
}

/// What a server showed of itself in a TLS handshake.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Handshake {
    /// As the server sent it, leaf first.
    pub chain: Vec<Certificate>,
    /// Nothing where the chain is trusted for the host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TlsProblem>,
    /// The address that answered.
    pub address: String,
    pub vantage: Vantage,
}

/// Why a chain is not trusted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TlsProblem {
    /// `tls-expired`, `tls-not-yet-valid`, `tls-unknown-issuer`, `tls-name` or `tls`.
    pub code: String,
    pub words: String,
}

/// One certificate of a chain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    pub names: Vec<String>,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
}

/// Why a read gave nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "kebab-case")]
pub struct ReadError {
    pub code: ErrorCode,
    /// One sentence that names the read's object and the server's own words; never a credential.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// `cause` and such.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl ReadError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
            attributes: BTreeMap::new(),
        }
    }

    /// Add the attribute `cause`.
    #[must_use]
    pub fn because(mut self, cause: &str) -> Self {
        self.attributes.insert("cause".to_owned(), cause.to_owned());
        self
    }
}

/// The codes of the contract.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// No grant allows it.
    Denied,
    /// The server said 403.
    Forbidden,
    /// The server says there is none.
    Absent,
    /// The recording lacks it.
    NotCollected,
    /// The site has not configured it.
    NotConfigured,
    /// A token or cursor is too old.
    Expired,
    TooLarge,
    Throttled,
    Timeout,
    Unavailable,
    /// The answer is not what it should be.
    Invalid,
    /// This host does not serve it.
    Unsupported,
    Other,
}

impl ErrorCode {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Forbidden => "forbidden",
            Self::Absent => "absent",
            Self::NotCollected => "not-collected",
            Self::NotConfigured => "not-configured",
            Self::Expired => "expired",
            Self::TooLarge => "too-large",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Other => "other",
        }
    }

    /// What a read that ended with this code leaves known.
    pub fn coverage(self) -> Coverage {
        match self {
            Self::Denied => Coverage::Denied,
            Self::Forbidden => Coverage::Forbidden,
            Self::Absent => Coverage::Absent,
            Self::NotCollected => Coverage::NotCollected,
            Self::NotConfigured => Coverage::NotConfigured,
            Self::Unsupported => Coverage::Unsupported,
            Self::TooLarge => Coverage::Truncated,
            Self::Invalid => Coverage::Invalid,
            Self::Expired | Self::Throttled | Self::Timeout | Self::Unavailable | Self::Other => {
                Coverage::Failed
            }
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Bodies are text nearly always; a recording that a person reads keeps them so, and the rest as base64.
mod body_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Stored {
        Text(String),
        Base64(String),
    }

    pub(super) fn serialize<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(body) {
            Ok(text) => Stored::Text(text.to_owned()).serialize(serializer),
            Err(_) => Stored::Base64(STANDARD.encode(body)).serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        match Stored::deserialize(deserializer)? {
            Stored::Text(text) => Ok(text.into_bytes()),
            Stored::Base64(text) => STANDARD.decode(text).map_err(D::Error::custom),
        }
    }
}
