//! What an answer of the CoreAI API says to the one who asks. Several checks ask it, and one answer must not be told in two
//! ways.
//!
//! The gateway's own `error.type` decides before the status does: releases differ in their statuses, and a gateway that
//! cannot check keys answers 400.

use serde_json::Value;

use crate::finding::Finding;
use crate::reads::HttpResponse;

/// Characters of an error text or page in a finding: enough to recognise it.
const EXCERPT: usize = 200;

/// What was understood of an answer.
///
/// ```
/// use bsq_sdk::coreai::Reply;
/// use bsq_sdk::prelude::*;
///
/// fn is_accepted(cx: &Context) -> Result<bool> {
///     Ok(Reply::of(&cx.http("coreai").get("/models")?) == Reply::Accepted)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// JSON, and a status of 200 to 299.
    Accepted,
    /// 401, or the gateway says that it does not know the key: nobody is authenticated.
    Refused,
    /// The gateway knows the key, and its time is over.
    Expired,
    /// 403: authenticated, and not authorized.
    Forbidden,
    /// Authenticated, and not for this model; older gateways say it with 401.
    ModelForbidden,
    /// The gateway has no database to look the key up in: the platform's fault, whatever the key.
    CannotCheckKeys,
    /// The key's budget is used up.
    OverBudget,
    /// Too many requests.
    Throttled,
    /// 404.
    NotFound,
    /// 500 and above.
    Fails,
    /// No JSON where JSON belongs: a login page, another service, a default backend.
    Stranger,
    /// JSON that says none of this.
    Other,
}

impl Reply {
    /// Understand an answer.
    #[must_use]
    pub fn of(response: &HttpResponse) -> Self {
        Self::decide(response.status(), response.json().ok().as_ref())
    }

    fn decide(status: u16, body: Option<&Value>) -> Self {
        if let Some(said) = body.and_then(kind_of).and_then(Self::of_kind) {
            return said;
        }
        match (status, body) {
            (200..300, Some(_)) => Self::Accepted,
            (401, _) => Self::Refused,
            (403, _) => Self::Forbidden,
            (404, _) => Self::NotFound,
            (429, _) => Self::Throttled,
            (500.., _) => Self::Fails,
            (_, None) => Self::Stranger,
            _ => Self::Other,
        }
    }

    fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "no_db_connection" => Self::CannotCheckKeys,
            "expired_key" => Self::Expired,
            "auth_error" | "token_not_found_in_db" | "invalid_api_key" => Self::Refused,
            "budget_exceeded" => Self::OverBudget,
            "throttling_error" => Self::Throttled,
            kind if kind.ends_with("model_access_denied") => Self::ModelForbidden,
            _ => return None,
        })
    }

    /// Whether the one who asked was recognised, whatever became of the request.
    #[must_use]
    pub fn is_authenticated(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Forbidden | Self::ModelForbidden | Self::OverBudget
        )
    }
}

