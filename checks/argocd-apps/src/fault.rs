//! What an error text of Argo CD says: which part of the way from Git to the cluster is broken.
//!
//! What is wrong with a source is told by `bsq_platform::fault`, the rest by phrases of Argo CD and the API server that
//! have been there for years; a text that no phrase fits stays [`Fault::Other`] and is shown as it is.

use bsq_platform::fault::{Fault as OfSource, says};
use bsq_platform::source::{self, Origin};
use bsq_sdk::prelude::*;

use crate::objects::{Application, Source};

/// A broken part, in the order in which the phrases are tried: a refusal that also says "not found" is a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Project,
    Credentials,
    Unreachable,
    Repository,
    Revision,
    Path,
    Kind,
    Forbidden,
    Other,
}

const PROJECT: &[&str] = &[
    "is not permitted in project",
    "referencing project",
    "not permitted to use project",
];
const KIND: &[&str] = &[
    "no matches for kind",
    "could not find the requested resource",
    "crd is installed on the destination",
];
const FORBIDDEN: &[&str] = &[
    "is forbidden",
    "forbidden:",
    "cannot list resource",
    "cannot create resource",
];

impl From<OfSource> for Fault {
    fn from(fault: OfSource) -> Self {
        match fault {
            OfSource::Credentials => Self::Credentials,
            OfSource::Unreachable => Self::Unreachable,
            OfSource::Revision => Self::Revision,
            OfSource::Path => Self::Path,
            OfSource::Repository => Self::Repository,
        }
    }
}

impl Fault {
    pub(crate) fn of(message: &str) -> Self {
        match OfSource::of(message) {
            _ if says(message, PROJECT) => Self::Project,
            Some(fault) => fault.into(),
            None if says(message, KIND) => Self::Kind,
            None if says(message, FORBIDDEN) => Self::Forbidden,
            None => Self::Other,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Repository => "BSQ-ARGO-002",
            Self::Credentials => "BSQ-ARGO-003",
            Self::Unreachable => "BSQ-ARGO-004",
            Self::Revision => "BSQ-ARGO-005",
            Self::Path => "BSQ-ARGO-006",
            Self::Kind => "BSQ-ARGO-007",
            Self::Forbidden => "BSQ-ARGO-008",
            Self::Project => "BSQ-ARGO-009",
            Self::Other => "BSQ-ARGO-010",
        }
    }

    /// Whether every application of one repository has it, so that it is the repository's finding.
    pub(crate) fn is_of_repository(self) -> bool {
        matches!(
            self,
            Self::Repository | Self::Credentials | Self::Unreachable | Self::Revision
        )
    }

    /// The title of a fault that is one application's own.
    pub(crate) fn title(self, application: &Item<Application>, message: &str) -> String {
        let name = application.name();
        match (self, source(application, message)) {
            (Self::Path, Some(source)) => {
                format!(
                    "application {name}: {} does not exist at {} of {}",
                    source.what(),
                    source.revision(),
                    source.address()
                )
            }
            (Self::Kind, _) => match missing_kind(message) {
                Some(kind) => format!(
                    "application {name} needs the kind {kind}, which the cluster does not know"
                ),
                None => format!("application {name} needs a kind that the cluster does not know"),
            },
            (Self::Forbidden, _) => {
                format!("application {name}: the cluster forbids what Argo CD has to do")
            }
            (Self::Project, _) => format!(
                "application {name}: project {} does not permit it, or does not exist",
                application.spec.project
            ),
            _ => format!("application {name}: its desired state cannot be computed"),
        }
    }

    /// The title of a fault that every application of a repository has.
    pub(crate) fn repository_title(self, source: &Source) -> String {
        let address = source.address();
        match self {
            Self::Credentials => format!(
                "repository {address} refuses Argo CD's credentials, or hides itself from them"
            ),
            Self::Unreachable => format!("repository {address} cannot be reached from Argo CD"),
            Self::Revision => format!("revision {} does not exist in {address}", source.revision()),
            _ => format!("repository {address} is not found"),
        }
    }
}

/// The source that a text is about: `source 2 of 3`, else the first.
pub(crate) fn source<'a>(application: &'a Application, message: &str) -> Option<&'a Source> {
    source::meant(application.sources(), message)
}

/// The kind in `no matches for kind "Kafka" in version "kafka.strimzi.io/v1beta2"`, or in
/// `could not find monitoring.coreos.com/ServiceMonitor for requested resource`.
pub(crate) fn missing_kind(message: &str) -> Option<String> {
    if let Some((_, rest)) = message.split_once("no matches for kind \"") {
        let (kind, rest) = rest.split_once('"')?;
        let version = rest
            .strip_prefix(" in version \"")
            .and_then(|rest| rest.split_once('"'));
        return Some(version.map_or_else(
            || kind.to_owned(),
            |(version, _)| format!("{version}/{kind}"),
        ));
    }
    let (_, rest) = message.split_once("could not find ")?;
    let (kind, _) = rest.split_once(" for requested resource")?;
    Some(kind.to_owned()).filter(|kind| !kind.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::{Fault, missing_kind};

    #[test]
    fn texts_are_told_apart() {
        for (message, fault) in [
            (
                "failed to list refs: repository not found",
                Fault::Repository,
            ),
            (
                "no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"",
                Fault::Kind,
            ),
            (
                "namespaces is forbidden: User \"system:serviceaccount:argocd:x\" cannot create resource",
                Fault::Forbidden,
            ),
            (
                "application repo https://x is not permitted in project 'p'",
                Fault::Project,
            ),
            (
                "helm template failed: execution error at (x/templates/y.yaml:3:4)",
                Fault::Other,
            ),
        ] {
            assert_eq!(Fault::of(message), fault, "{message}");
        }
    }

    #[test]
    fn the_missing_kind_is_named() {
        let said = "no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"";
        assert_eq!(
            missing_kind(said).as_deref(),
            Some("kafka.strimzi.io/v1beta2/Kafka")
        );
        let said = "The Kubernetes API could not find monitoring.coreos.com/ServiceMonitor for requested resource x/y.";
        assert_eq!(
            missing_kind(said).as_deref(),
            Some("monitoring.coreos.com/ServiceMonitor")
        );
        assert_eq!(
            missing_kind("the server could not find the requested resource"),
            None
        );
    }
}
