//! The failing user's own token: what its facts say, what the CoreAI API says to it, and the finding of both.

use bsq_sdk::coreai::{Reply, show};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{CredentialFacts, HttpResponse};

use crate::Wishes;
use crate::keycloak::Keycloak;
use crate::token::{Fault, Judge};

const ENDPOINT: &str = "user";
const API: &str = "/docs/development/use-local-models-via-api";
const KEYCLOAK: &str = "/docs/runtime/components/keycloak";

/// Findings that let a good token be refused: the API fetches the realm's keys from Keycloak to check one, and what stands
/// before the API may refuse in its place.
const REFUSE: [&str; 5] = [
    "BSQ-AUTHN-008",
    "BSQ-AUTHN-009",
    "BSQ-AUTHN-010",
    "BSQ-AUTHN-011",
    "BSQ-API-006",
];

pub(crate) enum User {
    NotGiven,
    /// A token whose facts are known, and the API's word if it said one.
    Given {
        facts: CredentialFacts,
        said: Option<Reply>,
        response: Option<HttpResponse>,
    },
    Unknown(String),
}

impl User {
    pub(crate) fn read(cx: &Context) -> Self {
        let facts = match cx.credential(ENDPOINT) {
            Ok(facts) if facts.kind == "none" => return Self::NotGiven,
            Ok(facts) => facts,
            Err(error) if error.is_not_configured() => return Self::NotGiven,
            Err(error) => return Self::Unknown(error.message().to_owned()),
        };
        // Nobody answering is told by `coreai-models`; here the API then said nothing.
        let asked = cx.http(ENDPOINT).header("accept", "application/json");
        let response = asked.get("/models").ok();
        Self::Given {
            facts,
            said: response.as_ref().map(Reply::of),
            response,
        }
    }

    pub(crate) fn facts(&self) -> Option<&CredentialFacts> {
        match self {
            Self::Given { facts, .. } => Some(facts),
            _ => None,
        }
    }

    pub(crate) fn tell(
        &self,
        cx: &Context,
        report: &mut Report,
        wishes: &Wishes,
        keycloak: &Keycloak,
    ) {
        let Self::Given {
            facts,
            said,
            response,
        } = self
        else {
            return;
        };
        let judge = Judge {
            now: cx.now(),
            date: response.as_ref().and_then(date),
            leeway: wishes.leeway,
            issuer: keycloak.issuer(),
            issuers: &wishes.issuers,
            audience: &wishes.audience,
        };
        let Some(fault) = judge.fault(facts, *said) else {
            return;
        };
        let (code, title) = words(&fault);
        let finding = report.finding(
            code,
            Named::new("endpoint", ENDPOINT).with_read(facts.read),
            title,
        );
        facts.show(finding);
        if let Some(response) = response {
            show(finding, response);
        }
        explain(finding, &fault, &judge, keycloak);
    }
}

/// The moment at which an answer was made.
fn date(response: &HttpResponse) -> Option<Timestamp> {
    let zoned = bsq_sdk::jiff::fmt::rfc2822::parse(response.header("date")?).ok()?;
    Some(zoned.timestamp())
}

fn words(fault: &Fault) -> (&'static str, String) {
    match fault {
        Fault::Expired(end) => (
            "BSQ-AUTHN-001",
            format!("the user's token expired at {end}"),
        ),
        Fault::Over => (
            "BSQ-AUTHN-001",
            "the user's token has expired, says the gateway".to_owned(),
        ),
        Fault::NotYet(begin) => (
            "BSQ-AUTHN-002",
            format!("the user's token is valid only from {begin} on"),
        ),
        Fault::Clocks(date) => (
            "BSQ-AUTHN-003",
            format!(
                "the user's token holds by this host's clock and not by the CoreAI API's, which shows {date}"
            ),
        ),
        Fault::Shape => (
            "BSQ-AUTHN-004",
            "the user's token is neither a token of Keycloak nor a `sk-bsq-` key".to_owned(),
        ),
        Fault::Issuer(difference) => (
            "BSQ-AUTHN-005",
            format!(
                "the user's token comes from another issuer than this platform's: {difference}"
            ),
        ),
        Fault::Audience => (
            "BSQ-AUTHN-006",
            "the user's token is for another audience".to_owned(),
        ),
        Fault::Refused => (
            "BSQ-AUTHN-007",
            "the CoreAI API refuses the user's token, and the token does not show why".to_owned(),
        ),
        Fault::CannotBeChecked => (
            "BSQ-AUTHN-007",
            "the gateway of the CoreAI API cannot check the user's key: it has no database"
                .to_owned(),
        ),
    }
}

fn explain(finding: &mut Finding, fault: &Fault, judge: &Judge<'_>, keycloak: &Keycloak) {
    match fault {
        Fault::Expired(end) => {
            finding.since(*end);
            finding.advice(
                "log in again for a new token; one that is wanted for longer is a `sk-bsq-` key",
            );
            finding.link("/docs/guides/access");
        }
        Fault::Over => {
            finding.advice("make a new key in the portal");
        }
        Fault::NotYet(_) | Fault::Clocks(_) => {
            finding.evidence("clock of this host", judge.now);
            finding.advice(
                "compare the clocks of this host, of Keycloak's nodes and of the CoreAI API's",
            );
            finding.look(["kubectl", "get", "nodes", "-o", "wide"]);
            finding.link("/docs/runtime/runtime-security-model");
        }
        Fault::Issuer(_) => {
            if let Keycloak::Serves { issuer, read } = keycloak {
                finding.evidence_from(*read, "issuer of Keycloak", issuer);
            }
            finding.advice("take a token from this platform's Keycloak; where both are its names, list the other in the setting `issuers`");
            finding.link(KEYCLOAK);
        }
        Fault::Audience => {
            finding.evidence("audience wanted", judge.audience);
            finding
                .advice("the client that the token was issued to needs a mapper for this audience");
            finding.link(KEYCLOAK);
        }
        Fault::Refused => {
            REFUSE.into_iter().for_each(|code| {
                finding.caused_by_code(code);
            });
            finding.advice("a session that was ended, a user that was disabled and a realm key that was changed all look so");
        }
        Fault::CannotBeChecked => {
            finding.caused_by_code("BSQ-KEY-004");
            finding.advice("the key is not at fault: look at the gateway and at the PostgreSQL database that it keeps keys in");
        }
        Fault::Shape => {
            finding.advice("a token has three parts with dots between; LiteLLM's own keys are for the gateway behind the API");
        }
    }
    finding.link(API);
}
