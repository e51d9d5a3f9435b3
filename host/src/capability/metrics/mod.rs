//! Metric queries, answered by Prometheus or what speaks its language, where `bsq.toml` names an endpoint `prometheus`.
//!
//! The query arrives whole: which template it comes from and what its parameters may be is decided above.

mod prometheus;

pub use prometheus::ENDPOINT;

use super::endpoint::Endpoints;
use super::{Answer, Body, MetricsRequest};

/// Answer `Request::Metrics`.
pub async fn query(endpoints: &Endpoints, request: &MetricsRequest) -> Answer {
    let answer = prometheus::query(endpoints, request).await;
    answer.map(Body::Metrics)
}
