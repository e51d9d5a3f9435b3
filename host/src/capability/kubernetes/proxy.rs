//! Endpoints that are reached through the API server's service proxy: `service://NS/NAME:PORT`.
//!
//! The credential of this way is the kubeconfig's, which the API server keeps to itself; an endpoint's own token never
//! goes along.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use http::{HeaderMap, Request, StatusCode};
use tokio::time::Instant;

use super::send::Frames;
use super::{Connection, segment_of_path};
use crate::capability::{ErrorCode, ReadError};

/// An answer of a service, its body still to be read.
pub struct ProxyAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    frames: Frames,
}

impl ProxyAnswer {
    /// The next bytes of the body; `None` at its end, `too-large` beyond the cap.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        self.frames.next().await
    }
}

impl Connection {
    /// Send one request to a service, once. Its address holds path and query only; the body of the answer is read
    /// until `until` and up to `cap` bytes.
    pub async fn service_proxy(
        &self,
        namespace: &str,
        service: &str,
        port: &str,
        request: Request<Vec<u8>>,
        until: Instant,
        cap: u64,
    ) -> Result<ProxyAnswer, ReadError> {
        for segment in [namespace, service, port] {
            segment_of_path(segment)?;
        }
        let what = format!("service {service} in {namespace} through the API server");
        let (mut head, body) = request.into_parts();
        let tail = head.uri.path_and_query().map_or("/", |tail| tail.as_str());
        let address =
            format!("/api/v1/namespaces/{namespace}/services/{service}:{port}/proxy{tail}");
        head.uri = address
            .parse()
            .map_err(|_| ReadError::new(ErrorCode::Invalid, format!("{what}: no such address")))?;
        head.headers.remove(AUTHORIZATION);
        head.headers
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let reply = self
            .exchange(Request::from_parts(head, body), &what, until, cap)
            .await?;
        Ok(ProxyAnswer {
            status: reply.status,
            headers: reply.headers,
            frames: reply.frames,
        })
    }
}
