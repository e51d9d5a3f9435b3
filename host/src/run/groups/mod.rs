//! Which findings are causes and which are their consequences.
//!
//! Checks say what a finding is a consequence of; only here that becomes groups. Pure and deterministic: the same
//! findings give the same groups in the same order, whatever order the checks ended in.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::manifest::{Layer, Severity};
use crate::report::model::{Cause, CheckRow, Finding, Group, Subject};

/// Fold consequences under their causes: one group for each finding that is no consequence of another.
pub fn group(rows: &[CheckRow]) -> Vec<Group> {
    let findings = ranked(rows);
    let parents = parents(&findings);
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

/// Whether a cause points at this finding.
pub fn is_caused_by(cause: &Cause, finding: &Finding) -> bool {
    let code = cause.code.as_ref().map(|code| *code == finding.code);
    let subject = cause
        .subject
        .as_ref()
        .map(|subject| is_same(subject, &finding.subject));
    // A cause that names nothing points at nothing.
    (code.is_some() || subject.is_some()) && code.unwrap_or(true) && subject.unwrap_or(true)
}

/// Worst first, then where it began, then the lower layer, then something stable.
type Rank<'a> = (Reverse<Severity>, Onset, Layer, &'a str);

/// A group ranks by its worst member, and by the layer of its root.
type GroupRank = (Reverse<Severity>, Onset, Layer, String);

/// What has no known beginning comes after what has one.
type Onset = (bool, Option<Timestamp>);

fn onset(finding: &Finding) -> Onset {
    let since = finding.since.as_ref().and_then(|text| text.parse().ok());
    (since.is_none(), since)
}

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
    let mut seen = std::collections::BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.fingerprint.as_str()));
    findings
}

/// The cause of each finding, if it has one among the others. Never a cycle: where two findings name each other, the one
/// that ranks first stays the consequence of none.
fn parents(findings: &[&Finding]) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; findings.len()];
    // From the last in rank, so that of a cycle the worst finding is left as its root.
    for (index, finding) in findings.iter().enumerate().rev() {
        let mut candidates: Vec<usize> = (0..findings.len())
            .filter(|other| *other != index)
            .filter(|other| {
                let other = findings.get(*other);
                other.is_some_and(|other| points_at(finding, other))
            })
            .collect();
        // A code alone may point at many findings: the one nearby is the likelier cause.
        candidates.sort_by_key(|other| {
            let other_finding = findings.get(*other);
            let is_near = other_finding.is_some_and(|other| namespace(other) == namespace(finding));
            (!is_near, *other)
        });
        let parent = candidates
            .into_iter()
            .find(|candidate| root(&parents, *candidate) != index);
        if let Some(slot) = parents.get_mut(index) {
            *slot = parent;
        }
    }
    parents
}

fn points_at(finding: &Finding, other: &Finding) -> bool {
    finding
        .caused_by
        .iter()
        .any(|cause| is_caused_by(cause, other))
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
    };
    Some((rank, group))
}

fn namespace(finding: &Finding) -> Option<&str> {
    match &finding.subject {
        Subject::Object { namespace, .. } => namespace.as_deref(),
        Subject::Named { .. } => None,
    }
}

/// Whether two subjects are one thing. A pod and the controller that made it are: whoever names the controller means its
/// pods too.
fn is_same(cause: &Subject, found: &Subject) -> bool {
    match (cause, found) {
        (
            Subject::Named {
                kind: one_kind,
                name: one,
                ..
            },
            Subject::Named { kind, name, .. },
        ) => one_kind == kind && one == name,
        (Subject::Object { .. }, Subject::Object { .. }) => is_same_object(cause, found),
        _ => false,
    }
}

fn is_same_object(cause: &Subject, found: &Subject) -> bool {
    let (Some(one), Some(other)) = (Identity::of(cause), Identity::of(found)) else {
        return false;
    };
    if one.namespace != other.namespace {
        return false;
    }
    // A cause that names no container means any.
    if one.container.is_some() && one.container != other.container {
        return false;
    }
    let is_itself = one.kind == other.kind
        && one.name == other.name
        && one
            .group_of()
            .is_none_or(|group| other.group_of().is_none_or(|other| group == other));
    is_itself
        || other.owner == Some((one.kind, one.name))
        || one.owner == Some((other.kind, other.name))
        || is_behind(&one, &other)
}

/// Who cannot reach a Service names the Service, not what stands behind it. Here a workload stands behind the Service of
/// its name; where another does, the finding keeps a group of its own.
fn is_behind(service: &Identity<'_>, found: &Identity<'_>) -> bool {
    let owner = found.owner.map(|(_, name)| name);
    let is_workload = matches!(found.kind, "StatefulSet" | "Deployment" | "DaemonSet");
    service.kind == "Service"
        && (owner == Some(service.name) || is_workload && found.name == service.name)
}

struct Identity<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    container: Option<&'a str>,
    owner: Option<(&'a str, &'a str)>,
}

impl<'a> Identity<'a> {
    fn of(subject: &'a Subject) -> Option<Self> {
        let Subject::Object {
            api_version,
            kind,
            namespace,
            name,
            container,
            attributes,
            ..
        } = subject
        else {
            return None;
        };
        let attribute = |key: &str| attributes.get(key).map(String::as_str);
        Some(Self {
            api_version,
            kind,
            namespace: namespace.as_deref(),
            name,
            container: container.as_deref(),
            owner: attribute("owner-kind").zip(attribute("owner-name")),
        })
    }

