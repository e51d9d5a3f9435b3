//! A server that shows certificates and says nothing: what a handshake sees of an ingress controller.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::certificate::Issued;
use crate::runtime::{handle, wait};

/// A running server. Dropping it closes its port.
#[derive(Debug)]
pub struct ShownCertificates {
    task: AbortHandle,
}

/// The certificate for each name that is asked for.
#[derive(Debug, Default)]
struct ByName(Vec<(Vec<String>, Arc<CertifiedKey>)>);

impl ShownCertificates {
    /// Shows each of these to those who ask for one of its names.
    pub fn start(address: Ipv4Addr, port: u16, shown: &[(Vec<String>, Issued)]) -> Result<Self> {
        let runtime = handle()?; // Chooses the TLS provider.
        let mut by_name = ByName::default();
        for (names, issued) in shown {
            let key = PrivatePkcs8KeyDer::from(issued.key.serialize_der()).into();
            let key = any_supported_type(&key).context("use the key of a certificate")?;
            let certified = CertifiedKey::new(issued.chain.clone(), key);
            by_name.0.push((names.clone(), Arc::new(certified)));
        }
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(by_name));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let at = SocketAddr::from((address, port));
        let listener = wait(async move {
            TcpListener::bind(at)
                .await
                .with_context(|| format!("bind {at}"))
        })?;
        let task = runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shaking = acceptor.accept(stream);
                tokio::spawn(async move { shaking.await.map(drop) });
            }
        });
        Ok(Self {
            task: task.abort_handle(),
        })
    }
}

impl Drop for ShownCertificates {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name()?.to_owned();
        let is_for = |(names, _): &&(Vec<String>, _)| names.contains(&asked);
        self.0.iter().find(is_for).map(|(_, key)| Arc::clone(key))
    }
}
