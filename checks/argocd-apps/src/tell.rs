//! How an application is told: the facts, the commands and the short lists that its findings share.

use bsq_platform::source::Origin;
use bsq_platform::{command, words};
use bsq_sdk::prelude::*;

use crate::objects::Application;

/// Names in a title or resources in a finding: beyond this a person reads the object itself.
pub(crate) const MOST: usize = 5;

/// `application keycloak`, or `7 applications: keycloak, minio, … and 2 more`.
pub(crate) fn some(names: &[&str], plural: &str) -> String {
    let shown = words::some(names, MOST);
    match names.len() {
        1 => format!("{} {shown}", plural.trim_end_matches('s')),
        count => format!("{count} {plural}: {shown}"),
    }
}

/// What the guide looks at: health, sync status, target namespace, source path and revision, last operation.
pub(crate) fn facts(finding: &mut Finding, application: &Application) {
    let status = &application.status;
    finding.evidence("status.sync.status", known(&status.sync.status));
    finding.evidence("status.health.status", known(&status.health.status));
    finding.evidence(
        "spec.destination.namespace",
        &application.spec.destination.namespace,
    );
    for source in application.sources().take(MOST) {
        finding.evidence("spec.source", source.told());
    }
    let revisions = Some(&status.sync.revision)
        .filter(|it| !it.is_empty())
        .into_iter()
        .chain(&status.sync.revisions);
    for revision in revisions.take(MOST) {
        finding.evidence("status.sync.revision", revision);
    }
    if let Some(operation) = &status.operation_state {
        let value = format!("{}: {}", operation.phase, operation.message);
        finding.evidence("status.operationState", value);
    }
}

fn known(status: &str) -> &str {
    if status.is_empty() { "not set" } else { status }
}

/// The guide's command.
pub(crate) fn look(finding: &mut Finding, application: &Item<Application>) {
    let (namespace, name) = (application.namespace(), application.name());
    finding.look(command::application(namespace, name));
}
