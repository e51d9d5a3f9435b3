//! One TLS handshake over one connection: as many bytes as it takes, at most so many, and then good-bye.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Error};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::witness::{Witness, told};
use super::{failed, of_socket};
use crate::capability::endpoint::cause::{tls_cause, unavailable};
use crate::capability::ledger::{Ledger, Sent};
use crate::capability::{ErrorCode, ReadError, TlsProblem};

/// What a server may send until it is done. A chain of ten large certificates takes a tenth of it.
const MAX_BYTES: u64 = 256 << 10;

const BUFFER_BYTES: usize = 4 << 10;

/// Why a handshake did not come to its end.
#[derive(Debug)]
pub(super) enum Broken {
    Socket(io::Error),
    Tls(Error),
    Closed,
    Endless,
}

impl Broken {
    /// The error of a server that showed no certificate.
    pub(super) fn named(&self, place: &str) -> ReadError {
        match self {
            Self::Socket(error) => failed(place, of_socket(error)),
            Self::Tls(Error::AlertReceived(alert)) => failed(
                place,
                unavailable("tls", &format!("it refused the handshake: {alert:?}")),
            ),
            Self::Tls(Error::InvalidMessage(_)) => {
                failed(place, unavailable("tls", "it does not speak TLS"))
            }
            Self::Tls(error) => failed(place, tls_cause(error)),
            Self::Closed => failed(
                place,
                unavailable("tls", "it closed the connection in the handshake"),
            ),
            Self::Endless => {
                let words = format!("it sent more than {} KiB in the handshake", MAX_BYTES >> 10);
                failed(place, (ErrorCode::TooLarge, "", words))
            }
        }
    }

    /// What it says of a certificate that was shown: a server that cannot prove it to be its own has another's. One
    /// that then wants a certificate of ours, or goes away, has shown what there is to see.
    pub(super) fn of_certificate(&self) -> Option<TlsProblem> {
        match self {
            Self::Tls(Error::InvalidCertificate(_) | Error::PeerMisbehaved(_)) => Some(told(
                "tls",
                "it does not prove that the certificate is its own",
            )),
            _ => None,
        }
    }
}

/// A handshake, noted in the ledger when it ends, also where a deadline drops it halfway.
pub(super) struct Talk<'a> {
    place: &'a str,
    ledger: &'a Ledger,
    bytes_in: u64,
    bytes_out: u64,
    answer: &'static str,
}

impl<'a> Talk<'a> {
    pub(super) fn new(place: &'a str, ledger: &'a Ledger) -> Self {
        Self {
            place,
            ledger,
            bytes_in: 0,
            bytes_out: 0,
            answer: "failed",
        }
    }

    /// Shake hands, and say good-bye.
    pub(super) async fn run(
        &mut self,
        mut stream: TcpStream,
        name: ServerName<'static>,
        witness: Arc<Witness>,
    ) -> Result<(), Broken> {
        let config = config(witness).map_err(Broken::Tls)?;
        let mut session = ClientConnection::new(Arc::new(config), name).map_err(Broken::Tls)?;
        let ended = self.shake(&mut stream, &mut session).await;
        if ended.is_ok() {
            self.answer = "done";
            session.send_close_notify();
        }
        // An alert or a good-bye; whether it arrives changes nothing.
        let _ = self.flush(&mut stream, &mut session).await;
        ended
    }

    async fn shake(
        &mut self,
        stream: &mut TcpStream,
        session: &mut ClientConnection,
    ) -> Result<(), Broken> {
        let mut buffer = [0; BUFFER_BYTES];
        loop {
            self.flush(stream, session).await.map_err(Broken::Socket)?;
            if !session.is_handshaking() {
                return Ok(());
            }
            let count = stream.read(&mut buffer).await.map_err(Broken::Socket)?;
            self.bytes_in += count as u64;
            if count == 0 {
                return Err(Broken::Closed);
            }
            if self.bytes_in > MAX_BYTES {
                return Err(Broken::Endless);
            }
            let mut came = buffer.get(..count).unwrap_or_default();
            while !came.is_empty() {
                session.read_tls(&mut came).map_err(Broken::Socket)?;
                session.process_new_packets().map_err(Broken::Tls)?;
            }
        }
    }

    async fn flush(
        &mut self,
        stream: &mut TcpStream,
        session: &mut ClientConnection,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut bytes)?;
        }
        self.bytes_out += bytes.len() as u64;
        stream.write_all(&bytes).await
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        let sent = Sent {
            origin: &format!("tls://{}", self.place),
            method: "HANDSHAKE",
            path: "/",
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            status: None,
        };
        self.ledger.note_answer(sent, self.answer.to_owned());
    }
}

/// Nothing of one handshake is kept for the next: each shows the whole chain.
fn config(witness: Arc<Witness>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}
