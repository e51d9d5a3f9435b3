//! A front before the real API server: counts what passes, and answers chosen paths with faults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use futures::TryStreamExt;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderName, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use reqwest::{Certificate, Client};

use super::answer::{Act, Answer, Body, half};
use super::received::Received;
use super::route::{Script, matches};
use super::server::Server;
use crate::world::{World, write_kubeconfig};

/// A proxy over TLS that passes each request on with the caller's own token.
#[derive(Debug)]
pub struct ApiProxy {
    server: Server,
    script: Script,
    kubeconfig: PathBuf,
    // Holds the kubeconfig file for as long as the proxy lives.
    _folder: tempfile::TempDir,
}

impl ApiProxy {
    /// Starts a proxy before a world; its kubeconfig is that of `admin`.
    pub fn start(world: &World) -> Result<Self> {
        Self::start_as(world, "admin")
    }

    /// Starts a proxy before a world, with the kubeconfig of a user.
    pub fn start_as(world: &World, user: &str) -> Result<Self> {
        let script = Script::default();
        let upstream = Arc::new(Upstream::new(world)?);
        let faults = script.clone();
        let server = Server::start(
            true,
            Arc::new(move |request| {
                let answer = faults.next(&request).unwrap_or_else(Answer::forward);
                let upstream = Arc::clone(&upstream);
                Box::pin(async move {
                    match answer.act() {
                        Act::Forward { half } => upstream.forward(request, half).await,
                        act => act,
                    }
                })
            }),
        )?;
        let folder = tempfile::tempdir().context("create a folder for the kubeconfig")?;
        let kubeconfig = folder.path().join("kubeconfig");
        let certificate = server
            .certificate()
            .context("the proxy has a certificate")?;
        write_kubeconfig(
            &kubeconfig,
            &server.url(),
            certificate.as_bytes(),
            world.user(user)?,
        )?;
        Ok(Self {
            server,
            script,
            kubeconfig,
            _folder: folder,
        })
    }

    /// Gives the requests that match `[METHOD ]PATH[*][?TEXT]` these answers, one after the other; the last one
    /// repeats. [`Answer::forward`] stands for the real answer. Of several patterns that match, the last given decides.
    pub fn on(&self, pattern: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.script.add(pattern, answers);
        self
    }

    /// Forgets faults and counts.
    pub fn reset(&self) {
        self.script.clear();
        self.server.journal().clear();
    }

    /// A kubeconfig that leads through the proxy.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Where it listens, without a final slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Received> {
        self.server.journal().requests()
    }

    /// How many requests so far match a pattern.
    pub fn count(&self, pattern: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| matches(pattern, request))
            .count()
    }

    /// Bytes of answer bodies that were sent for requests that match a pattern.
    pub fn bytes(&self, pattern: &str) -> u64 {
        self.requests()
            .iter()
            .filter(|request| matches(pattern, request))
            .map(Received::bytes_sent)
            .sum()
    }

    /// Requests and bytes of each path.
    pub fn by_path(&self) -> BTreeMap<String, (usize, u64)> {
        let mut paths = BTreeMap::new();
        for request in self.requests() {
            let (count, bytes): &mut (usize, u64) = paths.entry(request.path.clone()).or_default();
            *count += 1;
            *bytes += request.bytes_sent();
        }
        paths
    }
}

/// The real API server.
struct Upstream {
    client: Client,
    base: String,
}

impl Upstream {
    fn new(world: &World) -> Result<Self> {
        let authorities = Certificate::from_pem_bundle(world.authorities())
            .context("read the API server's certificate")?;
        let client = Client::builder()
            .tls_certs_only(authorities)
            .no_proxy()
            .build()
            .context("build the upstream client")?;
        Ok(Self {
            client,
            base: world.server().to_owned(),
        })
    }

    async fn forward(&self, request: Received, halved: bool) -> Act {
        match self.exchange(request, halved).await {
            Ok(response) => Act::Respond(response),
            Err(error) => Answer::text(
                502,
                format!("the proxy cannot reach the API server: {error:#}"),
            )
            .act(),
        }
    }

    async fn exchange(&self, request: Received, halved: bool) -> Result<Response<Body>> {
        let mut headers = request.headers.clone();
        for name in CONNECTION_HEADERS {
            headers.remove(name);
        }
        let url = format!("{}{}", self.base, request.target());
        let answer = self
            .client
            .request(request.method, url)
            .headers(headers)
            .body(request.body)
            .send()
            .await?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if !CONNECTION_HEADERS.contains(name) {
                response = response.header(name, value);
            }
        }
        if halved {
            let body = answer.bytes().await?;
            return Ok(response
                .header(CONTENT_LENGTH, body.len())
                .body(half(body))?);
        }
        let pieces = answer
            .bytes_stream()
            .map_ok(Frame::data)
            .map_err(std::io::Error::other);
        Ok(response.body(StreamBody::new(pieces).boxed_unsync())?)
    }
}

/// These are about one connection, and there are two.
const CONNECTION_HEADERS: [HeaderName; 4] = [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];
