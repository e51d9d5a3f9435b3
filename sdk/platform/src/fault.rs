//! What an error text says of the source of an application. The texts come from Argo CD, go-git, helm and registries, so
//! matching is by phrases that have been there for years; a text that none fits is no fault of the source.

/// What is wrong with a source, in the order in which the phrases are tried: Git servers answer "not found" to who may
/// not know, so a refusal that also says so is a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Credentials,
    Unreachable,
    Revision,
    Path,
    Repository,
}

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
    /// The text in any case.
    #[must_use]
    pub fn of(message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        let mut known = PHRASES.iter();
        let (fault, _) = known.find(|(_, phrases)| has(&message, phrases))?;
        Some(*fault)
    }
}

/// Whether a text has one of these phrases, which are in lower case.
#[must_use]
pub fn says(message: &str, phrases: &[&str]) -> bool {
    has(&message.to_lowercase(), phrases)
}

fn has(message: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| message.contains(phrase))
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
                "failed to list refs: authentication required: Repository not found.",
                Some(Fault::Credentials),
            ),
            (
                "dial tcp: lookup git.site.test on 10.96.0.10:53: no such host",
                Some(Fault::Unreachable),
            ),
            (
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                Some(Fault::Unreachable),
            ),
            (
                "unable to resolve 'release-9' to a commit SHA",
                Some(Fault::Revision),
            ),
            ("apps/keycloak: app path does not exist", Some(Fault::Path)),
            (
                "helm template failed: execution error at (x/templates/y.yaml:3:4)",
                None,
            ),
        ] {
            assert_eq!(Fault::of(message), fault, "{message}");
        }
    }
}
