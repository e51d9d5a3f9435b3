//! How sources are told: short lists, the command that shows every source, and what to compare them with.

use bsq_platform::source::Origin;
use bsq_platform::words;
use bsq_sdk::prelude::*;

use crate::objects::{Application, Source};

/// Names in a title or sources in a finding: beyond this a person reads the objects themselves.
pub(crate) const MOST: usize = 5;

/// `application keycloak`, or `7 applications (keycloak, minio, … and 2 more)`.
pub(crate) fn some(names: &[&str]) -> String {
    let shown = words::some(names, MOST);
    match names.len() {
        1 => format!("application {shown}"),
        count => format!("{count} applications ({shown})"),
    }
}

pub(crate) fn source(finding: &mut Finding, application: &Item<Application>, source: &Source) {
    finding.evidence_from(
        application.read(),
        format!("spec.source of {}", application.name()),
        source.told(),
    );
}

/// What to look at next. `namespace` is where the applications, and so Argo CD, are.
pub(crate) fn look(finding: &mut Finding, namespace: &str) {
    finding.look([
        "kubectl",
        "-n",
        namespace,
        "get",
        "applications.argoproj.io",
        "-o",
        "custom-columns=NAME:.metadata.name,REPOSITORY:.spec.source.repoURL,REVISION:.spec.source.targetRevision,PATH:.spec.source.path",
    ]);
    finding.advice(
        "compare with `git_config` of the deployment: the repository's address, branch and path",
    );
    finding.link("/docs/deployment/configuration-model");
}
