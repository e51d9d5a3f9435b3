//! A fault of the credential as a finding.

use bsq_sdk::coreai::show;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{CredentialFacts, HttpResponse};

use crate::ENDPOINT;
use crate::fault::Fault;

const API: &str = "/docs/development/use-local-models-via-api";
const SECURITY: &str = "/docs/runtime/runtime-security-model";

/// What `access-authorization` finds of who blocks an authenticated request to this endpoint.
const BLOCKED: [&str; 3] = ["BSQ-AUTHZ-001", "BSQ-AUTHZ-002", "BSQ-AUTHZ-003"];

/// What `access-authentication` finds of a Keycloak that lets no token be checked: its issuer's realm, or Keycloak itself.
const NO_REALM: [&str; 4] = [
    "BSQ-AUTHN-008",
    "BSQ-AUTHN-009",
    "BSQ-AUTHN-010",
    "BSQ-AUTHN-011",
];

/// What `access-endpoint` finds where a gateway refuses in the API's place.
const GATEWAY: &str = "BSQ-API-006";

/// What `access-endpoint` finds where the address is LiteLLM's.
const LITELLM: &str = "BSQ-API-009";

pub(crate) fn fault(
    report: &mut Report,
    fault: Fault,
    facts: &CredentialFacts,
    response: &HttpResponse,
) {
    let (code, title) = words(fault, &facts.kind);
    let subject = Named::new("endpoint", ENDPOINT).with_read(response.read());
    let finding = report.finding(code, subject, title);
    if let Fault::Expired(end) = fault {
        finding.since(end);
    }
    show(finding, response);
    facts.show(finding);
    steps(finding, fault, &facts.kind);
    if fault == Fault::NotAuthorized {
        BLOCKED.into_iter().for_each(|code| {
            finding.caused_by_code(code);
        });
        finding.link(SECURITY);
    }
    if fault == Fault::Refused && facts.kind == "jwt" {
        NO_REALM.into_iter().for_each(|code| {
            finding.caused_by_code(code);
        });
    }
    if matches!(fault, Fault::NotAuthorized | Fault::Refused) {
        finding.caused_by_code(GATEWAY);
    }
    finding.link(API);
}

fn words(fault: Fault, kind: &str) -> (&'static str, String) {
    let what = noun(kind);
    match fault {
        Fault::Refused => ("BSQ-KEY-001", format!("the CoreAI API refuses the {what}")),
        Fault::NotYet(begin) => (
            "BSQ-KEY-001",
            format!("the CoreAI API refuses the {what}: it is valid from {begin} on"),
        ),
        Fault::Expired(_) => (
            "BSQ-KEY-002",
            format!("the {what} for the CoreAI API has expired"),
        ),
        Fault::NotAuthorized => (
            "BSQ-KEY-003",
            format!("the CoreAI API accepts the {what}, which is not authorized to list models"),
        ),
        Fault::CannotBeChecked => (
            "BSQ-KEY-004",
            "the gateway of the CoreAI API cannot check keys: it has no database".to_owned(),
        ),
        Fault::LiteLlmKey => (
            "BSQ-KEY-005",
            "the CoreAI API refuses the key: it begins with `sk-` as LiteLLM's do, not with `sk-bsq-`"
                .to_owned(),
        ),
        Fault::Shapeless => (
            "BSQ-KEY-005",
            "the CoreAI API refuses the credential: it is neither a `sk-bsq-` key nor a three-part token"
                .to_owned(),
        ),
        Fault::OnlyTokens => (
            "BSQ-KEY-006",
            "the CoreAI API refuses the key and accepts the user's token: the key is not known, or keys are not exposed here"
                .to_owned(),
        ),
        Fault::OverBudget => ("BSQ-KEY-007", format!("the budget of the {what} is used up")),
        Fault::Throttled => (
            "BSQ-KEY-008",
            format!("the CoreAI API turns requests of the {what} away: there are too many"),
        ),
    }
}

/// What a person calls it.
fn noun(kind: &str) -> &'static str {
    match kind {
        "jwt" => "token",
        "sk" | "sk-bsq" => "key",
        _ => "credential",
    }
}

fn steps(finding: &mut Finding, fault: Fault, kind: &str) {
    match fault {
        Fault::Expired(_) | Fault::Refused if kind == "jwt" => {
            finding.advice("a token lives for minutes: get a new one, or use a `sk-bsq-` key where the portal offers them");
        }
        Fault::Expired(_) => {
            finding.advice(
                "make a new key in the portal and put it where the endpoint's `token` is found",
            );
        }
        Fault::Refused | Fault::OnlyTokens => {
            finding.advice("compare the key with the portal's list; where the portal has no page for keys, this deployment accepts tokens alone");
        }
        Fault::NotYet(_) => {
            finding.advice("compare the clocks of this host, of Keycloak and of the CoreAI API");
        }
        Fault::LiteLlmKey | Fault::Shapeless => {
            finding.advice("configure a `sk-bsq-` key of the portal or a token of Keycloak; LiteLLM's own keys are for the gateway behind the API");
        }
        Fault::CannotBeChecked => {
            finding.advice("the key is not at fault: look at the gateway and at the PostgreSQL database that it keeps keys in");
        }
        Fault::NotAuthorized => {
            finding.advice("the credential is known: its user, groups or team lack the right");
        }
        Fault::OverBudget | Fault::Throttled => {
            finding.advice("raise the limit of the key or its team, or wait until it is reset");
        }
    }
    match fault {
        Fault::CannotBeChecked => finding.look(["kubectl", "get", "pods", "--all-namespaces"]),
        _ => finding.look(["bsq-host", "doctor"]),
    };
}

/// The endpoint accepts what only LiteLLM hands out, so it may be LiteLLM.
pub(crate) fn litellm_key(report: &mut Report, facts: &CredentialFacts) {
    let subject = Named::new("endpoint", ENDPOINT).with_read(facts.read);
    let title = "the key is accepted and has LiteLLM's form: the endpoint may be LiteLLM itself";
    let finding = report.finding("BSQ-KEY-011", subject, title);
    finding.evidence("credential kind", &facts.kind);
    finding.caused_by_code(LITELLM);
    finding.advice("applications call the CoreAI API with a `sk-bsq-` key or a token; LiteLLM is internal and may change");
    finding.link(API);
}
