//! The sandbox: configuration, ticker, limits, linker and the state of one execution.
//!
//! ```text
//! Sandbox (one engine, one ticker) ─► Prepared (component, gate, limits: once per check)
//!                                       └─► execute: Store{State} ─► run ─► Outcome, report, coverage, log
//! ```

mod config;
pub mod context;
mod execute;
mod limiter;
pub mod limits;
mod linker;
pub mod log;
mod meter;
mod outcome;
mod prepare;
mod state;
mod ticker;
mod wasi;

pub use crate::abi::report::GuestReport;
pub use config::MAX_LIVE;
pub use context::{CheckInput, EnvironmentResults, RunContext, Span};
pub use execute::{Execution, execute};
pub use limits::Limits;
pub use prepare::Prepared;
pub(crate) use state::State;

use tokio::sync::Semaphore;
use wasmtime::Engine;

/// The one engine of the process, ticking.
pub struct Sandbox {
    engine: Engine,
    live: Semaphore,
}

impl Sandbox {
    /// Make the engine. Once for each process: stores must not meet types of two engines.
    pub fn new() -> anyhow::Result<Self> {
        let engine = config::engine().map_err(anyhow::Error::from)?;
        ticker::start(&engine)?;
        Ok(Self {
            engine,
            live: Semaphore::new(MAX_LIVE as usize),
        })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
