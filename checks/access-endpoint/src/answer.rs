//! Who answered a request, and as what. The forms of NGINX, APISIX and LiteLLM are those of their sources; an answer that
//! fits none of them is nobody's.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

/// What APISIX's own plugins say when they turn a request away.
const GATEWAY_REFUSALS: [&str; 4] = [
    "Missing API key",
    "Invalid API key in request",
    "Missing JWT token",
    "Missing authorization in request",
];

/// What was understood of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An API answered: models, or an error in an API's form.
    Api,
    /// An API answered that has nothing at this path.
    NoPath,
    /// 404 by whoever sends requests on: nothing is behind this host and path.
    NoRule,
    /// The same, by APISIX.
    NoRoute,
    /// 401 or 403 by whoever stands in front.
    TurnedAway,
    /// Sent to a login.
    Login,
    /// A page for people.
    Page,
    /// 5xx.
    Fails,
    Other,
}

impl Answer {
    /// From the status, the body as JSON, where it is, and whether it is a page.
    pub(crate) fn of(status: u16, body: Option<&Value>, is_page: bool) -> Self {
        match (status, body) {
            (404, Some(body)) if has_text(body, "error_msg", "Route Not Found") => Self::NoRoute,
            (404, Some(_)) => Self::NoPath,
            (404, None) => Self::NoRule,
            (401 | 403, Some(body)) if is_gateways(body) => Self::TurnedAway,
            (401 | 403, None) if is_page => Self::TurnedAway,
            (300..400, _) => Self::Login,
            (500.., _) => Self::Fails,
            (200..300, None) if is_page => Self::Page,
            (200..300, Some(body)) if body.get("data").is_some_and(Value::is_array) => Self::Api,
            (400..500, Some(body)) if is_api_error(body) => Self::Api,
            // A plain text may be anyone's.
            _ => Self::Other,
        }
    }

    pub(crate) fn from_response(response: &HttpResponse) -> Self {
        let body = response.json().ok();
        Self::of(response.status(), body.as_ref(), is_page(response))
    }

    /// Whether another path of the same address may be the right one.
    pub(crate) fn may_be_elsewhere(self) -> bool {
        matches!(
            self,
            Self::NoPath | Self::NoRule | Self::NoRoute | Self::Page | Self::Other
        )
    }
}

/// Who stands in front, as the header tells it: a proxy writes its own name over that of what is behind it.
pub(crate) fn front(response: &HttpResponse) -> Option<&'static str> {
    let server = response.header("server")?.to_ascii_lowercase();
    [
        ("apisix", "APISIX"),
        ("nginx", "NGINX"),
        ("uvicorn", "the application itself"),
    ]
    .into_iter()
    .find(|(part, _)| server.contains(part))
    .map(|(_, name)| name)
}

/// Headers of LiteLLM: it answered, or whoever answered passes them on.
pub(crate) fn carries_litellm(response: &HttpResponse) -> bool {
    ["x-litellm-version", "x-litellm-call-id"]
        .iter()
        .any(|name| response.header(name).is_some())
}

fn is_page(response: &HttpResponse) -> bool {
    let is_html = response
        .header("content-type")
        .is_some_and(|kind| kind.contains("html"));
    is_html || response.text().trim_start().starts_with('<')
}

fn has_text(body: &Value, field: &str, text: &str) -> bool {
    body.get(field)
        .and_then(Value::as_str)
        .is_some_and(|said| said.contains(text))
}

fn is_gateways(body: &Value) -> bool {
    GATEWAY_REFUSALS
        .iter()
        .any(|refusal| has_text(body, "message", refusal))
}

fn is_api_error(body: &Value) -> bool {
    ["error", "detail", "message"]
        .iter()
        .any(|field| body.get(field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let error = json!({"error": {"message": "No.", "type": "auth_error"}});
        let keyless = json!({"message": "Missing API key in request"});
        let detail = json!({"detail": "Not Found"});
        let routeless = json!({"error_msg": "404 Route Not Found"});
        let models = json!({"data": []});
        for (status, body, is_page, answer) in [
            (200, Some(&models), false, Answer::Api),
            (401, Some(&error), false, Answer::Api),
            (403, Some(&error), false, Answer::Api),
            (400, Some(&error), false, Answer::Api),
            (401, Some(&keyless), false, Answer::TurnedAway),
            (403, None, true, Answer::TurnedAway),
            (401, None, false, Answer::Other),
            (404, Some(&detail), false, Answer::NoPath),
            (404, Some(&routeless), false, Answer::NoRoute),
            (404, None, true, Answer::NoRule),
            (302, None, true, Answer::Login),
            (200, None, true, Answer::Page),
            (200, None, false, Answer::Other),
            (502, None, true, Answer::Fails),
        ] {
            assert_eq!(
                Answer::of(status, body, is_page),
                answer,
                "{status} {body:?}"
            );
        }
    }
}
