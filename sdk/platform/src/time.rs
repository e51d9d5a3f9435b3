//! How long something has lasted.

use std::time::Duration;

use bsq_sdk::Timestamp;

/// Whether something began longer ago than this.
#[must_use]
pub fn is_older(now: Timestamp, since: Timestamp, age: Duration) -> bool {
    since < now && now.duration_since(since).unsigned_abs() > age
}
