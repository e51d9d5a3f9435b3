//! What findings follow from, in the subjects of the checks that look for causes: the source (`git-source`), the kind, the
//! clean-up and the prerequisite (`argocd-sync-order`), the hand that changed a workload (`gitops-path`).

use bsq_platform::source::Origin;
use bsq_sdk::prelude::*;

use crate::fault;
use crate::objects::{Application, Resource, Source};

/// A source that cannot be read: its path, its branch, or the whole repository.
pub(crate) fn unreadable(finding: &mut Finding, source: &Source) {
    for place in [source.at_path(), source.at_revision(), source.address()] {
        finding.caused_by(Named::new("source", place));
    }
}

/// A source that can be read and is another than it should be.
pub(crate) fn unexpected(finding: &mut Finding, application: &Application) {
    for source in application.sources() {
        for (code, place) in [
            ("BSQ-GIT-001", source.address()),
            ("BSQ-GIT-002", source.at_revision()),
            ("BSQ-GIT-003", source.at_path()),
        ] {
            finding.caused_by_finding(code, Named::new("source", place));
        }
    }
}

/// A kind that is not served, where a text names one.
pub(crate) fn kind(finding: &mut Finding, message: &str) {
    if let Some(kind) = fault::missing_kind(message) {
        let mut parts = kind.split('/');
        let name = match (parts.next(), parts.next(), parts.next()) {
            (Some(group), Some(_), Some(kind)) => format!("{group}/{kind}"),
            // Of two parts the first is a group with a dot in it, or the version of a kind of the core.
            (Some(group), Some(kind), None) if group.contains('.') => format!("{group}/{kind}"),
            (Some(_), Some(kind), None) => kind.to_owned(),
            _ => kind,
        };
        finding.caused_by(Named::new("kind", name));
    }
}

/// A workload that was changed after the last sync.
pub(crate) fn changed(finding: &mut Finding, resources: &[&Resource]) {
    for resource in resources {
        finding.caused_by_finding("BSQ-GITOPS-003", resource.reference());
    }
}

/// Of what is not in the cluster, it is known already.
pub(crate) fn missing(finding: &mut Finding, application: &Item<Application>) {
    finding.caused_by_finding("BSQ-ARGO-016", application);
}

/// The resource that a running operation names where its result lists no step: `waiting for healthy state of
/// apps/Deployment/portal and 2 more resources`.
pub(crate) fn awaited(finding: &mut Finding, application: &Application, message: &str) {
    let named = message.split(' ').find_map(|word| {
        let mut parts = word.split('/');
        let named = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(named)
    });
    if let Some((group, kind, name)) = named {
        // Of the version the message says nothing; any is the same object.
        let kind = match group {
            "" => format!("v1/{kind}"),
            group => format!("{group}/v1/{kind}"),
        };
        let namespace = &application.spec.destination.namespace;
        finding.caused_by(ObjectRef::new(&kind, name).in_namespace(namespace));
    }
}

/// The clean-up of an application that is deleted.
pub(crate) fn clean_up(finding: &mut Finding, application: &Item<Application>) {
    finding.caused_by_finding("BSQ-SYNC-007", application);
}

/// Storage, or an application that this one is built on.
pub(crate) fn prerequisites(finding: &mut Finding, application: &Item<Application>) {
    for code in ["BSQ-SYNC-011", "BSQ-SYNC-012"] {
        finding.caused_by_finding(code, application);
    }
}

/// An application that lies where Argo CD does not look.
pub(crate) fn not_looked_at(finding: &mut Finding, application: &Item<Application>) {
    finding.caused_by_finding("BSQ-GITOPS-004", application);
}
