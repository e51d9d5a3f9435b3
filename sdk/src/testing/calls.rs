//! The calls of a check, each checked against `check.toml`, numbered and answered from the fixtures.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;
use serde_json::Value;

use super::builder::Answer;
use super::manifest::Manifest;
use super::outcome::{Coverage, Read};
use crate::error::{Error, Result};
use crate::host::Level;
use crate::input::Scope;
use crate::reads::{
    Addresses, Attributes, CredentialFacts, Handshake, Series, ServedKind, TraceSummary,
};

/// The fake host, as the rest of the crate sees it.
pub(crate) struct Host(pub(crate) Rc<RefCell<World>>);

/// Fixtures, and what the run left.
pub(crate) struct World {
    pub(crate) manifest: Manifest,
    pub(crate) now: Timestamp,
    pub(crate) scope: Scope,
    pub(crate) page_size: usize,
    pub(crate) has_log_store: bool,
    pub(crate) objects: BTreeMap<String, Vec<Value>>,
    pub(crate) kinds: Vec<ServedKind>,
    pub(crate) pod_logs: BTreeMap<(String, bool), String>,
    pub(crate) answers: BTreeMap<(String, String, String), Answer>,
    pub(crate) credentials: BTreeMap<String, CredentialFacts>,
    pub(crate) log_lines: Vec<(Timestamp, Attributes, String)>,
    pub(crate) metrics: BTreeMap<String, Vec<Series>>,
    pub(crate) traces: BTreeMap<String, Vec<TraceSummary>>,
    pub(crate) trace_bodies: BTreeMap<String, Value>,
    pub(crate) addresses: BTreeMap<String, Addresses>,
    pub(crate) handshakes: BTreeMap<String, Handshake>,
    pub(crate) failures: BTreeMap<String, Error>,
    pub(crate) truncated: BTreeSet<String>,
    pub(crate) reads: Vec<Read>,
    pub(crate) log: Vec<String>,
    pub(crate) undeclared: Vec<String>,
}

impl World {
    /// Answer one read: number it, refuse what is not declared, fail what should fail, and note its coverage.
    ///
    /// `name` is what fixtures call it, `what` what an outcome shows; a failure may be set for either.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        what: String,
        declared: bool,
        answer: impl FnOnce(&mut Self, u32) -> Result<T>,
    ) -> Result<T> {
        let number = u32::try_from(self.reads.len()).unwrap_or(u32::MAX - 1) + 1;
        self.reads.push(Read {
            number,
            what: what.clone(),
            coverage: Coverage::Complete,
        });
        let result = if !declared {
            self.undeclared.push(what.clone());
            Err(Error::new(
                "denied",
                format!("{what} is not declared in check.toml"),
            ))
        } else if let Some(error) = self.failures.get(name).or_else(|| self.failures.get(&what)) {
            Err(error.clone())
        } else {
            answer(self, number)
        };
        result.map_err(|error| {
            self.cover(number, Coverage::of(error.code()));
            error.with_read(number)
        })
    }

    /// Note what a read came to.
    pub(crate) fn cover(&mut self, number: u32, coverage: Coverage) {
        if let Some(read) = self.reads.iter_mut().find(|read| read.number == number) {
            read.coverage = coverage;
        }
    }
}

impl Host {
    pub(crate) fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
        };
        self.0.borrow_mut().log.push(format!("{level} {message}"));
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.0.borrow().now.as_millisecond()).unwrap_or_default()
    }

    #[expect(
        clippy::unused_self,
        reason = "the component's host shows it; a test has no terminal"
    )]
    pub(crate) fn progress(&self, _message: &str) {}
}
