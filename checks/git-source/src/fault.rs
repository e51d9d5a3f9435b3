//! What an error text says of a source. The texts come from Argo CD, go-git, helm and registries, so matching is by
//! phrases that have been there for years; a text that none fits is no fault of the source.

use crate::objects::{Application, Source};

/// What is wrong with a source, in the order in which the phrases are tried: Git servers answer "not found" to who may
/// not know, so a refusal that also says so is a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Credentials,
    Unreachable,
    Revision,
    Path,
    Repository,
}

/// Texts that look like one of the faults and are the project's word, which `argocd-apps` tells.
const OF_PROJECT: &[&str] = &["is not permitted in project", "referencing project"];

const PHRASES: &[(Fault, &[&str])] = &[
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
];

impl Fault {
    pub(crate) fn of(message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        if says(OF_PROJECT) {
            return None;
        }
        PHRASES
            .iter()
            .find(|(_, phrases)| says(phrases))
            .map(|(fault, _)| *fault)
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Repository => "BSQ-GIT-004",
            Self::Credentials => "BSQ-GIT-005",
            Self::Unreachable => "BSQ-GIT-006",
            Self::Revision => "BSQ-GIT-007",
            Self::Path => "BSQ-GIT-008",
        }
    }

    /// The place that has the fault, as narrow as the fault is.
    pub(crate) fn place(self, source: &Source) -> String {
        match self {
            Self::Credentials | Self::Unreachable | Self::Repository => source.address(),
            Self::Revision => source.at_revision(),
            Self::Path => source.at_path(),
        }
    }

    /// Whether another source has the fault too.
    pub(crate) fn is_shared_by(self, source: &Source, other: &Source) -> bool {
        let is_repository = source.address() == other.address();
        match self {
            Self::Credentials | Self::Unreachable | Self::Repository => is_repository,
            Self::Revision => is_repository && source.revision() == other.revision(),
            Self::Path => source == other,
        }
    }

    pub(crate) fn title(self, source: &Source) -> String {
        let address = source.address();
        match self {
            Self::Credentials => {
                format!("repository {address} refuses the credentials that Argo CD has for it")
            }
            Self::Unreachable => format!("Argo CD does not reach repository {address}"),
            Self::Repository => format!("there is no repository {address}"),
            Self::Revision => format!("{address} has no {}", source.revision()),
            Self::Path => format!(
                "{address} has no {} at {}",
                source.what(),
                source.revision()
            ),
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

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn texts_are_told_apart() {
        for (message, fault) in [
            (
                "failed to list refs: repository not found",
                Some(Fault::Repository),
            ),
            (
                "authentication required: Repository not found.",
                Some(Fault::Credentials),
            ),
            (
                "dial tcp: lookup git.site.test: no such host",
                Some(Fault::Unreachable),
            ),
            (
                "unable to resolve 'mian' to a commit SHA",
                Some(Fault::Revision),
            ),
            ("apps/keycloak: app path does not exist", Some(Fault::Path)),
            ("repo https://x is not permitted in project 'p'", None),
            ("helm template failed: execution error", None),
        ] {
            assert_eq!(Fault::of(message), fault, "{message}");
        }
    }
}
