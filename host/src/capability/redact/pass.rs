//! The one pass over a text: an automaton of all literals, and where one stands, that rule's patterns on its line.
//!
//! ```text
//! text ─► literals (Aho-Corasick) ─ hit ─► the rule's patterns on the line ─┬─► spans ─► text with marks
//!    └──► a site's patterns (RegexSet) ─ hit ─► that pattern on the text ───┘
//! ```
//!
//! A line is looked at once by each rule, whatever the number of hits, so the time stays linear to the text. A secret may
//! begin on one line and end on the next, where a log driver cuts long lines: see [`Sweep::across`].

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;

use super::keys;
use super::rules::{
    ASSIGNED, ASSIGNMENT, BUILT_IN, BadRule, FIELD, Own, OwnRule, PRIVATE_KEY, is_placeholder,
};
use super::wrapped::{self, Wrapping};

/// No literal that is looked for over the end of a line is longer.
const MAX_LITERAL_BYTES: usize = 24;

/// A word at the beginning of a line: the rest of a token is at most what a log driver cuts at.
const MAX_WORD_BYTES: usize = 16 << 10;

/// How often a text may be wrapped in base64 or percent signs.
const MAX_DEPTH: u8 = 2;

/// What a literal calls for.
#[derive(Clone, Copy)]
enum Act {
    Rule(usize),
    Unwrap(Wrapping),
}

struct Literals {
    automaton: AhoCorasick,
    acts: Vec<Act>,
    neighbours: Neighbours,
}

/// Which two bytes stand beside each other in a literal: where the last of a line and the first of the next do not, no
/// literal is cut in two.
struct Neighbours(Vec<bool>);

impl Neighbours {
    fn of(literals: &[String]) -> Self {
        let mut known = vec![false; 1 << 16];
        let pairs = literals
            .iter()
            .flat_map(|literal| literal.as_bytes().array_windows());
        for [one, other] in pairs {
            if let Some(known) = known.get_mut(Self::place(*one, *other)) {
                *known = true;
            }
        }
        Self(known)
    }

    fn place(one: u8, other: u8) -> usize {
        usize::from(one.to_ascii_lowercase()) << 8 | usize::from(other.to_ascii_lowercase())
    }

    fn has(&self, one: Option<&u8>, other: Option<&u8>) -> bool {
        let (Some(one), Some(other)) = (one, other) else {
            return false;
        };
        self.0.get(Self::place(*one, *other)) == Some(&true)
    }
}

static LITERALS: LazyLock<Option<Literals>> = LazyLock::new(|| {
    let own = BUILT_IN.iter().enumerate().flat_map(|(index, rule)| {
        let literals = rule.literals.iter().map(|literal| (*literal).to_owned());
        literals.map(move |literal| (literal, Act::Rule(index)))
    });
    let assigned = ASSIGNED
        .iter()
        .map(|literal| (literal.clone(), Act::Rule(ASSIGNMENT)));
    let wrapped = wrapped::literals().map(|(literal, wrapping)| (literal, Act::Unwrap(wrapping)));
    let (literals, acts): (Vec<_>, Vec<_>) = own.chain(assigned).chain(wrapped).unzip();
    // Overlapping literals are all wanted; the table of a DFA is half a mebibyte and twice as fast as an NFA.
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&literals)
        .ok()?;
    Some(Literals {
        automaton,
        acts,
        neighbours: Neighbours::of(&literals),
    })
});

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

    fn spans_within(&self, text: &str, depth: u8) -> Vec<Span> {
        let mut sweep = Sweep::new(self, text, depth);
        let Some(literals) = &*LITERALS else {
            // They are constants that a test builds. If they were broken, no text may pass.
            let range = 0..text.len();
            return vec![Span { range, rule: FIELD }];
        };
        for hit in literals.automaton.find_overlapping_iter(text) {
            match literals.acts.get(hit.pattern().as_usize()) {
                Some(Act::Rule(FIELD)) => {}
                Some(Act::Rule(rule)) => sweep.rule(*rule, hit.start()),
                Some(Act::Unwrap(wrapping)) => sweep.unwrap(*wrapping, hit.range()),
                None => {}
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

    /// Where literals stand in a text that is not looked at line by line.
    pub(super) fn literal_hits<'t>(
        &self,
        text: &'t str,
    ) -> impl Iterator<Item = LiteralHit> + use<'t> {
        let literals = LITERALS.as_ref();
        literals.into_iter().flat_map(move |literals| {
            let hits = literals.automaton.find_overlapping_iter(text);
            hits.map(|hit| LiteralHit {
                at: hit.start(),
                is_marked_field: matches!(
                    literals.acts.get(hit.pattern().as_usize()),
                    Some(Act::Rule(FIELD))
                ),
            })
        })
    }
}

