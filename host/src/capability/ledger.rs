//! Every request that leaves the host, by place and kind.
//!
//! A path is written without its query: continue tokens and search texts are not what an auditor counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::report::model::EgressRow;

/// Distinct rows. A run has a few hundred; beyond this they are counted under one path, so that object names in paths
/// (pod logs) cannot grow the ledger without end.
const MAX_ROWS: usize = 2_000;

/// The egress of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    rows: Mutex<BTreeMap<(String, String, String), EgressRow>>,
}

/// One request and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// `https://10.0.0.1:6443`.
    pub origin: &'a str,
    pub method: &'a str,
    /// What follows a `?` is dropped.
    pub path: &'a str,
    pub bytes_out: u64,
    pub bytes_in: u64,
    /// `None` where no answer came.
    pub status: Option<u16>,
}

impl Ledger {
    /// Note one request.
    pub fn note(&self, sent: Sent<'_>) {
        let answer = sent
            .status
            .map_or_else(|| "failed".to_owned(), |status| status.to_string());
        self.note_answer(sent, answer);
    }

    /// Note one request of a protocol that has no statuses.
    pub fn note_answer(&self, sent: Sent<'_>, answer: String) {
        let path = sent.path.split('?').next().unwrap_or_default();
        let key = |path: &str| {
            (
                sent.origin.to_owned(),
                sent.method.to_owned(),
                path.to_owned(),
            )
        };
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = key(path);
        if rows.len() >= MAX_ROWS && !rows.contains_key(&at) {
            at = key("/…");
        }
        let row = rows.entry(at.clone()).or_insert_with(|| EgressRow {
            origin: at.0,
            method: at.1,
            path: at.2,
            requests: 0,
            bytes_in: 0,
            bytes_out: 0,
            answers: BTreeMap::new(),
        });
        row.requests += 1;
        row.bytes_in += sent.bytes_in;
        row.bytes_out += sent.bytes_out;
        *row.answers.entry(answer).or_default() += 1;
    }

    /// The rows so far, sorted by origin, method and path.
    pub fn rows(&self) -> Vec<EgressRow> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.values().cloned().collect()
    }

    /// Requests and bytes received so far.
    pub fn totals(&self) -> (u64, u64) {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.values().fold((0, 0), |(requests, bytes), row| {
            (requests + row.requests, bytes + row.bytes_in)
        })
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn sent(path: &str, status: Option<u16>) -> Sent<'_> {
        Sent {
            origin: "https://a",
            method: "GET",
            path,
            bytes_out: 1,
            bytes_in: 10,
            status,
        }
    }

    #[test]
    fn equal_requests_are_one_row_without_their_query() {
        let ledger = Ledger::default();
        ledger.note(sent("/pods?continue=x", Some(200)));
        ledger.note(sent("/pods?continue=y", None));
        let rows = ledger.rows();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].path, "/pods");
        assert_eq!(rows[0].answers["200"] + rows[0].answers["failed"], 2);
        assert_eq!(ledger.totals(), (2, 20));
    }

    #[test]
    fn the_ledger_is_bounded_and_loses_no_request() {
        let ledger = Ledger::default();
        for number in 0..MAX_ROWS + 50 {
            ledger.note(sent(&format!("/{number}"), Some(200)));
        }
        assert_eq!(ledger.rows().len(), MAX_ROWS + 1);
        assert_eq!(ledger.totals().0, MAX_ROWS as u64 + 50);
    }
}
