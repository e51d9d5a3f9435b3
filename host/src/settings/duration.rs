//! Durations as people write them: `500ms`, `90s`, `10m`, `1h`, `2d`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A text that is no duration.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no duration; write `90s`, `10m`, `1h` or `2d`")]
pub struct BadDuration(String);

/// Read one number with its unit.
pub fn parse(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.chars().take(40).collect());
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    let total = number.checked_mul(milliseconds).ok_or_else(bad)?;
    Ok(Duration::from_millis(total))
}

/// The shortest way to write a duration: `1h`, `90m`, `12s`.
pub fn format(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    for (unit, name) in [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ] {
        if milliseconds.is_multiple_of(unit) {
            return format!("{}{name}", milliseconds / unit);
        }
    }
    format!("{milliseconds}ms")
}

/// A duration in a configuration file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn units_are_what_kubectl_means() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(
                parse(text).unwrap(),
                Duration::from_millis(milliseconds),
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_is_written_with_its_largest_whole_unit() {
        for text in ["500ms", "90s", "10m", "1h", "2d", "0s"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(Duration::from_secs(5400)), "90m");
    }

    #[test]
    fn what_has_no_number_or_no_unit_is_refused() {
        for text in [
            "",
            "s",
            "10",
            "-1s",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "1h30m",
            "١s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
