//! A straight line through the free space of a volume: when will it be full.

use std::time::Duration;

use bsq_sdk::reads::Point;

/// Points below which a line says nothing.
const LEAST_POINTS: usize = 10;

/// How much of the change a line must explain (the coefficient of determination). Space that rises and falls, as that of
/// a write-ahead log or a compaction does, explains itself badly and is no trend.
const LEAST_FIT: f64 = 0.8;

/// How long until the free space is used up, where it shrinks steadily.
pub(crate) fn until_full(points: &[Point]) -> Option<Duration> {
    let points: Vec<&Point> = points
        .iter()
        .filter(|point| point.value.is_finite())
        .collect();
    if points.len() < LEAST_POINTS {
        return None;
    }
    let (first, last) = (points.first()?, points.last()?);
    let count = points.len() as f64;
    let seconds = |point: &Point| point.time.saturating_sub(first.time) as f64 / 1000.0;
    let mean_time = points.iter().map(|point| seconds(point)).sum::<f64>() / count;
    let mean_value = points.iter().map(|point| point.value).sum::<f64>() / count;
    let (mut both, mut time, mut value) = (0.0, 0.0, 0.0);
    for point in &points {
        let (t, v) = (seconds(point) - mean_time, point.value - mean_value);
        both += t * v;
        time += t * t;
        value += v * v;
    }
    if time <= 0.0 || value <= 0.0 || both >= 0.0 {
        return None;
    }
    let fit = both * both / (time * value);
    let slope = both / time;
    (fit >= LEAST_FIT)
        .then(|| Duration::try_from_secs_f64(last.value.max(0.0) / -slope).ok())
        .flatten()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Point, until_full};

    fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
        let times = (0..).map(|minute| minute * 60_000);
        let pairs = times.zip(values);
        pairs.map(|(time, value)| Point { time, value }).collect()
    }

    #[test]
    fn space_that_shrinks_steadily_ends() {
        let steady = points((0..20).map(|minute| 1000.0 - 10.0 * f64::from(minute)));
        // 810 are left, 10 go each minute.
        assert_eq!(until_full(&steady).unwrap().as_secs(), 81 * 60);
    }

    #[test]
    fn space_that_grows_stands_or_swings_does_not_end() {
        for values in [
            points((0..20).map(|minute| 1000.0 + f64::from(minute))),
            points((0..20).map(|_| 1000.0)),
            points((0..20).map(|minute| if minute % 5 < 3 { 1000.0 } else { 400.0 })),
            points((0..5).map(|minute| 1000.0 - 100.0 * f64::from(minute))),
            points((0..20).map(|_| f64::NAN)),
        ] {
            assert_eq!(until_full(&values), None, "{values:?}");
        }
    }
}
