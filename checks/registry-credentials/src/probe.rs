//! What the registry itself says, where the site names an endpoint `registry`.
//!
//! `/v2/` answers 401 to whoever shows nothing, so that alone says only that it is there. A registry that wants its own
//! token refuses any other credential in the same way: only one that it calls invalid, or that has expired, is a fault.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::{CredentialFacts, HttpResponse};

use crate::pulls::Tolerance;
use crate::tell;

const ENDPOINT: &str = "registry";

/// What the probe decides of the credentials.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    Accepted,
    /// It is there; nothing is known of credentials.
    Answers,
    NotConfigured,
    /// It was asked, and a finding or the failed read says what came of it.
    Told,
}

impl Probe {
    pub(crate) fn ask(cx: &Context, report: &mut Report, tolerance: &Tolerance) -> Self {
        let response = match cx.http(ENDPOINT).get("/v2/") {
            Ok(response) => response,
            Err(error) if error.is_not_configured() => return Self::NotConfigured,
            Err(error) => {
                unreachable(report, &error);
                return Self::Told;
            }
        };
        health(cx, report);
        quotas(cx, report, tolerance);
        judge(cx, report, &response)
    }
}

fn judge(cx: &Context, report: &mut Report, response: &HttpResponse) -> Probe {
    let facts = cx
        .credential(ENDPOINT)
        .ok()
        .filter(|facts| facts.kind != "none");
    match (response.status(), facts) {
        (200, Some(_)) => Probe::Accepted,
        (401 | 403, Some(facts)) => refused(cx, report, response, &facts),
        (500.., _) => {
            let title = format!("the registry answers {} to /v2/", response.status());
            let subject = endpoint(Some(response.read()));
            let finding = told(report, "BSQ-REG-008", subject, title);
            who_answered(finding, response);
            finding.link("/docs/runtime/components/harbor");
            Probe::Told
        }
        _ => Probe::Answers,
    }
}

fn refused(
    cx: &Context,
    report: &mut Report,
    response: &HttpResponse,
    facts: &CredentialFacts,
) -> Probe {
    let expires = facts
        .expires
        .and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
    let expired = expires.filter(|time| *time <= cx.now());
    let challenge = response.header("www-authenticate").unwrap_or_default();
    let is_invalid = challenge.contains("invalid_token") || response.status() == 403;
    let why = match expired {
        Some(_) => "it has expired",
        None if is_invalid => "it is not valid there",
        None => return Probe::Answers,
    };
    let title = format!("the registry refuses the credential of endpoint {ENDPOINT}: {why}");
    let subject = endpoint(Some(response.read()));
    let finding = told(report, "BSQ-REG-005", subject, title);
    finding.since(expired);
    who_answered(finding, response);
    if let Some(time) = expires {
        finding.evidence_from(facts.read, "credential exp", time);
    }
    finding.link("/docs/deployment/playbooks/harbor-delivery");
    Probe::Told
}

/// The causes that say something of the registry. Others say something of this host, or nothing.
fn unreachable(report: &mut Report, error: &Error) {
    let why = match error.cause() {
        Some("dns-nxdomain") => "its name does not exist",
        Some("refused") => "the connection is refused",
        Some("tls-expired") => "its certificate has expired",
        Some("tls-unknown-issuer") => "its certificate comes from an unknown issuer",
        Some("tls-name") => "its certificate is for another name",
        _ if error.is_timeout() => "it does not answer in time",
        _ => return,
    };
    let title = format!("the registry cannot be reached from here: {why}");
    let finding = told(report, "BSQ-REG-007", endpoint(error.read()), title);
    // Nodes pull, and may see what this host does not.
    finding.severity(Severity::Medium);
    finding.evidence("error", error.message());
    if error.cause() == Some("tls-expired") {
        finding.caused_by_code("BSQ-TLS-001");
    }
    finding.look([
        "kubectl",
        "get",
        "events",
        "--all-namespaces",
        "--field-selector",
        "reason=Failed",
    ]);
    finding.link("/docs/runtime/components/harbor");
}

