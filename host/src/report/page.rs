//! Lines of text with a left column, wrapped to the width of the screen.
//!
//! This is the only way from a report to a terminal: whatever a component or a server wrote, no control character and no
//! character that reorders or hides text leaves here.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::ui::{Paint, is_unsafe};

/// What a report is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    pub paint: Paint,
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Bad,
    Warning,
    Good,
    Strong,
    Faint,
}

/// A page that is being written.
pub(super) struct Page {
    screen: Screen,
    text: String,
}

impl Page {
    pub(super) fn new(screen: Screen) -> Self {
        Self {
            screen,
            text: String::new(),
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A paragraph from the left edge.
    pub(super) fn paragraph(&mut self, tone: Tone, text: &str) {
        for line in wrap(&self.clean(text), self.screen.width) {
            self.push(tone, &line);
            self.text.push('\n');
        }
    }

    /// A label in its column, and text that wraps beside it. `indent` counts columns before the label.
    pub(super) fn entry(&mut self, indent: usize, label: Label<'_>, text: &str) {
        let start = indent + label.columns;
        let lines = wrap(&self.clean(text), self.screen.width.saturating_sub(start));
        self.beside(indent, label, &lines);
    }

    /// As [`Self::entry`], but never broken: a command or an address that is copied must stay whole.
    pub(super) fn verbatim(&mut self, indent: usize, label: Label<'_>, text: &str) {
        let lines: Vec<String> = self.clean(text).lines().map(str::to_owned).collect();
        self.beside(indent, label, &lines);
    }

    /// As [`Self::entry`], with a word at the right edge of the first line.
    pub(super) fn headline(&mut self, indent: usize, label: Label<'_>, text: &str, right: &str) {
        let right = &self.clean(right);
        let start = indent + label.columns;
        let room = self.screen.width.saturating_sub(start);
        let lines = wrap(&self.clean(text), room.saturating_sub(right.width() + 2));
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                self.label(indent, label);
                self.push(Tone::Strong, line);
                let gap = room.saturating_sub(line.width() + right.width()).max(2);
                self.spaces(gap);
                self.push(Tone::Faint, right);
            } else {
                self.spaces(start);
                self.push(Tone::Strong, line);
            }
            self.text.push('\n');
        }
    }

    fn beside(&mut self, indent: usize, label: Label<'_>, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                self.label(indent, label);
            } else if !line.is_empty() {
                self.spaces(indent + label.columns);
            }
            self.push(Tone::Plain, line);
            self.text.push('\n');
        }
    }

    fn label(&mut self, indent: usize, label: Label<'_>) {
        self.spaces(indent);
        self.push(label.tone, label.text);
        let used = label.text.width();
        let gap = usize::from(used > 0 && label.columns > 0);
        self.spaces(label.columns.saturating_sub(used).max(gap));
    }

    fn spaces(&mut self, count: usize) {
        let _ = write!(self.text, "{:count$}", "");
    }

    /// Before it is measured: what is replaced may be wider than what stood there.
    fn clean(&self, text: &str) -> String {
        clean(text, self.screen.paint.unicode)
    }

    /// The one place where text becomes part of the page.
    fn push(&mut self, tone: Tone, text: &str) {
        // Cleaned again: a label may come from outside too, and cleaning what is clean changes nothing.
        let text = self.clean(text).replace('\n', " ");
        let paint = self.screen.paint;
        let painted = match tone {
            Tone::Plain => text,
            Tone::Bad => paint.error(&text),
            Tone::Warning => paint.warning(&text),
            Tone::Good => paint.good(&text),
            Tone::Strong => paint.strong(&text),
            Tone::Faint => paint.faint(&text),
        };
        self.text.push_str(&painted);
    }
}

/// A word in the left column.
#[derive(Clone, Copy)]
pub(super) struct Label<'a> {
    pub(super) text: &'a str,
    pub(super) tone: Tone,
    /// Columns that it takes, the gap after it included.
    pub(super) columns: usize,
}

impl<'a> Label<'a> {
    pub(super) fn new(text: &'a str, tone: Tone, columns: usize) -> Self {
        Self {
            text,
            tone,
            columns,
        }
    }
}

/// Only what is safe, and in a locale without UTF-8 only ASCII.
pub(super) fn clean(text: &str, unicode: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => clean.push(c),
            '\t' => clean.push(' '),
            c if is_unsafe(c) => clean.push(if unicode { '\u{fffd}' } else { '?' }),
            c if unicode || c.is_ascii() => clean.push(c),
            '·' => clean.push('|'),
            '…' => clean.push_str("..."),
            '×' => clean.push('x'),
            '‼' => clean.push('!'),
            '√' => clean.push('v'),
            '–' | '—' => clean.push('-'),
            '‘' | '’' => clean.push('\''),
            '“' | '”' => clean.push('"'),
            _ => clean.push('?'),
        }
    }
    clean
}

/// Break at spaces. A word that is longer than a line stays whole: it is a path, a name or a digest that someone copies.
/// At least one line, so that a label is never lost.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let bare = word.trim_end().width();
            if !line.is_empty() && line.width() + bare > width {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            line.push_str(word);
        }
        lines.push(line.trim_end().to_owned());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The beginning of a text, with an ellipsis where something is cut.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let mut short: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(
            wrap("a sha256:0123456789 b", 8),
            ["a", "sha256:0123456789", "b"]
        );
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("one\n  two", 8), ["one", "  two"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("漢字 漢字", 5), ["漢字", "漢字"]);
        assert_eq!(shorten("漢字漢字", 5), "漢字…");
    }

    #[test]
    fn without_utf8_only_ascii_is_written() {
        assert_eq!(clean("a · b … é\u{1b}", false), "a | b ... ??");
    }
}
