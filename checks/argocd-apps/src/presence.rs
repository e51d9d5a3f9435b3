//! The first rung: is the application there at all? Only a parent that lists it or the site's own word can say that one
//! is missing; nothing else is expected.

use std::collections::BTreeSet;

use bsq_sdk::prelude::*;

use crate::objects::{Application, Resource};
use crate::tell;

const MISSING: &str = "BSQ-ARGO-001";

pub(crate) fn look(
    cx: &Context,
    report: &mut Report,
    applications: &[Item<Application>],
    expected: &[String],
) {
    for parent in applications.iter().filter(|it| it.deleted().is_none()) {
        for child in parent.status.resources.iter().filter(|it| is_child(it)) {
            listed(cx, report, applications, parent, child);
        }
    }
    // In a narrower scope an application that is expected elsewhere is not missing.
    if cx.scope().kind == "platform" {
        for wanted in expected {
            asked_for(cx, report, applications, wanted);
        }
    }
}

/// Without the kind there is no application, so each one that the site expects is missing.
pub(crate) fn nothing_installed(report: &mut Report, expected: &[String]) {
    for wanted in expected {
        let title = format!("application {wanted} is expected, and Argo CD is not installed");
        not_there(report.finding(MISSING, Named::new("application", wanted), title));
    }
}

fn is_child(resource: &Resource) -> bool {
    resource.group == "argoproj.io" && resource.kind == "Application" && !resource.requires_pruning
}

fn listed(
    cx: &Context,
    report: &mut Report,
    applications: &[Item<Application>],
    parent: &Item<Application>,
    child: &Resource,
) {
    let namespace = if child.namespace.is_empty() {
        parent.namespace()
    } else {
        &child.namespace
    };
    let is_it = |it: &Item<Application>| it.name() == child.name && it.namespace() == namespace;
    if applications.iter().any(is_it) || !is_absent(cx, namespace, &child.name) {
        return;
    }
    let subject =
        ObjectRef::new("argoproj.io/v1alpha1/Application", &child.name).in_namespace(namespace);
    let title = format!(
        "application {} is not there, though application {} lists it",
        child.name,
        parent.name()
    );
    let finding = report.finding(MISSING, subject.with_read(parent.read()), title);
    finding.evidence(
        format!("status.resources of application {}", parent.name()),
        format!("{}: {}", child.label(), child.status),
    );
    finding.caused_by(parent);
    not_there(finding);
    tell::look(finding, parent);
}

fn asked_for(cx: &Context, report: &mut Report, applications: &[Item<Application>], wanted: &str) {
    let (namespace, name) = wanted
        .split_once('/')
        .map_or((None, wanted), |(namespace, name)| (Some(namespace), name));
    let is_it = |it: &Item<Application>| {
        it.name() == name && namespace.is_none_or(|namespace| namespace == it.namespace())
    };
    if applications.iter().any(is_it) {
        return;
    }
    // The list may have been narrowed by labels, so ask for the object itself where applications live.
    let places: BTreeSet<_> = match namespace {
        Some(namespace) => BTreeSet::from([namespace]),
        None => applications.iter().map(Item::namespace).collect(),
    };
    if !places.iter().all(|place| is_absent(cx, place, name)) {
        return;
    }
    let title = format!("application {wanted} is expected and not there");
    let finding = report.finding(MISSING, Named::new("application", wanted), title);
    finding.evidence("settings.expect", wanted);
    not_there(finding);
}

/// Whether the server itself says that there is none. A denied or failed read leaves it open, and is in the report.
fn is_absent(cx: &Context, namespace: &str, name: &str) -> bool {
    cx.get::<Application>(namespace, name)
        .err()
        .is_some_and(|error| error.is_absent())
}

fn not_there(finding: &mut Finding) {
    finding.look([
        "kubectl",
        "get",
        "applications.argoproj.io",
        "--all-namespaces",
    ]);
    finding.advice("compare with the components that the deployment switches on");
    finding.link("/docs/deployment/configuration-model");
}
