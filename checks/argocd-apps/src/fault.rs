//! What an error text of Argo CD says: which part of the way from Git to the cluster is broken.
//!
//! The texts come from Argo CD, go-git, helm and the API server, so matching is by phrases that have been there for years;
//! a text that no phrase fits stays [`Fault::Other`] and is shown as it is.

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

const PHRASES: &[(Fault, &[&str])] = &[
    (
        Fault::Project,
        &[
            "is not permitted in project",
            "referencing project",
            "not permitted to use project",
        ],
    ),
    (
        Fault::Credentials,
        &[
            "authentication required",
            "authentication failed",
            "authorization failed",
            "unable to authenticate",
            "access denied",
            "invalid username or password",
            "permission denied (publickey",
            "401 unauthorized",
        ],
    ),
    (
        Fault::Unreachable,
        &[
            "no such host",
            "connection refused",
            "i/o timeout",
            "x509:",
            "no route to host",
            "connection reset",
            "network is unreachable",
        ],
    ),
    (
        Fault::Revision,
        &[
            "unable to resolve",
            "couldn't find remote ref",
            "unknown revision",
            "no version for constraint",
            "no matching version",
            "reference not found",
            "improper constraint",
        ],
    ),
    (
        Fault::Path,
        &[
            "app path does not exist",
            "app path is not a directory",
            "no such file or directory",
        ],
    ),
    (
        Fault::Repository,
        &[
            "repository not found",
            "project you were looking for could not be found",
            "404 not found",
        ],
    ),
    (
        Fault::Kind,
        &[
            "no matches for kind",
            "could not find the requested resource",
            "crd is installed on the destination",
        ],
    ),
    (
        Fault::Forbidden,
        &[
            "is forbidden",
            "forbidden:",
            "cannot list resource",
            "cannot create resource",
        ],
    ),
];

impl Fault {
    pub(crate) fn of(message: &str) -> Self {
        let message = message.to_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        PHRASES
            .iter()
            .find(|(_, phrases)| says(phrases))
            .map_or(Self::Other, |(fault, _)| *fault)
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
    let number = message
        .split_once("source ")
        .and_then(|(_, rest)| rest.split_once(" of "));
    let index = number
        .and_then(|(number, _)| number.parse::<usize>().ok())
        .and_then(|number| number.checked_sub(1));
    let mut sources = application.sources();
    match index {
        Some(index) => sources.nth(index).or_else(|| application.sources().next()),
        None => sources.next(),
    }
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
                "failed to list refs: authentication required: Repository not found.",
                Fault::Credentials,
            ),
            (
                "dial tcp: lookup gitlab.site.test on 10.96.0.10:53: no such host",
                Fault::Unreachable,
            ),
            (
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                Fault::Unreachable,
            ),
            (
                "unable to resolve 'release-9' to a commit SHA",
                Fault::Revision,
            ),
            ("apps/keycloak: app path does not exist", Fault::Path),
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
