//! What a failed exchange is called: one code and one cause of the contract, and a sentence that is the same each time.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::address::Unreachable;
use crate::capability::{ErrorCode, ReadError};

/// Turn a failed exchange into the contract's words. The library's own text is not used: it names ports of this host
/// and the whole address, and changes with its version.
pub(super) fn classify(endpoint: &str, error: &reqwest::Error) -> ReadError {
    if error.is_timeout() {
        return timed_out(endpoint);
    }
    let (code, cause, words) = name(error).unwrap_or((
        ErrorCode::Unavailable,
        "",
        "the connection failed".to_owned(),
    ));
    let failed = ReadError::new(code, format!("endpoint `{endpoint}`: {words}"));
    if cause.is_empty() {
        failed
    } else {
        failed.because(cause)
    }
}

/// The deadline passed.
pub(super) fn timed_out(endpoint: &str) -> ReadError {
    ReadError::new(
        ErrorCode::Timeout,
        format!("endpoint `{endpoint}` did not answer in time"),
    )
}

/// The address policy said no.
pub(super) fn denied_address(endpoint: &str) -> ReadError {
    let (code, cause, words) = unreachable(Unreachable::Denied);
    ReadError::new(code, format!("endpoint `{endpoint}`: {words}")).because(cause)
}

pub(in crate::capability) type Named = (ErrorCode, &'static str, String);

/// The most telling error of the chain.
fn name(error: &reqwest::Error) -> Option<Named> {
    let chain = chain(error);
    let unreachable_cause = chain
        .iter()
        .find_map(|error| error.downcast_ref::<Unreachable>())
        .map(|cause| unreachable(*cause));
    let tls = || {
        let error = chain
            .iter()
            .find_map(|error| error.downcast_ref::<rustls::Error>())?;
        Some(tls_cause(error))
    };
    let http = || {
        let is_incomplete = error.is_body()
            || error.is_decode()
            || chain.iter().any(|error| {
                error
                    .downcast_ref::<hyper::Error>()
                    .is_some_and(hyper::Error::is_incomplete_message)
            });
        is_incomplete.then(|| unavailable("body-incomplete", "the answer broke off"))
    };
    let not_http = || {
        let is_parse = chain.iter().any(|error| {
            error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_parse)
        });
        is_parse.then(|| {
            let words = "the answer is not HTTP".to_owned();
            (ErrorCode::Invalid, "", words)
        })
    };
    unreachable_cause
        .or_else(tls)
        .or_else(not_http)
        .or_else(|| chain.iter().find_map(|error| socket_cause(*error)))
        .or_else(http)
}

/// The chain of sources. An I/O error may carry another error inside that it does not show as its source.
fn chain(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    /// Real chains have five or six links.
    const MAX_LINKS: usize = 32;
    let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = error.source();
    while let Some(link) = next.filter(|_| chain.len() < MAX_LINKS) {
        chain.push(link);
        let inner = link
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| -> &(dyn Error + 'static) { inner });
        next = inner.or_else(|| link.source());
    }
    chain
}

pub(in crate::capability) fn unreachable(cause: Unreachable) -> Named {
    match cause {
        Unreachable::NoSuchName => unavailable("dns-nxdomain", &cause.to_string()),
        Unreachable::LookupFailed => unavailable("dns-failed", &cause.to_string()),
        Unreachable::Denied => (ErrorCode::Denied, "address-denied", cause.to_string()),
    }
}

pub(in crate::capability) fn tls_cause(error: &rustls::Error) -> Named {
    let rustls::Error::InvalidCertificate(reason) = error else {
        return unavailable("tls", "the TLS handshake failed");
    };
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            unavailable("tls-expired", "its certificate has expired")
        }
        // A bad signature is what a renewed authority of the same name leaves behind.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => unavailable(
            "tls-unknown-issuer",
            "its certificate is signed by an unknown issuer",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            unavailable("tls-name", "its certificate is for another name")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            unavailable("tls", "its certificate is not valid yet")
        }
        _ => unavailable("tls", "its certificate is not valid"),
    }
}

pub(in crate::capability) fn socket_cause(error: &(dyn Error + 'static)) -> Option<Named> {
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => {
            Some(unavailable("refused", "the connection was refused"))
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(unavailable("reset", "the connection was reset")),
        io::ErrorKind::UnexpectedEof => {
            Some(unavailable("body-incomplete", "the answer broke off"))
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some((
            ErrorCode::Unavailable,
            "",
            "there is no route to it".to_owned(),
        )),
        _ => None,
    }
}

pub(in crate::capability) fn unavailable(cause: &'static str, words: &str) -> Named {
    (ErrorCode::Unavailable, cause, words.to_owned())
}
