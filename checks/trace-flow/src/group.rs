//! Broken requests by the place where they broke.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::ObjectRef;
use bsq_sdk::reads::TraceSummary;

use crate::broken::Broken;
use crate::span::Tree;

/// Service, operation, and the other side of the call where that is what is silent.
pub(crate) type Place = (String, String, Option<String>);

/// Messages kept for one place: those that differ in numbers only would be as many as requests.
const MESSAGES: usize = 20;

pub(crate) struct Group {
    pub(crate) traces: Vec<String>,
    pub(crate) read: u32,
    pub(crate) workload: Option<ObjectRef>,
    pub(crate) way: Vec<String>,
    /// What the requests began with, by service and name.
    pub(crate) began: BTreeSet<(String, String)>,
    pub(crate) first: u64,
    pub(crate) last: u64,
    messages: BTreeMap<String, usize>,
}

#[derive(Default)]
pub(crate) struct Groups {
    groups: BTreeMap<Place, Group>,
    recovered: usize,
}

impl Groups {
    pub(crate) fn add(&mut self, tree: &Tree, summary: &TraceSummary, read: u32) {
        let Some(broken) = Broken::of(tree) else {
            self.recovered += 1;
            return;
        };
        let place = (broken.service, broken.operation, broken.peer);
        let group = self.groups.entry(place).or_insert_with(|| Group {
            traces: Vec::new(),
            read,
            workload: broken.workload,
            way: broken.way,
            began: BTreeSet::new(),
            first: summary.start,
            last: summary.start,
            messages: BTreeMap::new(),
        });
        group.traces.push(summary.trace_id.clone());
        group.first = group.first.min(summary.start);
        group.last = group.last.max(summary.start);
        let began = (summary.root_service.clone(), summary.root_name.clone());
        group.began.insert(began);
        if !broken.message.is_empty() && group.messages.len() < MESSAGES {
            *group.messages.entry(broken.message).or_default() += 1;
        }
    }

    /// The most frequent first.
    pub(crate) fn by_count(&self) -> Vec<(&Place, &Group)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by(|one, other| {
            let count = other.1.traces.len().cmp(&one.1.traces.len());
            count.then_with(|| one.0.cmp(other.0))
        });
        groups
    }

    pub(crate) fn broken(&self) -> usize {
        self.groups.values().map(|group| group.traces.len()).sum()
    }

    /// Traces in which a failure did not reach the caller.
    pub(crate) fn recovered(&self) -> usize {
        self.recovered
    }
}

impl Group {
    /// What is said most often.
    pub(crate) fn message(&self) -> Option<&str> {
        let most = self.messages.iter().max_by_key(|(_, count)| **count)?;
        Some(most.0)
    }
}
