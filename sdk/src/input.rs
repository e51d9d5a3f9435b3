//! What a check is told.

use jiff::{SignedDuration, Timestamp};

/// The part of the world that the operator asked about. A check cannot widen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `platform`, `env`, `ns`, `service` or `app`.
    pub kind: String,
    /// Empty for `platform`.
    pub name: String,
    /// The namespaces that the scope comes down to; empty means every one that the grants let see.
    pub namespaces: Vec<String>,
    /// What else the host says.
    pub attributes: Vec<(String, String)>,
}

impl Scope {
    /// The whole platform.
    #[must_use]
    pub fn platform() -> Self {
        Self {
            kind: "platform".to_owned(),
            name: String::new(),
            namespaces: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// One namespace.
    #[must_use]
    pub fn namespace(name: &str) -> Self {
        Self {
            kind: "ns".to_owned(),
            name: name.to_owned(),
            namespaces: vec![name.to_owned()],
            attributes: Vec::new(),
        }
    }

    /// One application.
    #[must_use]
    pub fn application(name: &str) -> Self {
        Self {
            kind: "app".to_owned(),
            name: name.to_owned(),
            ..Self::platform()
        }
    }
}

/// The span of time that events, logs and metrics are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
}

impl Window {
    /// Whether a time lies in it.
    #[must_use]
    pub fn holds(&self, time: Timestamp) -> bool {
        self.start <= time && time <= self.end
    }

    /// The hour, or another length, that ends at a time.
    #[must_use]
    pub fn before(end: Timestamp, length: SignedDuration) -> Self {
        Self {
            start: end.checked_sub(length).unwrap_or(Timestamp::MIN),
            end,
        }
    }
}

/// Everything that a check is told when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What was asked about.
    pub scope: Scope,
    /// `access`, `deployment`, `runtime` or `integration`, if the operator named one.
    pub symptom: Option<String>,
    /// The span of time.
    pub window: Window,
    /// The settings as a JSON object, defaults filled in.
    pub settings: String,
    /// What else the host says.
    pub attributes: Vec<(String, String)>,
}
