//! How grave a line says it is, in the ways that components say it: JSON, logfmt, klog, or a word near the beginning.

use bsq_sdk::prelude::*;

/// Characters in which a plain line names its level; later words belong to the message.
const HEAD: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Quiet,
    Warning,
    Error,
    Unknown,
}

/// A line as its writer meant it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) level: Level,
    /// The message without the wrapping of JSON; else the whole line.
    pub(crate) message: std::borrow::Cow<'a, str>,
}

impl<'a> Line<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim();
        json(text).unwrap_or_else(|| Self {
            level: plain(text),
            message: text.into(),
        })
    }
}

fn json(text: &str) -> Option<Line<'static>> {
    if !text.starts_with('{') {
        return None;
    }
    let value: Value = serde_json_object(text)?;
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.get(name)?.as_str())
            .map(str::to_owned)
    };
    let level = first(&["level", "severity", "lvl", "log.level", "levelname"])
        .map_or(Level::Unknown, |level| word(&level));
    let message = first(&["msg", "message", "event"]).unwrap_or_default();
    let error = first(&["error", "err", "exception"]).unwrap_or_default();
    let parts: Vec<_> = [message, error]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        return Some(Line {
            level,
            message: text.to_owned().into(),
        });
    }
    Some(Line {
        level,
        message: parts.join(": ").into(),
    })
}

fn serde_json_object(text: &str) -> Option<Value> {
    bsq_sdk::serde_json::from_str(text).ok()
}

fn plain(text: &str) -> Level {
    if let Some(level) = logfmt(text).or_else(|| klog(text)) {
        return level;
    }
    let head: String = text.chars().take(HEAD).collect();
    let words = head.split(|c: char| !c.is_ascii_alphanumeric());
    // In capitals, as loggers write levels: `error` in lower case is a word like any other.
    words
        .filter(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase()))
        .map(word)
        .find(|level| *level != Level::Unknown)
        .unwrap_or(Level::Unknown)
}

fn logfmt(text: &str) -> Option<Level> {
    let (_, rest) = text
        .split_once("level=")
        .or_else(|| text.split_once("lvl="))?;
    let value: String = rest
        .trim_start_matches('"')
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    Some(word(&value)).filter(|level| *level != Level::Unknown)
}

/// `E1123 06:12:04.123456`: a letter and month and day.
fn klog(text: &str) -> Option<Level> {
    let (head, rest) = text.split_at_checked(5)?;
    let (letter, day) = head.split_at_checked(1)?;
    if !day.chars().all(|c| c.is_ascii_digit()) || !rest.starts_with(' ') {
        return None;
    }
    match letter {
        "I" => Some(Level::Quiet),
        "W" => Some(Level::Warning),
        "E" | "F" => Some(Level::Error),
        _ => None,
    }
}

fn word(word: &str) -> Level {
    match word.to_ascii_lowercase().as_str() {
        "info" | "information" | "debug" | "trace" | "notice" | "log" | "verbose" => Level::Quiet,
        "warn" | "warning" => Level::Warning,
        "error" | "err" | "fatal" | "critical" | "crit" | "panic" | "alert" | "emergency"
        | "severe" => Level::Error,
        _ => Level::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Line};

    #[test]
    fn levels_are_read_as_components_write_them() {
        for (text, level) in [
            ("level=info msg=\"sync failed, will retry\"", Level::Quiet),
            (
                "ts=2026-11-23T06:00:00Z level=error msg=\"x\"",
                Level::Error,
            ),
            ("{\"level\":\"warn\",\"msg\":\"slow\"}", Level::Warning),
            ("{\"severity\":\"ERROR\",\"message\":\"x\"}", Level::Error),
            (
                "E1123 06:12:04.123456       1 reflector.go:200] x",
                Level::Error,
            ),
            (
                "I1123 06:12:04.123456       1 main.go:20] error budget fine",
                Level::Quiet,
            ),
            (
                "2026-11-23 06:03:04,123 ERROR [org.keycloak.services] x",
                Level::Error,
            ),
            (
                "2026-11-23 06:03:04,123 INFO  [org.keycloak] error page loaded",
                Level::Quiet,
            ),
            ("FATAL:  could not write lock file", Level::Error),
            ("LOG:  database system was interrupted", Level::Quiet),
            ("an error occurred", Level::Unknown),
        ] {
            assert_eq!(Line::parse(text).level, level, "{text}");
        }
    }

    #[test]
    fn the_message_is_taken_out_of_json() {
        let line = Line::parse(
            "{\"level\":\"error\",\"msg\":\"sync failed\",\"error\":\"dial tcp: refused\"}",
        );
        assert_eq!(line.message, "sync failed: dial tcp: refused");
    }
}
