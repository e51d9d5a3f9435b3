//! A host with answers in hand.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::calls::{Host, World};
use super::manifest::Manifest;
use super::outcome::{Coverage, Outcome, Read};
use crate::context::Context;
use crate::correlate::CheckResult;
use crate::error::{Error, Result};
use crate::input::{Input, Scope, Window};
use crate::reads::{
    Addresses, Attributes, CredentialFacts, Handshake, Series, ServedKind, TraceSummary,
};
use crate::report::Report;
use crate::run;

/// The answer of an HTTP endpoint in a test.
///
/// ```
/// use bsq_sdk::testing::Answer;
/// use serde_json::json;
///
/// let models = Answer::json(200, json!({"data": [{"id": "llama-3"}]}));
/// let portal = Answer::text(502, "<html>Bad Gateway</html>").header("server", "nginx");
/// ```
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A JSON body.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, body.to_string()).header("content-type", "application/json")
    }

    /// Any body.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into().into_bytes(),
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }
}

/// A host for a test: what the check may read, what is there, and what fails.
///
/// What cannot be read is named by the kind (`v1/Event`), by `pod-logs`, or by the name that `check.toml` gives an
/// endpoint, a log source, a metric or trace template; a host name for `network`. One call among several is named as
/// [`Read::what`] shows it: `tls portal.site.test:443`.
pub struct FakeHost {
    world: World,
    settings: Map<String, Value>,
    scope: Scope,
    symptom: Option<String>,
    window: SignedDuration,
    now: Timestamp,
    attributes: Attributes,
}

/// When no test says otherwise.
const NOW: Timestamp = Timestamp::constant(1_795_414_324, 0);

impl FakeHost {
    /// A host that enforces this `check.toml`. It is 2026-11-23T06:12:04Z, the window is one hour, the scope the platform.
    ///
    /// # Panics
    ///
    /// `check.toml` is not valid.
    #[must_use]
    #[track_caller]
    pub fn new(check_toml: &str) -> Self {
        let manifest: Manifest = match toml::from_str(check_toml) {
            Ok(manifest) => manifest,
            Err(error) => fail(&format!("check.toml: {error}")),
        };
        Self {
            world: World::new(manifest),
            settings: Map::new(),
            scope: Scope::platform(),
            symptom: None,
            window: SignedDuration::from_hours(1),
            now: NOW,
            attributes: Vec::new(),
        }
    }

    // === What is there

    /// Objects in YAML or JSON: several documents, and `kind: List`, are fine.
    ///
    /// # Panics
    ///
    /// It is not valid.
    #[must_use]
    #[track_caller]
    pub fn objects(mut self, yaml: &str) -> Self {
        let documents: Vec<Value> = match serde_saphyr::from_multiple(yaml) {
            Ok(documents) => documents,
            Err(error) => fail(&format!("objects: {error}")),
        };
        documents
            .into_iter()
            .for_each(|document| self.world.add(document));
        self
    }

    /// One object.
    #[must_use]
    pub fn object(mut self, object: Value) -> Self {
        self.world.add(object);
        self
    }

    /// A kind that the server serves, for `Context::kinds`. The kinds of objects are served anyway.
    #[must_use]
    pub fn kind(mut self, kind: ServedKind) -> Self {
        self.world.kinds.push(kind);
        self
    }

    /// The log of a container: `namespace/pod/container`.
    #[must_use]
    pub fn pod_log(mut self, container: &str, text: &str) -> Self {
        self.world
            .pod_logs
            .insert((container.to_owned(), false), text.to_owned());
        self
    }

    /// The log of a container's instance before the last restart: `namespace/pod/container`.
    #[must_use]
    pub fn previous_log(mut self, container: &str, text: &str) -> Self {
        self.world
            .pod_logs
            .insert((container.to_owned(), true), text.to_owned());
        self
    }

    /// The answer to a GET. An endpoint without any answer is not configured; a path without one answers 404.
    #[must_use]
    pub fn answer(self, endpoint: &str, path: &str, answer: Answer) -> Self {
        self.answer_to("GET", endpoint, path, answer)
    }

