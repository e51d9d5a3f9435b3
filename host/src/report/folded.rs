//! A run's findings in the order of its groups: each cause with its consequences.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Change, Finding, Run, Verdict};
use crate::manifest::Severity;

/// A cause with its consequences.
pub(super) struct Folded<'a> {
    pub(super) root: &'a Finding,
    pub(super) consequences: Vec<&'a Finding>,
    pub(super) since: Option<&'a str>,
    /// What changed just before.
    pub(super) changes: &'a [Change],
}

impl<'a> Folded<'a> {
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.root).chain(self.consequences.iter().copied())
    }

    pub(super) fn is_failing(&self) -> bool {
        self.all().any(is_failing)
    }

    /// Nothing in it asks for anything.
    pub(super) fn is_information(&self) -> bool {
        self.all().all(|finding| finding.severity == Severity::Info)
    }
}

pub(super) fn is_failing(finding: &Finding) -> bool {
    Verdict::of(finding.severity) == Verdict::Fail
}

/// Every finding of the run once. One that stands in no group is a cause of its own: nothing is lost.
pub(super) fn fold(run: &Run) -> Vec<Folded<'_>> {
    let mut findings: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in run.checks.iter().flat_map(|row| &row.findings) {
        findings.entry(&finding.fingerprint).or_insert(finding);
    }
    let mut shown = BTreeSet::new();
    let mut folded = Vec::new();
    for group in &run.groups {
        let Some(root) = findings.get(group.root.as_str()) else {
            continue;
        };
        shown.insert(group.root.as_str());
        let consequences = group
            .consequences
            .iter()
            .filter_map(|fingerprint| findings.get_key_value(fingerprint.as_str()))
            .inspect(|(fingerprint, _)| {
                shown.insert(**fingerprint);
            })
            .map(|(_, finding)| *finding)
            .collect();
        folded.push(Folded {
            root,
            consequences,
            since: group.since.as_deref(),
            changes: &group.changes,
        });
    }
    let rest = findings
        .iter()
        .filter(|(fingerprint, _)| !shown.contains(**fingerprint));
    folded.extend(rest.map(|(_, finding)| Folded {
        root: finding,
        consequences: Vec::new(),
        since: finding.since.as_deref(),
        changes: &[],
    }));
    folded
}
