//! Texts of a check inside the query languages of log, metric and trace stores.
//!
//! Go reads all three: strings as its own literals, patterns as RE2. What is escaped here can mean nothing but itself.

/// A text as a regular expression that matches it: what Go's own `QuoteMeta` escapes and nothing else, since RE2 refuses
/// escapes that it does not know.
pub(crate) fn pattern(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A text between quotes of this kind; not between backticks, where nothing can be escaped.
pub(crate) fn inside(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            _ if c == quote => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A string literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text, '"'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Go's parser makes of a string literal, as far as [`inside`] writes one.
    fn unquote(literal: &str, quote: char) -> Option<String> {
        let mut inner = literal.strip_prefix(quote)?.strip_suffix(quote)?.chars();
        let mut text = String::new();
        while let Some(c) = inner.next() {
            match c {
                '\n' => return None,
                _ if c == quote => return None,
                '\\' => text.push(match inner.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let code: String = inner.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    '\\' => '\\',
                    c if c == quote => c,
                    _ => return None,
                }),
                c => text.push(c),
            }
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn a_quoted_text_reads_back_as_itself(text in "\\PC{0,20}|[\"'\\\\\n\t\r{}|=~`\u{0}-\u{1f}]{0,20}") {
            for quote in ['"', '\''] {
                let literal = format!("{quote}{}{quote}", inside(&text, quote));
                prop_assert_eq!(unquote(&literal, quote), Some(text.clone()));
            }
        }

        #[test]
        fn an_escaped_word_matches_itself_and_nothing_else(word in "[ -~]{1,12}", other in "[ -~]{1,12}") {
            let expression = regex::Regex::new(&format!("^(?:{})$", pattern(&word))).unwrap();
            prop_assert!(expression.is_match(&word));
            prop_assert_eq!(expression.is_match(&other), word == other);
        }
    }
}
