//! Log lines by structured selector.
//!
//! Loki answers where `bsq.toml` names an endpoint `loki`. Where it does not, the answer is `not-configured`, and the
//! caller may read pod logs in its place ([`fallback`]), which needs a grant of its own and so is decided above.

pub mod fallback;
mod logql;
mod loki;

pub use loki::ENDPOINT;

use super::endpoint::Endpoints;
use super::{Answer, Body, LogsRequest};

/// Answer `Request::Logs` from Loki.
pub async fn query(endpoints: &Endpoints, request: &LogsRequest) -> Answer {
    loki::query(endpoints, request).await.map(Body::Logs)
}
