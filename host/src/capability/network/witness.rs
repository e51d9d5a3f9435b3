//! A verifier that sees the chain, has it judged, and lets the handshake go on whatever the judgement.
//!
//! That is sound here because nothing is sent over the connection, and what is seen is told together with what is wrong.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::chain;
use crate::capability::endpoint::cause::tls_cause;
use crate::capability::{Certificate, TlsProblem};

/// What was seen of a server.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) chain: Vec<Certificate>,
    pub(super) problem: Option<TlsProblem>,
}

/// Sees one chain.
#[derive(Debug)]
pub(super) struct Witness {
    trust: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Option<Seen>>,
}

impl Witness {
    pub(super) fn new(trust: Arc<dyn ServerCertVerifier>) -> Self {
        Self {
            trust,
            seen: Mutex::new(None),
        }
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = chain::told(leaf, others);
        let judged = self
            .trust
            .verify_server_cert(leaf, others, name, ocsp_response, now);
        let problem = judged.err().map(|error| problem(&error, &chain));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Seen { chain, problem });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.supported_verify_schemes()
    }
}

/// Why a chain is not trusted, in the words that failed requests have too.
fn problem(error: &Error, chain: &[Certificate]) -> TlsProblem {
    if let Error::InvalidCertificate(
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
    ) = error
    {
        return told("tls-not-yet-valid", "its certificate is not valid yet");
    }
    let (_, code, words) = tls_cause(error);
    // One that signed itself may not be for servers at all, which is what the verifier says first.
    let is_its_own = chain
        .first()
        .is_some_and(|leaf| leaf.subject == leaf.issuer);
    match code {
        "tls" if is_its_own => told("tls-unknown-issuer", "its certificate is signed by itself"),
        code => told(code, &words),
    }
}

pub(super) fn told(code: &str, words: &str) -> TlsProblem {
    TlsProblem {
        code: code.to_owned(),
        words: words.to_owned(),
    }
}
