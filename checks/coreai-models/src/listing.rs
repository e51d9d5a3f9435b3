//! What the CoreAI API lists, or why it does not: one finding that says who answered, and what that means.
//!
//! That the credential is at fault is for `coreai-credentials` to say. Here the list is missing, and that is a consequence.

use bsq_platform::cluster::found_on_the_way;
use bsq_sdk::coreai::{Reply, error_type, excerpt, model_names, show, unreachable};
use bsq_sdk::reads::HttpResponse;
use bsq_sdk::{Severity, prelude::*};

pub(crate) const ENDPOINT: &str = "coreai";

const API: &str = "/docs/development/use-local-models-via-api";
const ROUTING: &str = "/docs/runtime/ingress-and-routing-model";

/// What `access-endpoint` finds of who answers in the API's place: that is why there is no list.
const IN_ITS_PLACE: [&str; 5] = [
    "BSQ-API-001",
    "BSQ-API-002",
    "BSQ-API-003",
    "BSQ-API-004",
    "BSQ-API-005",
];

/// What `dependency-health` finds of a CoreAI component that does not run: the API itself, or one that it stands on.
const DOWN: &str = "BSQ-DEP-009";

/// What is known of the list.
pub(crate) enum Listing {
    Models {
        names: Vec<String>,
        read: u32,
    },
    /// The API does not list, and the finding says why.
    Told,
    /// The site has not configured what is needed to ask.
    NotConfigured(&'static str),
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
            Err(error) if error.is_not_configured() => Self::NotConfigured("it is not configured"),
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
        if let Some(names) = model_names(response) {
            return Self::Models {
                names,
                read: response.read(),
            };
        }
        let reply = Reply::of(response);
        let has_none = || {
            cx.credential(ENDPOINT)
                .is_ok_and(|facts| facts.kind == "none")
        };
        if reply == Reply::Refused && has_none() {
            return Self::NotConfigured("it wants a credential, and none is configured");
        }
        match Refusal::of(reply) {
            Some(refusal) => refusal.tell(report, response),
            None => tell_no_list(report, response, reply),
        }
        Self::Told
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

fn endpoint() -> Named {
    Named::new("endpoint", ENDPOINT)
}

/// Why the credential gets no list.
struct Refusal {
    why: &'static str,
    severity: Severity,
    /// What `coreai-credentials` finds then, and `access-endpoint` where a gateway refuses in the API's place.
    causes: &'static [&'static str],
}

impl Refusal {
    /// Absent where it is not for the credential that there is no list.
    fn of(reply: Reply) -> Option<Self> {
        const REFUSED: &[&str] = &[
            "BSQ-KEY-001",
            "BSQ-KEY-002",
            "BSQ-KEY-005",
            "BSQ-KEY-006",
            "BSQ-API-006",
        ];
        let (why, severity, causes): (_, _, &[_]) = match reply {
            Reply::Refused => ("it is refused", Severity::High, REFUSED),
            Reply::Expired => ("it has expired", Severity::High, &["BSQ-KEY-002"]),
            Reply::Forbidden | Reply::ModelForbidden => (
                "it is not authorized",
                Severity::High,
                &["BSQ-KEY-003", "BSQ-API-006"],
            ),
            Reply::CannotCheckKeys => (
                "the gateway cannot check it",
                Severity::High,
                &["BSQ-KEY-004"],
            ),
            Reply::OverBudget => ("its budget is used up", Severity::Medium, &["BSQ-KEY-007"]),
            Reply::Throttled => ("it asks too often", Severity::Medium, &["BSQ-KEY-008"]),
            _ => return None,
        };
        Some(Self {
            why,
            severity,
            causes,
        })
    }

    fn tell(&self, report: &mut Report, response: &HttpResponse) {
        let title = format!(
            "the CoreAI API does not show its models to this credential: {}",
            self.why
        );
        let subject = endpoint().with_read(response.read());
        let finding = report.finding("BSQ-MODEL-001", subject, title);
        finding.severity(self.severity);
        finding.evidence("status", response.status());
        if let Some(kind) = error_type(response) {
            finding.evidence("error.type", kind);
        }
        self.causes.iter().for_each(|code| {
            finding.caused_by_code(*code);
        });
        finding.link(API);
    }
}

fn tell_unreachable(report: &mut Report, error: &Error, what: &str) {
    let title = format!("the CoreAI API cannot be reached from here: {what}");
    let subject = match error.read() {
        Some(read) => endpoint().with_read(read),
        None => endpoint(),
    };
    let finding = report.finding("BSQ-MODEL-008", subject, title);
    finding.evidence("error", excerpt(error.message()));
    if let Some(cause) = error.cause() {
        finding.evidence("cause", cause);
    }
    found_on_the_way(error).iter().for_each(|code| {
        finding.caused_by_code(*code);
    });
    finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
    finding.advice("the address is `https://llm-backend.<platform-domain>/v1`: compare it with the endpoint that is configured");
    finding.link(ROUTING);
    finding.link(API);
}

/// An answer that is neither a list nor about the credential.
fn tell_no_list(report: &mut Report, response: &HttpResponse, reply: Reply) {
    let status = response.status();
    let (code, title, page) = match reply {
        Reply::NotFound => (
            "BSQ-MODEL-006",
            "there is no model list at the CoreAI API's address".to_owned(),
            API,
        ),
        Reply::Fails => (
            "BSQ-MODEL-007",
            format!("the CoreAI API answers {status}"),
            ROUTING,
        ),
        Reply::Stranger => (
            "BSQ-MODEL-005",
            format!("the CoreAI API's address answers {status} with something else than JSON"),
            ROUTING,
        ),
        _ => (
            "BSQ-MODEL-005",
            format!("the CoreAI API answers {status} with something else than a model list"),
            API,
        ),
    };
    let finding = report.finding(code, endpoint().with_read(response.read()), title);
    show(finding, response);
    if reply == Reply::Fails {
        finding.caused_by_code(DOWN);
    } else {
        IN_ITS_PLACE.into_iter().for_each(|code| {
            finding.caused_by_code(code);
        });
    }
    if reply == Reply::NotFound {
        finding
            .advice("the base address ends in `/v1`: `https://llm-backend.<platform-domain>/v1`");
    }
    finding.link(page);
}
