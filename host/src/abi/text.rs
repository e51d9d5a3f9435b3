//! Text from a component on its way into a report or a log.
//!
//! Whatever renders it later, nothing in it can move a cursor, hide a word or reorder a line.

use crate::ui::is_unsafe;

/// What stands for a character that was taken out.
const REPLACEMENT: char = '\u{fffd}';

/// What ends a text that was cut.
const CUT: &str = "…";

/// One line: control characters and line breaks replaced, at most so many bytes.
pub(crate) fn line(text: &str, limit: usize) -> String {
    clean(text, limit, |_| false)
}

/// Several lines: line breaks and tabs stay.
pub(crate) fn block(text: &str, limit: usize) -> String {
    clean(text, limit, |c| c == '\n' || c == '\t')
}

fn clean(text: &str, limit: usize, is_kept: impl Fn(char) -> bool) -> String {
    let mut clean = String::with_capacity(text.len().min(limit));
    for c in text.trim_end_matches(['\r', '\n']).chars() {
        let c = if is_unsafe(c) && !is_kept(c) {
            REPLACEMENT
        } else {
            c
        };
        if clean.len() + c.len_utf8() > limit {
            clean.push_str(CUT);
            break;
        }
        clean.push(c);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_controls_and_bidi_overrides_are_neutralised() {
        for (text, expected) in [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m", "\u{fffd}[31mred\u{fffd}[0m"),
            ("a\u{202e}b", "a\u{fffd}b"),
            ("a\rb", "a\u{fffd}b"),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("zero\u{200b}width", "zero\u{fffd}width"),
            ("two\nlines", "two\u{fffd}lines"),
            ("end\r\n", "end"),
        ] {
            assert_eq!(line(text, 100), expected, "{text:?}");
        }
        assert_eq!(block("two\n\tlines\x07", 100), "two\n\tlines\u{fffd}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(line("ääää", 5), "ää…");
    }
}
