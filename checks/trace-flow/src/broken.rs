//! Where one request broke.

use bsq_sdk::ObjectRef;

use crate::span::{Kind, Span, Tree};

/// The place where a request broke, and how it was seen.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) service: String,
    pub(crate) operation: String,
    /// The other side of a call that nothing of the other side was seen of.
    pub(crate) peer: Option<String>,
    pub(crate) workload: Option<ObjectRef>,
    pub(crate) message: String,
    /// The services on the way, the caller first.
    pub(crate) way: Vec<String>,
}

impl Broken {
    /// Where a trace broke; absent where no failure reached the caller.
    pub(crate) fn of(tree: &Tree) -> Option<Self> {
        let ways = tree
            .roots()
            .filter(|root| root.failed())
            .map(|root| tree.to_deepest_failure(root));
        let way = ways.max_by_key(Vec::len)?;
        let last = *way.last()?;
        let is_call = last.kind == Kind::Calls;
        // The other side answered if any of its spans is there: then it, or what it said, is not what is missing.
        let is_silent = is_call && tree.children(last).next().is_none();
        let peer = is_silent.then(|| last.peer.clone()).flatten();
        Some(Self {
            service: last.service.clone(),
            operation: if peer.is_some() {
                operation(&way, last)
            } else {
                last.name.clone()
            },
            peer,
            workload: last.workload.clone(),
            message: way
                .iter()
                .rev()
                .map(|span| span.message.as_str())
                .find(|message| !message.is_empty())
                .unwrap_or_default()
                .to_owned(),
            way: services(&way),
        })
    }
}

/// What the service was doing when it called: its own entry, which is what people know it by.
fn operation(way: &[&Span], last: &Span) -> String {
    let own = way.iter().rev().filter(|span| span.service == last.service);
    let entry = own.clone().find(|span| span.kind == Kind::IsCalled);
    entry.unwrap_or(&last).name.clone()
}

fn services(way: &[&Span]) -> Vec<String> {
    let mut names: Vec<String> = way.iter().map(|span| span.service.clone()).collect();
    names.dedup();
    names
}
