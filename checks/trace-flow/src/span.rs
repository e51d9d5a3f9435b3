//! The spans of one trace as a tree.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::ObjectRef;

/// Levels that are walked: deeper traces are loops that call themselves.
const DEEPEST: usize = 200;

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Calls,
    IsCalled,
    Internal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing is said, which is what most spans that are well say.
    Unset,
    Ok,
    Error,
}

#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) service: String,
    pub(crate) workload: Option<ObjectRef>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) peer: Option<String>,
    /// Nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn failed(&self) -> bool {
        self.status == Status::Error
    }

    pub(crate) fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

pub(crate) struct Tree {
    spans: Vec<Span>,
    children: BTreeMap<String, Vec<usize>>,
    roots: Vec<usize>,
}

impl Tree {
    pub(crate) fn of(spans: Vec<Span>) -> Self {
        let mut children: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let ids: BTreeSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
        let mut roots = Vec::new();
        for (index, span) in spans.iter().enumerate() {
            // A parent that was not collected makes its child the first that is known.
            if span.parent.is_empty() || !ids.contains(span.parent.as_str()) {
                roots.push(index);
            } else {
                children.entry(span.parent.clone()).or_default().push(index);
            }
        }
        Self {
            spans,
            children,
            roots,
        }
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = &Span> {
        self.roots.iter().filter_map(|index| self.spans.get(*index))
    }

    pub(crate) fn children(&self, span: &Span) -> impl Iterator<Item = &Span> {
        let below = self.children.get(&span.id).into_iter().flatten();
        below.filter_map(|index| self.spans.get(*index))
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The way from a span that failed down to the deepest failure that it comes from.
    ///
    /// Spans that say nothing may lie between, since many libraries mark only the ends of a call; one that says that it
    /// went well made the failure below it good.
    pub(crate) fn to_deepest_failure<'a>(&'a self, from: &'a Span) -> Vec<&'a Span> {
        let mut best = vec![from];
        // Ways whose last span's children are still to be seen.
        let mut open = vec![vec![from]];
        let mut steps = 0;
        while let Some(way) = open.pop() {
            let Some(last) = way.last().copied() else {
                continue;
            };
            if last.failed() && rank(&way) > rank(&best) {
                best.clone_from(&way);
            }
            steps += 1;
            // Spans that share an id would be walked again and again.
            if way.len() >= DEEPEST || steps > self.spans.len() {
                continue;
            }
            for child in self
                .children(last)
                .filter(|child| child.status != Status::Ok)
            {
                let mut longer = way.clone();
                longer.push(child);
                open.push(longer);
            }
        }
        best
    }
}

/// The way with the most failures, since one that leads through spans that say nothing may lead to a failure that was
/// made good; then the deeper one, then the one whose failure began first.
fn rank(way: &[&Span]) -> (usize, usize, Reverse<u64>) {
    let failed = way.iter().filter(|span| span.failed()).count();
    let start = way.last().map_or(0, |span| span.start);
    (failed, way.len(), Reverse(start))
}
