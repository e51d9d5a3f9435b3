//! A page of names and values, for the commands that describe one thing.

use unicode_width::UnicodeWidthStr as _;

use super::page::{Label, Page, Screen, Tone, clean};

/// The left column, wide enough for an error code and for `namespaces`.
const COLUMN: usize = 11;

/// A description that is being written.
pub struct Sheet(Page);

impl Sheet {
    pub fn new(screen: Screen) -> Self {
        Self(Page::new(screen))
    }

    /// The name of the thing.
    pub fn title(&mut self, text: &str) {
        self.0.paragraph(Tone::Strong, text);
    }

    /// Begin a part.
    pub fn section(&mut self, text: &str) {
        self.0.blank();
        self.0.paragraph(Tone::Strong, text);
    }

    /// One name and its value, or a line of its own without a name; nothing where there is no value.
    pub fn row(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let columns = if name.is_empty() { 0 } else { COLUMN };
        let label = Label::new(name, Tone::Faint, columns);
        if name == "hint" {
            // It is copied.
            self.0.verbatim(2, label, value);
        } else {
            self.0.entry(2, label, value);
        }
    }

    /// A line whose name says how it stands.
    pub(crate) fn marked(&mut self, tone: Tone, mark: &str, text: &str) {
        self.0.entry(2, Label::new(mark, tone, COLUMN), text);
    }

    /// A line that is copied: it stays whole.
    pub fn copied(&mut self, text: &str) {
        self.0.verbatim(2, Label::new("", Tone::Plain, 0), text);
    }

    pub fn finish(self) -> String {
        self.0.finish()
    }
}

/// Cells as lines, each column as wide as its widest cell.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 3));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// One line of text from outside that is safe on this screen.
pub fn plain_line(text: &str, screen: Screen) -> String {
    clean(text, screen.paint.unicode).replace('\n', " ")
}
