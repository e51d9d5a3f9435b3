//! One thing that is wrong with a manifest or a grants file, and where.

use std::fmt;
use std::ops::Range;

use crate::settings::closest;

/// Where, and what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// `kubernetes[2]`, or the name of a key or section.
    pub place: String,
    /// The line of the file, from 1.
    pub line: Option<usize>,
    pub message: String,
}

impl Problem {
    pub fn new(place: &str, message: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    /// What the TOML parser says, with the line and, for a mistyped key, the key that was meant.
    pub fn from_toml(text: &str, place: &str, error: &toml::de::Error) -> Self {
        Self {
            place: place.to_owned(),
            line: error.span().map(|span| line_of(text, &span)),
            message: said(error.message()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        if !self.place.is_empty() {
            write!(formatter, "`{}`: ", self.place)?;
        }
        formatter.write_str(&self.message)
    }
}

/// The line on which a span begins.
pub(super) fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().iter().take(span.start);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// serde names a key that it does not know and all that it knows; of those only the closest helps.
fn said(message: &str) -> String {
    let message = message.lines().next().unwrap_or(message);
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return message.to_owned();
    };
    let Some((unknown, rest)) = rest.split_once('`') else {
        return message.to_owned();
    };
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    match closest(unknown, known.iter().copied()) {
        Some(meant) => format!("there is no key `{unknown}`; did you mean `{meant}`?"),
        None => format!(
            "there is no key `{unknown}`; there are `{}`",
            known.join("`, `")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_was_meant_is_named() {
        assert_eq!(
            said("unknown field `verb`, expected one of `why`, `kind`, `verbs`"),
            "there is no key `verb`; did you mean `verbs`?"
        );
        assert_eq!(
            said("unknown field `colour`, expected `why` or `kind`"),
            "there is no key `colour`; there are `why`, `kind`"
        );
        assert_eq!(said("invalid type: integer\nmore"), "invalid type: integer");
    }
}
