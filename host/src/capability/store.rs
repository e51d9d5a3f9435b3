//! What log, metric and trace stores have in common: a GET to a named endpoint, refusals in plain text, and gateways that
//! answer in their place.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{ErrorCode, HttpAnswer, HttpRequest, ReadError};

/// Characters of a store's own words in a message.
const MAX_WORDS: usize = 300;

/// A question to a store.
pub(super) fn get(endpoint: &str, path: &str, query: Vec<(&str, String)>) -> HttpRequest {
    HttpRequest {
        endpoint: endpoint.to_owned(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        headers: BTreeMap::from([("accept".to_owned(), "application/json".to_owned())]),
        body: None,
        with_credential: true,
        prefixes: vec![path.to_owned()],
    }
}

/// The body of a good answer.
pub(super) fn json<T: DeserializeOwned>(store: &str, answer: &HttpAnswer) -> Result<T, ReadError> {
    if is_html(&answer.body) {
        return Err(invalid(
            store,
            "with HTML: is the address that of a gateway?",
        ));
    }
    serde_json::from_slice(&answer.body).map_err(|_| invalid(store, "with what is not its JSON"))
}

/// An answer that is none.
pub(super) fn invalid(store: &str, what: &str) -> ReadError {
    ReadError::new(ErrorCode::Invalid, format!("{store} answered {what}"))
}

/// An answer that would have to be cut where it cannot be.
pub(super) fn too_large(store: &str, cap: usize) -> ReadError {
    let message = format!("{store}'s answer is larger than {} MiB", cap >> 20);
    ReadError::new(ErrorCode::TooLarge, message)
}

/// An answer of another status than 200, as its text says it.
pub(super) fn refusal(store: &str, answer: &HttpAnswer) -> ReadError {
    let status = answer.status;
    let said = words(&String::from_utf8_lossy(&answer.body));
    let message = match said.as_str() {
        _ if is_html(&answer.body) => format!("{store} answered {status} with HTML"),
        "" => format!("{store} answered {status}"),
        said => format!("{store} answered {status}: {said}"),
    };
    let mut error = ReadError::new(code(status), message);
    error.retry_after_ms = retry_after(answer);
    error
}

/// What a status means of a store.
pub(super) fn code(status: u16) -> ErrorCode {
    match status {
        400 | 404 | 405 | 413 | 422 => ErrorCode::Invalid,
        401 | 403 => ErrorCode::Forbidden,
        429 => ErrorCode::Throttled,
        408 | 499 | 504 => ErrorCode::Timeout,
        300..=399 => ErrorCode::Invalid,
        _ => ErrorCode::Unavailable,
    }
}

/// When the store wants to be asked again.
pub(super) fn retry_after(answer: &HttpAnswer) -> Option<u64> {
    let mut headers = answer.headers.iter();
    let (_, seconds) = headers.find(|(name, _)| name == "retry-after")?;
    Some(seconds.parse::<u64>().ok()?.saturating_mul(1_000))
}

/// A text of a store on one line, cut.
pub(super) fn words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_WORDS).collect()
}

pub(super) fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// An RFC 3339 time after 1970.
pub(super) fn time(text: &str) -> Result<Timestamp, ReadError> {
    let time = text.parse::<Timestamp>().ok();
    time.filter(|time| *time >= Timestamp::UNIX_EPOCH)
        .ok_or_else(|| ReadError::new(ErrorCode::Invalid, format!("`{text}` is no RFC 3339 time")))
}

#[cfg(test)]
#[path = "store_tests.rs"]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
