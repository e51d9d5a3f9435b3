//! Why an image does not come: the registry refuses, lacks it, limits, or cannot be reached.

use bsq_platform::image::repository;

/// What a pull error comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pull {
    pub(crate) code: &'static str,
    /// `the registry refuses the credentials`.
    pub(crate) what: &'static str,
    /// Which part of the image the cause is one for.
    pub(crate) shared: Shared,
    pub(crate) advice: &'static str,
}

/// How far a pull error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shared {
    /// Only this image.
    Image,
    /// All images of the registry in this namespace: pull secrets are per namespace.
    RegistryInNamespace,
    /// All images of the registry.
    Registry,
}

const fn pull(
    code: &'static str,
    what: &'static str,
    shared: Shared,
    advice: &'static str,
) -> Pull {
    Pull {
        code,
        what,
        shared,
        advice,
    }
}

/// Words of the error, the more telling first: a registry that answers 401 often says `not found` too.
const KNOWN: &[(&[&str], Pull)] = &[
    (
        &["toomanyrequests", "too many requests", "rate limit"],
        pull(
            "BSQ-POD-012",
            "the registry limits pulls",
            Shared::Registry,
            "wait, or pull through the internal registry",
        ),
    ),
    (
        &[
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
        ],
        pull(
            "BSQ-POD-011",
            "the registry's name does not resolve",
            Shared::Registry,
            "check DNS from the node",
        ),
    ),
    (
        &[
            "x509",
            "certificate",
            "tls: ",
            "server gave http response to https",
        ],
        pull(
            "BSQ-POD-011",
            "the node does not trust the registry's certificate",
            Shared::Registry,
            "check the registry's certificate and the authorities of the node",
        ),
    ),
    (
        &[
            "i/o timeout",
            "context deadline exceeded",
            "tls handshake timeout",
            "client.timeout",
        ],
        pull(
            "BSQ-POD-011",
            "the registry does not answer in time",
            Shared::Registry,
            "check the way from the node to the registry",
        ),
    ),
    (
        &[
            "connection refused",
            "no route to host",
            "network is unreachable",
            "connection reset",
            "502 bad gateway",
            "503 service unavailable",
            "unexpected status code 50",
            "unexpected eof",
        ],
        pull(
            "BSQ-POD-011",
            "the registry cannot be reached",
            Shared::Registry,
            "check that the registry itself runs",
        ),
    ),
    (
        &["quota exceeded", "exceed the configured upper limit"],
        pull(
            "BSQ-POD-012",
            "the registry refuses for a quota",
            Shared::Registry,
            "raise the quota of the project that pulls through the registry, or clean it up",
        ),
    ),
    (
        &[
            "401 unauthorized",
            "403 forbidden",
            "no basic auth credentials",
            "authentication required",
            "unauthorized",
            "access forbidden",
            "denied:",
            "invalid username/password",
            "insufficient_scope",
        ],
        pull(
            "BSQ-POD-009",
            "the registry refuses the credentials",
            Shared::RegistryInNamespace,
            "check the image pull secret of the namespace and what its account may pull",
        ),
    ),
    (
        &[
            "manifest unknown",
            "not found",
            "name unknown",
            "repository does not exist",
            "404 not found",
        ],
        pull(
            "BSQ-POD-010",
            "the image is not in the registry",
            Shared::Image,
            "check name and tag, and whether the image was staged",
        ),
    ),
    (
        &["pull access denied"],
        pull(
            "BSQ-POD-009",
            "the registry refuses the credentials",
            Shared::RegistryInNamespace,
            "check the image pull secret of the namespace and what its account may pull",
        ),
    ),
    (
        &["no space left on device"],
        pull(
            "BSQ-POD-002",
            "the node's disk is full",
            Shared::Image,
            "free the image store of the node",
        ),
    ),
    (
        &[
            "couldn't parse image",
            "invalid reference format",
            "invalidimagename",
        ],
        pull(
            "BSQ-POD-002",
            "the image's name is not valid",
            Shared::Image,
            "correct the image in the manifests",
        ),
    ),
    (
        &[
            "errimageneverpull",
            "is not present with pull policy of never",
        ],
        pull(
            "BSQ-POD-002",
            "the image is not on the node, and must not be pulled",
            Shared::Image,
            "correct the pull policy in the manifests",
        ),
    ),
];

const UNKNOWN: Pull = pull(
    "BSQ-POD-002",
    "the image cannot be pulled",
    Shared::Image,
    "read the kubelet's event of the pod",
);

/// Tell the reasons apart by the words of the kubelet, containerd or CRI-O.
///
/// The image's own name is left out, so that a repository named `certificate-manager` is no certificate error.
pub(crate) fn classify(message: &str, image: &str) -> Pull {
    let image = image.to_lowercase();
    let text = message
        .to_lowercase()
        .replace(&image, "")
        .replace(repository(&image), "");
    // `pull access denied, repository does not exist or may require authorization` is one phrase of containerd for both.
    let text = text.replace("repository does not exist or may require", "");
    let known = KNOWN
        .iter()
        .find(|(words, _)| words.iter().any(|word| text.contains(word)));
    known.map_or(UNKNOWN, |(_, pull)| pull.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let image = "harbor.site.test/coreai/certificate-portal:1.4";
        for (message, code) in [
            (
                "failed to resolve reference: 401 Unauthorized",
                "BSQ-POD-009",
            ),
            (
                "unexpected status from HEAD request: 403 Forbidden",
                "BSQ-POD-009",
            ),
            (
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
                "BSQ-POD-009",
            ),
            (
                "harbor.site.test/coreai/certificate-portal:1.4: not found",
                "BSQ-POD-010",
            ),
            (
                "manifest unknown: artifact coreai/portal:1.4 not found",
                "BSQ-POD-010",
            ),
            (
                "dial tcp: lookup harbor.site.test on 10.0.0.10:53: no such host",
                "BSQ-POD-011",
            ),
            (
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                "BSQ-POD-011",
            ),
            ("dial tcp 10.1.1.1:443: i/o timeout", "BSQ-POD-011"),
            (
                "toomanyrequests: You have reached your pull rate limit",
                "BSQ-POD-012",
            ),
            (
                "denied: adding 3 GiB will exceed the configured upper limit of 100 GiB",
                "BSQ-POD-012",
            ),
            (
                "Back-off pulling image \"harbor.site.test/coreai/certificate-portal:1.4\"",
                "BSQ-POD-002",
            ),
        ] {
            assert_eq!(classify(message, image).code, code, "{message}");
        }
    }
}
