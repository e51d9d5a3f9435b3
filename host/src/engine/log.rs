//! A check's own log: what it writes through `bsq:context/log`, and what a component with WASI prints.
//!
//! Shared, because WASI's streams live apart from the state, and because it has to outlive an execution that panics.

use std::sync::{Arc, Mutex, PoisonError};

use super::limits::{MAX_LOG_LINE_BYTES, MAX_LOG_LINES};

/// As the contract has it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// One line, free of control characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    pub level: Level,
    pub text: String,
}

/// The lines of one execution, and how many there was no room for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LogLines {
    pub entries: Vec<LogEntry>,
    pub dropped: u64,
}

impl LogLines {
    fn push(&mut self, level: Level, text: String) {
        if self.entries.len() < MAX_LOG_LINES {
            self.entries.push(LogEntry { level, text });
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// What the report shows: lines at level warn and error.
    pub fn shown(&self) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| entry.level >= Level::Warn)
            .map(|entry| entry.text.clone())
            .collect()
    }
}

/// A handle to the log of one execution.
#[derive(Clone, Debug, Default)]
pub struct CheckLog {
    lines: Arc<Mutex<LogLines>>,
}

impl CheckLog {
    /// Write one message; each of its lines is a line of the log.
    pub fn write(&self, level: Level, message: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in message.lines() {
            // What is dropped is not cleaned first: a flood costs no more than counting it.
            let text = if lines.entries.len() < MAX_LOG_LINES {
                crate::abi::text::line(line, MAX_LOG_LINE_BYTES)
            } else {
                String::new()
            };
            lines.push(level, text);
        }
    }

    /// All lines so far; the log is empty afterwards.
    pub fn take(&self) -> LogLines {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_counted() {
        let log = CheckLog::default();
        for _ in 0..MAX_LOG_LINES + 5 {
            log.write(Level::Info, "line");
        }
        let lines = log.take();
        assert_eq!(lines.entries.len(), MAX_LOG_LINES);
        assert_eq!(lines.dropped, 5);
    }

    #[test]
    fn only_warnings_and_errors_are_shown() {
        let log = CheckLog::default();
        log.write(Level::Info, "quiet");
        log.write(Level::Error, "loud\x1b[2J");
        assert_eq!(log.take().shown(), ["loud\u{fffd}[2J"]);
    }
}
