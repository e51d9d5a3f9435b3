//! The log line that says why a container ended.

/// What a line comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clue {
    pub(crate) line: String,
    /// `no space left on device`; nothing where the line is only the last one.
    pub(crate) what: Option<&'static str>,
    /// The code that the finding gets, where the line says more than the container's status.
    pub(crate) code: Option<&'static str>,
}

/// As much of a line as a report can show.
const LONGEST_LINE: usize = 300;

/// Words and what they mean, the more telling first: what fails for a full volume is often reported as refused after.
const KNOWN: &[(&[&str], &str)] = &[
    (
        &["no space left on device", "enospc", "disk quota exceeded"],
        VOLUME_FULL,
    ),
    (
        &[
            "cuda out of memory",
            "cuda error: out of memory",
            "no available memory for the cache blocks",
        ],
        "the GPU has too little memory",
    ),
    (
        &[
            "out of memory",
            "outofmemoryerror",
            "cannot allocate memory",
            "java heap space",
            "memoryerror",
        ],
        "out of memory",
    ),
    (
        &[
            "could not translate host name",
            "no such host",
            "name or service not known",
            "temporary failure in name resolution",
            "getaddrinfo",
            "unknownhostexception",
        ],
        "a host name does not resolve",
    ),
    (
        &[
            "password authentication failed",
            "authentication failed",
            "access denied for user",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "invalid user credentials",
            "invalidaccesskeyid",
            "signaturedoesnotmatch",
            "gated repo",
            "401 unauthorized",
            "401 client error",
        ],
        "a service refuses its credentials",
    ),
    (
        &[
            "x509:",
            "certificate verify failed",
            "pkix path building failed",
            "certificate has expired",
        ],
        "a certificate is not trusted",
    ),
    (
        &[
            "connection refused",
            "econnrefused",
            "could not connect to server",
        ],
        "a service that it needs refuses the connection",
    ),
    (
        &[
            "connection timed out",
            "i/o timeout",
            "etimedout",
            "connect timed out",
        ],
        "a service that it needs does not answer",
    ),
    (&["read-only file system"], "its file system is read-only"),
    (
        &["permission denied", "eacces", "operation not permitted"],
        "permission denied",
    ),
    (&["address already in use"], "its port is in use"),
    (
        &[
            "no such file or directory",
            "modulenotfounderror",
            "cannot find module",
        ],
        "a file is missing",
    ),
];

/// The one reason that has a code of its own.
pub(crate) const VOLUME_FULL: &str = "no space left on device";
const VOLUME_FULL_CODE: &str = "BSQ-POD-007";

/// Find the telling line, from the newest; else the last that looks like an error; else the last.
pub(crate) fn find<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> Option<Clue> {
    let lines: Vec<(&str, String)> = lines
        .rev()
        .map(|line| (line.trim(), line.to_lowercase()))
        .collect();
    for (words, what) in KNOWN {
        let told = lines
            .iter()
            .find(|(_, lower)| words.iter().any(|word| lower.contains(word)));
        if let Some((line, _)) = told {
            let code = (*what == VOLUME_FULL).then_some(VOLUME_FULL_CODE);
            return Some(Clue {
                line: shortened(line),
                what: Some(what),
                code,
            });
        }
    }
    let is_error = |lower: &str| {
        ["fatal", "panic", "error", "exception", "critical"]
            .iter()
            .any(|word| lower.contains(word))
    };
    let line = lines
        .iter()
        .find(|(_, lower)| is_error(lower))
        .or(lines.first());
    line.map(|(line, _)| Clue {
        line: shortened(line),
        what: None,
        code: None,
    })
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_told_before_its_consequence() {
        let log = [
            "PANIC: could not write: No space left on device",
            "FATAL: connection refused",
        ];
        let clue = find(log.into_iter()).unwrap();
        assert_eq!(
            (clue.what, clue.code),
            (Some(VOLUME_FULL), Some("BSQ-POD-007"))
        );
        assert!(clue.line.starts_with("PANIC"));
    }

    #[test]
    fn without_known_words_the_last_error_speaks() {
        let clue = find(["ERROR: bad config key `a`", "bye"].into_iter()).unwrap();
        assert_eq!(clue.line, "ERROR: bad config key `a`");
        assert_eq!(find([].into_iter()), None);
    }
}
