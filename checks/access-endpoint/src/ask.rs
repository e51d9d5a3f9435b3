//! What answers at the configured address. That it lists no models is another check's finding; here it is said what
//! answers in its place, which is why.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use crate::answer::{Answer, carries_litellm, front};

const ENDPOINT: &str = "coreai";

/// Bytes of a body in a finding: enough to recognise it.
const EXCERPT: usize = 160;

/// What is known of the address.
pub(crate) enum Asked {
    /// The API answers; who stands in front, where that is told.
    Api(Option<&'static str>),
    /// Something else does, and the finding is to be told.
    Wrong(Box<Wrong>),
    /// A failure that says nothing of the address.
    Undecided(String),
    NotConfigured,
    /// Not asked or no answer: the host has it in the report.
    Unknown(String),
}

/// An answer that is not the API's.
pub(crate) struct Wrong {
    answer: Answer,
    response: HttpResponse,
    /// What answers one level deeper, where that is the API.
    below: Option<u32>,
    is_litellm: bool,
}

pub(crate) fn ask(cx: &Context) -> Asked {
    let response = match get(cx, "/models") {
        Ok(response) => response,
        Err(error) if error.is_not_configured() => return Asked::NotConfigured,
        Err(error) => return Asked::Unknown(error.message().to_owned()),
    };
    let answer = Answer::from_response(&response);
    let is_litellm = carries_litellm(&response) && is_litellm_itself(cx);
    if answer == Answer::Api && !is_litellm {
        return Asked::Api(front(&response));
    }
    if matches!(answer, Answer::Fails | Answer::Other) && !is_litellm {
        let who = front(&response).unwrap_or("its address");
        let status = response.status();
        return match below(cx, answer) {
            Some(read) => wrong(answer, response, Some(read), false),
            None => Asked::Undecided(format!(
                "{who} answers {status}, which does not tell whether the CoreAI API is behind it"
            )),
        };
    }
    let below = below(cx, answer).filter(|_| !is_litellm);
    wrong(answer, response, below, is_litellm)
}

fn wrong(answer: Answer, response: HttpResponse, below: Option<u32>, is_litellm: bool) -> Asked {
    Asked::Wrong(Box::new(Wrong {
        answer,
        response,
        below,
        is_litellm,
    }))
}

fn get(cx: &Context, path: &str) -> Result<HttpResponse> {
    cx.http(ENDPOINT)
        .header("accept", "application/json")
        .get(path)
}

/// The read in which the API answers one level deeper.
fn below(cx: &Context, answer: Answer) -> Option<u32> {
    if !answer.may_be_elsewhere() {
        return None;
    }
    let response = get(cx, "/v1/models").ok()?;
    (Answer::from_response(&response) == Answer::Api).then(|| response.read())
}

/// LiteLLM says that it is alive at a path of its own, which costs no model anything.
fn is_litellm_itself(cx: &Context) -> bool {
    get(cx, "/health/liveliness")
        .is_ok_and(|response| response.is_success() && response.text().contains("I'm alive!"))
}

impl Wrong {
    pub(crate) fn tell(&self, report: &mut Report, host: Option<&str>) {
        let who = front(&self.response);
        let (code, title, page) = self.told(who.unwrap_or("something"));
        let subject = Named::new("endpoint", ENDPOINT).with_read(self.response.read());
        let finding = report.finding(code, subject, title);
        self.evidence(finding);
        if let Some(host) = host {
            finding.evidence("exposed as", format!("https://{host}/v1"));
        }
        if self.is_litellm {
            finding.caused_by_code("BSQ-API-008");
        }
        if matches!(self.answer, Answer::NoRule | Answer::NoRoute) {
            finding.caused_by_code("BSQ-API-007");
        }
        finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
        let base = host.unwrap_or("llm-backend.<platform-domain>");
        finding.advice(format!(
            "the address of the CoreAI API is `https://{base}/v1`: compare it with the endpoint `{ENDPOINT}` of bsq.toml and with what the client uses"
        ));
        finding.link(page);
        finding.link("/docs/development/use-local-models-via-api");
    }

    fn told(&self, who: &str) -> (&'static str, String, &'static str) {
        let status = self.response.status();
        if self.is_litellm {
            return (
                "BSQ-API-009",
                "the endpoint coreai is LiteLLM itself, not the CoreAI API".to_owned(),
                "/docs/coreai/reference-architecture",
            );
        }
        if self.below.is_some() {
            return (
                "BSQ-API-001",
                "the endpoint coreai lacks `/v1`: one level deeper the CoreAI API answers"
                    .to_owned(),
                "/docs/development/use-local-models-via-api",
            );
        }
        match self.answer {
            Answer::Login => (
                "BSQ-API-003",
                format!("the endpoint coreai is sent to a login ({status} by {who})"),
                "/docs/runtime/runtime-security-model",
            ),
            Answer::NoRoute => (
                "BSQ-API-005",
                "the API gateway APISIX has no route for the endpoint coreai".to_owned(),
                "/docs/runtime/components/apisix",
            ),
            Answer::NoPath => (
                "BSQ-API-002",
                format!("an API without a model list answers at the endpoint coreai (by {who})"),
                "/docs/development/use-local-models-via-api",
            ),
            Answer::NoRule => (
                "BSQ-API-004",
                format!("nothing is behind the endpoint coreai: {who} answers 404"),
                "/docs/runtime/ingress-and-routing-model",
            ),
            Answer::TurnedAway => (
                "BSQ-API-006",
                format!("{who} answers {status} in the place of the CoreAI API"),
                "/docs/runtime/runtime-security-model",
            ),
            _ => (
                "BSQ-API-002",
                format!("the endpoint coreai answers with a web page instead of JSON (by {who})"),
                "/docs/runtime/ingress-and-routing-model",
            ),
        }
    }

    fn evidence(&self, finding: &mut Finding) {
        let response = &self.response;
        finding.evidence("GET /models", response.status());
        for header in [
            "server",
            "content-type",
            "www-authenticate",
            "x-litellm-version",
        ] {
            if let Some(value) = response.header(header) {
                finding.evidence(header, value);
            }
        }
        if let Some(location) = response.header("location") {
            // What follows the question mark of a login redirect is long and may be secret.
            finding.evidence("location", location.split('?').next().unwrap_or(location));
        }
        finding.evidence("body", excerpt(&response.text()));
        if let Some(read) = self.below {
            finding.evidence_from(read, "GET /v1/models", "an API answers");
        }
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