/// A literal in a raw text.
pub(super) struct LiteralHit {
    pub(super) at: usize,
    /// Pruning has put a mark there.
    pub(super) is_marked_field: bool,
}

/// One text, while it is swept.
struct Sweep<'p, 't> {
    pass: &'p Pass,
    text: &'t str,
    depth: u8,
    /// How far each rule has looked, and up to which line it has looked over its end.
    done: [usize; BUILT_IN.len()],
    joined: [usize; BUILT_IN.len()],
    unwrapped: usize,
    spans: Vec<Span>,
}

impl<'p, 't> Sweep<'p, 't> {
    fn new(pass: &'p Pass, text: &'t str, depth: u8) -> Self {
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
    fn rule(&mut self, rule: usize, at: usize) {
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
    fn matches(&mut self, regex: &Regex, rule: usize, within: Range<usize>) {
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
    fn literals_across_lines(&mut self, literals: &Literals) {
        let mut seam = String::with_capacity(2 * MAX_LITERAL_BYTES);
        for (end, _) in self.text.match_indices('\n') {
            let Some(rest) = first_word(self.text, end + 1) else {
                continue;
            };
            let (before, after) = (self.slice(0..end), self.slice(rest));
            let neighbours = (before.as_bytes().last(), after.as_bytes().first());
            if !literals.neighbours.has(neighbours.0, neighbours.1) {
                continue;
            }
            let before = last_bytes(before, MAX_LITERAL_BYTES);
            seam.clear();
            seam.push_str(before);
            seam.push_str(first_bytes(after, MAX_LITERAL_BYTES));
            let hits = literals.automaton.find_overlapping_iter(&seam);
            let crossing = hits.filter(|hit| (hit.start() + 1..hit.end()).contains(&before.len()));
            let crossing = crossing.filter_map(|hit| literals.acts.get(hit.pattern().as_usize()));
            for act in crossing {
                let Act::Rule(rule) = act else { continue };
                self.across(*rule, line_around(self.text, end));
            }
        }
    }

    /// A literal in base64 or behind percent signs: the word around it is unwrapped, and goes as a whole.
    fn unwrap(&mut self, wrapping: Wrapping, at: Range<usize>) {
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

/// Whether what follows a literal may be a secret that goes on over the end of the line: it has few blanks.
fn is_near_end(rest: &str) -> bool {
    const MOST_BLANKS: usize = 4;
    rest.bytes()
        .filter(u8::is_ascii_whitespace)
        .take(MOST_BLANKS + 1)
        .count()
        <= MOST_BLANKS
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n'));
    let end = text.get(at..).and_then(|after| after.find('\n'));
    start.map_or(0, |start| start + 1)..end.map_or(text.len(), |end| at + end)
}

/// How many bytes of a line are the time that it begins with, and the space after it.
pub(super) fn time_before(line: &str) -> usize {
    let bytes = line.as_bytes();
    let is_time = bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
        && bytes.first().is_some_and(u8::is_ascii_digit);
    let space = if is_time { line.find(' ') } else { None };
    space.map_or(0, |space| space + 1)
}

/// The first word of the line that begins at `from`, after its time.
fn first_word(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + time_before(rest);
    let word = text.get(start..)?;
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let bytes = word.as_bytes().iter().take(MAX_WORD_BYTES);
    let mut length = bytes.clone().position(is_end).unwrap_or(bytes.len());
    while !word.is_char_boundary(length) {
        length -= 1;
    }
    (length > 0).then_some(start..start + length)
}

/// Whether a word at the beginning of a line is likely the rest of a token that the line before ended in.
fn looks_like_a_rest(word: &str, after: &str) -> bool {
    let word = word.trim_end_matches([';', ',', '&', '}']);
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let is_dated = word.as_bytes().get(4) == Some(&b'-') && word.as_bytes().get(7) == Some(&b'-');
    let is_klog = word.starts_with(['I', 'W', 'E', 'F'])
        && word.len() == 5
        && word.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let is_alone = after.is_empty() || after.starts_with(['\n', '\r']);
    let is_cased = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    !word.is_empty()
        && word.bytes().all(is_token)
        && !is_dated
        && !is_klog
        && (is_mixed || is_alone && (is_cased || word.len() >= 16))
}

fn last_bytes(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default()
}

fn first_bytes(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
