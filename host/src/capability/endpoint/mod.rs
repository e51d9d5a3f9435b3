//! Calls to the endpoints that the operator has named in `bsq.toml`.
//!
//! A request names an endpoint and a path; base address, credential, TLS, redirects, deadline and address policy are
//! decided here, after the gate. No credential leaves this module but as a header to its own endpoint, and what comes
//! back is stripped of it. Proxies from the environment are not used: an endpoint's address is where the request goes.
//!
//! ```text
//! HttpRequest ─► Endpoint ─┬► Direct: resolve ► address policy ► connect ► redirects ─┬► strip ► HttpAnswer
//!                          └► service://: ApiServer, the API server's own credential ─┘
//! ```

pub(super) mod address;
mod base;
pub(super) mod cause;
mod credential;
pub(super) mod direct;
mod exchange;
mod redirect;
mod strip;

#[cfg(test)]
#[path = "live_tests.rs"]
mod live_tests;

pub use base::{Base, ServiceBase};
pub use credential::{Credential, SecretRef, TokenSource};
pub use exchange::Raw;
pub use strip::Forms;
pub(in crate::capability) use strip::inside_base64;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::ledger::Ledger;
use super::{Answer, Body, ErrorCode, HttpAnswer, HttpRequest, ReadError};
use crate::manifest::path;
use crate::settings::file::EndpointSection;

/// A model list or a health page is a few kibibytes, a big OpenAPI document half a mebibyte. A check gets no more than
/// this of one answer.
pub const BODY_CAP: usize = 1 << 20;

/// Health pages answer in milliseconds; a gateway in trouble takes seconds. Longer than this an operator does not wait
/// for one of many reads, and `timeout` in `bsq.toml` says otherwise where it must.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What endpoints need of the API server: the service proxy and the host's own reads of Secrets.
#[async_trait]
pub trait ApiServer: Send + Sync + 'static {
    /// Send a request to a service; its address is the path at the service. Give back at most `cap` bytes of the body.
    async fn proxy(
        &self,
        service: &ServiceBase,
        request: http::Request<Vec<u8>>,
        timeout: Duration,
        cap: usize,
    ) -> Result<Raw, ReadError>;

    /// One decoded value of a Secret. This read is the host's own: it passes neither view nor recording.
    async fn secret_value(&self, secret: &SecretRef) -> Result<String, ReadError>;
}

/// The endpoints of the run's context.
pub struct Endpoints {
    by_name: BTreeMap<String, Endpoint>,
    api_server: Option<Arc<dyn ApiServer>>,
    ledger: Arc<Ledger>,
}

struct Endpoint {
    section: EndpointSection,
    client: OnceCell<reqwest::Client>,
    credential: OnceCell<Result<Arc<Credential>, ReadError>>,
}

impl Endpoints {
    /// The endpoints that `bsq.toml` names for a context. Without an API server those behind it are unavailable.
    pub fn new(
        sections: BTreeMap<String, EndpointSection>,
        api_server: Option<Arc<dyn ApiServer>>,
        ledger: Arc<Ledger>,
    ) -> Self {
        let by_name = sections
            .into_iter()
            .map(|(name, section)| (name, Endpoint::new(section)))
            .collect();
        Self {
            by_name,
            api_server,
            ledger,
        }
    }

    /// Names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Credentials that are known so far, so that they can be taken out of other texts too.
    pub fn known_credentials(&self) -> Vec<Arc<Credential>> {
        self.by_name
            .values()
            .filter_map(|endpoint| endpoint.credential.get()?.as_ref().ok().cloned())
            .collect()
    }

    /// Files of the certificates that the site's own endpoints are trusted by.
    pub fn authorities(&self) -> Vec<PathBuf> {
        let sections = self.by_name.values().map(|endpoint| &endpoint.section);
        sections.filter_map(|section| section.ca.clone()).collect()
    }

    /// Answer `Request::Http`.
    pub async fn http(&self, request: &HttpRequest) -> Answer {
        self.send(request, BODY_CAP).await.map(Body::Http)
    }

    /// Answer `Request::Credential`.
    pub async fn credential(&self, name: &str) -> Answer {
        let endpoint = self.endpoint(name)?;
        let facts = match self.token(name, endpoint).await? {
            Some(credential) => credential.facts(),
            None => credential::no_facts(),
        };
        Ok(Body::Credential(facts))
    }

