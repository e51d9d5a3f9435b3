//! What a check asks the world with.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::marker::PhantomData;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::host::{Host, Level, ListQuery};
use crate::input::{Input, Scope, Window};
use crate::item::Item;
use crate::object::{Decode, Json, Kind, each_item};
use crate::query::{Http, Logs, PodLogs};
use crate::reads::{Addresses, CredentialFacts, Handshake, Metrics, ServedKind, Trace, Traces};

/// The one way to the world: everything that a check reads, it reads here.
///
/// Each read needs its entry in `check.toml` and the operator's grant; without them it is an [`Error`] with the code
/// `denied`.
pub struct Context {
    host: Host,
    input: Input,
    seen: Cell<usize>,
    invalid: RefCell<BTreeMap<u32, Invalid>>,
}

/// Objects of one read that did not decode.
#[derive(Debug)]
struct Invalid {
    count: usize,
    first: String,
}

impl Context {
    pub(crate) fn new(host: Host, input: Input) -> Self {
        Self {
            host,
            input,
            seen: Cell::new(0),
            invalid: RefCell::default(),
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    // === Kubernetes

    /// Every object of a kind that scope and grants let see, to the last page.
    ///
    /// An object that does not decode is left out and counted: the host marks the read `invalid`, and the rest goes on.
    ///
    /// # Errors
    ///
    /// What the host answers: `denied`, `forbidden`, `timeout`…
    pub fn list<T: Kind>(&self) -> Result<Vec<Item<T>>> {
        self.select::<T>().list()
    }

    /// Every object of a kind in one namespace.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn list_in<T: Kind>(&self, namespace: &str) -> Result<Vec<Item<T>>> {
        self.select::<T>().in_namespace(namespace).list()
    }

    /// The objects of a kind that `keep` wants, each judged as its page is read: what it leaves is held no longer.
    ///
    /// For a check that looks for the few among ten thousand. All of them count as looked at.
    ///
    /// ```
    /// # use bsq_sdk::prelude::*;
    /// # #[derive(Object)]
    /// # #[object(kind = "v1/Pod")]
    /// # struct Pod { status: Status }
    /// # #[derive(Object)]
    /// # struct Status { phase: String }
    /// fn pending(cx: &Context) -> Result<Vec<Item<Pod>>> {
    ///     cx.list_where::<Pod>(|pod| pod.status.phase == "Pending")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn list_where<T: Kind>(&self, keep: impl FnMut(&Item<T>) -> bool) -> Result<Vec<Item<T>>> {
        self.select::<T>().list_where(keep)
    }