/// The names of a model list, sorted; absent if the answer is none.
#[must_use]
pub fn model_names(response: &HttpResponse) -> Option<Vec<String>> {
    if !response.is_success() {
        return None;
    }
    let body = response.json().ok()?;
    let mut names: Vec<String> = body
        .get("data")?
        .as_array()?
        .iter()
        .map(|model| model.get("id")?.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    names.sort();
    names.dedup();
    Some(names)
}

/// The `error.type` of an answer.
#[must_use]
pub fn error_type(response: &HttpResponse) -> Option<String> {
    response
        .json()
        .ok()
        .as_ref()
        .and_then(kind_of)
        .map(str::to_owned)
}

/// What the error says in words: OpenAI's form, the `detail` of a plain web framework, or a gateway's message.
#[must_use]
pub fn error_message(response: &HttpResponse) -> Option<String> {
    response
        .json()
        .ok()
        .as_ref()
        .and_then(message_of)
        .map(str::to_owned)
}

fn kind_of(body: &Value) -> Option<&str> {
    body.get("error")?.get("type")?.as_str()
}

fn message_of(body: &Value) -> Option<&str> {
    let error = body.get("error");
    let nested = error.and_then(|error| error.get("message"));
    [
        nested,
        error,
        body.get("detail"),
        body.get("error_msg"),
        body.get("message"),
    ]
    .into_iter()
    .flatten()
    .find_map(Value::as_str)
}

/// Show in a finding who answered, and what.
pub fn show(finding: &mut Finding, response: &HttpResponse) {
    let read = response.read();
    finding.evidence_from(read, "status", response.status());
    for header in ["server", "content-type", "www-authenticate"] {
        if let Some(value) = response.header(header) {
            finding.evidence_from(read, header, value);
        }
    }
    if let Some(location) = response.header("location") {
        // What follows the question mark of a login redirect is long and may be secret.
        let location = location.split('?').next().unwrap_or(location);
        finding.evidence_from(read, "location", location);
    }
    if let Some(kind) = error_type(response) {
        finding.evidence_from(read, "error.type", kind);
    }
    match error_message(response) {
        Some(message) => finding.evidence_from(read, "error.message", excerpt(&message)),
        None => finding.evidence_from(read, "body", excerpt(&response.text())),
    };
}

/// What a read that nobody answered says of the platform; absent where it says something of this host, or nothing.
///
/// ```
/// use bsq_sdk::Error;
///
/// assert!(bsq_sdk::coreai::unreachable(&Error::new("timeout", "no answer in 10 s")).is_some());
/// assert!(bsq_sdk::coreai::unreachable(&Error::new("denied", "no grant")).is_none());
/// ```
#[must_use]
pub fn unreachable(error: &crate::Error) -> Option<&'static str> {
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

/// The beginning of a text, on one line.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse {
            read: 1,
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            truncated: false,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn the_error_type_decides_before_the_status() {
        for (status, kind, reply) in [
            (400, "no_db_connection", Reply::CannotCheckKeys),
            (401, "key_model_access_denied", Reply::ModelForbidden),
            (403, "team_model_access_denied", Reply::ModelForbidden),
            (400, "budget_exceeded", Reply::OverBudget),
            (429, "throttling_error", Reply::Throttled),
            (401, "expired_key", Reply::Expired),
            (401, "token_not_found_in_db", Reply::Refused),
            (401, "something_new", Reply::Refused),
            (500, "internal_server_error", Reply::Fails),
        ] {
            let body = json!({"error": {"message": "m", "type": kind, "param": null, "code": status.to_string()}});
            let response = answer(status, &body.to_string());
            assert_eq!(Reply::of(&response), reply, "{status} {kind}");
            assert_eq!(error_type(&response).as_deref(), Some(kind));
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_a_stranger_only_where_the_status_says_nothing() {
        for (status, reply) in [
            (200, Reply::Stranger),
            (302, Reply::Stranger),
            (401, Reply::Refused),
            (403, Reply::Forbidden),
            (404, Reply::NotFound),
            (502, Reply::Fails),
        ] {
            assert_eq!(Reply::of(&answer(status, "<html>")), reply, "{status}");
        }
    }

    #[test]
    fn a_model_list_is_sorted_and_anything_else_is_none() {
        let list = r#"{"object": "list", "data": [{"id": "b", "object": "model"}, {"id": "a"}, {"id": "a"}]}"#;
        let names = model_names(&answer(200, list));
        assert_eq!(names, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(
            model_names(&answer(200, r#"{"data": []}"#)),
            Some(Vec::new())
        );
        for (status, body) in [
            (200, r#"{"data": [{"name": "a"}]}"#),
            (200, "\"I'm alive!\""),
            (404, list),
        ] {
            assert_eq!(model_names(&answer(status, body)), None, "{body}");
        }
    }

    #[test]
    fn the_message_is_found_wherever_it_stands() {
        for body in [
            r#"{"error": {"message": "No.", "type": "x"}}"#,
            r#"{"error": "No."}"#,
            r#"{"detail": "No."}"#,
            r#"{"error_msg": "No."}"#,
            r#"{"message": "No."}"#,
        ] {
            assert_eq!(
                error_message(&answer(403, body)).as_deref(),
                Some("No."),
                "{body}"
            );
        }
    }
}
