//! What endpoints need of the API server: its service proxy, and the Secrets that hold their tokens.
//!
//! A Secret is read here for the host alone. The value goes to the credential that asked for it; it passes neither view
//! nor recording, and no error repeats any of it.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use serde::Deserialize;
use tokio::time::Instant;

use super::send::Get;
use super::{Connection, segment_of_path};
use crate::capability::endpoint::{ApiServer, Raw, SecretRef, ServiceBase};
use crate::capability::{ErrorCode, ReadError};

/// A Secret holds at most a mebibyte, a third more in base64; its managed fields come on top.
const MAX_SECRET_BYTES: u64 = 4 << 20;

#[async_trait]
impl ApiServer for Connection {
    async fn proxy(
        &self,
        service: &ServiceBase,
        request: Request<Vec<u8>>,
        timeout: Duration,
        cap: usize,
    ) -> Result<Raw, ReadError> {
        let name = service.proxy_name();
        let mut answer = self
            .service_proxy(
                &service.namespace,
                &name,
                &service.port,
                request,
                Instant::now() + timeout,
                cap as u64,
            )
            .await?;
        let mut raw = Raw {
            status: answer.status.as_u16(),
            headers: std::mem::take(&mut answer.headers),
            body: Vec::new(),
            truncated: false,
        };
        loop {
            match answer.next().await {
                Ok(Some(bytes)) => raw.body.extend_from_slice(&bytes),
                Ok(None) => return Ok(raw),
                // What came before the cap is an answer all the same.
                Err(error) if error.code == ErrorCode::TooLarge => {
                    raw.truncated = true;
                    return Ok(raw);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn secret_value(&self, secret: &SecretRef) -> Result<String, ReadError> {
        let SecretRef {
            namespace,
            name,
            key,
        } = secret;
        segment_of_path(namespace)?;
        segment_of_path(name)?;
        let mut reply = self
            .get(&Get {
                what: &format!("get v1/Secret {name} in {namespace} for its key `{key}`"),
                address: &format!("/api/v1/namespaces/{namespace}/secrets/{name}"),
                accept: "application/json",
                until: self.until(),
                cap: MAX_SECRET_BYTES,
            })
            .await
            .map_err(not_absent)?;
        value(&reply.frames.whole().await?, secret)
    }
}

/// `absent` would say that nothing is unknown; a token that is configured and not there is a fault.
fn not_absent(mut error: ReadError) -> ReadError {
    if error.code == ErrorCode::Absent {
        error.code = ErrorCode::Other;
        return error.because("credential");
    }
    error
}

fn value(text: &[u8], secret: &SecretRef) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct Secret {
        #[serde(default)]
        data: BTreeMap<String, String>,
    }
    let unusable =
        |what: &str| ReadError::new(ErrorCode::Other, format!("Secret `{secret}`: {what}"));
    let found: Secret =
        serde_json::from_slice(text).map_err(|_| unusable("the answer is no Secret"))?;
    let encoded = found
        .data
        .get(&secret.key)
        .ok_or_else(|| unusable("there is no such key").because("credential"))?;
    STANDARD
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| unusable("the value is no text").because("credential"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn secret(key: &str) -> SecretRef {
        SecretRef {
            namespace: "coreai".to_owned(),
            name: "key".to_owned(),
            key: key.to_owned(),
        }
    }

    /// Answers each request with its own first line, or with a Secret where it asks for one.
    async fn connection() -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 8192];
                let count = stream.read(&mut head).await.unwrap_or(0);
                let text = String::from_utf8_lossy(head.get(..count).unwrap_or_default());
                let line = text.lines().next().unwrap_or_default().to_owned();
                let (status, body) = if line.contains("/secrets/key ") {
                    (200, r#"{"data":{"token":"c2VjcmV0LXRva2Vu"}}"#.to_owned())
                } else if line.contains("/secrets/") {
                    (404, r#"{"message":"not found"}"#.to_owned())
                } else {
                    (502, line)
                };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let mut config = kube::Config::new(origin.parse().unwrap());
        config.default_retry = false;
        let client = kube::Client::try_from(config).unwrap();
        Connection::new(client, &origin, Arc::default(), None)
    }

    #[tokio::test]
    async fn a_value_of_a_secret_is_decoded_and_what_lacks_is_a_fault() {
        let connection = connection().await;
        assert_eq!(
            connection.secret_value(&secret("token")).await.unwrap(),
            "secret-token"
        );
        let mut gone = secret("token");
        gone.name = "gone".to_owned();
        for missing in [secret("other"), gone] {
            let error = connection.secret_value(&missing).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Other);
            assert!(!error.message.contains("secret-token"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_service_is_asked_through_its_proxy_and_its_answer_is_cut_at_the_cap() {
        let connection = connection().await;
        let service = ServiceBase {
            namespace: "monitoring".to_owned(),
            name: "loki".to_owned(),
            port: "3100".to_owned(),
            tls: true,
            path: String::new(),
        };
        for (cap, truncated) in [(1 << 20, false), (8, true)] {
            let request = Request::get("/ready?a=b").body(Vec::new()).unwrap();
            let second = Duration::from_secs(5);
            let raw = connection
                .proxy(&service, request, second, cap)
                .await
                .unwrap();
            assert_eq!((raw.status, raw.truncated), (502, truncated));
            let expected = "GET /api/v1/namespaces/monitoring/services/https:loki:3100/proxy/ready?a=b HTTP/1.1";
            assert!(expected.as_bytes().starts_with(&raw.body));
        }
    }
}
