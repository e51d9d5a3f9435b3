//! What the log of an SSO job says. The jobs talk to Keycloak's token and admin endpoints, so the words are Keycloak's and
//! those of HTTP clients; a log that none of them fits is shown as it is.

/// Why an SSO job does not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Unreachable,
    Untrusted,
    Credentials,
    Realm,
    Client,
}

/// The reasons in the order in which one line is tried: a refusal is told by its word before its number.
const WORDS: &[(Reason, &[&str])] = &[
    (
        Reason::Realm,
        &[
            "realm does not exist",
            "realm not found",
            "realm_not_found",
            "no such realm",
        ],
    ),
    (
        Reason::Credentials,
        &[
            "invalid_grant",
            "invalid user credentials",
            "unauthorized_client",
            "invalid_client",
            "invalid client credentials",
            "invalid client or invalid client credentials",
            "account is not fully set up",
            "account disabled",
        ],
    ),
    (
        Reason::Client,
        &[
            "invalid redirect",
            "insufficient permission",
            "could not create client",
            "failed to create client",
            "failed to update client",
            "client not found",
            "role not found",
            "group not found",
            "could not find role",
            "could not find client",
        ],
    ),
    (
        Reason::Untrusted,
        &[
            "x509:",
            "certificate verify failed",
            "pkix path building failed",
            "self-signed certificate",
            "self signed certificate",
            "ssl certificate problem",
            "certificate has expired",
        ],
    ),
    (
        Reason::Unreachable,
        &[
            "connection refused",
            "econnrefused",
            "no such host",
            "name or service not known",
            "could not resolve host",
            "temporary failure in name resolution",
            "getaddrinfo",
            "connection timed out",
            "i/o timeout",
            "timed out",
            "no route to host",
            "failed to connect",
            "couldn't connect",
            "connection reset",
            "waiting for keycloak",
            "waiting until keycloak",
            "keycloak is not ready",
            "keycloak not ready",
            "service unavailable",
            "bad gateway",
        ],
    ),
];

/// Numbers of HTTP, where no word says more.
const STATUSES: &[(Reason, &[&str])] = &[
    (Reason::Credentials, &["401"]),
    (Reason::Client, &["400", "403", "404", "409", "422"]),
    (Reason::Unreachable, &["502", "503", "504"]),
];

impl Reason {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreachable | Self::Untrusted => "BSQ-SYNC-001",
            Self::Credentials => "BSQ-SYNC-002",
            Self::Realm => "BSQ-SYNC-003",
            Self::Client => "BSQ-SYNC-004",
        }
    }

    /// What follows the job's name in a title.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Unreachable => "waits for Keycloak, which does not answer it",
            Self::Untrusted => "does not trust Keycloak's certificate",
            Self::Credentials => "is refused by Keycloak: the enroll credentials are wrong",
            Self::Realm => "finds no realm of the configured name in Keycloak",
            Self::Client => "cannot set up its client, groups or roles in Keycloak",
        }
    }

    /// The word for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "keycloak-unreachable",
            Self::Untrusted => "keycloak-certificate",
            Self::Credentials => "enroll-credentials",
            Self::Realm => "realm-missing",
            Self::Client => "client-error",
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => "the job goes on by itself once Keycloak answers",
            Self::Untrusted => {
                "compare the certificate of Keycloak's address with the authority that the job trusts"
            }
            Self::Credentials => {
                "compare the enroll credentials of the deployment (`.auto.tfvars`) with the account in Keycloak, then sync again"
            }
            Self::Realm => {
                "compare the realm name in `common_config` with the realms that Keycloak has, then sync again"
            }
            Self::Client => {
                "the enroll account needs the right to manage clients, groups and roles of the realm; the jobs are idempotent, so sync again after mending"
            }
        }
    }
}

/// Lines from the end that still count: enough for a stack trace, too few for what was overcome before.
const LAST: usize = 25;

/// The reason that the newest telling line gives, and that line. A job waits first and is refused later, so the end of the
/// log counts more than its beginning.
pub(crate) fn classify<'a>(
    lines: impl DoubleEndedIterator<Item = &'a str>,
) -> Option<(Reason, &'a str)> {
    lines
        .rev()
        .take(LAST)
        .find_map(|line| reason(&line.to_lowercase()).map(|reason| (reason, line.trim())))
}

fn reason(line: &str) -> Option<Reason> {
    let said = WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| line.contains(word)));
    if let Some((reason, _)) = said {
        return Some(*reason);
    }
    let numbers: Vec<_> = line
        .split(|character: char| !character.is_ascii_alphanumeric())
        .collect();
    // A number is a status only where the line speaks of a request: dates and counts have numbers too.
    let is_answer = ["http", "status", "response", "error", "returned", "code"]
        .iter()
        .any(|word| line.contains(word));
    let status = STATUSES
        .iter()
        .find(|(_, statuses)| is_answer && statuses.iter().any(|status| numbers.contains(status)));
    let (reason, statuses) = status?;
    let is_of_realm =
        statuses.contains(&"404") && numbers.contains(&"404") && is_realm_itself(line);
    Some(if is_of_realm { Reason::Realm } else { *reason })
}

/// A 404 for the realm's own address or its token endpoint, not for something in the realm.
fn is_realm_itself(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("/realms/") else {
        return false;
    };
    let path = rest.split([' ', '"', '\'', '?']).next().unwrap_or(rest);
    let after = path.split_once('/').map_or("", |(_, after)| after);
    after.is_empty() || after.starts_with("protocol/") || after.starts_with(".well-known")
}

#[cfg(test)]
mod tests {
    use super::{Reason, classify};

    fn of(lines: &[&str]) -> Option<Reason> {
        classify(lines.iter().copied()).map(|(reason, _)| reason)
    }

    #[test]
    fn logs_are_told_apart() {
        for (line, reason) in [
            (
                "curl: (7) Failed to connect to keycloak.iam port 8080: Connection refused",
                Some(Reason::Unreachable),
            ),
            (
                "waiting for keycloak (attempt 31)",
                Some(Reason::Unreachable),
            ),
            (
                "HTTP/1.1 503 from http://keycloak.iam/",
                Some(Reason::Unreachable),
            ),
            (
                "SSL certificate problem: unable to get local issuer certificate",
                Some(Reason::Untrusted),
            ),
            (
                r#"HTTP 401 {"error":"invalid_grant","error_description":"Invalid user credentials"}"#,
                Some(Reason::Credentials),
            ),
            ("token request returned 401", Some(Reason::Credentials)),
            (
                r#"HTTP 404 {"error":"Realm does not exist"}"#,
                Some(Reason::Realm),
            ),
            (
                "error: GET https://auth.site.test/realms/bsq/protocol/openid-connect/token returned 404",
                Some(Reason::Realm),
            ),
            (
                "error: PUT https://auth.site.test/admin/realms/bsq/clients/1 returned 404",
                Some(Reason::Client),
            ),
            (
                "error: POST /admin/realms/bsq/clients returned 403",
                Some(Reason::Client),
            ),
            ("created 401 mappers", None),
            ("client superset is up to date", None),
        ] {
            assert_eq!(of(&[line]), reason, "{line}");
        }
    }

    #[test]
    fn the_end_of_the_log_counts() {
        let lines = [
            "connection refused",
            "connection refused",
            "token request returned 401",
            "giving up",
        ];
        assert_eq!(of(&lines), Some(Reason::Credentials));
        let mut overcome = vec!["connection refused"];
        overcome.extend(["mapper is up to date"; 30]);
        assert_eq!(of(&overcome), None);
    }
}
