//! The one HTTP/1.1 server under all players: accepts, records, answers or misbehaves.

use std::future::{Future, pending};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::answer::{Act, Answer, Body, full};
use super::received::{Journal, Received};
use crate::runtime::{handle, wait};

/// What a handler comes to, once it has the request.
pub(super) type Decision = Pin<Box<dyn Future<Output = Act> + Send>>;
/// Decides what a request gets.
pub(super) type Handler = Arc<dyn Fn(Received) -> Decision + Send + Sync>;

/// A running server. Dropping it closes its port and all its connections.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    certificate: Option<String>,
    journal: Journal,
    task: AbortHandle,
}

impl Server {
    /// Starts on a free port of 127.0.0.1; with `tls` behind a certificate of its own.
    pub(super) fn start(tls: bool, handler: Handler) -> Result<Self> {
        let (acceptor, certificate) = if tls {
            self_signed().map(|(acceptor, pem)| (Some(acceptor), Some(pem)))?
        } else {
            (None, None)
        };
        let listener = wait(async {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .context("bind a port on 127.0.0.1")
        })?;
        let address = listener
            .local_addr()
            .context("read the port the kernel chose")?;
        let journal = Journal::default();
        let task = handle()?
            .spawn(accept(
                listener,
                acceptor,
                Serve {
                    journal: journal.clone(),
                    handler,
                },
            ))
            .abort_handle();
        Ok(Self {
            address,
            certificate,
            journal,
            task,
        })
    }

    /// Starts a server whose answers need no waiting.
    pub(super) fn answering(
        tls: bool,
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::start(
            tls,
            Arc::new(move |request| {
                let act = answer(&request).act();
                Box::pin(async move { act })
            }),
        )
    }

    pub(super) fn url(&self) -> String {
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    pub(super) fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Serve {
    journal: Journal,
    handler: Handler,
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, serve: Serve) {
    // Connections live in the set, so that they end with this task.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, serve) = (tls.clone(), serve.clone());
        connections.spawn(async move {
            match tls {
                None => connection(stream, serve).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, serve).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// A stream that leads down to its TCP socket, for the sake of a reset.
trait Socket: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn connection(stream: impl Socket, serve: Serve) {
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| respond(request, serve.clone(), Arc::clone(&reset)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error here is the scripted misbehaviour itself, or a client that went away.
    let _ = (&mut connection).await;
    if reset.load(Ordering::Relaxed) {
        let _ = connection
            .into_parts()
            .io
            .into_inner()
            .socket()
            .set_zero_linger();
    }
}

async fn respond(
    request: Request<Incoming>,
    serve: Serve,
    reset: Arc<AtomicBool>,
) -> io::Result<Response<Counted>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let received = Received::new(parts, body);
    serve.journal.record(&received);
    let sent = received.sent();
    match (serve.handler)(received).await {
        Act::Respond(response) => Ok(response.map(|body| Counted { body, sent })),
        Act::Hang => pending().await,
        Act::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(io::Error::other("reset on purpose"))
        }
        Act::Forward { .. } => {
            let mut response = Response::new(Counted {
                body: full(Bytes::from_static(b"nothing to forward to\n")),
                sent,
            });
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            Ok(response)
        }
    }
}

/// A body that counts what leaves, and like the one it wraps says how long it is: hyper then announces the length.
struct Counted {
    body: Body,
    sent: Arc<AtomicU64>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.sent.fetch_add(length as u64, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn self_signed() -> Result<(TlsAcceptor, String)> {
    handle()?; // Chooses the TLS provider.
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])
        .context("make a certificate")?;
    let key =
        PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .context("use the certificate")?;
    Ok((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))
}