    /// The answer to another method.
    #[must_use]
    pub fn answer_to(mut self, method: &str, endpoint: &str, path: &str, answer: Answer) -> Self {
        self.world.answers.insert(
            (method.to_owned(), endpoint.to_owned(), path.to_owned()),
            answer,
        );
        self
    }

    /// The facts of an endpoint's credential.
    #[must_use]
    pub fn credential(mut self, endpoint: &str, facts: CredentialFacts) -> Self {
        self.world.credentials.insert(endpoint.to_owned(), facts);
        self
    }

    /// A log line of any source, at a time, with the labels of its stream. Without any line there is no log store.
    #[must_use]
    pub fn log_line(mut self, at: &str, labels: &[(&str, &str)], text: &str) -> Self {
        self.world
            .log_lines
            .push((parsed(at), owned(labels), text.to_owned()));
        self
    }

    /// A log store that holds nothing (more).
    #[must_use]
    pub fn log_store(mut self) -> Self {
        self.world.has_log_store = true;
        self
    }

    /// The answer of a metric template. Templates without one are not configured.
    #[must_use]
    pub fn metric(mut self, template: &str, series: impl IntoIterator<Item = Series>) -> Self {
        self.world
            .metrics
            .entry(template.to_owned())
            .or_default()
            .extend(series);
        self
    }

    /// The answer of a trace template. Templates without one are not configured.
    #[must_use]
    pub fn traces(
        mut self,
        template: &str,
        traces: impl IntoIterator<Item = TraceSummary>,
    ) -> Self {
        self.world
            .traces
            .entry(template.to_owned())
            .or_default()
            .extend(traces);
        self
    }

    /// A trace by its id, as OpenTelemetry JSON.
    #[must_use]
    pub fn trace(mut self, id: &str, json: Value) -> Self {
        self.world.trace_bodies.insert(id.to_owned(), json);
        self
    }

    /// The addresses of a host name. Names without any are absent.
    #[must_use]
    pub fn addresses(mut self, host: &str, addresses: &[&str]) -> Self {
        let addresses = addresses
            .iter()
            .map(|address| (*address).to_owned())
            .collect();
        let answer = Addresses {
            read: 0,
            addresses,
            vantage: "operator".to_owned(),
        };
        self.world.addresses.insert(host.to_owned(), answer);
        self
    }

    /// What a TLS handshake shows.
    #[must_use]
    pub fn handshake(mut self, host: &str, handshake: Handshake) -> Self {
        self.world.handshakes.insert(host.to_owned(), handshake);
        self
    }

    // === What fails

    /// No grant.
    #[must_use]
    pub fn denied(self, what: &str) -> Self {
        self.failed(what, Error::new("denied", format!("no grant for {what}")))
    }

    /// The cluster says 403.
    #[must_use]
    pub fn forbidden(self, what: &str) -> Self {
        self.failed(
            what,
            Error::new("forbidden", format!("the cluster forbids {what}")),
        )
    }

    /// Any other failure.
    #[must_use]
    pub fn failed(mut self, what: &str, error: Error) -> Self {
        self.world.failures.insert(what.to_owned(), error);
        self
    }

    /// The host cuts lists of this kind, or the answers of this metric or trace template; a metric store warns then.
    #[must_use]
    pub fn truncated(mut self, kind: &str) -> Self {
        self.world.truncated.insert(kind.to_owned());
        self
    }

    // === What the check is told

    /// The time of the run, RFC 3339.
    ///
    /// # Panics
    ///
    /// It is no time.
    #[must_use]
    #[track_caller]
    pub fn at(mut self, now: &str) -> Self {
        self.now = parsed(now);
        self
    }

    /// The length of the window: `1h`.
    ///
    /// # Panics
    ///
    /// It is no duration.
    #[must_use]
    #[track_caller]
    pub fn window(mut self, length: &str) -> Self {
        self.window = match length.parse() {
            Ok(length) => length,
            Err(error) => fail(&format!("window `{length}`: {error}")),
        };
        self
    }

