//! What is wrong with a registry as its pulls show it: it cannot be reached, it fails, images are not in it, a quota is used up.
//! One finding for each registry, whoever pulls from it.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;

use crate::harbor::Harbor;
use crate::objects::Pod;
use crate::pulls::Failure;
use crate::reason::Reason;
use crate::tell;

pub(crate) fn tell(
    report: &mut Report,
    pods: &[Item<Pod>],
    failures: &[Failure<'_>],
    harbor: &Harbor<'_>,
) {
    let mut by_registry: BTreeMap<&str, Vec<&Failure<'_>>> = BTreeMap::new();
    for failure in failures {
        by_registry
            .entry(failure.registry)
            .or_default()
            .push(failure);
    }
    for (registry, all) in by_registry {
        let of = |wanted: fn(Reason) -> bool| -> Vec<&Failure<'_>> {
            all.iter()
                .filter(|failure| wanted(failure.reason))
                .copied()
                .collect()
        };
        unreachable(
            report,
            registry,
            &of(|reason| reason.unreachable().is_some()),
            pods,
            harbor,
        );
        fails(
            report,
            registry,
            &of(|reason| reason == Reason::Fails),
            harbor,
        );
        missing(report, registry, &of(|reason| reason == Reason::Missing));
        quota(report, registry, &of(|reason| reason == Reason::Quota));
    }
}

fn unreachable(
    report: &mut Report,
    registry: &str,
    failures: &[&Failure<'_>],
    pods: &[Item<Pod>],
    harbor: &Harbor<'_>,
) {
    let Some(why) = most_frequent(failures).and_then(Reason::unreachable) else {
        return;
    };
    let place = only_node(failures, pods)
        .map_or_else(|| "the nodes".to_owned(), |node| format!("node {node}"));
    let title = format!(
        "{registry} cannot be reached from {place}: {why} ({})",
        tell::reach(failures)
    );
    let finding = report.finding("BSQ-REG-007", tell::registry(registry), title);
    tell::failures(finding, failures);
    harbor.behind(finding, registry);
    let has_expired = |failure: &&Failure<'_>| failure.message.contains("certificate has expired");
    if failures.iter().any(has_expired) {
        finding.caused_by_code("BSQ-TLS-001");
    }
    finding.advice("look up the name and open the address from a node: kubelets pull, not pods");
    finding.link("/docs/runtime/components/harbor");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
}

fn fails(report: &mut Report, registry: &str, failures: &[&Failure<'_>], harbor: &Harbor<'_>) {
    if failures.is_empty() {
        return;
    }
    let title = format!(
        "{registry} answers pulls with an error of its own ({})",
        tell::reach(failures)
    );
    let finding = report.finding("BSQ-REG-008", tell::registry(registry), title);
    tell::failures(finding, failures);
    harbor.behind(finding, registry);
    finding.link("/docs/runtime/components/harbor");
}

fn missing(report: &mut Report, registry: &str, failures: &[&Failure<'_>]) {
    let images: BTreeSet<_> = failures.iter().map(|failure| failure.image).collect();
    let names: Vec<_> = images.into_iter().collect();
    let (subject, what) = match names.as_slice() {
        [] => return,
        [image] => (
            tell::image(image),
            format!("image {image} is not in the registry"),
        ),
        names => (
            tell::registry(registry),
            format!(
                "{} images are not in {registry}: {}",
                names.len(),
                tell::some(names)
            ),
        ),
    };
    let finding = report.finding(
        "BSQ-REG-006",
        subject,
        format!("{what} ({})", tell::reach(failures)),
    );
    tell::failures(finding, failures);
    finding.advice("stage or replicate what the manifests name before Argo CD deploys it; compare project, name and tag");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
    finding.link("/docs/runtime/components/harbor");
}

fn quota(report: &mut Report, registry: &str, failures: &[&Failure<'_>]) {
    if failures.is_empty() {
        return;
    }
    let title = format!("{registry} refuses for a quota ({})", tell::reach(failures));
    let finding = report.finding("BSQ-REG-010", tell::registry(registry), title);
    tell::failures(finding, failures);
    for failure in failures {
        if let Some(project) = tell::project(failure.image) {
            finding.caused_by(project);
        }
    }
    finding.advice("a project that pulls through Harbor's cache stores what it pulls: raise its quota or clean it up");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
}

fn most_frequent(failures: &[&Failure<'_>]) -> Option<Reason> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for failure in failures {
        *counts.entry(failure.reason).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(reason, _)| reason)
}

/// The one node that cannot reach it, where there are others.
fn only_node<'a>(failures: &[&'a Failure<'_>], pods: &[Item<Pod>]) -> Option<&'a str> {
    let nodes: BTreeSet<_> = failures
        .iter()
        .map(|failure| failure.pod.spec.node_name.as_str())
        .collect();
    let node = nodes
        .first()
        .filter(|node| nodes.len() == 1 && !node.is_empty())?;
    let has_others = pods
        .iter()
        .any(|pod| !pod.spec.node_name.is_empty() && pod.spec.node_name != **node);
    (failures.len() > 1 && has_others).then_some(node)
}