    /// A list with a namespace or a label selector.
    ///
    /// ```
    /// # use bsq_sdk::prelude::*;
    /// # #[derive(Object)]
    /// # #[object(kind = "v1/Pod")]
    /// # struct Pod {}
    /// fn engines(cx: &Context) -> Result<Vec<Item<Pod>>> {
    ///     cx.select::<Pod>().in_namespace("kubeai").labels("app=vllm").list()
    /// }
    /// ```
    pub fn select<T: Kind>(&self) -> Select<'_, T> {
        Select {
            cx: self,
            namespace: None,
            labels: None,
            kind: PhantomData,
        }
    }

    /// One object; an empty namespace for a cluster-scoped one.
    ///
    /// # Errors
    ///
    /// `absent` if there is none, `invalid` if it does not decode, else what the host answers.
    pub fn get<T: Kind>(&self, namespace: &str, name: &str) -> Result<Item<T>> {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let (read, json) = self.host.get::<T>(namespace, name)?;
        let decoded = serde_json::from_str(&json)
            .map_err(Error::from)
            .and_then(|object| Ok(Item::decode(object, read)?));
        self.seen.set(self.seen.get() + 1);
        decoded.map_err(|error| {
            self.note_invalid(read, error.message());
            error.with_read(read)
        })
    }

    /// The kinds that the server serves.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn kinds(&self) -> Result<Vec<ServedKind>> {
        self.host.kinds()
    }

    /// The log of a container.
    ///
    /// ```
    /// # use bsq_sdk::prelude::*;
    /// fn last_words(cx: &Context) -> Result<String> {
    ///     let log = cx.pod_log("data", "postgresql-0").container("postgresql").previous().tail(20).read()?;
    ///     Ok(log.lines().next_back().unwrap_or_default().to_owned())
    /// }
    /// ```
    pub fn pod_log(&self, namespace: &str, pod: &str) -> PodLogs<'_> {
        PodLogs::new(self, namespace, pod)
    }

    // === The other families

    /// An endpoint, by the name that `check.toml` gives it.
    pub fn http(&self, endpoint: &str) -> Http<'_> {
        Http::new(self, endpoint)
    }

    /// What may be known of an endpoint's credential.
    ///
    /// # Errors
    ///
    /// `not-configured` where the site names no such endpoint, else what the host answers.
    pub fn credential(&self, endpoint: &str) -> Result<CredentialFacts> {
        self.host.credential(endpoint)
    }

    /// Log lines, by the name that `check.toml` gives the need. The run's window is taken unless told otherwise.
    ///
    /// ```
    /// # use bsq_sdk::prelude::*;
    /// fn failed_logins(cx: &Context) -> Result<usize> {
    ///     let page = cx.logs("keycloak").label("namespace", "iam").containing(["LOGIN_ERROR"]).read()?;
    ///     Ok(page.lines.len())
    /// }
    /// ```
    pub fn logs(&self, source: &str) -> Logs<'_> {
        Logs::new(self, source)
    }

    /// A metric template of `check.toml`, for the run's moment.
    ///
    /// The host fills in the parameters, and where a parameter stands in the template says what it may be: any text in
    /// quotes after `=` or `!=`; any text, matched literally, after `=~` or `!~`, where a name that is given several
    /// times stands for any of its values; a duration in `[…]` and after `offset`; a name in `by (…)` and the like; a
    /// number or a duration after an operator. A parameter `namespace` has to lie within the run's scope.
    ///
    /// # Errors
    ///
    /// `not-configured` without a metric store, else what the host answers.
    pub fn metric(&self, template: &str, parameters: &[(&str, &str)]) -> Result<Metrics> {
        self.host.instant(template, parameters)
    }

    /// A metric template of `check.toml`, over the run's window.
    ///
    /// # Errors
    ///
    /// `not-configured` without a metric store, else what the host answers.
    pub fn metric_range(
        &self,
        template: &str,
        parameters: &[(&str, &str)],
        step_seconds: u32,
    ) -> Result<Metrics> {
        self.host.range(template, parameters, step_seconds)
    }

    /// Traces by a template of `check.toml`, within the run's window. Parameters are those of [`metric`](Self::metric).
    ///
    /// # Errors
    ///
    /// `not-configured` without a trace store, else what the host answers.
    pub fn traces(&self, template: &str, parameters: &[(&str, &str)]) -> Result<Traces> {
        self.host.search(template, parameters)
    }

    /// One trace.
    ///
    /// # Errors
    ///
    /// `absent` where there is none, else what the host answers.
    pub fn trace(&self, template: &str, id: &str) -> Result<Trace> {
        self.host.trace(template, id)
    }

    /// The addresses of a host name, from where the host runs.
    ///
    /// # Errors
    ///
    /// `absent` where the name does not exist, else what the host answers.
    pub fn resolve(&self, host: &str) -> Result<Addresses> {
        self.host.resolve(host)
    }

    /// The certificates that a server shows, from where the host runs.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn tls(&self, host: &str, port: u16) -> Result<Handshake> {
        self.host.tls(host, port)
    }

    // === What a check is told

    /// The time of the run: the same at every call, for every check, and in a replay.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let milliseconds = i64::try_from(self.host.now_ms()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(milliseconds).unwrap_or(self.input.window.end)
    }

    /// What the operator asked about.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.input.scope
    }

    /// `access`, `deployment`, `runtime` or `integration`, if the operator named one.
    #[must_use]
    pub fn symptom(&self) -> Option<&str> {
        self.input.symptom.as_deref()
    }

    /// The span of time for events, logs and metrics.
    #[must_use]
    pub fn window(&self) -> Window {
        self.input.window
    }

    /// An attribute of the input, such as a correlator's `graph`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.input
            .attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The check's settings, with the defaults of `check.toml` filled in.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use bsq_sdk::prelude::*;
    ///
    /// #[derive(Settings)]
    /// struct Tolerance { progressing_after: Duration }
    ///
    /// fn tolerance(cx: &Context) -> Result<Duration> {
    ///     Ok(cx.settings::<Tolerance>()?.progressing_after)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid` if a setting has another type.
    pub fn settings<T: Decode>(&self) -> Result<T> {
        let settings: Json<'_> = serde_json::from_str(&self.input.settings)?;
        Ok(T::decode(settings)?)
    }

    /// The settings as JSON text.
    #[must_use]
    pub fn settings_json(&self) -> &str {
        &self.input.settings
    }

    // === Talk

    /// Write a line to this check's log.
    pub fn info(&self, message: impl Display) {
        self.host.log(Level::Info, &message.to_string());
    }

    /// Write a warning to this check's log.
    pub fn warn(&self, message: impl Display) {
        self.host.log(Level::Warn, &message.to_string());
    }

    /// Write a detail to this check's log.
    pub fn debug(&self, message: impl Display) {
        self.host.log(Level::Debug, &message.to_string());
    }

    /// Say what is being done, for a terminal.
    pub fn progress(&self, message: impl Display) {
        self.host.progress(&message.to_string());
    }

    // === For the run

    /// How many objects were listed or got.
    pub(crate) fn seen(&self) -> usize {
        self.seen.get()
    }

    /// `READ:COUNT:WHAT` for each read with objects that did not decode.
    pub(crate) fn invalid(&self) -> Vec<String> {
        let invalid = self.invalid.borrow();
        invalid
            .iter()
            .map(|(read, Invalid { count, first })| format!("{read}:{count}:{first}"))
            .collect()
    }

    fn note_invalid(&self, read: u32, what: &str) {
        self.host.log(
            Level::Warn,
            &format!("read {read}: left out an object: {what}"),
        );
        let mut invalid = self.invalid.borrow_mut();
        invalid
            .entry(read)
            .or_insert_with(|| Invalid {
                count: 0,
                first: what.to_owned(),
            })
            .count += 1;
    }
}

