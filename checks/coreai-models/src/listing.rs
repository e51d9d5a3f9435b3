//! What the CoreAI API lists, or why it does not: one finding that says who answered, and what that means.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::{CredentialFacts, HttpResponse};

use crate::answer::{Answer, error_message, error_type};

pub(crate) const ENDPOINT: &str = "coreai";

/// Bytes of an error text or page in a finding: enough to recognise it.
const EXCERPT: usize = 200;

/// What is known of the list.
pub(crate) enum Listing {
    Models {
        names: Vec<String>,
        read: u32,
    },
    /// The API does not list, and the finding says why.
    Told,
    NotConfigured,
    /// It could not be asked.
    Unknown(String),
}

impl Listing {
    pub(crate) fn read(cx: &Context, report: &mut Report) -> Self {
        match cx
            .http(ENDPOINT)
            .header("accept", "application/json")
            .get("/models")
        {
            Ok(response) => Self::understand(cx, report, &response),
            Err(error) if error.is_not_configured() => Self::NotConfigured,
            Err(error) => match unreachable(&error) {
                Some(what) => {
                    tell_unreachable(report, &error, what);
                    Self::Told
                }
                None => Self::Unknown(error.message().to_owned()),
            },
        }
    }

    fn understand(cx: &Context, report: &mut Report, response: &HttpResponse) -> Self {
        if response.is_truncated() {
            return Self::Unknown("its answer is longer than may be read".to_owned());
        }
        let body = response.json().ok();
        match Answer::of(response.status(), body.as_ref()) {
            Answer::Models(names) => Self::Models {
                names,
                read: response.read(),
            },
            answer => {
                tell(cx, report, response, body.as_ref(), &answer);
                Self::Told
            }
        }
    }

    pub(crate) fn names(&self) -> Option<&[String]> {
        match self {
            Self::Models { names, .. } => Some(names),
            _ => None,
        }
    }

    /// Whether a model is listed, by its own name or behind a provider's prefix; absent where the list is not known.
    pub(crate) fn lists(&self, model: &str) -> Option<bool> {
        let is_it = |name: &String| {
            name == model || name.rsplit_once('/').is_some_and(|(_, last)| last == model)
        };
        self.names().map(|names| names.iter().any(is_it))
    }
}

fn endpoint(read: Option<u32>) -> Named {
    let endpoint = Named::new("endpoint", ENDPOINT);
    match read {
        Some(read) => endpoint.with_read(read),
        None => endpoint,
    }
}

/// The causes that say something of the platform. Others say something of this host, or nothing.
fn unreachable(error: &Error) -> Option<&'static str> {
    match error.cause() {
        Some("dns-nxdomain") => Some("its host name does not exist"),
        Some("refused") => Some("the connection is refused"),
        Some("reset") => Some("the connection is reset"),
        Some("tls-expired") => Some("its certificate has expired"),
        Some("tls-unknown-issuer") => Some("its certificate comes from an unknown issuer"),
        Some("tls-name") => Some("its certificate is for another name"),
        Some("tls") => Some("the TLS handshake fails"),
        _ if error.is_timeout() => Some("it does not answer in time"),
        _ => None,
    }
}

fn tell_unreachable(report: &mut Report, error: &Error, what: &str) {
    let title = format!("the CoreAI API cannot be reached from here: {what}");
    let finding = report.finding("BSQ-MODEL-008", endpoint(error.read()), title);
    finding.evidence("error", error.message());
    if let Some(cause) = error.cause() {
        finding.evidence("cause", cause);
    }
    finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
    finding.advice("the address is `https://llm-backend.<platform-domain>/v1`: compare it with the endpoint that is configured");
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/development/use-local-models-via-api");
}

