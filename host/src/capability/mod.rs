//! The reads that the host can do, as one trait that live servers, recordings and the decorators between them share.
//!
//! ```text
//! abi ─► gate ─► View ─► Recorder ─► Redact ─► Live ─► API server, endpoints, stores, network
//!                   ├──► Replay (a recording in place of all that)
//!                   └──► Redact ─► Bundle (what another tool collected)
//! ```
//!
//! A [`Request`] says what is read, an [`Answer`] what came of it. Both are plain values that serialise, so a recording
//! is a list of pairs of them. Nothing here decides what is allowed: requests that reach this module have passed the
//! gate.

mod answer;
pub mod bundle;
mod certificate;
mod chain;
pub mod endpoint;
pub mod kubernetes;
pub mod ledger;
pub(crate) mod literal;
pub mod live;
pub mod logs;
pub mod mask;
pub mod metrics;
pub mod network;
pub mod prune;
pub mod record;
pub mod redact;
mod request;
pub mod resource;
mod store;
pub mod traces;
pub mod view;

pub use answer::{
    Addresses, Answer, Body, Certificate, CredentialFacts, CredentialKind, ErrorCode, Handshake,
    HttpAnswer, Kind, ListPage, LogLine, LogPage, MetricsAnswer, PodLog, Point, ReadError, Row,
    Series, TlsProblem, TraceAnswer, TraceSummary, TracesFound, Vantage,
};
pub use mask::Mask;
pub use request::{
    HttpRequest, LabelMatch, ListRequest, LogsRequest, MatchKind, MetricsRequest, ObjectRequest,
    PodLogRequest, Request, TextMatch, TracesRequest, When,
};
pub use resource::Resource;

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that answers reads.
#[async_trait]
pub trait Reads: Send + Sync + 'static {
    /// Answer one read. Never waits past its own deadline, and never answers with more than its own byte cap.
    async fn read(&self, request: &Request) -> Answer;
}

#[async_trait]
impl<R: Reads + ?Sized> Reads for Arc<R> {
    async fn read(&self, request: &Request) -> Answer {
        (**self).read(request).await
    }
}

/// How much of a read is known.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    Complete,
    /// The server says there is none: that is known.
    Absent,
    /// The host cut it, or a list was not drained.
    Truncated,
    /// No grant allows it.
    Denied,
    /// The cluster said 403.
    Forbidden,
    /// A recording or bundle lacks it.
    NotCollected,
    /// This host does not serve it.
    Unsupported,
    /// The site has not configured it: known.
    NotConfigured,
    Failed,
    /// It came, and did not decode.
    Invalid,
}

impl Coverage {
    /// Nothing about the read is unknown.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Complete | Self::Absent | Self::NotConfigured)
    }

    /// It is unknown because something went wrong, not because someone said no.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Invalid)
    }
}
