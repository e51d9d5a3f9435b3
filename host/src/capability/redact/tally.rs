//! How often each rule found something, and where; never what.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::capability::Request;
use crate::report::model::RedactionHits;

/// Hits by place and rule.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<(String, String), u64>>);

impl Tally {
    /// Add hits of one rule in one place.
    pub(super) fn add(&self, place: &str, rule: &str, hits: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .entry((place.to_owned(), rule.to_owned()))
            .or_default() += hits;
    }

    /// All of them, by place and rule.
    pub fn rows(&self) -> Vec<RedactionHits> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |((place, rule), hits): (&(String, String), &u64)| RedactionHits {
            place: place.clone(),
            rule: rule.clone(),
            hits: *hits,
        };
        counts.iter().map(row).collect()
    }
}

/// Where a read looks: its kind or its endpoint, never a name.
pub(super) fn place(request: &Request) -> String {
    match request {
        Request::List(request) => request.resource.kind.kind.clone(),
        Request::Get(request) => request.resource.kind.kind.clone(),
        Request::Http(request) => format!("endpoint {}", request.endpoint),
        Request::Credential { endpoint } => format!("endpoint {endpoint}"),
        Request::PodLog(_) => "pod logs".to_owned(),
        Request::Logs(_) => "logs".to_owned(),
        Request::Metrics(_) => "metrics".to_owned(),
        Request::Traces(_) | Request::Trace { .. } => "traces".to_owned(),
        Request::Resolve { .. } | Request::Handshake { .. } => "network".to_owned(),
        Request::Kinds | Request::Version => "server".to_owned(),
    }
}
