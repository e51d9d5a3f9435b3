//! Why a read gave nothing, whichever package of the contract it belongs to.

use std::fmt;
use std::time::Duration;

use crate::object::Mismatch;

/// What most functions of a check return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A read that gave nothing.
///
/// `?` ends the check with what it has found so far; the host then decides by the code. So a check needs no error
/// handling of its own: where it can go on without an answer, [`Attempt::or_empty`] does that, and the host still counts
/// the read as incomplete.
///
/// ```
/// use bsq_sdk::Error;
///
/// let error = Error::new("absent", "pod `data/postgresql-0` not found");
/// assert!(error.is_absent());
/// assert_eq!(error.to_string(), "pod `data/postgresql-0` not found (absent)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: String,
    message: String,
    read: Option<u32>,
    retry_after: Option<Duration>,
    attributes: Vec<(String, String)>,
}

impl Error {
    /// An error of a check's own: `other` where no better code fits.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            read: None,
            retry_after: None,
            attributes: Vec::new(),
        }
    }

    /// The same, with the number of the read that it answers.
    #[must_use]
    pub fn with_read(mut self, read: u32) -> Self {
        self.read = Some(read);
        self
    }

    /// The same, with what else the host said.
    #[must_use]
    pub fn with_details(
        mut self,
        retry_after: Option<Duration>,
        attributes: Vec<(String, String)>,
    ) -> Self {
        self.retry_after = retry_after;
        self.attributes = attributes;
        self
    }

    /// The code: `denied`, `forbidden`, `absent`, `not-collected`, `not-configured`, `expired`, `too-large`,
    /// `throttled`, `timeout`, `unavailable`, `invalid`, `unsupported` or `other`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What happened, in a sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The number of the read, if the host gave it one.
    #[must_use]
    pub fn read(&self) -> Option<u32> {
        self.read
    }

    /// When asking again makes sense, if the server said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// One attribute, such as `cause`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// What is behind the code: `dns-nxdomain`, `tls-expired`, `refused`…
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.attribute("cause")
    }

    /// No grant, or not declared in `check.toml`.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.code == "denied"
    }

    /// The cluster said 403.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.code == "forbidden"
    }

    /// The server says there is none: known, not a failure.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.code == "absent"
    }

    /// The recording or bundle lacks it: unknown.
    #[must_use]
    pub fn is_not_collected(&self) -> bool {
        self.code == "not-collected"
    }

    /// The site has not configured the endpoint, log store or metric store.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        self.code == "not-configured"
    }

    /// The answer is not what it should be.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.code == "invalid"
    }

    /// The server did not answer in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.code == "timeout"
    }

    /// Nobody answered, or the answer was a server's failure.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.code == "unavailable"
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

impl From<Mismatch> for Error {
    fn from(mismatch: Mismatch) -> Self {
        Self::new("invalid", mismatch.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new("invalid", error.to_string())
    }
}

/// Ways to go on after a read that gave nothing.
pub trait Attempt<T> {
    /// The answer, or an empty one. The host has the denial or failure in its report all the same, and never says `pass`
    /// over it, so nothing unknown becomes green.
    ///
    /// ```
    /// use bsq_sdk::prelude::*;
    ///
    /// let events: Result<Vec<String>> = Err(Error::new("denied", "no grant for v1/Event"));
    /// assert!(events.or_empty().is_empty());
    /// ```
    fn or_empty(self) -> T
    where
        T: Default;

    /// The answer, or `None` where the server says there is none.
    ///
    /// # Errors
    ///
    /// Every error but `absent`.
    fn or_absent(self) -> Result<Option<T>>;
}

impl<T> Attempt<T> for Result<T> {
    fn or_empty(self) -> T
    where
        T: Default,
    {
        self.unwrap_or_default()
    }

    fn or_absent(self) -> Result<Option<T>> {
        match self {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
