//! Errors counted by component and kind of failure, with what is needed to tell them: the most frequent pattern, the other
//! side, first and last time, one line as it stands.

use std::collections::BTreeMap;

use bsq_platform::lines;
use bsq_sdk::reads::{LogLine, LogPage};
use bsq_sdk::{Timestamp, Window};

use crate::level::Line;
use crate::query::is_full;
use crate::signal::Signal;
use crate::{pattern, target};

/// Patterns kept for one component and failure: lines that never repeat must not fill the memory.
const MOST_PATTERNS: usize = 200;

/// Bytes of a line that are looked at: messages come first, dumps later.
const LINE: usize = 4000;

/// A namespace, and the component in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Component {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Every error line of one component and kind.
#[derive(Debug)]
pub(crate) struct Errors {
    pub(crate) read: u32,
    pub(crate) count: usize,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) example: String,
    /// A pod that wrote it, where the store says so.
    pub(crate) pod: Option<String>,
    /// The page held as many lines as it may, so there may be older ones.
    pub(crate) is_cut: bool,
    patterns: BTreeMap<String, usize>,
    targets: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub(crate) struct Tally {
    window: Window,
    lines: usize,
    errors: BTreeMap<(Component, Signal), Errors>,
}

impl Tally {
    pub(crate) fn new(window: Window) -> Self {
        Self {
            window,
            lines: 0,
            errors: BTreeMap::new(),
        }
    }

    /// Lines seen, whether errors or not.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = (&Component, Signal, &Errors)> {
        self.errors
            .iter()
            .map(|((component, signal), errors)| (component, *signal, errors))
    }

    /// Count the lines of a page, newest first.
    pub(crate) fn add(&mut self, page: &LogPage) {
        let is_cut = is_full(page);
        self.lines += page.lines.len();
        for line in &page.lines {
            let text = line.text.get(..floor(&line.text, LINE)).unwrap_or_default();
            let parsed = Line::parse(text);
            if let Some(signal) = Signal::of(&parsed) {
                let component = Component {
                    namespace: page.label(line, "namespace").unwrap_or_default().to_owned(),
                    name: page.component(line),
                };
                let errors = self
                    .errors
                    .entry((component, signal))
                    .or_insert_with(|| Errors::new(page, line, is_cut));
                errors.add(line, &parsed.message, signal);
            }
        }
    }

    /// Whether errors ended well before the window did.
    pub(crate) fn is_over(&self, errors: &Errors) -> bool {
        lines::is_over(self.window, errors.last)
    }

    /// When errors began, if that lies within what was read.
    pub(crate) fn onset(&self, errors: &Errors) -> Option<Timestamp> {
        lines::onset(self.window, errors.first, errors.is_cut)
    }
}

impl Errors {
    fn new(page: &LogPage, line: &LogLine, is_cut: bool) -> Self {
        Self {
            read: page.read,
            count: 0,
            first: line.time,
            last: line.time,
            example: line
                .text
                .get(..floor(&line.text, 500))
                .unwrap_or_default()
                .trim()
                .to_owned(),
            pod: page.label(line, "pod").map(str::to_owned),
            is_cut,
            patterns: BTreeMap::new(),
            targets: BTreeMap::new(),
        }
    }

    fn add(&mut self, line: &LogLine, message: &str, signal: Signal) {
        self.count += 1;
        self.first = self.first.min(line.time);
        self.last = self.last.max(line.time);
        let pattern = pattern::of(message);
        if self.patterns.len() < MOST_PATTERNS || self.patterns.contains_key(&pattern) {
            *self.patterns.entry(pattern).or_default() += 1;
        }
        if let Some(target) = signal.has_target().then(|| target::of(message)).flatten() {
            *self.targets.entry(target).or_default() += 1;
        }
    }

    /// The patterns by frequency.
    pub(crate) fn patterns(&self) -> Vec<(&str, usize)> {
        let mut patterns: Vec<_> = self
            .patterns
            .iter()
            .map(|(pattern, count)| (pattern.as_str(), *count))
            .collect();
        patterns.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        patterns
    }

    /// The other side that most lines name.
    pub(crate) fn target(&self) -> Option<&str> {
        self.targets
            .iter()
            .max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)))
            .map(|(target, _)| target.as_str())
    }
}

/// The last character boundary at or before a length.
fn floor(text: &str, length: usize) -> usize {
    (0..=length.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}
