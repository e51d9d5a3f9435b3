//! What endpoints need of the API server: its service proxy (`service://NS/NAME:PORT`) and the Secret that holds an
//! endpoint's token.
//!
//! The credential of the proxy's way is the kubeconfig's, which the API server keeps to itself; an endpoint's own token
//! never goes along. A Secret's value read here passes neither view nor recording.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use tokio::time::Instant;

use super::send::Get;
use super::{Connection, segment_of_path};
use crate::capability::endpoint::{ApiServer, Raw, SecretRef, ServiceBase};
use crate::capability::prune::MAX_OBJECT_BYTES;
use crate::capability::{ErrorCode, ReadError};

/// The values of a Secret. Never printed: it has no `Debug`.
#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
}

#[async_trait]
impl ApiServer for Connection {
    /// Sends once: what a service answers is for the endpoint's caller to judge, and a POST is not repeated.
    async fn proxy(
        &self,
        service: &ServiceBase,
        request: Request<Vec<u8>>,
        timeout: Duration,
        cap: usize,
    ) -> Result<Raw, ReadError> {
        let ServiceBase {
            namespace,
            name,
            port,
            tls,
            ..
        } = service;
        for segment in [namespace, name, port] {
            segment_of_path(segment)?;
        }
        let what = format!("service {name} in {namespace} through the API server");
        let (mut head, body) = request.into_parts();
        let tail = head.uri.path_and_query().map_or("/", |tail| tail.as_str());
        let scheme = if *tls { "https:" } else { "" };
        let address =
            format!("/api/v1/namespaces/{namespace}/services/{scheme}{name}:{port}/proxy{tail}");
        head.uri = address
            .parse()
            .map_err(|_| ReadError::new(ErrorCode::Invalid, format!("{what}: no such address")))?;
        head.headers.remove(AUTHORIZATION);
        head.headers
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let until = Instant::now() + timeout;
        let mut reply = self
            .exchange(Request::from_parts(head, body), &what, until, u64::MAX)
            .await?;
        let mut raw = Raw {
            status: reply.status.as_u16(),
            headers: reply.headers,
            body: Vec::new(),
            truncated: false,
        };
        while let Some(bytes) = reply.frames.next().await? {
            let room = cap.saturating_sub(raw.body.len());
            raw.body.extend(bytes.iter().take(room));
            if bytes.len() > room {
                raw.truncated = true;
                break;
            }
        }
        Ok(raw)
    }

    async fn secret_value(&self, secret: &SecretRef) -> Result<String, ReadError> {
        for segment in [&secret.namespace, &secret.name] {
            segment_of_path(segment)?;
        }
        let what = format!("Secret {}", secret.name);
        let error = |code, said: &str| ReadError::new(code, format!("{what}: {said}"));
        let address = format!(
            "/api/v1/namespaces/{}/secrets/{}",
            secret.namespace, secret.name
        );
        let mut reply = self
            .get(&Get {
                what: &what,
                address: &address,
                accept: "application/json",
                until: self.until(),
                cap: MAX_OBJECT_BYTES as u64,
            })
            .await?;
        let text = reply.frames.whole().await?;
        // The parser's own words could hold a part of the value.
        let values: Values = serde_json::from_slice(&text)
            .map_err(|_| error(ErrorCode::Invalid, "the server's answer is no Secret"))?;
        let value = values.data.and_then(|mut data| data.remove(&secret.key));
        let value = value.ok_or_else(|| error(ErrorCode::Absent, "it has no such key"))?;
        STANDARD
            .decode(value)
            .ok()
            .and_then(|value| String::from_utf8(value).ok())
            .ok_or_else(|| error(ErrorCode::Invalid, "its value is no text"))
    }
}
