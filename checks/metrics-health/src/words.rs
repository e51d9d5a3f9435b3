//! Numbers as a reader wants them.

use std::time::Duration;

use bsq_sdk::prelude::*;

/// `97.2 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `1 container`, `3 containers`.
pub(crate) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

/// The largest unit and the next: `2d 3h`, `40m`.
pub(crate) fn duration(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// A moment so far from another, to the second.
pub(crate) fn moment(seconds: f64) -> Option<Timestamp> {
    let is_sane = seconds.is_finite() && seconds.abs() < 1e12;
    is_sane
        .then(|| Timestamp::from_second(seconds as i64).ok())
        .flatten()
}
