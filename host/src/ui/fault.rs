//! An error that a user can fix: a stable code, one sentence of cause, and the lines that would mend it.
//!
//! Modules have their own error types; where one of those reaches a person it becomes a [`Fault`]. A check that fails is
//! never a fault: it is a row of the report.

use std::error::Error;
use std::fmt;
use std::io;

use super::Paint;

/// One error with its code and its hints. The cause is one lowercase sentence without a full stop, literals in backticks.
#[derive(Debug)]
pub struct Fault {
    pub code: &'static str,
    pub cause: String,
    /// Each is one line that begins with a verb: the exact line or command that would help.
    pub hints: Vec<String>,
    pub source: Option<anyhow::Error>,
}

impl Fault {
    pub fn new(code: &'static str, cause: impl Into<String>) -> Self {
        Self {
            code,
            cause: cause.into(),
            hints: Vec::new(),
            source: None,
        }
    }

    /// Add a line that would help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Add what lies beneath; its chain is printed once, after the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Cause and what lies beneath it, on one line.
    pub fn sentence(&self) -> String {
        let mut sentence = self.cause.clone();
        for cause in self.source.iter().flat_map(anyhow::Error::chain) {
            let text = cause.to_string();
            // Libraries repeat their source in their own text; once is enough.
            if !sentence.contains(&text) {
                sentence.push_str(": ");
                sentence.push_str(&text);
            }
        }
        sentence
    }

    /// Write it as a person reads it: `error[BSQ0123]: cause`, then a blank line and the hints.
    pub fn render(&self, out: &mut dyn io::Write, paint: Paint) -> io::Result<()> {
        let label = paint.error(&format!("error[{}]", self.code));
        writeln!(out, "{label}: {}", printable(&self.sentence()))?;
        for (index, hint) in self.hints.iter().enumerate() {
            if index == 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}: {}", paint.hint("hint"), printable(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.cause)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(AsRef::as_ref)
    }
}

/// Text from outside may stand in an error, so nothing of it reaches the terminal but characters and line breaks.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            _ if super::is_unsafe(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

/// How the process ends. Every command and every format uses the same numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExitStatus {
    /// Everything that was asked is known, and nothing reaches the threshold.
    Success,
    /// A finding at or above `--fail-on`.
    Findings,
    /// Usage or configuration.
    Usage,
    /// Some row is not complete.
    Incomplete,
    /// The cluster or the host failed: nothing usable ran.
    Failure,
    /// A component was refused.
    Refused,
    /// Interrupted; what finished is in the report.
    Interrupted,
}

impl ExitStatus {
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Failure => 4,
            Self::Refused => 5,
            Self::Interrupted => 130,
        }
    }

    /// The status of a command that ended with this fault: the cluster and the host's own failures are 4, what the user
    /// wrote is 2. A refused component is no fault but a row of the report.
    pub fn of_fault(fault: &Fault) -> Self {
        match fault.code.get(3..5) {
            Some("04" | "06") => Self::Failure,
            _ => Self::Usage,
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rendered(fault: &Fault) -> String {
        let mut out = Vec::new();
        fault.render(&mut out, Paint::PLAIN).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hints_stand_after_a_blank_line() {
        let fault = Fault::new("BSQ0101", "no context `prod` in `~/.kube/config`")
            .hint("see them with `kubectl config get-contexts`");
        assert_eq!(
            rendered(&fault),
            "error[BSQ0101]: no context `prod` in `~/.kube/config`\n\n\
             hint: see them with `kubectl config get-contexts`\n"
        );
    }

    #[test]
    fn each_cause_is_said_once() {
        let source = anyhow::anyhow!("permission denied").context("open `x`: permission denied");
        let fault = Fault::new("BSQ0601", "cannot write the report").because(source);
        assert_eq!(
            fault.sentence(),
            "cannot write the report: open `x`: permission denied"
        );
    }

    #[test]
    fn escape_sequences_in_a_cause_do_not_reach_the_terminal() {
        let fault = Fault::new("BSQ0401", "server said \u{1b}]0;owned\u{7}\u{202e}");
        assert!(!rendered(&fault).contains(['\u{1b}', '\u{7}', '\u{202e}']));
    }

    #[test]
    fn the_range_of_the_code_decides_the_exit_status() {
        for (code, status) in [
            ("BSQ0101", 2),
            ("BSQ0201", 2),
            ("BSQ0301", 2),
            ("BSQ0401", 4),
            ("BSQ0501", 2),
            ("BSQ0601", 4),
        ] {
            assert_eq!(
                ExitStatus::of_fault(&Fault::new(code, "")).code(),
                status,
                "{code}"
            );
        }
    }
}
