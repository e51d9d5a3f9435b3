//! One text, rule by rule: each looks at a line once, and over the line's end where a log driver may have cut it.

use std::ops::Range;

use regex::Regex;

use super::keys;
use super::lines::{
    first_bytes, first_word, is_near_end, last_bytes, line_around, looks_like_a_rest,
};
use super::literals::{Act, Literals};
use super::pass::{Pass, Span};
use super::rules::{BUILT_IN, PRIVATE_KEY, is_placeholder};
use super::wrapped::Wrapping;

/// No literal that is looked for over the end of a line is longer.
const MAX_LITERAL_BYTES: usize = 24;

/// How often a text may be wrapped in base64 or percent signs.
const MAX_DEPTH: u8 = 2;

/// One text, while it is swept.
pub(super) struct Sweep<'p, 't> {
    pass: &'p Pass,
    text: &'t str,
    depth: u8,
    /// How far each rule has looked, and up to which line it has looked over its end.
    done: [usize; BUILT_IN.len()],
    joined: [usize; BUILT_IN.len()],
    unwrapped: usize,
    pub(super) spans: Vec<Span>,
}

impl<'p, 't> Sweep<'p, 't> {
    pub(super) fn new(pass: &'p Pass, text: &'t str, depth: u8) -> Self {
        Self {
            pass,
            text,
            depth,
            done: [0; BUILT_IN.len()],
            joined: [0; BUILT_IN.len()],
            unwrapped: 0,
            spans: Vec::new(),
        }
    }

    fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// A literal of the rule stands at `at`.
    pub(super) fn rule(&mut self, rule: usize, at: usize) {
        let Some(built_in) = BUILT_IN.get(rule) else {
            return;
        };
        if rule == PRIVATE_KEY {
            self.private_key(at);
            return;
        }
        let is_new = self.done.get(rule).is_some_and(|done| at >= *done);
        if !is_new && self.joined.get(rule).is_none_or(|joined| at < *joined) {
            return;
        }
        let line = line_around(self.text, at);
        let Some(regexes) = built_in.regexes() else {
            self.spans.push(Span { range: line, rule });
            return;
        };
        if is_new {
            if let Some(done) = self.done.get_mut(rule) {
                *done = line.end.max(at + 1);
            }
            if self.slice(line.clone()).contains(built_in.needs) {
                for regex in regexes {
                    self.matches(regex, rule, line.clone());
                }
            }
        }
        if is_near_end(self.slice(at..line.end)) {
            if let Some(joined) = self.joined.get_mut(rule) {
                *joined = line.end.max(at + 1);
            }
            self.across(rule, line);
        }
    }

    fn private_key(&mut self, at: usize) {
        let Some(done) = self.done.get_mut(PRIVATE_KEY).filter(|done| at >= **done) else {
            return;
        };
        if let Some(range) = keys::span(self.text, at) {
            *done = range.end;
            let rule = PRIVATE_KEY;
            self.spans.push(Span { range, rule });
        }
    }

    /// What a pattern finds within a range.
    pub(super) fn matches(&mut self, regex: &Regex, rule: usize, within: Range<usize>) {
        let start = within.start;
        for range in secrets(regex, self.slice(within)) {
            let range = start + range.start..start + range.end;
            self.spans.push(Span { range, rule });
        }
    }

    /// A secret that begins on this line and ends on the next. It is one that only both together show, or one whose
    /// line ends with it, where the next begins with what looks like more of it.
    fn across(&mut self, rule: usize, line: Range<usize>) {
        let Some((built_in, regexes)) = BUILT_IN
            .get(rule)
            .and_then(|rule| Some((rule, rule.regexes()?)))
        else {
            return;
        };
        let Some(rest) = first_word(self.text, line.end + 1) else {
            return;
        };
        let word = self.slice(rest.clone());
        let joined = [self.slice(line.clone()), word].concat();
        if !joined.contains(built_in.needs) {
            return;
        }
        let seam = line.len();
        for range in regexes.iter().flat_map(|regex| secrets(regex, &joined)) {
            if range.start >= seam || range.end <= seam {
                continue;
            }
            let start = line.start + range.start;
            let is_known = self
                .spans
                .iter()
                .any(|span| span.rule == rule && span.range == (start..line.end));
            if is_known && !looks_like_a_rest(word, self.text.get(rest.end..).unwrap_or_default()) {
                continue;
            }
            let range_of_rest = rest.start..rest.start + (range.end - seam);
            for range in [start..line.end, range_of_rest] {
                self.spans.push(Span { range, rule });
            }
        }
    }

    /// Literals that a line's end cuts in two.
    pub(super) fn literals_across_lines(&mut self, literals: &Literals) {
        let mut seam = String::with_capacity(2 * MAX_LITERAL_BYTES);
        for (end, _) in self.text.match_indices('\n') {
            let Some(rest) = first_word(self.text, end + 1) else {
                continue;
            };
            let (before, after) = (self.slice(0..end), self.slice(rest));
            if !literals.may_cross(before, after) {
                continue;
            }
            let before = last_bytes(before, MAX_LITERAL_BYTES);
            seam.clear();
            seam.push_str(before);
            seam.push_str(first_bytes(after, MAX_LITERAL_BYTES));
            let crossing = literals.hits(&seam);
            let crossing =
                crossing.filter(|(at, _)| (at.start + 1..at.end).contains(&before.len()));
            for (_, act) in crossing {
                let Act::Rule(rule) = act else { continue };
                self.across(rule, line_around(self.text, end));
            }
        }
    }

    /// A literal in base64 or behind percent signs: the word around it is unwrapped, and goes as a whole.
    pub(super) fn unwrap(&mut self, wrapping: Wrapping, at: Range<usize>) {
        if self.depth >= MAX_DEPTH || at.start < self.unwrapped {
            return;
        }
        let range = wrapping.word(self.text, at);
        self.unwrapped = range.end;
        for text in wrapping.texts(self.slice(range.clone())) {
            if let Some(inner) = self.pass.spans_within(&text, self.depth + 1).first() {
                let rule = inner.rule;
                self.spans.push(Span { range, rule });
                return;
            }
        }
    }
}

/// The secrets of a pattern: what lies between the groups `keep` and `tail`, or all of the match.
fn secrets<'t>(regex: &'t Regex, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    regex.captures_iter(text).filter_map(|found| {
        let start = found.name("keep").map(|keep| keep.end());
        let end = found.name("tail").map(|tail| tail.start());
        let whole = found.get(0)?;
        let range = start.unwrap_or(whole.start())..end.unwrap_or(whole.end());
        let secret = text.get(range.clone())?;
        (!secret.is_empty() && !is_placeholder(secret)).then_some(range)
    })
}
