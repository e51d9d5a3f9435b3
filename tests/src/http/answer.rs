//! What a server of a test answers: good things and every way we know of doing it wrong.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};

/// A body whose end, and whether it ends well, is up to the answer.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The piece that large answers are sent in.
const CHUNK: usize = 64 * 1024;

/// One answer, or the lack of one.
#[derive(Clone, Debug)]
pub struct Answer(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Whole {
        status: StatusCode,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    Half {
        media_type: String,
        body: Bytes,
    },
    Large {
        prefix: Bytes,
        filler: u8,
        bytes: u64,
    },
    Drip {
        media_type: String,
        body: Bytes,
        every: Duration,
    },
    Hang,
    Reset,
    Forward,
    ForwardHalf,
}

/// What the server does with an answer.
pub(super) enum Act {
    Respond(Response<Body>),
    Hang,
    Reset,
    Forward { half: bool },
}

impl Answer {
    /// A status with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::whole(status, "application/json", body.to_string())
    }

    /// A status with a plain text body.
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::whole(status, "text/plain; charset=utf-8", body)
    }

    /// An HTML page, such as a login page or a proxy's error page, where an API was expected.
    pub fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::whole(status, "text/html; charset=utf-8", body)
    }

    /// A bare status with its name as plain text, as a server or a load balancer that has no more to say.
    pub fn status(status: u16) -> Self {
        let name = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        Self::text(status, format!("{}\n", name.unwrap_or("unknown status")))
    }

    /// Any whole body.
    pub fn whole(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = vec![(CONTENT_TYPE.to_string(), media_type.to_owned())];
        Self(Kind::Whole {
            status,
            headers,
            body: body.into(),
        })
    }

    /// 200 with `application/json` and a body that is none.
    pub fn invalid_json() -> Self {
        Self::whole(
            200,
            "application/json",
            r#"{"kind": "PodList", "items": [{"metadata": {"name": "#,
        )
    }

    /// 429 that asks to come back after some seconds.
    pub fn throttled(seconds: u32) -> Self {
        Self::api_status(
            429,
            "TooManyRequests",
            "too many requests, please try again later",
        )
        .with_header(RETRY_AFTER.as_str(), &seconds.to_string())
    }

    /// A redirect to any URL.
    pub fn redirect(location: &str) -> Self {
        Self::text(302, "").with_header(LOCATION.as_str(), location)
    }

    /// An error as the Kubernetes API says it: a `Status` object with this code and reason.
    pub fn api_status(code: u16, reason: &str, message: &str) -> Self {
        Self::json(
            code,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": reason, "code": code,
            }),
        )
    }

    /// 410 as the API server gives it when a page token is too old.
    pub fn expired() -> Self {
        Self::api_status(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result.",
        )
    }

    /// 403 as the API server gives it.
    pub fn forbidden() -> Self {
        Self::api_status(
            403,
            "Forbidden",
            "the request is forbidden by a scripted fault",
        )
    }

    /// Promises the whole body, sends half of it, closes the connection.
    pub fn half(media_type: &str, body: impl Into<Bytes>) -> Self {
        Self(Kind::Half {
            media_type: media_type.to_owned(),
            body: body.into(),
        })
    }

    /// 200 with a body of that many bytes; valid JSON (a list with one very long string) up to its cut end.
    pub fn large(bytes: u64) -> Self {
        let prefix = Bytes::from_static(
            br#"{"kind":"List","apiVersion":"v1","metadata":{},"items":[{"data":""#,
        );
        Self(Kind::Large {
            prefix,
            filler: b'x',
            bytes,
        })
    }

    /// One byte at a time.
    pub fn drip(media_type: &str, body: impl Into<Bytes>, every: Duration) -> Self {
        Self(Kind::Drip {
            media_type: media_type.to_owned(),
            body: body.into(),
            every,
        })
    }

    /// Accepts the request and never answers.
    pub fn hang() -> Self {
        Self(Kind::Hang)
    }

    /// Resets the connection (TCP RST) instead of answering.
    pub fn reset() -> Self {
        Self(Kind::Reset)
    }

    /// What the real server says. Only in an [`ApiProxy`](super::ApiProxy); elsewhere 502.
    pub fn forward() -> Self {
        Self(Kind::Forward)
    }

    /// The first half of what the real server says, then the connection closes. Only in an `ApiProxy`.
    pub fn forward_half() -> Self {
        Self(Kind::ForwardHalf)
    }

    /// Adds a header; answers without headers of their own stay as they are.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Kind::Whole { headers, .. } = &mut self.0 {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub(super) fn act(self) -> Act {
        match self.0 {
            Kind::Whole {
                status,
                headers,
                body,
            } => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                finish(response, full(body))
            }
            Kind::Half { media_type, body } => {
                finish(announced(&media_type, body.len() as u64), half(body))
            }
            Kind::Large {
                prefix,
                filler,
                bytes,
            } => finish(
                announced("application/json", bytes),
                large(prefix, filler, bytes),
            ),
            Kind::Drip {
                media_type,
                body,
                every,
            } => finish(announced(&media_type, body.len() as u64), drip(body, every)),
            Kind::Hang => Act::Hang,
            Kind::Reset => Act::Reset,
            Kind::Forward => Act::Forward { half: false },
            Kind::ForwardHalf => Act::Forward { half: true },
        }
    }
}

/// A whole body in one piece.
pub(super) fn full(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// The first half of `body`, then an error that makes hyper close the connection.
pub(super) fn half(body: Bytes) -> Body {
    let first = body.slice(..body.len() / 2);
    let pieces = stream::iter([
        Ok(Frame::data(first)),
        Err(io::Error::other("the rest is held back on purpose")),
    ]);
    // The piece must reach the wire before the error ends the connection.
    let pieces = pieces.enumerate().then(|(index, piece)| async move {
        if index > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        piece
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn large(prefix: Bytes, filler: u8, bytes: u64) -> Body {
    let chunk = Bytes::from(vec![filler; CHUNK]);
    let pieces = stream::unfold((bytes, Some(prefix)), move |(left, prefix)| {
        let piece = prefix.unwrap_or_else(|| chunk.clone());
        async move {
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            (left > 0).then(|| {
                (
                    Ok(Frame::data(piece.slice(..length))),
                    (left - length as u64, None),
                )
            })
        }
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn drip(body: Bytes, every: Duration) -> Body {
    let pieces = stream::iter(0..body.len()).then(move |index| {
        let byte = body.slice(index..=index);
        async move {
            tokio::time::sleep(every).await;
            Ok(Frame::data(byte))
        }
    });
    StreamBody::new(pieces).boxed_unsync()
}

fn announced(media_type: &str, length: u64) -> http::response::Builder {
    Response::builder()
        .header(CONTENT_TYPE, media_type)
        .header(CONTENT_LENGTH, length)
}

/// A header a test got wrong becomes a 500 that says so, rather than an answer that is silently another.
fn finish(response: http::response::Builder, body: Body) -> Act {
    Act::Respond(response.body(body).unwrap_or_else(|error| {
        let mut response = Response::new(full(Bytes::from(format!(
            "the scripted answer is invalid: {error}"
        ))));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}
