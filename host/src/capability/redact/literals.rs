//! All literals of all rules in one automaton, and what each calls for.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::rules::{ASSIGNED, ASSIGNMENT, BUILT_IN, FIELD};
use super::wrapped::{self, Wrapping};

/// What a literal calls for.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Rule(usize),
    Unwrap(Wrapping),
}

pub(super) struct Literals {
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

/// None only if the constants were broken, which a test builds.
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

impl Literals {
    /// The automaton, built once.
    pub(super) fn all() -> Option<&'static Self> {
        LITERALS.as_ref()
    }

    /// Where literals stand, those that overlap too, and what each calls for.
    pub(super) fn hits<'t>(
        &self,
        text: &'t str,
    ) -> impl Iterator<Item = (Range<usize>, Act)> + use<'_, 't> {
        let hits = self.automaton.find_overlapping_iter(text);
        hits.filter_map(|hit| Some((hit.range(), *self.acts.get(hit.pattern().as_usize())?)))
    }

    /// Whether a literal may be cut in two between these texts.
    pub(super) fn may_cross(&self, before: &str, after: &str) -> bool {
        self.neighbours
            .has(before.as_bytes().last(), after.as_bytes().first())
    }
}

/// A literal in a text that is not looked at line by line.
pub(super) struct LiteralHit {
    pub(super) at: usize,
    /// Pruning has put a mark there.
    pub(super) is_marked_field: bool,
}

/// The literals of a raw text.
pub(super) fn hits(text: &str) -> impl Iterator<Item = LiteralHit> {
    let all = Literals::all().into_iter();
    all.flat_map(move |literals| literals.hits(text))
        .map(|(range, act)| LiteralHit {
            at: range.start,
            is_marked_field: matches!(act, Act::Rule(FIELD)),
        })
}
