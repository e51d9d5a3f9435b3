//! Raw calls to the API server, as one user, for tests that need exactly one request and no kubectl around it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::runtime::wait;

/// No single call of a test needs longer on a loaded machine; a longer wait is a hang.
const CALL_DEADLINE: Duration = Duration::from_secs(60);

/// The API server as one user sees it. Paths are what follows the host, such as `/api/v1/namespaces`.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    base: String,
    token: String,
}

impl Api {
    /// A client of `base` that trusts only the certificates in `authorities` and sends `token`.
    pub(crate) fn new(base: &str, authorities: &[u8], token: &str) -> Result<Self> {
        crate::runtime::handle()?;
        let certificates =
            Certificate::from_pem_bundle(authorities).context("read the server's certificate")?;
        let client = Client::builder()
            .tls_certs_only(certificates)
            .no_proxy()
            .timeout(CALL_DEADLINE)
            .build()
            .context("build a client of the API server")?;
        Ok(Self {
            client,
            base: base.to_owned(),
            token: token.to_owned(),
        })
    }

    /// A client as a kubeconfig of this harness has it, which is JSON.
    pub fn of_kubeconfig(config: &Value) -> Result<Self> {
        let text = |pointer: &str| {
            let value = config.pointer(pointer).and_then(Value::as_str);
            value.with_context(|| format!("find `{pointer}` in the kubeconfig"))
        };
        let authorities = text("/clusters/0/cluster/certificate-authority-data")?;
        let authorities = STANDARD
            .decode(authorities)
            .context("decode the server's certificate")?;
        Self::new(
            text("/clusters/0/cluster/server")?,
            &authorities,
            text("/users/0/user/token")?,
        )
    }

    /// Reads one object or list.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None)
    }

    /// Creates an object in the collection at `path`.
    pub fn create(&self, path: &str, object: &Value) -> Result<Value> {
        self.ask(Method::POST, path, Some((object, "application/json")))
    }

    /// Merges `change` into the object at `path`; end the path with `/status` to change a status subresource.
    pub fn patch(&self, path: &str, change: &Value) -> Result<Value> {
        self.ask(
            Method::PATCH,
            path,
            Some((change, "application/merge-patch+json")),
        )
    }

    /// Creates or changes the object at `path` by server-side apply.
    pub fn apply(&self, path: &str, object: &Value) -> Result<Value> {
        let path = format!("{path}?fieldManager=test-world&force=true");
        self.ask(
            Method::PATCH,
            &path,
            Some((object, "application/apply-patch+yaml")),
        )
    }

    /// Deletes the object at `path`.
    pub fn delete(&self, path: &str) -> Result<Value> {
        self.ask(Method::DELETE, path, None)
    }

    /// The answer as it is, whatever its status: for logs, health endpoints and refusals.
    pub fn fetch(&self, path: &str) -> Result<(StatusCode, Bytes)> {
        let (api, path) = (self.clone(), path.to_owned());
        wait(async move { api.send(Method::GET, &path, None).await })
    }

    fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&Value, &'static str)>,
    ) -> Result<Value> {
        let (api, path) = (self.clone(), path.to_owned());
        let body = body.map(|(value, media_type)| (value.to_string(), media_type));
        wait(async move { api.ask_async(method, &path, body).await })
    }

    pub(crate) async fn ask_async(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, &'static str)>,
    ) -> Result<Value> {
        let (status, bytes) = self.send(method.clone(), path, body).await?;
        if !status.is_success() {
            bail!(
                "{method} `{path}`: the server answered {status}: {}",
                String::from_utf8_lossy(&bytes)
            );
        }
        serde_json::from_slice(&bytes)
            .with_context(|| format!("decode the answer to {method} `{path}`"))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, &'static str)>,
    ) -> Result<(StatusCode, Bytes)> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.base))
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some((text, media_type)) = body {
            request = request.header(CONTENT_TYPE, media_type).body(text);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{method} `{path}`"))?;
        let status = response.status();
        let bytes = response
            .bytes()
            .await
            .with_context(|| format!("read the answer to {method} `{path}`"))?;
        Ok((status, bytes))
    }
}
