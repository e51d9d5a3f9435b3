//! How long something has lasted.

use std::time::Duration;

use bsq_sdk::{SignedDuration, Timestamp};

/// Whether something began longer ago than this.
#[must_use]
pub fn is_older(now: Timestamp, since: Timestamp, age: Duration) -> bool {
    since < now && now.duration_since(since).unsigned_abs() > age
}

/// Whether it has lasted as long as this.
#[must_use]
pub fn has_lasted(now: Timestamp, since: Timestamp, tolerated: Duration) -> bool {
    SignedDuration::try_from(tolerated).is_ok_and(|it| now.duration_since(since) >= it)
}
