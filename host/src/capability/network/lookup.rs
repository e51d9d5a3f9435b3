//! The addresses of a name, by the system's resolver.

use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::failed;
use crate::capability::endpoint::address::{Unreachable, lookup_failure};
use crate::capability::endpoint::cause::unreachable;
use crate::capability::ledger::{Ledger, Sent};
use crate::capability::{ErrorCode, ReadError};

/// A resolver answers in milliseconds. Where the first one is silent the C library asks the next after five seconds, and
/// so does everything else on this machine.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(6);

/// What becomes of a look-up, as the ledger has it; `failed` where it is dropped halfway.
struct Noted<'a> {
    ledger: &'a Ledger,
    host: &'a str,
    answer: &'static str,
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        let sent = Sent {
            origin: "dns",
            method: "RESOLVE",
            path: self.host,
            bytes_out: 0,
            bytes_in: 0,
            status: None,
        };
        self.ledger.note_answer(sent, self.answer.to_owned());
    }
}

/// All addresses of a name, sorted. That there is no such name is known, and so `absent`.
pub(super) async fn lookup(
    slots: &Arc<Semaphore>,
    ledger: &Ledger,
    host: &str,
) -> Result<Vec<IpAddr>, ReadError> {
    let mut noted = Noted {
        ledger,
        host,
        answer: "failed",
    };
    let Ok(found) = tokio::time::timeout(LOOKUP_TIMEOUT, ask(slots, host)).await else {
        let message = format!("`{host}`: the resolver did not answer in time");
        return Err(ReadError::new(ErrorCode::Timeout, message));
    };
    let addresses = judge(host, found);
    noted.answer = match &addresses {
        Ok(_) => "found",
        Err(error) if error.code == ErrorCode::Absent => "none",
        Err(_) => "failed",
    };
    addresses
}

/// In a thread of its own: the C library's resolver blocks. The thread holds its slot until it is done, also where
/// nobody waits for it any more.
async fn ask(slots: &Arc<Semaphore>, host: &str) -> io::Result<Vec<IpAddr>> {
    let slot = Arc::clone(slots).acquire_owned().await;
    let slot = slot.map_err(io::Error::other)?;
    let host = host.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        let found = (host.as_str(), 0).to_socket_addrs()?;
        Ok(found.map(|address| address.ip()).collect())
    });
    asked.await.map_err(io::Error::other)?
}

fn judge(host: &str, found: io::Result<Vec<IpAddr>>) -> Result<Vec<IpAddr>, ReadError> {
    let found = match found {
        Ok(found) if found.is_empty() => Err(Unreachable::NoSuchName),
        Ok(found) => Ok(found),
        Err(error) => Err(lookup_failure(&error)),
    };
    let mut addresses = found.map_err(|why| {
        let mut error = failed(host, unreachable(why));
        if why == Unreachable::NoSuchName {
            error.code = ErrorCode::Absent;
        }
        error
    })?;
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn no_such_name_is_known_and_a_broken_resolver_is_not() {
        for (words, code, cause) in [
            (
                "failed to lookup address information: Name or service not known",
                ErrorCode::Absent,
                "dns-nxdomain",
            ),
            (
                "failed to lookup address information: No address associated with hostname",
                ErrorCode::Absent,
                "dns-nxdomain",
            ),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                ErrorCode::Unavailable,
                "dns-failed",
            ),
        ] {
            let error = judge("a.test", Err(io::Error::other(words))).unwrap_err();
            assert_eq!(
                (error.code, error.attributes["cause"].as_str()),
                (code, cause)
            );
        }
        assert_eq!(
            judge("a.test", Ok(Vec::new())).unwrap_err().code,
            ErrorCode::Absent
        );
    }

    #[test]
    fn addresses_are_sorted_and_each_is_there_once() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let found = ["fd00::1", "10.0.0.2", "10.0.0.1", "10.0.0.2"].map(address);
        assert_eq!(
            judge("a.test", Ok(found.into())).unwrap(),
            ["10.0.0.1", "10.0.0.2", "fd00::1"].map(address)
        );
    }
}
