//! Take secrets out of texts before anyone above sees them: checks, recordings and reports alike.
//!
//! It stands between the live reads and the recorder, so that what a check sees live is what a replay shows it. Objects
//! are pruned by structure where they are decoded; here it is all text, theirs too. What is found is replaced by a mark
//! that names the rule, and counted.
//!
//! ```text
//! answer ─► texts (every text of it) ─┬► own (the host's credentials, in every form)
//!                                     ├► objects (raw JSON, string by string) ─┐
//!                                     └► lines and words ──────────────────────┴► pass ─► literals, sweep ─► rules, keys, wrapped
//! ```

mod keys;
mod lines;
mod literals;
mod objects;
mod own;
mod pass;
mod rules;
mod sweep;
mod tally;
mod texts;
mod wrapped;

#[cfg(test)]
mod tests;

pub use rules::{BadRule, OwnRule};
pub use tally::Tally;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use self::own::Cache;
use self::pass::Pass;
use self::texts::Cleaner;
use super::endpoint::Endpoints;
use super::prune::sounds_secret;
use super::{Answer, Reads, Request};
use crate::report::model::RedactionHits;

/// The rules of a run, and what they have found.
#[derive(Debug, Default)]
pub struct Redactor {
    pass: Pass,
    tally: Tally,
    is_off: bool,
}

impl Redactor {
    /// The rules of the host, and those of the site.
    pub fn new(own: Vec<OwnRule>) -> Result<Self, BadRule> {
        Ok(Self {
            pass: Pass::new(own)?,
            ..Self::default()
        })
    }

    /// Leave texts as they are, but for the host's own credentials.
    #[must_use]
    pub fn off(mut self) -> Self {
        self.is_off = true;
        self
    }

    /// Whether texts are redacted.
    pub fn is_on(&self) -> bool {
        !self.is_off
    }

    /// How often each rule found something, and where.
    pub fn hits(&self) -> Vec<RedactionHits> {
        self.tally.rows()
    }

    /// A text without what the rules know; borrowed where none applies, which is nearly always. It is not counted.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.is_on().then(|| self.pass.text(text)).flatten() {
            Some((marked, _)) => Cow::Owned(marked),
            None => Cow::Borrowed(text),
        }
    }

    /// The text of a JSON value without what the rules know; it stays JSON.
    pub fn json<'t>(&self, json: &'t str) -> Cow<'t, str> {
        match self
            .is_on()
            .then(|| objects::sweep(&self.pass, json).json)
            .flatten()
        {
            Some(marked) => Cow::Owned(marked),
            None => Cow::Borrowed(json),
        }
    }

    fn note(&self, request: &Request, hits: BTreeMap<usize, u64>) {
        if hits.is_empty() {
            return;
        }
        let place = tally::place(request);
        for (rule, hits) in hits {
            self.tally.add(&place, self.pass.name(rule), hits);
        }
    }
}

/// Reads whose texts hold no secret that a rule or an endpoint's own credential knows.
pub struct Redact<R> {
    inner: R,
    endpoints: Arc<Endpoints>,
    redactor: Arc<Redactor>,
    own: Cache,
}

impl<R: Reads> Redact<R> {
    /// Redact what `inner` answers; the credentials of the endpoints are taken out too.
    pub fn new(inner: R, endpoints: Arc<Endpoints>, redactor: Arc<Redactor>) -> Self {
        Self {
            inner,
            endpoints,
            redactor,
            own: Cache::default(),
        }
    }
}

#[async_trait]
impl<R: Reads> Reads for Redact<R> {
    async fn read(&self, request: &Request) -> Answer {
        let mut answer = self.inner.read(request).await;
        let own = self.own.of(self.endpoints.known_credentials());
        let mut cleaner = Cleaner {
            pass: self.redactor.is_on().then_some(&self.redactor.pass),
            credentials: &own,
            hits: BTreeMap::new(),
        };
        match &mut answer {
            Ok(body) => cleaner.body(body),
            Err(error) => cleaner.error(error),
        }
        self.redactor.note(request, cleaner.hits);
        answer
    }
}

/// A header or an attribute of a span whose value nobody should see.
fn names_a_secret(key: &str) -> bool {
    let is_header = |name: &str| key.to_ascii_lowercase().ends_with(name);
    sounds_secret(key) || is_header("authorization") || is_header("cookie")
}
