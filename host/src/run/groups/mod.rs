//! Which findings are causes and which are their consequences.
//!
//! Checks say what a finding is a consequence of; where they do not, what is known of the platform does: owners, nodes,
//! volumes and the dependency graph. Only here that becomes groups. Pure and deterministic: the same findings give the
//! same groups in the same order, whatever order the checks ended in.
//!
//! ```text
//! findings ─► ranked ─► parents: said by a check (subject.rs) │ inferred (inferred.rs) ─► roots ─► groups
//! ```

mod inferred;
mod onset;
mod subject;
mod surroundings;

pub use subject::is_caused_by;
pub use surroundings::{Key, Place, Surroundings};

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use self::inferred::Scene;
use self::onset::{Onset, onset};
use super::graph::Graph;
use crate::manifest::{Layer, Severity};
use crate::report::model::{CheckRow, Finding, Group, Subject};

/// What is known besides the findings.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub graph: &'a Graph,
    pub surroundings: &'a Surroundings,
}

/// Fold consequences under their causes: one group for each finding that is no consequence of another.
pub fn group(rows: &[CheckRow], ground: Ground<'_>) -> Vec<Group> {
    let findings = ranked(rows);
    let parents = parents(&findings, ground);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..findings.len() {
        members
            .entry(root(&parents, index))
            .or_default()
            .push(index);
    }
    let mut groups: Vec<(GroupRank, Group)> = members
        .iter()
        .filter_map(|(root, members)| folded(&findings, *root, members))
        .collect();
    groups.sort_by(|(one, _), (other, _)| one.cmp(other));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Worst first, then where it began, then the lower layer, then something stable.
type Rank<'a> = (Reverse<Severity>, Onset, Layer, &'a str);

/// A group ranks by its worst member, and by the layer of its root.
type GroupRank = (Reverse<Severity>, Onset, Layer, String);

fn rank(finding: &Finding) -> Rank<'_> {
    (
        Reverse(finding.severity),
        onset(finding),
        finding.layer,
        &finding.fingerprint,
    )
}

/// Every finding once, by fingerprint.
fn ranked(rows: &[CheckRow]) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = rows.iter().flat_map(|row| &row.findings).collect();
    findings.sort_by(|one, other| rank(one).cmp(&rank(other)));
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.fingerprint.as_str()));
    findings
}

/// The cause of each finding, if it has one among the others. Never a circle: where two findings name each other, the
/// one that ranks first stays the consequence of none.
///
/// What checks say goes first for all of them, so that no guess stands in its way.
fn parents(findings: &[&Finding], ground: Ground<'_>) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; findings.len()];
    // From the last in rank, so that of a circle the worst finding is left as its root.
    for index in (0..findings.len()).rev() {
        adopt(&mut parents, index, said(findings, index));
    }
    let scene = Scene::new(findings, ground);
    for index in (0..findings.len()).rev() {
        if parents.get(index) == Some(&None) {
            adopt(&mut parents, index, scene.causes(index));
        }
    }
    parents
}

/// Take the first candidate that is not a consequence of the finding itself.
fn adopt(parents: &mut [Option<usize>], index: usize, candidates: Vec<usize>) {
    let parent = candidates
        .into_iter()
        .find(|candidate| root(parents, *candidate) != index);
    if let Some(slot) = parents.get_mut(index) {
        *slot = parent;
    }
}

/// The findings that a check names as causes of this one, the likeliest first.
fn said(findings: &[&Finding], index: usize) -> Vec<usize> {
    let Some(finding) = findings.get(index) else {
        return Vec::new();
    };
    if finding.caused_by.is_empty() {
        return Vec::new();
    }
    let mut candidates: Vec<(bool, usize)> = Vec::new();
    for (other_index, other) in findings.iter().enumerate() {
        let mut causes = finding.caused_by.iter();
        // A check that names a thing has looked at it; a code alone may stand for anything that was found.
        let is_named = causes.any(|cause| {
            is_caused_by(cause, other)
                && (cause.subject.is_some() || onset::can_cause(other, finding))
        });
        if is_named && other_index != index && may_explain(other, finding) {
            // A code alone may point at many findings: the one nearby is the likelier cause.
            let is_near = namespace(other) == namespace(finding);
            candidates.push((!is_near, other_index));
        }
    }
    candidates.sort_unstable();
    candidates.into_iter().map(|(_, index)| index).collect()
}

/// What only informs is no reason to fail.
fn may_explain(cause: &Finding, consequence: &Finding) -> bool {
    cause.severity > Severity::Info || consequence.severity == Severity::Info
}

/// Follow causes to the first of them.
fn root(parents: &[Option<usize>], index: usize) -> usize {
    let mut at = index;
    while let Some(Some(parent)) = parents.get(at) {
        at = *parent;
    }
    at
}

fn folded(findings: &[&Finding], root: usize, members: &[usize]) -> Option<(GroupRank, Group)> {
    let root_finding = findings.get(root)?;
    let all: Vec<&Finding> = members
        .iter()
        .filter_map(|index| findings.get(*index).copied())
        .collect();
    let worst = all.iter().map(|finding| finding.severity).max()?;
    let first = all.iter().min_by_key(|finding| onset(finding))?;
    let consequences = all
        .iter()
        .filter(|finding| finding.fingerprint != root_finding.fingerprint)
        .map(|finding| finding.fingerprint.clone())
        .collect();
    let rank = (
        Reverse(worst),
        onset(first),
        root_finding.layer,
        root_finding.fingerprint.clone(),
    );
    let group = Group {
        root: root_finding.fingerprint.clone(),
        consequences,
        since: first.since.clone(),
        changes: Vec::new(),
    };
    Some((rank, group))
}

fn namespace(finding: &Finding) -> Option<&str> {
    match &finding.subject {
        Subject::Object { namespace, .. } => namespace.as_deref(),
        Subject::Named { .. } => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
