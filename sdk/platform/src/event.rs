//! When events were seen, in the two styles in which they are written.

use bsq_sdk::prelude::*;

/// The newer style counts what comes again in a series.
#[derive(Object)]
pub struct Series {
    pub last_observed_time: Option<Timestamp>,
}

/// What an event is about.
#[derive(Object)]
pub struct Involved {
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

/// The latest of what the two styles write.
#[must_use]
pub fn last_seen(
    series: Option<&Series>,
    event_time: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
) -> Option<Timestamp> {
    let series = series.and_then(|series| series.last_observed_time);
    series.max(event_time).max(last_timestamp)
}

/// The first of what they write.
#[must_use]
pub fn first_seen(
    first_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
) -> Option<Timestamp> {
    [first_timestamp, event_time].into_iter().flatten().min()
}
