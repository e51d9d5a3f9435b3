//! Where an endpoint is, and how a path is put behind it.
//!
//! Pure: an address is read, checked and joined here, never connected to.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::manifest::path;

/// The base address of an endpoint.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub enum Base {
    /// Connected to by the host itself.
    Direct(Url),
    /// Through the API server's service proxy.
    Service(ServiceBase),
}

/// `service://NS/NAME:PORT/path`, or `service://NS/https:NAME:PORT/path` where the service itself speaks TLS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceBase {
    pub namespace: String,
    pub name: String,
    /// A number or a port's name.
    pub port: String,
    pub tls: bool,
    /// Empty, or begins with `/`.
    pub path: String,
}

/// A text that is no base address.
#[derive(Debug, thiserror::Error)]
pub enum BadBase {
    #[error("`{0}` is no address; write `https://HOST/PATH` or `service://NAMESPACE/NAME:PORT`")]
    NoAddress(String),
    #[error(
        "an address holds no credential; name where it is found with `token = {{ file = \"…\" }}`"
    )]
    Credential,
    #[error("the base address of an endpoint has neither query nor fragment")]
    QueryOrFragment,
    #[error("`{0}` is no plain path: dot segments, encoded separators and backslashes are refused")]
    Path(String),
}

impl Base {
    /// The address of one request. `path` has been checked with [`path::is_sound`].
    pub(super) fn direct(url: &Url, path: &str, query: &[(String, String)]) -> Url {
        let mut joined = url.clone();
        joined.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        if !query.is_empty() {
            joined.query_pairs_mut().extend_pairs(query);
        }
        joined
    }
}

impl ServiceBase {
    /// Path and query of one request at the service.
    pub(super) fn target(&self, path: &str, query: &[(String, String)]) -> String {
        let mut target = format!("{}{path}", self.path);
        if !query.is_empty() {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(query);
            target.push('?');
            target.push_str(&pairs.finish());
        }
        target
    }

    /// The service with its scheme, as the API server's proxy writes it.
    fn proxy_name(&self) -> String {
        let scheme = if self.tls { "https:" } else { "" };
        format!("{scheme}{}", self.name)
    }
}

impl FromStr for Base {
    type Err = BadBase;

    fn from_str(text: &str) -> Result<Self, BadBase> {
        match text.strip_prefix("service://") {
            Some(rest) => service(rest)
                .map(Self::Service)
                .ok_or_else(|| BadBase::NoAddress(text.to_owned()))
                .and_then(|base| match &base {
                    Self::Service(service) if !is_base_path(&service.path) => {
                        Err(BadBase::Path(service.path.clone()))
                    }
                    _ => Ok(base),
                }),
            None => direct(text).map(Self::Direct),
        }
    }
}

fn direct(text: &str) -> Result<Url, BadBase> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // The text is not repeated: what is written where an address belongs may hold a password.
    let Some(url) = url else {
        let shown = if text.contains('@') { "…" } else { text };
        return Err(BadBase::NoAddress(shown.to_owned()));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadBase::Credential);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadBase::QueryOrFragment);
    }
    if !is_base_path(url.path()) {
        return Err(BadBase::Path(url.path().to_owned()));
    }
    Ok(url)
}

fn is_base_path(text: &str) -> bool {
    text.is_empty() || path::is_sound(text)
}

fn service(rest: &str) -> Option<ServiceBase> {
    let (namespace, rest) = rest.split_once('/')?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (tls, authority) = match authority.strip_prefix("https:") {
        Some(rest) => (true, rest),
        None => (false, authority.strip_prefix("http:").unwrap_or(authority)),
    };
    let (name, port) = authority.split_once(':')?;
    [namespace, name, port]
        .into_iter()
        .all(is_label)
        .then(|| ServiceBase {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            port: port.to_owned(),
            tls,
            path: path.trim_end_matches('/').to_owned(),
        })
}

/// A DNS label, which names of namespaces, services and ports are.
pub(crate) fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl TryFrom<String> for Base {
    type Error = BadBase;

    fn try_from(text: String) -> Result<Self, BadBase> {
        text.parse()
    }
}

impl fmt::Display for Base {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(url) => url.fmt(formatter),
            Self::Service(base) => {
                let ServiceBase {
                    namespace,
                    port,
                    path,
                    ..
                } = base;
                let name = base.proxy_name();
                write!(formatter, "service://{namespace}/{name}:{port}{path}")
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_service_address_has_namespace_name_and_port() {
        for text in [
            "service://monitoring/loki:3100",
            "service://monitoring/https:loki:http-metrics/base",
        ] {
            assert_eq!(text.parse::<Base>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_or_holds_a_credential_is_refused() {
        for text in [
            "",
            "loki:3100",
            "ftp://host/",
            "https://",
            "https://user:pass@host/",
            "https://token@host/",
            "https://host/?a=b",
            "https://host/#x",
            "https://host/a/%2e%2e%2fb",
            "service://loki:3100",
            "service://monitoring/loki",
            "service://Monitoring/loki:3100",
            "service://monitoring/loki:3100/../x",
            "service://../loki:3100",
        ] {
            assert!(text.parse::<Base>().is_err(), "{text}");
        }
        let error = "https//me:hunter2@host".parse::<Base>().unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_path_is_put_behind_the_base_and_a_query_is_escaped() {
        let Base::Direct(url) = "https://h.test/v1/".parse().unwrap() else {
            panic!("direct")
        };
        let query = [("q".to_owned(), "a&b=c d".to_owned())];
        assert_eq!(
            Base::direct(&url, "/models", &query).as_str(),
            "https://h.test/v1/models?q=a%26b%3Dc+d"
        );
        let Base::Service(base) = "service://m/loki:3100/x".parse().unwrap() else {
            panic!("service")
        };
        assert_eq!(base.target("/ready", &query), "/x/ready?q=a%26b%3Dc+d");
    }
}
