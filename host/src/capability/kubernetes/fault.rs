//! What a server or the way to it says, as typed errors.

use std::error::Error;
use std::io;

use http::StatusCode;
use serde::Deserialize;

use crate::capability::chain::chain;
use crate::capability::prune::ListFault;
use crate::capability::{ErrorCode, ReadError};

/// Longest message of a server that is passed on, in characters. Its own are a sentence; a hostile one has no end.
const MAX_MESSAGE: usize = 500;

/// The cause of an answer 429 or 503.
const BUSY: &str = "server-busy";

/// The body of an answer that is no success.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) metadata: StatusMetadata,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct StatusMetadata {
    /// With 410: a token with which the list goes on, on newer objects.
    #[serde(default, rename = "continue")]
    pub(super) next: String,
}

impl Status {
    /// From a body that may be anything.
    pub(super) fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

/// An answer that is no success.
pub(super) fn refused(what: &str, code: StatusCode, body: &[u8]) -> ReadError {
    let status = Status::parse(body);
    let said = if status.message.is_empty() {
        format!("the server answered {code}")
    } else {
        format!("the server says: {}", cut(&status.message))
    };
    let error = |kind| ReadError::new(kind, format!("{what}: {said}"));
    match code.as_u16() {
        401 => ReadError::new(
            ErrorCode::Other,
            format!("{what}: the server does not accept the kubeconfig's credential (401)"),
        )
        .because("unauthorized"),
        403 => error(ErrorCode::Forbidden),
        404 => error(ErrorCode::Absent),
        410 => error(ErrorCode::Expired),
        413 => error(ErrorCode::TooLarge),
        429 => error(ErrorCode::Throttled).because(BUSY),
        503 => error(ErrorCode::Unavailable).because(BUSY),
        504 => error(ErrorCode::Timeout),
        300..=399 => error(ErrorCode::Invalid).because("redirect"),
        400..=499 => error(ErrorCode::Invalid),
        _ => error(ErrorCode::Unavailable),
    }
}

/// The deadline passed.
pub(super) fn timed_out(what: &str) -> ReadError {
    ReadError::new(
        ErrorCode::Timeout,
        format!("{what}: the server did not answer in time"),
    )
}

/// The request or its answer broke on the way.
pub(super) fn broken(what: &str, error: &(dyn Error + 'static)) -> ReadError {
    let (cause, said) = way(error);
    ReadError::new(ErrorCode::Unavailable, format!("{what}: {said}")).because(cause)
}

/// The server asks to come back later.
pub(super) fn is_busy(error: &ReadError) -> bool {
    error
        .attributes
        .get("cause")
        .is_some_and(|cause| cause == BUSY)
}

/// The connection was lost before anything was answered, so that asking once more is no harm and may help.
pub(super) fn is_lost(error: &ReadError) -> bool {
    let cause = error.attributes.get("cause").map(String::as_str);
    matches!(cause, Some("connection-reset" | "connection-closed"))
}

/// The text of a list is none.
pub(super) fn unreadable(what: &str, fault: ListFault) -> ReadError {
    let (code, cause) = match fault {
        ListFault::Html => (ErrorCode::Invalid, "html"),
        ListFault::NotJson => (ErrorCode::Invalid, "not-json"),
        ListFault::NotAList => (ErrorCode::Invalid, "no-list"),
        ListFault::Cut => (ErrorCode::Invalid, "half-answer"),
        ListFault::ObjectTooLarge => (ErrorCode::TooLarge, "object-too-large"),
    };
    ReadError::new(code, format!("{what}: {fault}")).because(cause)
}

/// More than may be read.
pub(super) fn too_large(what: &str, cap: u64) -> ReadError {
    let mib = cap >> 20;
    ReadError::new(
        ErrorCode::TooLarge,
        format!("{what}: the server's answer is larger than {mib} MiB"),
    )
    .because("answer-too-large")
}

/// Cause and words for an error of the transport.
fn way(error: &(dyn Error + 'static)) -> (&'static str, &'static str) {
    let found = chain(error).into_iter().find_map(link);
    found.unwrap_or(("transport", "the request failed on its way"))
}

fn link(error: &(dyn Error + 'static)) -> Option<(&'static str, &'static str)> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(tls(error));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return socket(error.kind());
    }
    // These have no public type.
    let text = error.to_string();
    if text.contains("dns error") {
        return Some(("dns", "the server's name does not resolve"));
    }
    (text.contains("before message completed") || text.contains("end of file before message"))
        .then_some((
            "connection-closed",
            "the server closed the connection in the middle",
        ))
}

fn socket(kind: io::ErrorKind) -> Option<(&'static str, &'static str)> {
    match kind {
        io::ErrorKind::ConnectionRefused => {
            Some(("connection-refused", "the connection was refused"))
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            Some(("connection-reset", "the server reset the connection"))
        }
        io::ErrorKind::UnexpectedEof => Some((
            "connection-closed",
            "the server closed the connection in the middle",
        )),
        io::ErrorKind::TimedOut => Some(("connect-timeout", "no connection in time")),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some(("unreachable", "there is no way to the server"))
        }
        _ => None,
    }
}

fn tls(error: &rustls::Error) -> (&'static str, &'static str) {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(
            Certificate::Expired | Certificate::ExpiredContext { .. },
        ) => ("tls-expired", "the server's certificate has expired"),
        rustls::Error::InvalidCertificate(
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. },
        ) => (
            "tls-not-yet-valid",
            "the server's certificate is not valid yet",
        ),
        // A bad signature is what a renewed authority of the same name leaves behind.
        rustls::Error::InvalidCertificate(
            Certificate::UnknownIssuer | Certificate::BadSignature,
        ) => (
            "tls-unknown-issuer",
            "the kubeconfig's authority did not sign the server's certificate",
        ),
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => ("tls-name", "the server's certificate is for another name"),
        rustls::Error::AlertReceived(_) => ("tls-alert", "the server refused the TLS handshake"),
        _ => ("tls", "the TLS handshake failed"),
    }
}

fn cut(message: &str) -> String {
    message.chars().take(MAX_MESSAGE).collect()
}
