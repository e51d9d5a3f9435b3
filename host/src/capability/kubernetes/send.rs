//! The one door through which requests leave: ledger, deadline, retries, and frames under a cap.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, RETRY_AFTER};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Connection, fault};
use crate::capability::ReadError;
use crate::capability::ledger::{Ledger, Sent};

/// Tries of one read. A server that is overloaded asks for patience; more tries would add to its load, and the
/// deadline of the read cuts them anyway.
const TRIES: u32 = 3;

/// Wait before the second try where the server names no time; doubled for the third.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The largest body of an answer that is no success. Its `Status` is under 2 KiB.
const MAX_REFUSAL_BYTES: u64 = 64 << 10;

/// A success whose body is still to be read.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) frames: Frames,
}

/// A body, frame by frame, under the read's deadline and cap.
pub(super) struct Frames {
    body: Body,
    what: String,
    until: Instant,
    cap: u64,
    exchange: Exchange,
    slot: OwnedSemaphorePermit,
}

/// A request in the ledger: written when it ends, however it ends.
struct Exchange {
    ledger: Arc<Ledger>,
    origin: Arc<str>,
    method: String,
    path: String,
    bytes_out: u64,
    bytes_in: u64,
    status: Option<u16>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.ledger.note(Sent {
            origin: &self.origin,
            method: &self.method,
            path: &self.path,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            status: self.status,
        });
    }
}

/// One read of an address.
pub(super) struct Get<'a> {
    /// How errors name it.
    pub(super) what: &'a str,
    pub(super) address: &'a str,
    pub(super) accept: &'static str,
    pub(super) until: Instant,
    /// Bytes of the body.
    pub(super) cap: u64,
}

impl Connection {
    /// Read an address, again where the server asks for patience or the connection is lost. Success is a 2xx.
    pub(super) async fn get(&self, get: &Get<'_>) -> Result<Reply, ReadError> {
        let mut wait = FIRST_WAIT;
        let mut tries = 1;
        loop {
            let error = match self.try_get(get).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let pause = match error.retry_after_ms {
                Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
                None if fault::is_busy(&error) => Some(wait),
                None if fault::is_lost(&error) => Some(Duration::ZERO),
                None => None,
            };
            let Some(pause) = pause.filter(|_| tries < TRIES) else {
                return Err(error);
            };
            let at = Instant::now() + pause;
            if at >= get.until {
                return Err(error);
            }
            sleep_until(at).await;
            wait *= 2;
            tries += 1;
        }
    }

    async fn try_get(&self, get: &Get<'_>) -> Result<Reply, ReadError> {
        let request = Request::get(get.address)
            .header(ACCEPT, get.accept)
            .header(ACCEPT_ENCODING, "identity")
            .body(Vec::new())
            .map_err(|error| fault::broken(get.what, &error))?;
        let mut reply = self.exchange(request, get.what, get.until, get.cap).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        reply.frames.cap = MAX_REFUSAL_BYTES;
        let body = reply.frames.whole().await.unwrap_or_default();
        let mut error = fault::refused(get.what, reply.status, &body);
        if reply.status == StatusCode::GONE {
            let next = fault::Status::parse(&body).metadata.next;
            error.attributes.insert("continue".to_owned(), next);
        }
        if fault::is_busy(&error) {
            error.retry_after_ms = retry_after(&reply.headers);
        }
        Err(error)
    }

    /// Send one request once.
    pub(super) async fn exchange(
        &self,
        request: Request<Vec<u8>>,
        what: &str,
        until: Instant,
        cap: u64,
    ) -> Result<Reply, ReadError> {
        let slot = self.slot(what, until).await?;
        let mut exchange = Exchange {
            ledger: Arc::clone(&self.ledger),
            origin: Arc::clone(&self.origin),
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            bytes_out: request.body().len() as u64,
            bytes_in: 0,
            status: None,
        };
        let sent = self.client.send(request.map(Body::from));
        let response = timeout_at(until, sent)
            .await
            .map_err(|_| fault::timed_out(what))?
            .map_err(|error| fault::broken(what, &error))?;
        let (head, body) = response.into_parts();
        exchange.status = Some(head.status.as_u16());
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            frames: Frames {
                body,
                what: what.to_owned(),
                until,
                cap,
                exchange,
                slot,
            },
        })
    }
}

impl Connection {
    async fn slot(&self, what: &str, until: Instant) -> Result<OwnedSemaphorePermit, ReadError> {
        timeout_at(until, Arc::clone(&self.slots).acquire_owned())
            .await
            .map_err(|_| fault::timed_out(what))?
            .map_err(|error| fault::broken(what, &error))
    }

    /// Read an answer that another request's slot and time brought this far.
    pub(super) async fn take_over(&self, mut reply: Reply) -> Result<Reply, ReadError> {
        let frames = &mut reply.frames;
        frames.until = self.until();
        frames.slot = self.slot(&frames.what, frames.until).await?;
        Ok(reply)
    }
}

impl Frames {
    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        loop {
            let frame = match timeout_at(self.until, self.body.frame()).await {
                Err(_) => return Err(fault::timed_out(&self.what)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(fault::broken(&self.what, &error)),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            self.exchange.bytes_in += bytes.len() as u64;
            if self.exchange.bytes_in > self.cap {
                return Err(fault::too_large(&self.what, self.cap));
            }
            return Ok(Some(bytes));
        }
    }

    /// All of it, where it is known to be small.
    pub(super) async fn whole(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }
}

/// Milliseconds; the API server gives whole seconds, never a date.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(seconds.saturating_mul(1000))
}
