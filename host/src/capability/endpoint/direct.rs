//! Requests that the host sends itself.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::exchange::Raw;
use super::{Base, address, cause, redirect};
use crate::capability::ledger::{Ledger, Sent};
use crate::capability::{ErrorCode, HttpRequest, ReadError};
use crate::settings::file::EndpointSection;

/// A service that is there accepts in milliseconds, on another continent in one second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A CA file holds a few certificates; the system's whole bundle is a quarter of this.
const CA_CAP: u64 = 1 << 20;

/// A client for one endpoint: its own trust and its own connections.
pub(super) fn client(name: &str, section: &EndpointSection) -> Result<reqwest::Client, ReadError> {
    let failed = |what: String| {
        ReadError::new(ErrorCode::Other, format!("endpoint `{name}`: {what}")).because("tls")
    };
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("bsq-host/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(address::Resolver));
    if let Some(path) = &section.ca {
        let pem = read_ca(path).map_err(|error| {
            failed(format!(
                "CA file `{}` cannot be read: {error}",
                path.display()
            ))
        })?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                failed(format!(
                    "CA file `{}` holds no PEM certificate",
                    path.display()
                ))
            })?;
        builder = builder.tls_certs_only(certificates);
    } else if matches!(&section.url, Base::Direct(url) if url.scheme() == "http") {
        // Loading the system's certificates takes milliseconds, and nothing here would use them.
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|_| failed("the system's certificates cannot be loaded".to_owned()))
}

pub(in crate::capability) fn read_ca(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut pem = Vec::new();
    std::fs::File::open(path)?
        .take(CA_CAP)
        .read_to_end(&mut pem)?;
    Ok(pem)
}

/// One request with the redirects that may be followed.
pub(super) struct Exchange<'a> {
    pub(super) client: &'a reqwest::Client,
    pub(super) base: &'a Url,
    pub(super) request: &'a HttpRequest,
    pub(super) headers: HeaderMap,
    pub(super) cap: usize,
    pub(super) ledger: &'a Ledger,
}

impl Exchange<'_> {
    /// The answer, and how many redirects led to it.
    pub(super) async fn run(&self) -> Result<(Raw, u32), ReadError> {
        let mut url = Base::direct(self.base, &self.request.path, &self.request.query);
        let mut redirects = 0;
        loop {
            let raw = self.once(&url).await?;
            match self.next(&url, &raw) {
                Some(next) if redirects < redirect::MAX_REDIRECTS => url = next,
                _ => return Ok((raw, redirects)),
            }
            redirects += 1;
        }
    }

    fn next(&self, url: &Url, raw: &Raw) -> Option<Url> {
        // What a POST means elsewhere is not for the host to guess.
        if self.request.method != "GET" {
            return None;
        }
        let location = raw.headers.get(header::LOCATION)?.to_str().ok();
        redirect::target(self.base, url, raw.status, location, &self.request.prefixes)
    }

    /// One exchange, noted in the ledger whatever comes of it.
    async fn once(&self, url: &Url) -> Result<Raw, ReadError> {
        if literal(url).is_some_and(|address| !address::is_allowed(address)) {
            return Err(cause::denied_address(&self.request.endpoint));
        }
        let classify = |error| cause::classify(&self.request.endpoint, &error);
        let method = reqwest::Method::from_bytes(self.request.method.as_bytes())
            .map_err(|_| ReadError::new(ErrorCode::Invalid, "the method is not valid HTTP"))?;
        let mut builder = self
            .client
            .request(method, url.clone())
            .headers(self.headers.clone());
        if let Some(body) = &self.request.body {
            builder = builder.body(body.clone());
        }
        let mut noted = Noted {
            exchange: self,
            url,
            bytes_in: 0,
            status: None,
        };
        let mut response = builder.send().await.map_err(classify)?;
        noted.status = Some(response.status().as_u16());
        let mut raw = Raw {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
            truncated: false,
        };
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            noted.bytes_in += chunk.len() as u64;
            let room = self.cap - raw.body.len();
            raw.body
                .extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                raw.truncated = true;
                break;
            }
        }
        Ok(raw)
    }
}

/// The address, where the URL has one in place of a name: no look-up would check it.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Notes the exchange when it ends, also where a deadline drops it halfway.
struct Noted<'a> {
    exchange: &'a Exchange<'a>,
    url: &'a Url,
    bytes_in: u64,
    status: Option<u16>,
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        let request = self.exchange.request;
        self.exchange.ledger.note(Sent {
            origin: &self.url.origin().ascii_serialization(),
            method: &request.method,
            path: self.url.path(),
            bytes_out: request.body.as_ref().map_or(0, String::len) as u64,
            bytes_in: self.bytes_in,
            status: self.status,
        });
    }
}
