//! Moments in incidents: `NOW-3d` in a manifest or in `case.toml` is three days ago, whenever the incident is run live.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regex::{Captures, Regex};

/// A text with its moments filled in, to the second.
pub(super) fn filled(text: &str) -> String {
    let moment = Regex::new(r"NOW([+-])(\d+)([smhd])").unwrap();
    let now = Timestamp::now();
    let fill = |found: &Captures<'_>| {
        let unit = match &found[3] {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => 86_400,
        };
        let seconds: u64 = found[2].parse().unwrap();
        let away = SignedDuration::try_from(Duration::from_secs(seconds * unit)).unwrap();
        let then = if &found[1] == "+" {
            now + away
        } else {
            now - away
        };
        format!("{then:.0}")
    };
    moment.replace_all(text, fill).into_owned()
}

#[test]
fn moments_are_filled_in_and_all_else_stays() {
    assert_eq!(filled("NOW is NOW-3 x"), "NOW is NOW-3 x");
    let text = filled("from NOW-1d to NOW+30m");
    let times: Vec<Timestamp> = text
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let between = times[1].duration_since(times[0]);
    assert_eq!(between, SignedDuration::from_mins(24 * 60 + 30), "{text}");
}
