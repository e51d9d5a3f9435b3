//! The subjects and facts that findings about registries share. Who cannot pull points to these subjects.

use std::collections::BTreeSet;

use bsq_platform::{command, words};
use bsq_sdk::prelude::*;

use crate::pulls::Failure;

/// Names in a title: beyond this a number says it.
const MOST: usize = 5;

/// Messages of one finding: the registry says the same to all.
const MESSAGES: usize = 3;

pub(crate) fn registry(host: &str) -> Named {
    Named::new("registry", host)
}

pub(crate) fn pull_credentials(namespace: &str, registry: &str) -> Named {
    Named::new("pull-credentials", format!("{namespace}/{registry}"))
}

pub(crate) fn harbor(namespace: &str) -> Named {
    Named::new("harbor", namespace)
}

/// What pulls say of one registry in the same words as its endpoint: the endpoint is that registry, as it looks from
/// here. Where pulls say it of several, it may be none of them.
pub(crate) fn seen_by_pulls(report: &Report, code: &str) -> Option<Subject> {
    let mut found = report.findings().iter().filter(|finding| {
        let is_registry =
            matches!(finding.subject(), Subject::Named(named) if named.kind() == "registry");
        finding.code() == code && is_registry
    });
    let first = found.next()?.subject().clone();
    found.next().is_none().then_some(first)
}

/// The project of Harbor that an image lies in: the first part of its path.
pub(crate) fn project(image: &str) -> Option<Named> {
    let (_, path) = image.split_once('/')?;
    let (project, _) = path.split_once('/')?;
    Some(project_named(project))
}

pub(crate) fn project_named(project: &str) -> Named {
    Named::new("registry-project", project)
}

pub(crate) fn image(image: &str) -> Named {
    Named::new("image", image)
}

/// `a, b, c`, or `a, b, c, d, e and 4 more`.
pub(crate) fn some(names: &[&str]) -> String {
    words::some(names, MOST)
}

/// `14 pods in 5 namespaces`.
pub(crate) fn reach(failures: &[&Failure<'_>]) -> String {
    let namespaces: BTreeSet<_> = failures.iter().map(|it| it.pod.namespace()).collect();
    let pods: BTreeSet<_> = failures
        .iter()
        .map(|it| (it.pod.namespace(), it.pod.name()))
        .collect();
    let pods = if pods.len() == 1 {
        "1 pod".to_owned()
    } else {
        format!("{} pods", pods.len())
    };
    match (namespaces.len(), namespaces.first()) {
        (1, Some(namespace)) => format!("{pods} in {namespace}"),
        (count, _) => format!("{pods} in {count} namespaces"),
    }
}

/// When it began, what was said, and to whom.
pub(crate) fn failures(finding: &mut Finding, failures: &[&Failure<'_>]) {
    finding.since(failures.iter().filter_map(|it| it.since).min());
    let mut told = BTreeSet::new();
    for failure in failures {
        if told.len() < MESSAGES && told.insert(failure.message) {
            let source = format!(
                "pull of {} by pod {}/{}",
                failure.image,
                failure.pod.namespace(),
                failure.pod.name()
            );
            finding.evidence_from(failure.read, source, failure.message);
        }
    }
    finding.attribute("pods", reach(failures));
    if let Some(first) = failures.first() {
        finding.look(command::describe(
            first.pod.namespace(),
            "pod",
            first.pod.name(),
        ));
    }
}
