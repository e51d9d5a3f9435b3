//! Whom a chain is trusted for: the system's authorities, and those that the site names for its own endpoints.
//!
//! A platform behind an authority of its own is no broken platform, and a handshake risks nothing by trusting more: it
//! sends nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use crate::capability::endpoint::direct::read_ca;
use crate::capability::{ErrorCode, ReadError};

/// Load them, once in a run. Where they cannot be loaded nothing can be said of a chain, so that is an error and no
/// problem of any server's.
pub(super) async fn load(files: &[PathBuf]) -> Result<Arc<dyn ServerCertVerifier>, ReadError> {
    let files = files.to_vec();
    // Some hundred files of the system are read.
    let loading = tokio::task::spawn_blocking(move || read(&files));
    loading
        .await
        .unwrap_or_else(|_| Err(failed("the trusted certificates cannot be loaded")))
}

fn read(files: &[PathBuf]) -> Result<Arc<dyn ServerCertVerifier>, ReadError> {
    let mut extra = Vec::new();
    for file in files {
        extra.extend(certificates(file)?);
    }
    let verifier = Verifier::new_with_extra_roots(extra, Arc::new(ring::default_provider()));
    let verifier = verifier
        .map_err(|_| failed("the system's certificates cannot be loaded on this machine"))?;
    Ok(Arc::new(verifier))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ReadError> {
    let shown = file.display();
    let pem = read_ca(file)
        .map_err(|error| failed(&format!("CA file `{shown}` cannot be read: {error}")))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| failed(&format!("CA file `{shown}` holds no PEM certificate")))
}

fn failed(words: &str) -> ReadError {
    ReadError::new(ErrorCode::Other, words)
}