    /// Send one request and give back at most `cap` bytes of the answer's body.
    pub(super) async fn send(
        &self,
        request: &HttpRequest,
        cap: usize,
    ) -> Result<HttpAnswer, ReadError> {
        let name = &request.endpoint;
        let endpoint = self.endpoint(name)?;
        if !path::is_sound(&request.path) {
            let message = format!("`{}` is no plain path", request.path);
            return Err(ReadError::new(ErrorCode::Invalid, message));
        }
        let exchange = self.exchange(endpoint, request, cap);
        tokio::time::timeout(endpoint.timeout(), exchange)
            .await
            .unwrap_or_else(|_| Err(cause::timed_out(name)))
    }

    async fn exchange(
        &self,
        endpoint: &Endpoint,
        request: &HttpRequest,
        cap: usize,
    ) -> Result<HttpAnswer, ReadError> {
        let name = request.endpoint.as_str();
        let credential = match request.with_credential {
            true => self.token(name, endpoint).await?,
            false => None,
        };
        let headers = exchange::headers(
            request,
            credential.as_deref(),
            endpoint.section.tenant.as_deref(),
        )?;
        let (raw, redirects) = match &endpoint.section.url {
            Base::Direct(url) => {
                let client = endpoint.client(name).await?;
                direct::Exchange {
                    client,
                    base: url,
                    request,
                    headers,
                    cap,
                    ledger: &self.ledger,
                }
                .run()
                .await?
            }
            Base::Service(base) => {
                let api_server = self.api_server.as_ref().ok_or_else(|| no_cluster(name))?;
                let request = exchange::proxied(base, request, headers)?;
                let raw = api_server
                    .proxy(base, request, endpoint.timeout(), cap)
                    .await?;
                (exchange::of_service(name, raw)?, 0)
            }
        };
        exchange::answer(name, raw, redirects, credential.as_deref())
    }

    fn endpoint(&self, name: &str) -> Result<&Endpoint, ReadError> {
        self.by_name.get(name).ok_or_else(|| {
            let message = format!("no [endpoint.{name}] in bsq.toml");
            ReadError::new(ErrorCode::NotConfigured, message)
        })
    }

    /// The endpoint's credential, found once in a run.
    async fn token(
        &self,
        name: &str,
        endpoint: &Endpoint,
    ) -> Result<Option<Arc<Credential>>, ReadError> {
        let Some(source) = &endpoint.section.token else {
            return Ok(None);
        };
        let found = endpoint
            .credential
            .get_or_init(|| async { self.find(name, source).await.map(Arc::new) })
            .await;
        found.clone().map(Some)
    }

    async fn find(&self, name: &str, source: &TokenSource) -> Result<Credential, ReadError> {
        let found = match source {
            TokenSource::File(path) => credential::from_file(path),
            TokenSource::Env(variable) => credential::from_env(variable),
            TokenSource::Secret(secret) => match &self.api_server {
                Some(api_server) => api_server
                    .secret_value(secret)
                    .await
                    .and_then(|value| Credential::new(&value, &format!("Secret `{secret}`"))),
                None => Err(no_cluster(name)),
            },
        };
        found.map_err(|mut error| {
            error.message = format!("credential of endpoint `{name}`: {}", error.message);
            // `absent` would say that all is known; a token that is named and not there is a fault of the site.
            if error.code == ErrorCode::Absent {
                error.code = ErrorCode::Other;
            }
            error.because("credential")
        })
    }
}

impl Endpoint {
    fn new(section: EndpointSection) -> Self {
        // Found at once, so that they are known before any text is looked at; a failure is the answer to each use.
        let credential = match &section.token {
            Some(TokenSource::File(path)) => Some(credential::from_file(path)),
            Some(TokenSource::Env(variable)) => Some(credential::from_env(variable)),
            Some(TokenSource::Secret(_)) | None => None,
        };
        Self {
            section,
            client: OnceCell::new(),
            credential: OnceCell::new_with(
                credential
                    .and_then(Result::ok)
                    .map(|found| Ok(Arc::new(found))),
            ),
        }
    }

    fn timeout(&self) -> Duration {
        self.section.timeout.map_or(DEFAULT_TIMEOUT, |span| span.0)
    }

    async fn client(&self, name: &str) -> Result<&reqwest::Client, ReadError> {
        self.client
            .get_or_try_init(|| async { direct::client(name, &self.section) })
            .await
    }
}

fn no_cluster(name: &str) -> ReadError {
    let message = format!("endpoint `{name}` lies behind the API server, which is not reachable");
    ReadError::new(ErrorCode::Unavailable, message)
}
