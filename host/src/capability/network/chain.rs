//! What is told of a certificate.

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::capability::Certificate;
use crate::capability::certificate::names;

/// Certificates of one chain. Real ones have two to four; what is longer is cut.
const MAX_CHAIN: usize = 10;

/// Names of one certificate. The largest shared ones have a hundred.
const MAX_NAMES: usize = 200;

/// The chain as the server sent it, leaf first.
pub(super) fn told(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Vec<Certificate> {
    let chain = std::iter::once(leaf).chain(others).take(MAX_CHAIN);
    chain.map(|der| certificate(der)).collect()
}

fn certificate(der: &[u8]) -> Certificate {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => Certificate {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names: names(&certificate).into_iter().take(MAX_NAMES).collect(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        },
        // It is there, and that is all that is known of it; whoever verifies it will say so.
        Err(_) => Certificate {
            subject: "unreadable".to_owned(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: 0,
            not_after: 0,
        },
    }
}
