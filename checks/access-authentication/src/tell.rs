//! Failed logins as findings, from a number on: every Keycloak logs some.

use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::event::Kind;
use crate::logins::{Failures, Group, Tally};

const KEYCLOAK: &str = "/docs/runtime/components/keycloak";
const ACCESS: &str = "/docs/guides/access";

/// Findings of one run: a scanner that tries a thousand client names is one problem.
const MOST: usize = 20;

pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes, tally: &Tally) {
    let mut told: Vec<_> = tally
        .groups
        .iter()
        .filter(|(_, failures)| failures.count >= wishes.min_errors)
        .collect();
    told.sort_by_key(|(group, failures)| (std::cmp::Reverse(failures.count), *group));
    if told.len() > MOST {
        report.attribute("left-out", told.len() - MOST);
    }
    for (group, failures) in told.into_iter().take(MOST) {
        finding(cx, report, wishes, tally, group, failures);
    }
}

fn finding(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    tally: &Tally,
    group: &Group,
    failures: &Failures,
) {
    let window = cx.window();
    let is_over = failures.is_over(window);
    let last = failures
        .last()
        .filter(|_| is_over)
        .map(|last| format!(", the last at {last}"));
    let logins = if failures.count == 1 {
        "login"
    } else {
        "logins"
    };
    let title = format!(
        "{} ({} failed {logins}{})",
        fact(group),
        failures.count,
        last.unwrap_or_default()
    );
    let finding = report.finding(
        code(group.kind),
        subject(group).with_read(failures.read),
        title,
    );
    finding.since(failures.onset(window));
    if let Some(severity) = severity(group.kind, failures.count, is_over, wishes.many_user_errors) {
        finding.severity(severity);
    }
    for (error, count) in &failures.errors {
        finding.evidence("error", format!("{count} × {error}"));
    }
    if let Some(redirect) = failures
        .redirect
        .as_ref()
        .filter(|_| group.kind == Kind::RedirectUri)
    {
        finding.evidence("redirect_uri", redirect);
    }
    if let Some((read, line)) = tally
        .broker
        .as_ref()
        .filter(|_| group.kind == Kind::Provider)
    {
        finding.evidence_from(*read, "log", line);
    }
    steps(finding, group, failures, window.start);
}

fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::RedirectUri => "BSQ-AUTHN-012",
        Kind::ClientSecret => "BSQ-AUTHN-013",
        Kind::UnknownClient => "BSQ-AUTHN-014",
        Kind::Provider => "BSQ-AUTHN-015",
        Kind::User => "BSQ-AUTHN-016",
    }
}

fn subject(group: &Group) -> Named {
    let Group {
        kind,
        realm,
        client,
    } = group;
    match kind {
        Kind::Provider => Named::new("identity-provider", realm),
        Kind::User => Named::new("realm", realm),
        _ => Named::new("client", format!("{realm}/{client}")),
    }
}

fn fact(group: &Group) -> String {
    let Group {
        kind,
        realm,
        client,
    } = group;
    match kind {
        Kind::RedirectUri => {
            format!("client {client} of realm {realm}: Keycloak refuses its redirect URI")
        }
        Kind::ClientSecret => {
            format!("client {client} of realm {realm}: Keycloak refuses its secret")
        }
        Kind::UnknownClient => format!("realm {realm} has no client {client}, or has it disabled"),
        Kind::Provider => {
            format!("realm {realm}: logins through a federated identity provider fail")
        }
        Kind::User => format!(
            "realm {realm}: users fail to log in by wrong names, passwords or locked accounts"
        ),
    }
}

/// Another severity than the code's: what is over needs a look some day, and what users do wrong is information until it
/// is so much that someone guesses passwords, or the directory has lost its users.
fn severity(kind: Kind, count: usize, is_over: bool, many: usize) -> Option<Severity> {
    match (kind, is_over) {
        (Kind::User, false) if count >= many => Some(Severity::Medium),
        (Kind::User, _) => None,
        (_, true) => Some(Severity::Low),
        _ => None,
    }
}

fn steps(finding: &mut Finding, group: &Group, failures: &Failures, start: Timestamp) {
    let (advice, page) = match group.kind {
        Kind::RedirectUri => (
            "the setup job of the component writes redirect URIs from the base domain: sync its application again; it changes only what drifted",
            KEYCLOAK,
        ),
        Kind::ClientSecret => (
            "the secret in the component and the one in Keycloak differ: sync its application again, and restart what holds the old one",
            KEYCLOAK,
        ),
        Kind::UnknownClient => (
            "with `sso_enable` off, or before its setup job ran, a component has no client: look at the PreSync job of its application",
            KEYCLOAK,
        ),
        Kind::Provider => (
            "Keycloak is a broker: see whether local accounts get in, then whether it reaches the provider and what certificate it shows",
            ACCESS,
        ),
        Kind::User => (
            "accounts live in the identity provider behind Keycloak: ask there for locked and unknown ones",
            ACCESS,
        ),
    };
    finding.advice(advice);
    let namespace = failures.namespace.as_str();
    match &failures.pod {
        Some(pod) => {
            let since = format!("--since-time={start}");
            finding.look(["kubectl", "-n", namespace, "logs", pod, &since])
        }
        None => finding.look(["kubectl", "-n", namespace, "get", "pods"]),
    };
    finding.link(page);
}
