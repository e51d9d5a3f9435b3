//! What kind of failure a line reports. Phrases are those of the products and libraries of the platform; a line that no
//! phrase fits is an error of its component, if it is one at all.

use crate::level::{Level, Line};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    DiskFull,
    GpuMemory,
    Memory,
    Connections,
    ObjectStore,
    Certificate,
    Identity,
    Database,
    HostName,
    Connection,
    Deadline,
    Other,
}

/// In the order in which they are tried: what a failed connection was for tells more than that it failed.
const PHRASES: &[(Signal, &[&str])] = &[
    (
        Signal::DiskFull,
        &["no space left on device", "disk quota exceeded"],
    ),
    (
        Signal::GpuMemory,
        &[
            "cuda out of memory",
            "cuda error: out of memory",
            "no available memory for the cache blocks",
            "torch.outofmemoryerror",
        ],
    ),
    (
        Signal::Memory,
        &[
            "java.lang.outofmemoryerror",
            "out of memory",
            "oomkilled",
            "cannot allocate memory",
        ],
    ),
    (
        Signal::Connections,
        &[
            "too many connections",
            "too many clients already",
            "remaining connection slots",
        ],
    ),
    (
        Signal::ObjectStore,
        &[
            "nosuchbucket",
            "invalidaccesskeyid",
            "signaturedoesnotmatch",
            "accessdenied",
            "assumerolewithwebidentity",
        ],
    ),
    (
        Signal::Certificate,
        &[
            "x509:",
            "certificate has expired",
            "certificate verify failed",
            "pkix path building failed",
            "unable to get local issuer certificate",
            "self-signed certificate",
        ],
    ),
    (
        Signal::Identity,
        &[
            "invalid_grant",
            "invalid_client",
            "unauthorized_client",
            "invalid user credentials",
            "realm does not exist",
            "client_not_found",
            "invalid_redirect_uri",
        ],
    ),
    (
        Signal::Database,
        &[
            "jdbc connection",
            "psqlexception",
            "psycopg",
            "could not connect to server",
            "password authentication failed for user",
            "connection to server at",
            "the database system is",
            "sqlstate",
            "operationalerror",
            "failed to connect to `host=",
        ],
    ),
    (
        Signal::HostName,
        &[
            "no such host",
            "name or service not known",
            "temporary failure in name resolution",
            "enotfound",
            "unknownhostexception",
            "could not translate host name",
        ],
    ),
    (
        Signal::Connection,
        &[
            "connection refused",
            "econnrefused",
            "no route to host",
            "network is unreachable",
            "connection timed out",
            "connect timeout",
            "i/o timeout",
            "etimedout",
            "host is unreachable",
        ],
    ),
    (
        Signal::Deadline,
        &[
            "deadline exceeded",
            "read timed out",
            "upstream timed out",
            "request timed out",
        ],
    ),
];

/// Words that make a line of unknown level an error.
const ERRORS: &[&str] = &[
    "error",
    "errors",
    "fatal",
    "panic",
    "exception",
    "traceback",
    "critical",
    "failed",
    "failure",
];

/// Words before or after an error word that take it back.
const NONE: &[&str] = &["0", "no", "without", "null", "nil", "none", "false"];

