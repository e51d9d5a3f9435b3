//! The one pass over a text: an automaton of all literals, and where one stands, that rule's patterns on its line.
//!
//! ```text
//! text ─► literals (Aho-Corasick) ─ hit ─► the rule's patterns on the line ─┬─► spans ─► text with marks
//!    └──► a site's patterns (RegexSet) ─ hit ─► that pattern on the text ───┘
//! ```
//!
//! A line is looked at once by each rule, whatever the number of hits, so the time stays linear to the text. A secret may
//! begin on one line and end on the next, where a log driver cuts long lines: see [`Sweep`].

use std::ops::Range;

use super::literals::{Act, Literals};
use super::rules::{BUILT_IN, BadRule, FIELD, Own, OwnRule};
use super::sweep::Sweep;

/// Something to take out, and the rule that found it: one of the host, or after those one of the site.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) rule: usize,
}

/// The rules, ready to be applied.
#[derive(Debug, Default)]
pub(super) struct Pass {
    own: Own,
}

impl Pass {
    pub(super) fn new(own: Vec<OwnRule>) -> Result<Self, BadRule> {
        Own::new(own).map(|own| Self { own })
    }

    pub(super) fn has_own_rules(&self) -> bool {
        !self.own.is_empty()
    }

    pub(super) fn name(&self, rule: usize) -> &str {
        let built_in = BUILT_IN.get(rule).map(|rule| rule.name);
        let own = || self.own.name(rule - BUILT_IN.len());
        built_in.or_else(own).unwrap_or_default()
    }

    /// What has to go, in the order of the text, disjoint.
    pub(super) fn spans(&self, text: &str) -> Vec<Span> {
        self.spans_within(text, 0)
    }

    /// The same of a text that was unwrapped so often.
    pub(super) fn spans_within(&self, text: &str, depth: u8) -> Vec<Span> {
        let mut sweep = Sweep::new(self, text, depth);
        let Some(literals) = Literals::all() else {
            // They are constants that a test builds. If they were broken, no text may pass.
            let range = 0..text.len();
            return vec![Span { range, rule: FIELD }];
        };
        for (at, act) in literals.hits(text) {
            match act {
                Act::Rule(FIELD) => {}
                Act::Rule(rule) => sweep.rule(rule, at.start),
                Act::Unwrap(wrapping) => sweep.unwrap(wrapping, at),
            }
        }
        if depth == 0 {
            sweep.literals_across_lines(literals);
        }
        for (index, rule) in self.own.matching(text) {
            sweep.matches(&rule.regex, BUILT_IN.len() + index, 0..text.len());
        }
        merged(sweep.spans)
    }

    /// The text with marks; nothing where none is needed.
    pub(super) fn text(&self, text: &str) -> Option<(String, Vec<Span>)> {
        let spans = self.spans(text);
        (!spans.is_empty()).then(|| (self.marked(text, &spans), spans))
    }

    /// The text with a mark for each span.
    pub(super) fn marked(&self, text: &str, spans: &[Span]) -> String {
        let mut marked = String::with_capacity(text.len());
        let mut done = 0;
        for Span { range, rule } in spans {
            marked.push_str(text.get(done..range.start).unwrap_or_default());
            marked.push_str("[redacted:");
            marked.push_str(self.name(*rule));
            marked.push(']');
            done = range.end;
        }
        marked.push_str(text.get(done..).unwrap_or_default());
        marked
    }
}

/// In order and disjoint; of two that overlap the first gives the name.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.range.start, span.rule));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged
            .last_mut()
            .filter(|last| span.range.start < last.range.end)
        {
            Some(last) => last.range.end = last.range.end.max(span.range.end),
            None => merged.push(span),
        }
    }
    merged
}
