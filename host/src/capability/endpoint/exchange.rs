//! What goes out and what is let back in, whichever way a request takes.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::base::ServiceBase;
use super::credential::Credential;
use crate::capability::{ErrorCode, HttpAnswer, HttpRequest, ReadError};

/// Names that a check may set. Others could carry a credential, choose a tenant or split a request.
const REQUEST_HEADERS: [&str; 4] = ["accept", "accept-language", "content-type", "if-none-match"];

/// Headers that carry credentials or sessions, and those that are about one connection only.
const HIDDEN_HEADERS: [&str; 9] = [
    "authorization",
    "connection",
    "cookie",
    "keep-alive",
    "proxy-authorization",
    "set-cookie",
    "set-cookie2",
    "transfer-encoding",
    "x-api-key",
];

/// Bytes of names and values together. Gateways send one or two kibibytes; more says nothing that a check could use.
const HEADERS_CAP: usize = 16 << 10;

/// An answer as it came, with at most the asked bytes of its body.
#[derive(Debug)]
pub struct Raw {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub truncated: bool,
}

/// The headers of a request: the allowed ones of the check, then the host's.
pub(super) fn headers(
    request: &HttpRequest,
    credential: Option<&Credential>,
    tenant: Option<&str>,
) -> Result<HeaderMap, ReadError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        if !REQUEST_HEADERS.contains(&name.as_str()) {
            return Err(bad_header(name));
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad_header(name))?;
        let value = HeaderValue::from_str(value).map_err(|_| bad_header(name.as_str()))?;
        headers.insert(name, value);
    }
    // A compressed answer could hold the credential where it is not seen.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    if let Some(tenant) = tenant {
        let tenant = HeaderValue::from_str(tenant).map_err(|_| bad_header("x-scope-orgid"))?;
        headers.insert("x-scope-orgid", tenant);
    }
    if let Some(credential) = credential {
        let mut value =
            HeaderValue::from_str(&credential.header()).map_err(|_| bad_header("authorization"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

/// The same request as the service sees it, for the API server's service proxy.
pub(super) fn proxied(
    base: &ServiceBase,
    request: &HttpRequest,
    headers: HeaderMap,
) -> Result<http::Request<Vec<u8>>, ReadError> {
    let body = request.body.clone().unwrap_or_default().into_bytes();
    let mut built = http::Request::builder()
        .method(request.method.as_str())
        .uri(base.target(&request.path, &request.query))
        .body(body)
        .map_err(|_| ReadError::new(ErrorCode::Invalid, "the request is not valid HTTP"))?;
    *built.headers_mut() = headers;
    Ok(built)
}

/// Tell the API server's own refusals from what the service behind it says.
pub(super) fn of_service(endpoint: &str, raw: Raw) -> Result<Raw, ReadError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        kind: String,
        api_version: String,
        #[serde(default)]
        message: String,
    }
    let status = (raw.status >= 400)
        .then(|| serde_json::from_slice::<Status>(&raw.body).ok())
        .flatten()
        .filter(|status| status.kind == "Status" && status.api_version == "v1");
    let Some(status) = status else {
        return Ok(raw);
    };
    let code = match raw.status {
        401 | 403 => ErrorCode::Forbidden,
        429 => ErrorCode::Throttled,
        504 => ErrorCode::Timeout,
        _ => ErrorCode::Unavailable,
    };
    let words: String = status.message.chars().take(300).collect();
    let message = format!("endpoint `{endpoint}`: the API server says: {words}");
    Err(ReadError::new(code, message))
}

/// What a check gets of an answer.
pub(super) fn answer(
    endpoint: &str,
    raw: Raw,
    redirects: u32,
    credential: Option<&Credential>,
) -> Result<HttpAnswer, ReadError> {
    let encoding = raw.headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        let message =
            format!("endpoint `{endpoint}` answered with an encoding that was not asked for");
        return Err(ReadError::new(ErrorCode::Invalid, message));
    }
    let strip = |text: &str| {
        credential
            .and_then(|credential| credential.forms().strip_text(text))
            .unwrap_or_else(|| text.to_owned())
    };
    let mut headers = Vec::new();
    let mut size = 0;
    let mut truncated = raw.truncated;
    for (name, value) in &raw.headers {
        if HIDDEN_HEADERS.contains(&name.as_str()) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        size += name.as_str().len() + value.len();
        if size > HEADERS_CAP {
            truncated = true;
            break;
        }
        headers.push((strip(name.as_str()), strip(&value)));
    }
    let mut body = raw.body;
    if let Some(credential) = credential {
        credential.forms().strip(&mut body, raw.truncated);
    }
    Ok(HttpAnswer {
        status: raw.status,
        headers,
        body,
        truncated,
        redirects,
    })
}

fn bad_header(name: &str) -> ReadError {
    let message = format!(
        "a check may not send the header `{name}` with this value; allowed are {}",
        REQUEST_HEADERS.join(", ")
    );
    ReadError::new(ErrorCode::Invalid, message)
}
