//! What is asked of the log store, and when to stop asking.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::LogPage;

use crate::tally::Tally;

const SOURCE: &str = "errors";

/// Lines of one query, as in `check.toml`.
const LINES: usize = 500;

/// Namespaces that are asked for: each may come to be a query of its own, and a platform has a few dozen.
const MOST_NAMESPACES: usize = 100;

/// Namespaces of one query: the host bounds the values of a selector to a hundred, words included.
const AT_ONCE: usize = 50;

/// Queries that may fail before the rest is given up: a store that is down would let each one wait for its deadline.
const MOST_FAILURES: usize = 3;

/// Lines must hold one of these to be sent at all. Case is ignored.
const WORDS: &[&str] = &[
    "error",
    "fatal",
    "panic",
    "exception",
    "critical",
    "traceback",
    "failed",
    "failure",
    "refused",
    "denied",
    "unauthorized",
    "timeout",
    "timed out",
    "deadline exceeded",
    "out of memory",
    "no space left",
    "x509",
    "too many connections",
    "too many clients",
    "could not connect",
    "unable to",
    "no such host",
    "no route to host",
    "nosuchbucket",
    "invalidaccesskeyid",
    "signaturedoesnotmatch",
    "invalid_grant",
    "invalid_client",
    "unauthorized_client",
    "no available memory",
];

/// Lines of these levels are no errors, whatever words they hold; left out by the store, they leave room for others.
const QUIET: &[&str] = &[
    "level=info",
    "level=debug",
    "level=trace",
    "\"level\":\"info\"",
    "\"level\":\"debug\"",
];

/// Keycloak writes each failed login of anyone as a warning. What they say of clients and providers is for
/// `access-authentication` to tell; here they would be Keycloak's own errors.
const LOGINS: &[&str] = &["org.keycloak.events"];

#[derive(Object)]
#[object(kind = "v1/Namespace")]
struct Namespace {}

/// What came of the queries.
pub(crate) struct Asked {
    pub(crate) tally: Tally,
    pub(crate) answered: usize,
    /// Why some namespace was not read.
    pub(crate) last_error: Option<Error>,
}

/// The namespaces of the scope, sorted.
///
/// # Errors
///
/// What the host answers to the list of namespaces.
pub(crate) fn namespaces(cx: &Context, skipped: &[String]) -> Result<Vec<String>> {
    let mut names = cx.scope().namespaces.clone();
    if names.is_empty() {
        names = cx
            .list::<Namespace>()?
            .iter()
            .map(|namespace| namespace.name().to_owned())
            .collect();
        names.retain(|name| !skipped.contains(name));
    }
    names.sort();
    names.dedup();
    names.truncate(MOST_NAMESPACES);
    Ok(names)
}

/// Ask for all namespaces at once, and for halves of them as long as the answer holds as many lines as it may: what a
/// component floods hides only its own namespace, and a quiet platform is one query.
///
/// # Errors
///
/// Those that hold for every namespace: there is no log store, or the host has none to offer.
pub(crate) fn ask(cx: &Context, namespaces: &[String]) -> Result<Asked> {
    let mut asked = Asked {
        tally: Tally::new(cx.window()),
        answered: 0,
        last_error: None,
    };
    let mut failures = 0;
    let mut open: Vec<&[String]> = namespaces.chunks(AT_ONCE).rev().collect();
    while let Some(group) = open.pop() {
        match read(cx, group) {
            Ok(page) if is_full(&page) && group.len() > 1 => {
                let (first, second) = group.split_at(group.len() / 2);
                open.extend([second, first]);
            }
            Ok(page) => {
                asked.answered += group.len();
                asked.tally.add(&page);
            }
            Err(error) if error.is_not_configured() || error.code() == "unsupported" => {
                return Err(error);
            }
            Err(error) => {
                failures += usize::from(!error.is_denied() && !error.is_forbidden());
                asked.last_error = Some(error);
            }
        }
        if failures == MOST_FAILURES {
            break;
        }
    }
    Ok(asked)
}

fn read(cx: &Context, namespaces: &[String]) -> Result<LogPage> {
    cx.logs(SOURCE)
        .label_in("namespace", namespaces)
        .containing(WORDS)
        .without(QUIET)
        .without(LOGINS)
        .read()
}

/// There may be more lines than came.
pub(crate) fn is_full(page: &LogPage) -> bool {
    page.truncated || page.lines.len() >= LINES
}

/// Whether the log store has any line of these namespaces, of whatever kind.
///
/// # Errors
///
/// What the host answers.
pub(crate) fn has_any_line(cx: &Context, namespaces: &[String]) -> Result<bool> {
    for group in namespaces.chunks(AT_ONCE) {
        let logs = cx.logs(SOURCE).label_in("namespace", group);
        if !logs.limit(1).read()?.lines.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
