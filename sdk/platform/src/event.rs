//! When events were seen, in the two styles in which they are written.

use bsq_sdk::prelude::*;

/// The newer style counts what comes again in a series.
#[derive(Object)]
pub struct Series {
    pub last_observed_time: Option<Timestamp>,
}

/// The same, with how often.
#[derive(Object, Debug)]
pub struct Counted {
    pub count: i64,
    pub last_observed_time: Option<Timestamp>,
}

/// A series, however much of it is read.
pub trait Observed {
    fn last_observed(&self) -> Option<Timestamp>;
}

impl Observed for Series {
    fn last_observed(&self) -> Option<Timestamp> {
        self.last_observed_time
    }
}

impl Observed for Counted {
    fn last_observed(&self) -> Option<Timestamp> {
        self.last_observed_time
    }
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
    series: Option<&impl Observed>,
    event_time: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
) -> Option<Timestamp> {
    let series = series.and_then(Observed::last_observed);
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