fn tell(
    cx: &Context,
    report: &mut Report,
    response: &HttpResponse,
    body: Option<&Value>,
    answer: &Answer,
) {
    let facts = cx.credential(ENDPOINT).ok();
    let validity = facts
        .as_ref()
        .map_or(Validity::Unknown, |facts| Validity::of(facts, cx.now()));
    let status = response.status();
    let (code, title, page) = match (answer, &validity) {
        (Answer::Expired, _) | (Answer::Refused, Validity::Expired(_)) => (
            "BSQ-MODEL-002",
            "the credential for the CoreAI API has expired".to_owned(),
            "/docs/development/use-local-models-via-api",
        ),
        (Answer::Refused, _) => (
            "BSQ-MODEL-001",
            refused(facts.as_ref(), &validity),
            "/docs/development/use-local-models-via-api",
        ),
        (Answer::Forbidden, _) => (
            "BSQ-MODEL-003",
            "the credential is accepted and may not list models".to_owned(),
            "/docs/runtime/runtime-security-model",
        ),
        (Answer::CannotCheckKeys, _) => (
            "BSQ-MODEL-004",
            "the gateway of the CoreAI API cannot check keys: it has no database".to_owned(),
            "/docs/development/use-local-models-via-api",
        ),
        (Answer::TooMuch, _) => (
            "BSQ-MODEL-009",
            format!(
                "the CoreAI API turns the request away with {status}: limit or budget is used up"
            ),
            "/docs/development/use-local-models-via-api",
        ),
        (Answer::NotFound, _) => (
            "BSQ-MODEL-006",
            "there is no model list at the CoreAI API's address".to_owned(),
            "/docs/development/use-local-models-via-api",
        ),
        (Answer::Fails, _) => (
            "BSQ-MODEL-007",
            format!("the CoreAI API answers {status}"),
            "/docs/runtime/ingress-and-routing-model",
        ),
        (Answer::Stranger, _) => (
            "BSQ-MODEL-005",
            format!("the CoreAI API's address answers {status} with something else than JSON"),
            "/docs/runtime/ingress-and-routing-model",
        ),
        (Answer::Other | Answer::Models(_), _) => (
            "BSQ-MODEL-005",
            format!("the CoreAI API answers {status} with something else than a model list"),
            "/docs/development/use-local-models-via-api",
        ),
    };
    let finding = report.finding(code, endpoint(Some(response.read())), title);
    if let Validity::Expired(time) = validity {
        finding.since(time);
    }
    who_answered(finding, response, body);
    if let Some(facts) = &facts {
        credential(finding, facts);
    }
    if matches!(answer, Answer::NotFound) {
        finding
            .advice("the base address ends in `/v1`: `https://llm-backend.<platform-domain>/v1`");
    }
    if matches!(answer, Answer::CannotCheckKeys) {
        finding.advice("the key is not at fault: look at the gateway and at the PostgreSQL database that it keeps keys in");
    }
    finding.link(page);
}

/// What the facts of the credential say about a refusal.
fn refused(facts: Option<&CredentialFacts>, validity: &Validity) -> String {
    let why = match (facts.map(|facts| facts.kind.as_str()), validity) {
        (Some("none"), _) => ": no credential is configured",
        (_, Validity::NotYet) => ": it is not valid yet",
        (Some("sk"), _) => ": the key does not begin with `sk-bsq-`",
        (Some("opaque"), _) => ": it is neither a platform key nor a three-part token",
        _ => "",
    };
    format!("the CoreAI API refuses the credential{why}")
}

fn who_answered(finding: &mut Finding, response: &HttpResponse, body: Option<&Value>) {
    finding.evidence("status", response.status());
    for header in ["server", "content-type", "www-authenticate"] {
        if let Some(value) = response.header(header) {
            finding.evidence(header, value);
        }
    }
    if let Some(location) = response.header("location") {
        // What follows the question mark of a login redirect is long and may be secret.
        finding.evidence("location", location.split('?').next().unwrap_or(location));
    }
    if let Some(kind) = body.and_then(error_type) {
        finding.evidence("error.type", kind);
    }
    match body.and_then(error_message) {
        Some(message) => finding.evidence("error.message", excerpt(message)),
        None => finding.evidence("body", excerpt(&response.text())),
    };
}

fn credential(finding: &mut Finding, facts: &CredentialFacts) {
    finding.evidence_from(facts.read, "credential kind", &facts.kind);
    if let Some(time) = facts.expires.and_then(timestamp) {
        finding.evidence_from(facts.read, "credential exp", time);
    }
    if let Some(issuer) = &facts.issuer {
        finding.evidence_from(facts.read, "credential iss", issuer);
    }
}

/// Whether the credential's own dates let it be used.
enum Validity {
    Unknown,
    Valid,
    Expired(Timestamp),
    NotYet,
}

impl Validity {
    fn of(facts: &CredentialFacts, now: Timestamp) -> Self {
        let expires = facts.expires.and_then(timestamp);
        let begins = facts.not_before.and_then(timestamp);
        match (begins, expires) {
            (_, Some(expires)) if expires <= now => Self::Expired(expires),
            (Some(begins), _) if begins > now => Self::NotYet,
            (None, None) => Self::Unknown,
            _ => Self::Valid,
        }
    }
}

fn timestamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
