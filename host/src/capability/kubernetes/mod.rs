//! Reads of a live API server.
//!
//! One [`Connection`] serves a whole run. It bounds every answer in bytes and time, retries what a server asks to be
//! retried, and says in a typed [`ReadError`] why something did not come. It shares nothing between reads: that is the
//! view's part. It never writes: no function here takes a verb but GET, the service proxy takes what the gate
//! allowed for an endpoint, and the two reviews of the user's own rights are POSTs that change nothing.
//!
//! ```text
//! Request ─► list │ object │ log │ discovery ─► send (ledger, deadline, retries) ─► kube::Client (TLS, credential)
//!                     ▲                            │
//!                   prune ◄────── frames (cap) ◄───┘
//! ```

mod ahead;
mod client;
mod config;
mod described;
mod discovery;
mod fault;
mod list;
mod log;
mod object;
mod rights;
mod sample;
mod send;
mod service;

pub(super) use log::{Tail, none_yet};

pub use config::ConnectOptions;
pub use described::Described;
pub use rights::{Access, Rules};
pub use sample::Sample;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::ahead::Ahead;
use super::ledger::Ledger;
use super::{Answer, ErrorCode, ReadError, Reads, Request, Resource};

/// How long one read may take where the operator says nothing, retries included. A page of 500 large pods takes a
/// busy server a few seconds; a check's own wall clock is longer than this.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(20);

/// Requests in flight to one API server. HTTP/1.1 has one connection for each, and its fairness queues give one user
/// a handful of seats; more would only wait there.
const REQUESTS_IN_FLIGHT: usize = 8;

/// A connection to one API server as one user.
#[derive(Clone)]
pub struct Connection {
    client: kube::Client,
    /// `https://10.0.0.1:6443`.
    origin: Arc<str>,
    ledger: Arc<Ledger>,
    deadline: Duration,
    slots: Arc<Semaphore>,
    ahead: Arc<Ahead>,
}

impl Connection {
    /// Use a client that is set up already. It must not retry by itself.
    pub fn new(
        client: kube::Client,
        origin: &str,
        ledger: Arc<Ledger>,
        deadline: Option<Duration>,
    ) -> Self {
        Self {
            client,
            origin: Arc::from(origin),
            ledger,
            deadline: deadline.unwrap_or(DEFAULT_DEADLINE),
            slots: Arc::new(Semaphore::new(REQUESTS_IN_FLIGHT)),
            ahead: Arc::default(),
        }
    }

    /// `https://10.0.0.1:6443`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn until(&self) -> Instant {
        Instant::now() + self.deadline
    }
}

#[async_trait]
impl Reads for Connection {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::List(request) => self.list(request).await,
            Request::Get(request) => self.object(request).await,
            Request::Kinds => self.kinds().await,
            Request::Version => self.version().await,
            Request::PodLog(request) => self.pod_log(request).await,
            _ => Err(ReadError::new(
                ErrorCode::Unsupported,
                "an API server does not answer this",
            )),
        }
    }
}

/// The address of a collection or an object, from names that are single path segments.
fn address(
    resource: &Resource,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<String, ReadError> {
    for segment in namespace.iter().chain(&name) {
        segment_of_path(segment)?;
    }
    Ok(resource.path(namespace, name))
}

/// Refuse what would change an address. Names have been validated where they came in; this is the last door.
fn segment_of_path(segment: &str) -> Result<(), ReadError> {
    let is_sound = !matches!(segment, "" | "." | "..")
        && segment
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_'));
    if is_sound {
        return Ok(());
    }
    Err(ReadError::new(
        ErrorCode::Invalid,
        format!("`{}` is no name of an object", segment.escape_default()),
    ))
}

/// How errors name a read: `list v1/Pod in data`.
fn describe(
    verb: &str,
    resource: &Resource,
    namespace: Option<&str>,
    name: Option<&str>,
) -> String {
    let mut text = format!("{verb} {}", resource.kind);
    if let Some(name) = name {
        text.push(' ');
        text.push_str(name);
    }
    if let Some(namespace) = namespace {
        text.push_str(" in ");
        text.push_str(namespace);
    }
    text
}

#[cfg(test)]
mod tests;