impl Signal {
    /// What a line reports; absent if nothing is wrong in it.
    pub(crate) fn of(line: &Line<'_>) -> Option<Self> {
        let text = line.message.to_lowercase();
        let known = PHRASES
            .iter()
            .find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase)));
        let known = known
            .map(|(signal, _)| *signal)
            .or_else(|| is_s3_refusal(&text).then_some(Self::ObjectStore));
        match (line.level, known) {
            (Level::Quiet, _) | (Level::Warning, None) => None,
            (_, Some(signal)) => Some(signal),
            (Level::Error, None) => Some(Self::Other),
            (Level::Unknown, None) => reports_error(&text).then_some(Self::Other),
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Other => "BSQ-LOG-001",
            Self::Connection => "BSQ-LOG-002",
            Self::Database => "BSQ-LOG-003",
            Self::DiskFull => "BSQ-LOG-004",
            Self::Certificate => "BSQ-LOG-005",
            Self::Identity => "BSQ-LOG-006",
            Self::Connections => "BSQ-LOG-007",
            Self::ObjectStore => "BSQ-LOG-008",
            Self::GpuMemory => "BSQ-LOG-009",
            Self::Memory => "BSQ-LOG-010",
            Self::Deadline => "BSQ-LOG-011",
            Self::HostName => "BSQ-LOG-012",
        }
    }

    /// The fact, after the component's name; `{}` stands for the other side where the lines name one.
    pub(crate) fn fact(self, target: Option<&str>) -> String {
        let to = |before: &str, without: &str| {
            target.map_or_else(|| without.to_owned(), |target| format!("{before} {target}"))
        };
        match self {
            Self::Other => "reports errors".to_owned(),
            Self::Connection => to("cannot connect to", "cannot connect"),
            Self::Database => to("cannot use its database at", "cannot use its database"),
            Self::DiskFull => "has no space left on a volume".to_owned(),
            Self::Certificate => "does not trust a certificate".to_owned(),
            Self::Identity => "is refused by the identity provider".to_owned(),
            Self::Connections => "gets no database connection: there are too many".to_owned(),
            Self::ObjectStore => "is refused by the object store".to_owned(),
            Self::GpuMemory => "does not fit into the memory of its GPU".to_owned(),
            Self::Memory => "runs out of memory".to_owned(),
            Self::Deadline => to("waits in vain for", "waits in vain for another component"),
            Self::HostName => to("cannot resolve", "cannot resolve a host name"),
        }
    }

    pub(crate) fn page(self) -> &'static str {
        match self {
            Self::Other | Self::Memory => "/docs/troubleshooting",
            Self::Connection | Self::Deadline => "/docs/runtime/component-interaction-map",
            Self::Database | Self::Connections => "/docs/runtime/components/postgresql",
            Self::DiskFull => "/docs/runtime/storage-model",
            Self::Certificate | Self::HostName => "/docs/runtime/ingress-and-routing-model",
            Self::Identity => "/docs/runtime/components/keycloak",
            Self::ObjectStore => "/docs/runtime/components/minio",
            Self::GpuMemory => "/docs/runtime/inference-model",
        }
    }

    /// Whether the other side of a connection is what fails.
    pub(crate) fn has_target(self) -> bool {
        matches!(
            self,
            Self::Connection | Self::Database | Self::Deadline | Self::HostName
        )
    }
}

/// `Access Denied` alone may be anyone's; from an object store it is its own.
fn is_s3_refusal(text: &str) -> bool {
    text.contains("access denied")
        && ["s3", "bucket", "minio"]
            .iter()
            .any(|word| text.contains(word))
}

/// Whether some error word stands that no neighbour takes back: `0 errors`, `errors=0`, `error: null`, `no error`.
fn reports_error(text: &str) -> bool {
    let words: Vec<_> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().any(|(index, word)| {
        let before = index.checked_sub(1).and_then(|index| words.get(index));
        let mut after = words.get(index + 1);
        if after.is_some_and(|word| matches!(*word, "count" | "total" | "rate")) {
            after = words.get(index + 2);
        }
        let takes_back = |word: Option<&&str>| word.is_some_and(|word| NONE.contains(word));
        ERRORS.contains(word) && !takes_back(before) && !takes_back(after)
    })
}

#[cfg(test)]
mod tests {
    use super::Signal;
    use crate::level::Line;

    #[test]
    fn known_failures_are_told_apart() {
        for (text, signal) in [
            (
                "FATAL:  could not write lock file \"postmaster.pid\": No space left on device",
                Signal::DiskFull,
            ),
            (
                "ERROR [org.keycloak.services] Failed to obtain JDBC connection: Connection to postgresql.data:5432 refused",
                Signal::Database,
            ),
            (
                "level=error msg=\"dial tcp 10.0.0.1:9000: connect: connection refused\"",
                Signal::Connection,
            ),
            (
                "dial tcp: lookup minio.data.svc on 10.96.0.10:53: no such host",
                Signal::HostName,
            ),
            (
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                Signal::Certificate,
            ),
            ("error=\"invalid_grant\"", Signal::Identity),
            (
                "FATAL:  sorry, too many clients already",
                Signal::Connections,
            ),
            (
                "botocore.exceptions.ClientError: InvalidAccessKeyId",
                Signal::ObjectStore,
            ),
            (
                "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB",
                Signal::GpuMemory,
            ),
            (
                "java.lang.OutOfMemoryError: Java heap space",
                Signal::Memory,
            ),
            (
                "level=warn msg=\"rpc error: context deadline exceeded\"",
                Signal::Deadline,
            ),
            ("ERROR unexpected end of input", Signal::Other),
        ] {
            assert_eq!(Signal::of(&Line::parse(text)), Some(signal), "{text}");
        }
    }

    #[test]
    fn words_alone_are_no_errors() {
        for text in [
            "scan finished: 0 errors",
            "error_count=0 duration=3s",
            "errors=0 status=200",
            "{\"level\":\"info\",\"msg\":\"retry after connection refused\"}",
            "level=info msg=\"previous sync failed: connection refused\"",
            "level=warn msg=\"error budget at 80 percent\"",
            "done, no errors",
            "err=null error: null",
            "GET /errorpages/404.html 200",
        ] {
            assert_eq!(Signal::of(&Line::parse(text)), None, "{text}");
        }
    }
}
