//! `bsq:http`: one request to a named endpoint, and facts of its credential.

use std::collections::BTreeMap;

use super::bindings::bsq::http::client::{self, CredentialFacts, Error, Request, Response};
use super::calls::Came;
use super::pipeline::{Got, other_body};
use crate::capability::{Body, Coverage, ErrorCode, HttpAnswer, HttpRequest, ReadError};
use crate::engine::{RunContext, State};
use crate::grant::Call;
use crate::manifest::path;

/// Headers that a component may set; all others are the host's.
const HEADERS: &[&str] = &["accept", "accept-language", "content-type", "if-none-match"];

/// Bytes of what a component sends. A probe of a model is one question.
const MAX_BODY_BYTES: usize = 64 << 10;
/// Bytes of path, query and headers together; servers take 8 KiB.
const MAX_HEAD_BYTES: usize = 8 << 10;

impl client::Host for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        let text = format!(
            "{} {} of {}",
            request.method, request.path, request.endpoint
        );
        let decoded = check(&request).map(|()| Call::Http {
            endpoint: &request.endpoint,
            method: &request.method,
            path: &request.path,
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let read = to_read(request, admitted.allowed.prefixes.clone());
        let answer = match read {
            Ok(read) => self.run.send_read(read).await,
            Err(error) => Err(error),
        };
        Ok(match self.settle(admitted, answer) {
            Ok((read, answer)) => Ok(Response {
                read,
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
                truncated: answer.truncated,
                attributes: vec![("redirects".to_owned(), answer.redirects.to_string())],
            }),
            Err(failure) => Err(failure.into()),
        })
    }

    async fn credential(
        &mut self,
        endpoint: String,
    ) -> wasmtime::Result<Result<CredentialFacts, Error>> {
        let text = format!("credential of {endpoint}");
        let call = Call::Credential {
            endpoint: &endpoint,
        };
        let admitted = match self.admit(&text, Ok(call))? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let asked = self
            .run
            .ask(crate::capability::Request::Credential { endpoint })
            .await;
        let answer = asked.value.and_then(|body| match body {
            Body::Credential(facts) => Ok(Got {
                bytes: 64 + facts.audience.iter().map(String::len).sum::<usize>() as u64,
                value: facts,
                came: Came::complete(),
                is_shared: asked.is_shared,
            }),
            other => Err(other_body(other)),
        });
        Ok(match self.settle(admitted, answer) {
            Ok((read, facts)) => Ok(CredentialFacts {
                read,
                kind: facts.kind.name().to_owned(),
                expires: facts.expires,
                not_before: facts.not_before,
                issuer: facts.issuer,
                audience: facts.audience,
                attributes: Vec::new(),
            }),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    async fn send_read(&self, read: HttpRequest) -> Result<Got<HttpAnswer>, ReadError> {
        let asked = self.ask(crate::capability::Request::Http(read)).await;
        let answer = match asked.value? {
            Body::Http(answer) => answer,
            other => return Err(other_body(other)),
        };
        let came = if answer.truncated {
            let detail = format!("the body was cut after {} bytes", answer.body.len());
            Came::partly(Coverage::Truncated, detail)
        } else {
            Came::complete()
        };
        let head: usize = answer
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        Ok(Got {
            bytes: (head + answer.body.len()) as u64,
            value: answer,
            came,
            is_shared: asked.is_shared,
        })
    }
}

/// What a request must hold before anyone is asked.
fn check(request: &Request) -> Result<(), ReadError> {
    let pairs = request.query.iter().chain(&request.headers);
    let head: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
    if head + request.path.len() > MAX_HEAD_BYTES {
        return Err(invalid(format!(
            "path, query and headers have more than {MAX_HEAD_BYTES} bytes"
        )));
    }
    let body = request.body.as_ref().map_or(0, Vec::len);
    if body > MAX_BODY_BYTES {
        return Err(invalid(format!(
            "the body has more than {MAX_BODY_BYTES} bytes"
        )));
    }
    if !is_method(&request.method) {
        return Err(invalid("a method is written in capital letters".to_owned()));
    }
    if !path::is_sound(&request.path) {
        return Err(invalid(
            "the path has dot segments, encoded separators, `\\`, `?` or `#`".to_owned(),
        ));
    }
    for (name, value) in &request.headers {
        if !HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            let names = HEADERS.join("`, `");
            return Err(invalid(format!("a check may set the headers `{names}`")));
        }
        if value.chars().any(char::is_control) {
            return Err(invalid("a header holds a control character".to_owned()));
        }
    }
    Ok(())
}

fn is_method(method: &str) -> bool {
    (1..=16).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The read, in its one form: equal requests are one.
fn to_read(request: Request, prefixes: Vec<String>) -> Result<HttpRequest, ReadError> {
    let body = request.body.map(String::from_utf8).transpose();
    let headers: BTreeMap<String, String> = request
        .headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let is_bare = request
        .attributes
        .iter()
        .any(|(name, value)| name == "credential" && value == "none");
    Ok(HttpRequest {
        endpoint: request.endpoint,
        method: request.method,
        path: request.path,
        query: request.query,
        headers,
        body: body.map_err(|_| invalid("the body is not UTF-8".to_owned()))?,
        with_credential: !is_bare,
        prefixes,
    })
}

fn invalid(message: String) -> ReadError {
    ReadError::new(ErrorCode::Invalid, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            endpoint: "coreai".to_owned(),
            method: "GET".to_owned(),
            path: "/models".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_plain_request_is_sound() {
        assert!(check(&request()).is_ok());
    }

    #[test]
    fn a_component_sets_no_credential_and_no_second_line() {
        for (name, value) in [
            ("authorization", "Bearer x"),
            ("Cookie", "a=b"),
            ("host", "elsewhere"),
            ("accept", "a\r\nauthorization: b"),
        ] {
            let request = Request {
                headers: vec![(name.to_owned(), value.to_owned())],
                ..request()
            };
            assert!(check(&request).is_err(), "{name}");
        }
    }

    #[test]
    fn unsound_paths_and_methods_are_refused() {
        for (method, path) in [
            ("GET", "/../admin"),
            ("GET", "/a%2fb"),
            ("GET", "http://elsewhere"),
            ("get", "/models"),
            ("GET X", "/models"),
        ] {
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                ..request()
            };
            assert!(check(&request).is_err(), "{method} {path}");
        }
    }

    #[test]
    fn a_request_can_go_without_the_credential() {
        let bare = Request {
            attributes: vec![("credential".to_owned(), "none".to_owned())],
            ..request()
        };
        assert!(!to_read(bare, Vec::new()).unwrap().with_credential);
        assert!(to_read(request(), Vec::new()).unwrap().with_credential);
    }
}
