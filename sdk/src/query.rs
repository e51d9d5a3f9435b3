//! Questions that have options: container logs, HTTP requests, log queries.

use jiff::Timestamp;

use crate::context::Context;
use crate::error::Result;
use crate::input::Window;
use crate::reads::{HttpRequest, HttpResponse, LogPage, LogRequest, Match, PodLog, PodLogQuery};

/// The log of one container: made by [`Context::pod_log`], asked by [`PodLogs::read`].
#[must_use]
pub struct PodLogs<'a> {
    cx: &'a Context,
    query: PodLogQuery,
}

impl<'a> PodLogs<'a> {
    pub(crate) fn new(cx: &'a Context, namespace: &str, pod: &str) -> Self {
        let query = PodLogQuery {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: None,
            previous: false,
            tail: 0,
        };
        Self { cx, query }
    }

    /// The container.
    pub fn container(mut self, name: &str) -> Self {
        self.query.container = Some(name.to_owned());
        self
    }

    /// The instance before the last restart.
    pub fn previous(mut self) -> Self {
        self.query.previous = true;
        self
    }

    /// Lines from the end; `check.toml` bounds it.
    pub fn tail(mut self, lines: u32) -> Self {
        self.query.tail = lines;
        self
    }

    /// Read it.
    ///
    /// # Errors
    ///
    /// `absent` for a container that has no such instance, else what the host answers.
    pub fn read(self) -> Result<PodLog> {
        self.cx.host().pod_log(&self.query)
    }
}

/// Requests to one endpoint: made by [`Context::http`].
#[must_use]
#[derive(Clone)]
pub struct Http<'a> {
    cx: &'a Context,
    request: HttpRequest,
}

impl<'a> Http<'a> {
    pub(crate) fn new(cx: &'a Context, endpoint: &str) -> Self {
        Self {
            cx,
            request: HttpRequest {
                endpoint: endpoint.to_owned(),
                ..HttpRequest::default()
            },
        }
    }

    /// A query parameter; the host escapes it.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.request.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `accept`, `accept-language`, `content-type` or `if-none-match`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request
            .headers
            .push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without the endpoint's credential.
    pub fn anonymous(mut self) -> Self {
        self.request
            .attributes
            .push(("credential".to_owned(), "none".to_owned()));
        self
    }

    /// GET a path, relative to the endpoint's base address.
    ///
    /// # Errors
    ///
    /// `denied`, `not-configured`, or nobody answered. An answer of any status is none.
    pub fn get(self, path: &str) -> Result<HttpResponse> {
        self.send("GET", path, None)
    }

    /// HEAD a path.
    ///
    /// # Errors
    ///
    /// As [`Http::get`].
    pub fn head(self, path: &str) -> Result<HttpResponse> {
        self.send("HEAD", path, None)
    }

    /// POST JSON, where `check.toml` and the grant name the method.
    ///
    /// # Errors
    ///
    /// As [`Http::get`].
    pub fn post(self, path: &str, body: &serde_json::Value) -> Result<HttpResponse> {
        self.header("content-type", "application/json").send(
            "POST",
            path,
            Some(body.to_string().into_bytes()),
        )
    }

    fn send(mut self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<HttpResponse> {
        self.request.method = method.to_owned();
        self.request.path = path.to_owned();
        self.request.body = body;
        self.cx.host().send(&self.request)
    }
}

/// Log lines: made by [`Context::logs`], asked by [`Logs::read`].
#[must_use]
pub struct Logs<'a> {
    cx: &'a Context,
    request: LogRequest,
}

impl<'a> Logs<'a> {
    pub(crate) fn new(cx: &'a Context, source: &str) -> Self {
        let Window { start, end } = cx.window();
        let request = LogRequest {
            source: source.to_owned(),
            labels: Vec::new(),
            text: Vec::new(),
            start: start.to_string(),
            end: end.to_string(),
            forward: false,
            limit: 0,
        };
        Self { cx, request }
    }

    /// A label that must have a value. A query needs at least one label.
    pub fn label(self, name: &str, value: &str) -> Self {
        self.matching(name, Match::Equal, [value])
    }

    /// A label that must have one of these values.
    pub fn label_in<V: AsRef<str>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.matching(name, Match::OneOf, values)
    }

    /// Any comparison.
    pub fn matching<V: AsRef<str>>(
        mut self,
        name: &str,
        how: Match,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.request
            .labels
            .push((name.to_owned(), how, owned(values)));
        self
    }

    /// Lines with one of these words, whatever their case.
    pub fn containing<W: AsRef<str>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.request.text.push((owned(words), false));
        self
    }

    /// Lines with none of these words.
    pub fn without<W: AsRef<str>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.request.text.push((owned(words), true));
        self
    }

    /// Another span of time; the host narrows it to the run's window.
    pub fn between(mut self, start: Timestamp, end: Timestamp) -> Self {
        self.request.start = start.to_string();
        self.request.end = end.to_string();
        self
    }

    /// Oldest first; newest first is the default.
    pub fn oldest_first(mut self) -> Self {
        self.request.forward = true;
        self
    }

    /// How many lines; `check.toml` bounds it.
    pub fn limit(mut self, lines: u32) -> Self {
        self.request.limit = lines;
        self
    }

    /// Read them.
    ///
    /// # Errors
    ///
    /// `not-configured` without a log store, else what the host answers.
    pub fn read(self) -> Result<LogPage> {
        self.cx.host().logs(&self.request)
    }
}

fn owned<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Vec<String> {
    words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect()
}
