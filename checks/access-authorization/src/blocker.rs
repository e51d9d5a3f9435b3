//! Who says 403. The answer's form tells it better than its `server` header, which a gateway writes on everything that
//! passes through it. Pure.

use bsq_sdk::coreai::{Reply, error_type};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocker {
    /// A policy on the way: the gateway's or the ingress controller's name.
    Gateway(&'static str),
    /// The key, its team or its user lacks the right to models.
    Models,
    /// The API itself, or whatever decides for it.
    Application,
}

impl Blocker {
    /// Absent where the answer blocks nobody.
    pub(crate) fn of(response: &HttpResponse) -> Option<Self> {
        match Reply::of(response) {
            Reply::ModelForbidden => Some(Self::Models),
            Reply::Forbidden => Some(Self::of_forbidden(
                response.header("server").unwrap_or_default(),
                response.json().ok().as_ref(),
                &response.text(),
                error_type(response).is_some(),
            )),
            _ => None,
        }
    }

    fn of_forbidden(server: &str, json: Option<&Value>, text: &str, is_api_error: bool) -> Self {
        let server = server.to_ascii_lowercase();
        let gateway = match () {
            () if server.contains("apisix") || server.contains("openresty") => Some("APISIX"),
            () if server.contains("nginx") => Some("NGINX"),
            () => None,
        };
        match (json, gateway) {
            _ if is_api_error => Self::Application,
            (Some(body), Some("APISIX")) if is_plugin_error(body) => Self::Gateway("APISIX"),
            (Some(_), _) => Self::Application,
            // Their own error pages name them, whoever stands before them.
            (None, _) if text.contains("openresty") => Self::Gateway("APISIX"),
            (None, _) if text.contains("<center>nginx") => Self::Gateway("NGINX"),
            (None, Some(gateway)) => Self::Gateway(gateway),
            (None, None) => Self::Application,
        }
    }
}

/// APISIX's plugins answer with one of these and nothing else: restrictions, `uri-blocker`, `authz-keycloak`.
fn is_plugin_error(body: &Value) -> bool {
    let Some(members) = body.as_object() else {
        return false;
    };
    let is_known = |name: &String| {
        matches!(
            name.as_str(),
            "message" | "error_msg" | "error" | "error_description"
        )
    };
    !members.is_empty() && members.keys().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_answer_tells_who_made_it() {
        let nginx = "<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>";
        let openresty = "<html><body><center>openresty</center></body></html>";
        for (server, body, blocker) in [
            (
                "APISIX/3.8.0",
                r#"{"message":"The consumer_name is forbidden."}"#,
                Blocker::Gateway("APISIX"),
            ),
            (
                "APISIX/3.8.0",
                r#"{"error":"access_denied","error_description":"not_authorized"}"#,
                Blocker::Gateway("APISIX"),
            ),
            (
                "APISIX/3.8.0",
                r#"{"detail":"not allowed"}"#,
                Blocker::Application,
            ),
            ("", openresty, Blocker::Gateway("APISIX")),
            ("nginx", nginx, Blocker::Gateway("NGINX")),
            ("", nginx, Blocker::Gateway("NGINX")),
            ("nginx", r#"{"detail":"not allowed"}"#, Blocker::Application),
            ("uvicorn", r#"{"message":"no"}"#, Blocker::Application),
            ("", "no", Blocker::Application),
        ] {
            let json: Option<Value> = bsq_sdk::serde_json::from_str(body).ok();
            assert_eq!(
                Blocker::of_forbidden(server, json.as_ref(), body, false),
                blocker,
                "{server} {body}"
            );
        }
        let body = json!({"error": {"type": "forbidden"}});
        let through = Blocker::of_forbidden("APISIX/3.8.0", Some(&body), "", true);
        assert_eq!(through, Blocker::Application);
    }
}
