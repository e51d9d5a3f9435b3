//! What a range of points says of the present: is it so now, and since when without a break.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Point, Series};

use crate::store::Store;

/// Something that is so at the end of the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lasting {
    /// Its first moment; absent where it was so before the window began.
    pub(crate) since: Option<Timestamp>,
    /// Its last value.
    pub(crate) value: f64,
    seconds: u64,
}

impl Lasting {
    /// The unbroken end of a series whose points stand only where something is so.
    pub(crate) fn of(series: &Series, store: &Store<'_>) -> Option<Self> {
        let step = u64::from(store.step()) * 1000;
        let window = store.window();
        let (start, end) = (millis(window.start), millis(window.end));
        let last = series.points.last()?;
        if last.time + 2 * step < end {
            return None;
        }
        let first = unbroken(&series.points, step)?;
        Some(Self {
            since: (first > start + step)
                .then(|| i64::try_from(first).ok())
                .flatten()
                .and_then(|time| Timestamp::from_millisecond(time).ok()),
            value: last.value,
            seconds: end.saturating_sub(first) / 1000,
        })
    }

    /// Whether it has been so for at least this long, as far as the window shows.
    pub(crate) fn is_as_old_as(&self, age: std::time::Duration) -> bool {
        self.since.is_none() || self.seconds >= age.as_secs()
    }
}

/// The time of the first point before which more than a step is missing.
fn unbroken(points: &[Point], step: u64) -> Option<u64> {
    let mut first = points.last()?.time;
    for point in points.iter().rev() {
        if point.time + step + step / 2 < first {
            break;
        }
        first = point.time;
    }
    Some(first)
}

fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Point, unbroken};

    #[test]
    fn a_gap_ends_what_is_unbroken() {
        let points = |times: &[u64]| -> Vec<Point> {
            times
                .iter()
                .map(|time| Point {
                    time: *time,
                    value: 1.0,
                })
                .collect()
        };
        assert_eq!(unbroken(&points(&[0, 30, 60, 90]), 30), Some(0));
        assert_eq!(unbroken(&points(&[0, 30, 90, 120]), 30), Some(90));
        assert_eq!(unbroken(&points(&[120]), 30), Some(120));
        assert_eq!(unbroken(&[], 30), None);
    }
}
