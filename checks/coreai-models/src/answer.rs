//! What an answer to `GET /models` says. The gateway's own `error.type` decides before the status does: releases differ in
//! their statuses, and a gateway that cannot check keys answers 400.

use bsq_sdk::prelude::*;

/// What was understood of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Models(Vec<String>),
    /// 401, or the gateway says that it does not know the key.
    Refused,
    Expired,
    Forbidden,
    /// The gateway has no database to look the key up in: the platform's fault, whatever the key.
    CannotCheckKeys,
    TooMuch,
    /// No JSON where JSON belongs: a login page, another service, a default backend.
    Stranger,
    NotFound,
    Fails,
    /// JSON, but no model list.
    Other,
}

impl Answer {
    /// From the status and the body; the body is absent where it is no JSON.
    pub(crate) fn of(status: u16, body: Option<&Value>) -> Self {
        if let Some(said) = body.and_then(error_type).and_then(Self::of_type) {
            return said;
        }
        match (status, body) {
            (200..300, Some(body)) => models(body).map_or(Self::Other, Self::Models),
            (401, _) => Self::Refused,
            (403, _) => Self::Forbidden,
            (404, _) => Self::NotFound,
            (429, _) => Self::TooMuch,
            (500.., _) => Self::Fails,
            (_, None) => Self::Stranger,
            _ => Self::Other,
        }
    }

    fn of_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "no_db_connection" => Self::CannotCheckKeys,
            "expired_key" => Self::Expired,
            "auth_error" | "token_not_found_in_db" | "invalid_api_key" => Self::Refused,
            "budget_exceeded" | "throttling_error" => Self::TooMuch,
            kind if kind.ends_with("model_access_denied") => Self::Forbidden,
            _ => return None,
        })
    }
}

pub(crate) fn error_type(body: &Value) -> Option<&str> {
    body.get("error")?.get("type")?.as_str()
}

/// What the error says in words: OpenAI's form, or the `detail` of a plain web framework.
pub(crate) fn error_message(body: &Value) -> Option<&str> {
    let message = body
        .get("error")
        .and_then(|error| error.get("message").or(Some(error)));
    message
        .or_else(|| body.get("detail"))
        .or_else(|| body.get("error_msg"))?
        .as_str()
}

/// The ids of `data`, sorted; absent if that is no list of models.
fn models(body: &Value) -> Option<Vec<String>> {
    let data = body.get("data")?.as_array()?;
    let mut names: Vec<String> = data
        .iter()
        .map(|model| model.get("id")?.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    names.sort();
    names.dedup();
    Some(names)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_error_type_decides_before_the_status() {
        for (status, kind, answer) in [
            (400, "no_db_connection", Answer::CannotCheckKeys),
            (401, "key_model_access_denied", Answer::Forbidden),
            (403, "team_model_access_denied", Answer::Forbidden),
            (400, "budget_exceeded", Answer::TooMuch),
            (401, "expired_key", Answer::Expired),
            (401, "token_not_found_in_db", Answer::Refused),
            (401, "something_new", Answer::Refused),
            (500, "internal_server_error", Answer::Fails),
        ] {
            let body = json!({"error": {"message": "m", "type": kind, "param": null, "code": status.to_string()}});
            assert_eq!(Answer::of(status, Some(&body)), answer, "{status} {kind}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_a_stranger_only_where_the_status_says_nothing() {
        assert_eq!(Answer::of(200, None), Answer::Stranger);
        assert_eq!(Answer::of(302, None), Answer::Stranger);
        assert_eq!(Answer::of(401, None), Answer::Refused);
        assert_eq!(Answer::of(404, None), Answer::NotFound);
        assert_eq!(Answer::of(502, None), Answer::Fails);
    }

    #[test]
    fn a_model_list_is_sorted_and_anything_else_is_none() {
        let list = json!({"object": "list", "data": [{"id": "b", "object": "model"}, {"id": "a"}, {"id": "a"}]});
        assert_eq!(
            Answer::of(200, Some(&list)),
            Answer::Models(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(
            Answer::of(200, Some(&json!({"data": []}))),
            Answer::Models(Vec::new())
        );
        assert_eq!(
            Answer::of(200, Some(&json!({"data": [{"name": "a"}]}))),
            Answer::Other
        );
        assert_eq!(Answer::of(200, Some(&json!("I'm alive!"))), Answer::Other);
    }
}
