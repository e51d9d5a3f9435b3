//! The one tokio runtime of the harness.
//!
//! Every call of the harness blocks, so that a test is a plain function and may itself run inside any runtime or none.
//! The futures run here, on threads of their own, for as long as the process lives: a server that one test starts keeps
//! answering while that test's thread waits.

use std::future::Future;
use std::sync::{OnceLock, mpsc};

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Runs a future on the harness's runtime and waits for its value.
pub(crate) fn wait<T: Send + 'static>(
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    handle()?.spawn(async move {
        // The receiver is gone only when the waiting thread is, and then nobody wants the value.
        let _ = sender.send(future.await);
    });
    receiver
        .recv()
        .context("a task of the test harness panicked")?
}

/// Where background tasks of the harness are spawned.
pub(crate) fn handle() -> Result<Handle> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            // Both ends of a TLS connection may live in this process; without a chosen provider rustls would refuse.
            let _ = rustls::crypto::ring::default_provider().install_default();
            Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("world")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .map(|runtime| runtime.handle().clone())
        .context("start the runtime of the test harness")
}
