//! When a bundle was made: the time that its run takes for now.
//!
//! Objects say it best: events, conditions and heartbeats are as old as the cluster was when it was looked at. Kubelets
//! report each five minutes, so the times of the files are more exact where they agree; a copy of a file may be days
//! younger than what it says. The name of a support bundle holds its maker's local time without a zone, and says nothing.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;

/// What lies between the newest word of a cluster and the end of collecting it: a large one takes minutes.
const COLLECTING: SignedDuration = SignedDuration::from_mins(10);

/// Fields whose time has passed when they are written. Others name the future: expiries, schedules.
static TIMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let fields = "lastTimestamp|eventTime|lastObservedTime|lastTransitionTime|lastHeartbeatTime|lastUpdateTime|lastProbeTime|creationTimestamp|startedAt|finishedAt|startTime|renewTime";
    let time = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z";
    Regex::new(&format!(r#"(?:{fields})"?\s*:\s*"?({time})"#)).ok()
});

/// The newest time that a text of objects tells, not after `until`: a bundle is not from the future, whatever the clock
/// of a node said.
pub(super) fn newest(text: &[u8], until: Timestamp) -> Option<Timestamp> {
    let times = TIMES.as_ref()?.captures_iter(text);
    // All are written alike, so the texts compare as the times do; only what could be the newest is parsed.
    let mut newest: Option<(&[u8], Timestamp)> = None;
    for time in times.filter_map(|found| found.get(1)) {
        let time = time.as_bytes();
        if newest.is_some_and(|(before, _)| time.get(..19) < before.get(..19)) {
            continue;
        }
        let parsed = std::str::from_utf8(time)
            .ok()
            .and_then(|time| time.parse().ok());
        if let Some(parsed) = parsed.filter(|parsed: &Timestamp| *parsed <= until)
            && newest.is_none_or(|(_, before)| before < parsed)
        {
            newest = Some((time, parsed));
        }
    }
    newest.map(|(_, time)| time)
}

/// The run's clock, from what objects and files tell.
pub(super) fn of(told: Option<Timestamp>, written: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match (told, written) {
        (Some(told), Some(written)) => {
            let later = written.duration_since(told);
            if later.is_positive() && later <= COLLECTING {
                written
            } else {
                told
            }
        }
        (Some(time), None) | (None, Some(time)) => time,
        (None, None) => now,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[rstest]
    #[case(
        r#"{"lastTimestamp": "2026-11-23T06:00:00Z", "eventTime":"2026-11-23T06:00:01.5Z"}"#,
        Some("2026-11-23T06:00:01.5Z")
    )]
    #[case(
        "lastTimestamp: \"2026-11-23T06:00:00Z\"\ncreationTimestamp: 2026-11-22T00:00:00Z\n",
        Some("2026-11-23T06:00:00Z")
    )]
    #[case(r#"{"notAfter":"2026-11-23T06:00:00Z"}"#, None)]
    #[case(
        r#"{"lastTimestamp":"2099-01-01T00:00:00Z","startedAt":"2026-01-01T00:00:00Z"}"#,
        Some("2026-01-01T00:00:00Z")
    )]
    #[case(r#"{"lastTimestamp":"2026-99-99T99:99:99Z"}"#, None)]
    #[case("", None)]
    fn the_newest_time_that_has_passed_is_found(
        #[case] text: &str,
        #[case] expected: Option<&str>,
    ) {
        let until = time("2026-12-01T00:00:00Z");
        assert_eq!(newest(text.as_bytes(), until), expected.map(time));
    }

    #[rstest]
    #[case::files_are_exact(Some("06:00"), Some("06:04"), "06:04")]
    #[case::files_are_copies(Some("06:00"), Some("09:00"), "06:00")]
    #[case::files_are_older(Some("06:00"), Some("05:00"), "06:00")]
    #[case::only_files(None, Some("05:00"), "05:00")]
    #[case::nothing(None, None, "12:00")]
    fn objects_are_believed_before_files(
        #[case] told: Option<&str>,
        #[case] written: Option<&str>,
        #[case] expected: &str,
    ) {
        let at = |clock: &str| time(&format!("2026-11-23T{clock}:00Z"));
        assert_eq!(of(told.map(at), written.map(at), at("12:00")), at(expected));
    }
}
