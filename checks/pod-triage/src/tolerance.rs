//! What is still well: how long things may take, and how long what is past counts.

use std::time::Duration;

use bsq_sdk::prelude::*;

/// The settings of `check.toml`.
#[derive(Settings, Debug)]
pub(crate) struct Settings {
    pub(crate) starting_after: Duration,
    pub(crate) terminating_after: Duration,
    pub(crate) restarts_within: Duration,
    pub(crate) restarts: i64,
    pub(crate) log_reads: usize,
}

/// The settings and the run's clock.
pub(crate) struct Tolerance {
    pub(crate) settings: Settings,
    pub(crate) now: Timestamp,
}

impl Tolerance {
    /// Whether something has lasted longer than it may. What has no beginning has.
    pub(crate) fn is_over(&self, since: Option<Timestamp>, allowed: Duration) -> bool {
        since.is_none_or(|since| self.age(since) > allowed)
    }

    /// Whether something that is past still counts. What has no time does.
    pub(crate) fn is_within(&self, when: Option<Timestamp>, counted: Duration) -> bool {
        when.is_none_or(|when| self.age(when) <= counted)
    }

    fn age(&self, since: Timestamp) -> Duration {
        self.now
            .duration_since(since)
            .try_into()
            .unwrap_or(Duration::ZERO)
    }
}
