//! What a failed pull comes down to, by the words of registries, containerd and CRI-O.

use bsq_platform::image;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Refused,
    Missing,
    Quota,
    NoName,
    Untrusted,
    NoAnswer,
    NoConnection,
    Fails,
    /// A limit on pulls, the node's own disk, or words that nobody knows: not what is asked here.
    Other,
}

/// The more telling first: a registry that answers 401 often says `not found` too.
const KNOWN: &[(Reason, &[&str])] = &[
    (
        Reason::Other,
        &[
            "toomanyrequests",
            "too many requests",
            "rate limit",
            "no space left on device",
        ],
    ),
    (Reason::Quota, &["quota"]),
    (
        Reason::NoName,
        &[
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
        ],
    ),
    (
        Reason::Untrusted,
        &[
            "x509",
            "certificate",
            "tls: ",
            "server gave http response to https",
        ],
    ),
    (
        Reason::NoAnswer,
        &[
            "i/o timeout",
            "context deadline exceeded",
            "tls handshake timeout",
            "client.timeout",
            "no route to host",
            "network is unreachable",
        ],
    ),
    (
        Reason::NoConnection,
        &["connection refused", "connection reset"],
    ),
    (
        Reason::Fails,
        &[
            "500 internal server error",
            "502 bad gateway",
            "503 service unavailable",
            "504 gateway timeout",
        ],
    ),
    (
        Reason::Refused,
        &[
            "401 unauthorized",
            "unauthorized",
            "403 forbidden",
            "pull access denied",
            "access denied",
            "no basic auth credentials",
            "authentication required",
            "authorization failed",
            "insufficient_scope",
            "failed to fetch anonymous token",
            "denied:",
        ],
    ),
    (
        Reason::Missing,
        &[
            "manifest unknown",
            "name unknown",
            "not found",
            "does not exist",
        ],
    ),
];

impl Reason {
    /// The image's own name is left out, so that a repository named `quota-service` is no quota.
    pub(crate) fn of(message: &str, image: &str) -> Self {
        let image = image.to_lowercase();
        let name = image::repository(&image);
        let text = message.to_lowercase().replace(&image, "").replace(name, "");
        let path = name.split_once('/').map_or(name, |(_, path)| path);
        let text = text.replace(path, "");
        // One phrase of containerd for both a refusal and a missing repository; the refusal is in other words of it.
        let text = text.replace("repository does not exist or may require", "");
        let known = KNOWN
            .iter()
            .find(|(_, words)| words.iter().any(|word| text.contains(word)));
        known.map_or(Self::Other, |(reason, _)| *reason)
    }

    /// Why the registry cannot be reached, for a title; nothing where it can.
    pub(crate) fn unreachable(self) -> Option<&'static str> {
        Some(match self {
            Self::NoName => "its name does not resolve",
            Self::Untrusted => "its certificate is not trusted",
            Self::NoAnswer => "it does not answer in time",
            Self::NoConnection => "it takes no connection",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let image = "harbor.site.test/coreai/quota-certificate:1.4";
        for (message, reason) in [
            (
                "failed to resolve reference: 401 Unauthorized",
                Reason::Refused,
            ),
            (
                "harbor.site.test/coreai/quota-certificate:1.4: not found",
                Reason::Missing,
            ),
            (
                "pull access denied, repository does not exist or may require authorization: authorization failed",
                Reason::Refused,
            ),
            (
                "manifest unknown: artifact coreai/quota-certificate:1.4 not found",
                Reason::Missing,
            ),
            (
                "denied: adding 3 GiB exceeds the project quota",
                Reason::Quota,
            ),
            (
                "dial tcp: lookup harbor.site.test on 10.0.0.10:53: no such host",
                Reason::NoName,
            ),
            (
                "tls: failed to verify certificate: x509: unknown authority",
                Reason::Untrusted,
            ),
            ("dial tcp 10.1.1.1:443: i/o timeout", Reason::NoAnswer),
            (
                "dial tcp 10.1.1.1:443: connect: connection refused",
                Reason::NoConnection,
            ),
            (
                "unexpected status from HEAD request: 503 Service Unavailable",
                Reason::Fails,
            ),
            (
                "toomanyrequests: You have reached your pull rate limit",
                Reason::Other,
            ),
            (
                "Back-off pulling image \"harbor.site.test/coreai/quota-certificate:1.4\"",
                Reason::Other,
            ),
        ] {
            assert_eq!(Reason::of(message, image), reason, "{message}");
        }
    }
}
