//! Traces, answered by Tempo where `bsq.toml` names an endpoint `tempo`.
//!
//! The query arrives whole: which template it comes from and what its parameters may be is decided above.

mod document;
mod tempo;

pub use tempo::ENDPOINT;

use super::endpoint::Endpoints;
use super::{Answer, Body, TracesRequest};

/// Answer `Request::Traces`.
pub async fn search(endpoints: &Endpoints, request: &TracesRequest) -> Answer {
    let found = tempo::search(endpoints, request).await;
    found.map(Body::Traces)
}

/// Answer `Request::Trace`.
pub async fn get(endpoints: &Endpoints, id: &str) -> Answer {
    let trace = tempo::get(endpoints, id).await;
    trace.map(Body::Trace)
}
