//! How a fault of a source is told, and of which place it is.

use bsq_platform::fault::{Fault, says};
use bsq_platform::source::Origin;

use crate::objects::Source;

/// Texts that look like one of the faults and are the project's word, which `argocd-apps` tells.
const OF_PROJECT: &[&str] = &["is not permitted in project", "referencing project"];

/// What is wrong with a source, if a text says so.
pub(crate) fn of(message: &str) -> Option<Fault> {
    Fault::of(message).filter(|_| !says(message, OF_PROJECT))
}

pub(crate) fn code(fault: Fault) -> &'static str {
    match fault {
        Fault::Repository => "BSQ-GIT-004",
        Fault::Credentials => "BSQ-GIT-005",
        Fault::Unreachable => "BSQ-GIT-006",
        Fault::Revision => "BSQ-GIT-007",
        Fault::Path => "BSQ-GIT-008",
    }
}

/// The place that has the fault, as narrow as the fault is.
pub(crate) fn place(fault: Fault, source: &Source) -> String {
    match fault {
        Fault::Credentials | Fault::Unreachable | Fault::Repository => source.address(),
        Fault::Revision => source.at_revision(),
        Fault::Path => source.at_path(),
    }
}

/// Whether another source has the fault too.
pub(crate) fn is_shared(fault: Fault, source: &Source, other: &Source) -> bool {
    let is_repository = source.address() == other.address();
    match fault {
        Fault::Credentials | Fault::Unreachable | Fault::Repository => is_repository,
        Fault::Revision => is_repository && source.revision() == other.revision(),
        Fault::Path => source == other,
    }
}

pub(crate) fn title(fault: Fault, source: &Source) -> String {
    let address = source.address();
    match fault {
        Fault::Credentials => {
            format!("repository {address} refuses the credentials that Argo CD has for it")
        }
        Fault::Unreachable => format!("Argo CD does not reach repository {address}"),
        Fault::Repository => format!("there is no repository {address}"),
        Fault::Revision => format!("{address} has no {}", source.revision()),
        Fault::Path => format!(
            "{address} has no {} at {}",
            source.what(),
            source.revision()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, of};

    #[test]
    fn what_the_project_does_not_permit_is_no_fault_of_the_source() {
        for (message, fault) in [
            (
                "authentication required: Repository not found.",
                Some(Fault::Credentials),
            ),
            ("repo https://x is not permitted in project 'p'", None),
            (
                "error referencing project p: dial tcp: connection refused",
                None,
            ),
        ] {
            assert_eq!(of(message), fault, "{message}");
        }
    }
}
