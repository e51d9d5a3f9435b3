//! A read that gave nothing, as each package's error.
//!
//! The packages own their error types so that their versions stay apart; today they look alike.

use super::bindings::bsq::{http, kubernetes, logs, metrics, network, traces};
use crate::capability::ReadError;

/// A read that gave nothing, with its number.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) read: u32,
    pub(super) error: ReadError,
}

macro_rules! into_error {
    ($($error:path),+ $(,)?) => {
        $(impl From<Failure> for $error {
            fn from(failure: Failure) -> Self {
                Self {
                    code: failure.error.code.name().to_owned(),
                    message: failure.error.message,
                    read: failure.read,
                    retry_after_ms: failure.error.retry_after_ms,
                    attributes: failure.error.attributes.into_iter().collect(),
                }
            }
        })+
    };
}

into_error!(
    kubernetes::types::Error,
    http::client::Error,
    logs::query::Error,
    metrics::query::Error,
    traces::query::Error,
    network::probe::Error,
);