    /// A setting; the others have the default of `check.toml`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// What the operator asked about.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The symptom that the operator named.
    #[must_use]
    pub fn symptom(mut self, symptom: &str) -> Self {
        self.symptom = Some(symptom.to_owned());
        self
    }

    /// An attribute of the input, such as a correlator's `graph`.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How many objects a page holds.
    #[must_use]
    pub fn page_size(mut self, objects: usize) -> Self {
        self.world.page_size = objects.max(1);
        self
    }

    // === Run

    /// Run the check's function.
    ///
    /// # Panics
    ///
    /// The check does what `check.toml` does not declare: reads a kind, an endpoint or a path, finds with a code or
    /// links to a page that is not in it.
    #[must_use]
    #[track_caller]
    pub fn run(self, check: impl FnOnce(&Context) -> Result<Report>) -> Outcome {
        let outcome = self.run_unchecked(check);
        let undeclared = outcome.undeclared.join("\n  ");
        if !undeclared.is_empty() {
            fail(&format!("not declared in check.toml:\n  {undeclared}"));
        }
        outcome
    }

    /// Run the function and leave what is not declared in [`Outcome::undeclared`].
    ///
    /// # Panics
    ///
    /// A setting is not in `check.toml`.
    #[must_use]
    #[track_caller]
    pub fn run_unchecked(self, check: impl FnOnce(&Context) -> Result<Report>) -> Outcome {
        let settings = match self.world.manifest.settings(&self.settings) {
            Ok(settings) => settings,
            Err(error) => fail(&error),
        };
        let input = Input {
            scope: self.scope.clone(),
            symptom: self.symptom,
            window: Window::before(self.now, self.window),
            settings: Value::Object(settings).to_string(),
            attributes: self.attributes,
        };
        let manifest = self.world.manifest.clone();
        let world = World {
            now: self.now,
            scope: self.scope,
            ..self.world
        };
        let world = Rc::new(RefCell::new(world));
        let ended = run::run(
            Host(Rc::clone(&world)),
            input,
            &|code| manifest.severity(code),
            check,
        );
        let world = world.borrow();
        Outcome::of(ended, &world)
    }

    /// Run a correlator's function. The results count as one read.
    ///
    /// # Panics
    ///
    /// As [`FakeHost::run`].
    #[must_use]
    #[track_caller]
    pub fn correlate(
        mut self,
        results: &[CheckResult],
        correlate: impl FnOnce(&Context, &[CheckResult]) -> Result<Report>,
    ) -> Outcome {
        let coverage = Coverage::Complete;
        self.world.reads.push(Read {
            number: 1,
            what: "check results".to_owned(),
            coverage,
        });
        self.run(|cx| correlate(cx, results))
    }
}

impl World {
    fn new(manifest: Manifest) -> Self {
        Self {
            manifest,
            now: NOW,
            scope: Scope::platform(),
            page_size: 500,
            has_log_store: false,
            objects: BTreeMap::new(),
            kinds: Vec::new(),
            pod_logs: BTreeMap::new(),
            answers: BTreeMap::new(),
            credentials: BTreeMap::new(),
            log_lines: Vec::new(),
            metrics: BTreeMap::new(),
            traces: BTreeMap::new(),
            trace_bodies: BTreeMap::new(),
            addresses: BTreeMap::new(),
            handshakes: BTreeMap::new(),
            failures: BTreeMap::new(),
            truncated: BTreeSet::new(),
            reads: Vec::new(),
            log: Vec::new(),
            undeclared: Vec::new(),
        }
    }
}

#[track_caller]
fn parsed(time: &str) -> Timestamp {
    match time.parse() {
        Ok(time) => time,
        Err(error) => fail(&format!("time `{time}`: {error}")),
    }
}

fn owned(labels: &[(&str, &str)]) -> Attributes {
    labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A test that is set up wrongly ends here.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "only tests call it, and a panic is how a test fails"
)]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