/// A list with a namespace or a label selector.
#[must_use]
pub struct Select<'a, T> {
    cx: &'a Context,
    namespace: Option<String>,
    labels: Option<String>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Kind> Select<'_, T> {
    /// Only this namespace.
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// A label selector, as kubectl writes it: `app=web,tier!=cache`. The host evaluates it.
    pub fn labels(mut self, selector: &str) -> Self {
        self.labels = Some(selector.to_owned());
        self
    }

    /// Read it to the last page.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn list(self) -> Result<Vec<Item<T>>> {
        self.list_where(|_| true)
    }

    /// Read it to the last page, and hold only what `keep` wants.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub fn list_where(self, mut keep: impl FnMut(&Item<T>) -> bool) -> Result<Vec<Item<T>>> {
        let mut query = ListQuery {
            kind: T::KIND,
            namespace: self.namespace,
            labels: self.labels,
            cursor: None,
        };
        let mut items = Vec::new();
        loop {
            let page = self.cx.host.list::<T>(&query)?;
            let mut seen = 0;
            each_item(&page.items, |object| {
                seen += 1;
                match Item::decode(object, page.read) {
                    Ok(item) if keep(&item) => items.push(item),
                    Ok(_) => {}
                    Err(mismatch) => self
                        .cx
                        .note_invalid(page.read, &format!("{}: {mismatch}", T::KIND)),
                }
            })
            .map_err(|error| Error::from(error).with_read(page.read))?;
            self.cx.seen.set(self.cx.seen.get() + seen);
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(items),
            }
        }
    }
}
