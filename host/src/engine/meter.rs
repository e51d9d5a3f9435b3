//! Time in the component's own code, host calls not billed.
//!
//! The engine asks at every tick that the component is running; besides, each host call notes when the component left
//! and when it came back. So a check that waits for a server pays nothing, and one that calls often pays for what it
//! computes between its calls.

use std::time::{Duration, Instant};

use super::ticker::TICK;

/// The meter of one execution.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: Duration,
    used: Duration,
    /// Since when the component runs; `None` inside a host call.
    since: Option<Instant>,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            used: Duration::ZERO,
            since: Some(Instant::now()),
        }
    }

    /// The component calls the host.
    pub(crate) fn leave(&mut self) {
        self.bill();
        self.since = None;
    }

    /// The host returns.
    pub(crate) fn resume(&mut self) {
        self.since = Some(Instant::now());
    }

    /// A tick passed while the component ran. True while there is time left.
    pub(crate) fn tick(&mut self) -> bool {
        self.bill();
        self.since = Some(Instant::now());
        self.used < self.limit
    }

    pub(crate) fn used(&self) -> Duration {
        self.used
    }

    pub(crate) fn is_over(&self) -> bool {
        self.used >= self.limit
    }

    /// A stretch between two ticks is at most one tick of the component's time; what is more, the machine was busy with
    /// others.
    fn bill(&mut self) {
        if let Some(since) = self.since.take() {
            self.used += since.elapsed().min(TICK);
        }
    }
}
