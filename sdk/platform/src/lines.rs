//! Lines of a log store in time: when what they say began, and whether it is over.

use bsq_sdk::{Timestamp, Window};

/// The time of a line.
#[must_use]
pub fn time(nanoseconds: u64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()
}

/// Whether lines ended well before the window did. A quarter of it, so that what comes in bursts is not called over.
#[must_use]
pub fn is_over(window: Window, last: u64) -> bool {
    let length = window.end.duration_since(window.start);
    time(last).is_some_and(|last| window.end.duration_since(last) > length / 4)
}

/// When lines began, if that lies within what was read; a page that is cut has older ones.
#[must_use]
pub fn onset(window: Window, first: u64, is_cut: bool) -> Option<Timestamp> {
    let first = time(first)?;
    let length = window.end.duration_since(window.start);
    // What was there in the first twentieth was there before.
    (!is_cut && first.duration_since(window.start) > length / 20).then_some(first)
}