/// Harbor's own word on its parts. What is no Harbor, or does not say, says nothing.
fn health(cx: &Context, report: &mut Report) {
    #[derive(Object)]
    struct Health {
        components: Vec<Part>,
    }
    #[derive(Object)]
    struct Part {
        name: String,
        status: String,
        error: String,
    }
    let Some(response) = cx
        .http(ENDPOINT)
        .get("/api/v2.0/health")
        .ok()
        .filter(HttpResponse::is_success)
    else {
        return;
    };
    let Ok(health) = response.decode::<Health>() else {
        return;
    };
    let sick: Vec<_> = health
        .components
        .iter()
        .filter(|part| part.status == "unhealthy")
        .collect();
    if sick.is_empty() {
        return;
    }
    let names: Vec<_> = sick.iter().map(|part| part.name.as_str()).collect();
    let title = format!("Harbor says that it is not healthy: {}", tell::some(&names));
    let finding = report.finding("BSQ-REG-008", endpoint(Some(response.read())), title);
    for part in sick {
        let error = if part.error.is_empty() {
            String::new()
        } else {
            format!(": {}", part.error)
        };
        finding.evidence(
            format!("component {}", part.name),
            format!("{}{error}", part.status),
        );
    }
    finding.advice(
        "what Harbor stores lies in its database and its object store: look at those first",
    );
    finding.link("/docs/runtime/components/harbor");
}

/// Projects whose storage is used up. Only an administrator is told, so whoever is not learns nothing.
fn quotas(cx: &Context, report: &mut Report, tolerance: &Tolerance) {
    #[derive(Object)]
    struct Quota {
        r#ref: Project,
        hard: Amount,
        used: Amount,
    }
    #[derive(Object)]
    struct Project {
        name: String,
    }
    #[derive(Object)]
    struct Amount {
        storage: i64,
    }
    let asked = cx
        .http(ENDPOINT)
        .query("page_size", "100")
        .get("/api/v2.0/quotas");
    let Some(response) = asked.ok().filter(HttpResponse::is_success) else {
        return;
    };
    let Ok(quotas) = response.decode::<Vec<Quota>>() else {
        return;
    };
    for quota in quotas.iter().filter(|quota| quota.hard.storage > 0) {
        let percent = i128::from(quota.used.storage) * 100 / i128::from(quota.hard.storage);
        if percent < i128::from(tolerance.quota_percent) {
            continue;
        }
        let project = &quota.r#ref.name;
        let title = format!("project {project} of the registry has used {percent} % of its quota");
        let subject = tell::project_named(project).with_read(response.read());
        let finding = report.finding("BSQ-REG-010", subject, title);
        if percent < 100 {
            finding.severity(Severity::Low);
        }
        finding
            .evidence("used.storage", quota.used.storage)
            .evidence("hard.storage", quota.hard.storage);
        finding.advice(
            "raise the quota or clean the project up: pushes and replication to a full one fail",
        );
        finding.link("/docs/deployment/playbooks/harbor-delivery");
    }
}

/// A finding that follows from the same one of the pulls, which is what the platform feels.
fn told<'r>(report: &'r mut Report, code: &str, subject: Named, title: String) -> &'r mut Finding {
    let of_pulls = tell::seen_by_pulls(report, code);
    let finding = report.finding(code, subject, title);
    if let Some(subject) = of_pulls {
        finding.caused_by_finding(code, subject);
    }
    finding
}

fn endpoint(read: Option<u32>) -> Named {
    let endpoint = Named::new("endpoint", ENDPOINT);
    match read {
        Some(read) => endpoint.with_read(read),
        None => endpoint,
    }
}

fn who_answered(finding: &mut Finding, response: &HttpResponse) {
    finding.evidence("status", response.status());
    for header in ["server", "content-type", "www-authenticate"] {
        if let Some(value) = response.header(header) {
            finding.evidence(header, value);
        }
    }
}
