//! Looks at names and certificates from where the host runs.
//!
//! A look-up asks the system's resolver; a handshake connects, looks at what the server shows of itself, and sends
//! nothing over it. Neither has a credential. Link-local addresses are never connected to, as with endpoints.
//!
//! ```text
//! Resolve ───► lookup
//! Handshake ─► lookup ─► address policy ─► connect ─► talk (deadline, cap) ─► witness: chain, and what is wrong with it
//! ```

mod chain;
mod lookup;
mod talk;
mod trust;
mod witness;

#[cfg(test)]
#[path = "live_tests.rs"]
mod live_tests;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};

use self::talk::Talk;
use self::witness::Witness;
use super::endpoint::address::{Unreachable, is_allowed};
use super::endpoint::cause::{Named, socket_cause, unavailable, unreachable};
use super::ledger::Ledger;
use super::{Addresses, Answer, Body, ErrorCode, Handshake, ReadError, Vantage};

/// Look-ups at a time. Each holds a thread until the C library gives up on it, which a dead resolver takes half a minute
/// for.
const LOOKUPS: usize = 16;

/// From the look-up to the last byte. A server that is there needs some hundred milliseconds.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// One address; the next of the name may be the one that is up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The network, as it is from here.
pub struct Network {
    vantage: Vantage,
    /// Files of certificates that are trusted besides the system's.
    authorities: Vec<PathBuf>,
    trust: OnceCell<Result<Arc<dyn ServerCertVerifier>, ReadError>>,
    lookups: Arc<Semaphore>,
    /// Addresses that took no connection in time. Many names lead to one gateway, and it is waited for once.
    silent: Mutex<BTreeSet<SocketAddr>>,
    ledger: Arc<Ledger>,
}

impl Network {
    /// `authorities` are certificates of the site's own authorities: a chain that ends at one of them is trusted too.
    pub fn new(vantage: Vantage, authorities: Vec<PathBuf>, ledger: Arc<Ledger>) -> Self {
        Self {
            vantage,
            authorities,
            trust: OnceCell::new(),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            silent: Mutex::default(),
            ledger,
        }
    }

    /// Answer `Request::Resolve`.
    pub async fn resolve(&self, host: &str) -> Answer {
        let found = lookup::lookup(&self.lookups, &self.ledger, host).await?;
        let addresses = found.iter().map(IpAddr::to_string).collect();
        Ok(Body::Addresses(Addresses {
            addresses,
            vantage: self.vantage,
        }))
    }

    /// Answer `Request::Handshake`.
    pub async fn handshake(&self, host: &str, port: u16) -> Answer {
        let place = format!("{host}:{port}");
        let looked = tokio::time::timeout(HANDSHAKE_TIMEOUT, self.shake(host, port, &place)).await;
        looked
            .unwrap_or_else(|_| Err(timed_out(&place)))
            .map(Body::Handshake)
    }

    async fn shake(&self, host: &str, port: u16, place: &str) -> Result<Handshake, ReadError> {
        // The dot that marks a name as complete is none of the certificate's.
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| ReadError::new(ErrorCode::Invalid, format!("`{host}` is no host name")))?;
        let trust = self.trust.get_or_init(|| trust::load(&self.authorities));
        let witness = Arc::new(Witness::new(trust.await.clone()?));
        let found = lookup::lookup(&self.lookups, &self.ledger, host).await?;
        let allowed: Vec<IpAddr> = found.into_iter().filter(|one| is_allowed(*one)).collect();
        if allowed.is_empty() {
            return Err(failed(place, unreachable(Unreachable::Denied)));
        }
        let mut talk = Talk::new(place, &self.ledger);
        let (stream, address) = self.connect(&allowed, port, place).await?;
        let ended = talk.run(stream, name, Arc::clone(&witness)).await;
        let Some(seen) = witness.seen() else {
            let silent = || failed(place, unavailable("tls", "it showed no certificate"));
            return Err(ended
                .err()
                .map_or_else(silent, |broken| broken.named(place)));
        };
        let broken = ended.err().and_then(|broken| broken.of_certificate());
        Ok(Handshake {
            chain: seen.chain,
            problem: seen.problem.or(broken),
            address: address.ip().to_string(),
            vantage: self.vantage,
        })
    }

    /// The first address that takes the connection.
    async fn connect(
        &self,
        addresses: &[IpAddr],
        port: u16,
        place: &str,
    ) -> Result<(TcpStream, SocketAddr), ReadError> {
        let mut last = timed_out(place);
        for address in addresses {
            let address = SocketAddr::new(*address, port);
            if self.is_silent(address) {
                continue;
            }
            match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => last = failed(place, of_socket(&error)),
                Err(_) => self.note_silent(address),
            }
        }
        Err(last)
    }

    fn is_silent(&self, address: SocketAddr) -> bool {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.contains(&address)
    }

    fn note_silent(&self, address: SocketAddr) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.insert(address);
    }
}

fn of_socket(error: &std::io::Error) -> Named {
    socket_cause(error).unwrap_or_else(|| unavailable("", "the connection failed"))
}

/// An error that names the place.
fn failed(place: &str, (code, cause, words): Named) -> ReadError {
    let error = ReadError::new(code, format!("`{place}`: {words}"));
    if cause.is_empty() {
        error
    } else {
        error.because(cause)
    }
}

fn timed_out(place: &str) -> ReadError {
    let message = format!("`{place}` did not answer in time");
    ReadError::new(ErrorCode::Timeout, message)
}