    /// The group without its version, which a server may serve in several; `None` where it is not told.
    fn group_of(&self) -> Option<&'a str> {
        match self.api_version {
            "" => None,
            version => Some(version.split_once('/').map_or("", |(group, _)| group)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::testing::{finding, named, object, pod, row};

    fn roots(groups: &[Group]) -> Vec<(&str, usize)> {
        groups
            .iter()
            .map(|group| (group.root.as_str(), group.consequences.len()))
            .collect()
    }

    #[test]
    fn a_dead_node_with_twenty_pods_is_one_group() {
        let node = finding("n1", "BSQ-NODE-001").subject(named("node", "n1"));
        let pods = (0..20).map(|index| {
            finding(&format!("p{index}"), "BSQ-POD-003").caused_by_subject(named("node", "n1"))
        });
        let row = row("pod-triage").findings(pods.chain([node]));
        assert_eq!(roots(&group(&[row.build()])), [("n1", 20)]);
    }

    #[test]
    fn a_cause_that_names_the_controller_means_its_pod() {
        let database =
            finding("db", "BSQ-POD-007").subject(pod("data", "pg-0", Some(("StatefulSet", "pg"))));
        let mut owner = pod("data", "pg", None);
        if let Subject::Object {
            kind, api_version, ..
        } = &mut owner
        {
            *kind = "StatefulSet".to_owned();
            *api_version = "apps/v1".to_owned();
        }
        let app = finding("app", "BSQ-ARGO-003").caused_by_subject(owner);
        let row = row("x").findings([app, database]);
        assert_eq!(roots(&group(&[row.build()])), [("db", 1)]);
    }

    #[test]
    fn a_cause_that_names_a_service_means_the_workload_behind_it() {
        let database =
            finding("db", "BSQ-POD-007").subject(pod("data", "pg-0", Some(("StatefulSet", "pg"))));
        let service = object("v1", "Service", Some("data"), "pg");
        let elsewhere = object("v1", "Service", Some("iam"), "pg");
        let one = finding("one", "BSQ-LOG-003").caused_by_subject(service);
        let other = finding("other", "BSQ-LOG-003").caused_by_subject(elsewhere);
        let row = row("x").findings([one, other, database]);
        assert_eq!(roots(&group(&[row.build()])), [("db", 1), ("other", 0)]);
    }

    #[test]
    fn a_code_alone_points_first_at_its_own_namespace() {
        let near = finding("near", "BSQ-POD-007").subject(pod("data", "a", None));
        let far = finding("far", "BSQ-POD-007").subject(pod("aaa", "b", None));
        let consequence = finding("so", "BSQ-ARGO-003")
            .subject(pod("data", "c", None))
            .caused_by_code("BSQ-POD-007");
        let row = row("x").findings([far, near, consequence]);
        assert_eq!(roots(&group(&[row.build()])), [("far", 0), ("near", 1)]);
    }

    #[test]
    fn two_that_name_each_other_are_one_group_under_the_worse() {
        let worse = finding("worse", "A")
            .severity(Severity::Critical)
            .caused_by_code("B");
        let other = finding("other", "B")
            .severity(Severity::Low)
            .caused_by_code("A");
        let row = row("x").findings([other, worse]);
        assert_eq!(roots(&group(&[row.build()])), [("worse", 1)]);
    }

    #[test]
    fn groups_stand_by_severity_then_onset_then_layer() {
        let row = row("x").findings([
            finding("late", "A").since("2026-11-23T06:10:00Z"),
            finding("early", "B").since("2026-11-23T06:01:00Z"),
            finding("unknown", "C"),
            finding("low", "D")
                .severity(Severity::Low)
                .since("2026-11-23T01:00:00Z"),
            finding("network", "E")
                .layer(Layer::Network)
                .since("2026-11-23T06:10:00Z"),
        ]);
        let found = group(&[row.build()]);
        let order: Vec<&str> = found.iter().map(|group| group.root.as_str()).collect();
        assert_eq!(order, ["early", "network", "late", "unknown", "low"]);
    }

    proptest! {
        #[test]
        fn every_finding_stands_in_exactly_one_group_whatever_the_order(
            edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40),
            seed in 0..12_usize,
        ) {
            let build = |rotate: usize| {
                let mut findings: Vec<_> = (0..12).map(|index| {
                    edges.iter().filter(|(from, _)| *from == index).fold(
                        finding(&format!("f{index}"), &format!("C{index}")),
                        |finding, (_, to)| finding.caused_by_code(&format!("C{to}")),
                    )
                }).collect();
                findings.rotate_left(rotate);
                group(&[row("x").findings(findings).build()])
            };
            let groups = build(0);
            let mut seen: Vec<String> = groups.iter()
                .flat_map(|group| group.consequences.iter().chain([&group.root])).cloned().collect();
            seen.sort();
            seen.dedup();
            prop_assert_eq!(seen.len(), 12);
            prop_assert_eq!(groups.iter().map(|group| 1 + group.consequences.len()).sum::<usize>(), 12);
            let text = |groups: &[Group]| serde_json::to_string(groups).unwrap();
            prop_assert_eq!(text(&groups), text(&build(seed)));
        }
    }
}
