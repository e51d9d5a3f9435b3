//! The questions and answers of every read but Kubernetes objects.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::object::Decode;

/// Key and value pairs that may grow.
pub type Attributes = Vec<(String, String)>;

/// A kind that the server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedKind {
    /// The API group; empty for the core.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The plural, as in a URL.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// Which log of which container. Made by [`Context::pod_log`](crate::Context::pod_log).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodLogQuery {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; absent takes the only one.
    pub container: Option<String>,
    /// The instance before the last restart.
    pub previous: bool,
    /// Lines from the end; 0 takes the number of `check.toml`.
    pub tail: u32,
}

/// The log of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodLog {
    /// The number of the read.
    pub read: u32,
    /// Its lines.
    pub text: String,
    /// The host cut it.
    pub truncated: bool,
}

impl PodLog {
    /// The lines that say something, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.lines().filter(|line| !line.trim().is_empty())
    }
}

/// A request to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    /// A name of `check.toml`.
    pub endpoint: String,
    /// Upper case.
    pub method: String,
    /// Relative to the endpoint's base address.
    pub path: String,
    /// Query parameters, not yet escaped.
    pub query: Vec<(String, String)>,
    /// Only `accept`, `accept-language`, `content-type` and `if-none-match`.
    pub headers: Vec<(String, String)>,
    /// The body of a POST.
    pub body: Option<Vec<u8>>,
    /// Open options.
    pub attributes: Attributes,
}

/// The answer of an endpoint, of any status.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// fn models(cx: &Context) -> Result<Vec<String>> {
///     #[derive(Object)]
///     struct Models { data: Vec<Model> }
///     #[derive(Object)]
///     struct Model { id: String }
///
///     let models: Models = cx.http("coreai").get("/models")?.decode()?;
///     Ok(models.data.into_iter().map(|model| model.id).collect())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub(crate) read: u32,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) truncated: bool,
    pub(crate) attributes: Attributes,
}

impl HttpResponse {
    /// The number of the read, for evidence.
    #[must_use]
    pub fn read(&self) -> u32 {
        self.read
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A status of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The host cut the body.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// What else the host says, such as `redirects`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// `invalid` if it is none: an HTML page, or cut.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let message = format!("the answer of status {} is no JSON: {error}", self.status);
            Error::new("invalid", message).with_read(self.read)
        })
    }

    /// The body as a type with `#[derive(Object)]`.
    ///
    /// # Errors
    ///
    /// `invalid` if it is no JSON or has other types.
    pub fn decode<T: Decode>(&self) -> Result<T> {
        T::decode(self.json()?).map_err(|mismatch| Error::from(mismatch).with_read(self.read))
    }
}

/// What may be known of an endpoint's credential without the credential.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFacts {
    /// The number of the read.
    pub read: u32,
    /// `none`, `jwt`, `sk-bsq`, `sk` or `opaque`.
    pub kind: String,
    /// Seconds since 1970, from a JWT.
    pub expires: Option<u64>,
    /// Seconds since 1970, from a JWT.
    pub not_before: Option<u64>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`.
    pub audience: Vec<String>,
}

/// The addresses of a host name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// The number of the read.
    pub read: u32,
    /// Sorted.
    pub addresses: Vec<String>,
    /// Where it was asked: `in-cluster` or `operator`.
    pub vantage: String,
}

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// Its subject.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// The host names that it is for.
    pub names: Vec<String>,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
}

/// A TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handshake {
    /// The number of the read.
    pub read: u32,
    /// As the server sent it, leaf first.
    pub chain: Vec<Certificate>,
    /// Empty where the chain is trusted for the host name; else `tls-expired`, `tls-not-yet-valid`, `tls-unknown-issuer`,
    /// `tls-name`, or `tls` for all else.
    pub problem: String,
    /// Where it was asked: `in-cluster` or `operator`.
    pub vantage: String,
}

/// How a label is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Is the value.
    Equal,
    /// Is not the value.
    NotEqual,
    /// Is any of the values.
    OneOf,
    /// Is none of the values.
    NoneOf,
}

/// A query of log lines. Made by [`Context::logs`](crate::Context::logs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRequest {
    /// A name of `check.toml`.
    pub source: String,
    /// Label, comparison, values.
    pub labels: Vec<(String, Match, Vec<String>)>,
    /// Words and whether none of them may occur.
    pub text: Vec<(Vec<String>, bool)>,
    /// RFC 3339.
    pub start: String,
    /// RFC 3339.
    pub end: String,
    /// Oldest first.
    pub forward: bool,
    /// Lines; 0 takes the number of `check.toml`.
    pub limit: u32,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// Index into the page's streams.
    pub stream: usize,
    /// The line.
    pub text: String,
}

/// Log lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The number of the read.
    pub read: u32,
    /// The label sets that lines refer to.
    pub streams: Vec<Attributes>,
    /// The lines.
    pub lines: Vec<LogLine>,
    /// The host cut the answer.
    pub truncated: bool,
    /// `loki` or `pod-logs`.
    pub backend: String,
}

impl LogPage {
    /// A label of a line's stream.
    #[must_use]
    pub fn label(&self, line: &LogLine, name: &str) -> Option<&str> {
        let labels = self.streams.get(line.stream)?;
        labels
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970.
    pub time: u64,
    /// As the store writes it; `NaN` and infinities are values too.
    pub value: f64,
}

/// One series of a metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Its labels.
    pub labels: Attributes,
    /// Its values, one for an instant query.
    pub points: Vec<Point>,
}

impl Series {
    /// One label; empty where there is none.
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        self.labels
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The last value.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.points.last().map(|point| point.value)
    }
}

/// The answer to a metric query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metrics {
    /// The number of the read.
    pub read: u32,
    /// The series.
    pub series: Vec<Series>,
    /// The host cut it, or the store said that it is partial.
    pub truncated: bool,
    /// What the store warned of.
    pub warnings: Vec<String>,
}

/// One trace in a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceSummary {
    /// Its id.
    pub trace_id: String,
    /// The service that it began in.
    pub root_service: String,
    /// What it began with.
    pub root_name: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// What else the store says: how many spans `matched`, and of each service its `spans.NAME` and `errors.NAME`.
    pub attributes: Attributes,
}

/// The answer to a trace search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traces {
    /// The number of the read.
    pub read: u32,
    /// What was found.
    pub traces: Vec<TraceSummary>,
    /// The host cut it.
    pub truncated: bool,
}

/// One trace, as OpenTelemetry JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The number of the read.
    pub read: u32,
    /// OpenTelemetry JSON: an object with `resourceSpans`, ids in hexadecimal.
    pub json: Value,
    /// The host cut it.
    pub truncated: bool,
}
