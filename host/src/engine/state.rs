//! What one execution holds: made before it, dropped after it, shared with nothing but the run's view and its log.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::context::RunContext;
use super::limiter::Limiter;
use super::limits::Limits;
use super::log::CheckLog;
use super::meter::Meter;
use super::outcome::Remembered;
use super::wasi::{self, Seeded};
use crate::abi::calls::CallLog;
use crate::grant::Gate;

/// The store's data.
pub(crate) struct State {
    pub(crate) run: Arc<RunContext>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) digest: Arc<str>,
    pub(crate) calls: CallLog,
    pub(crate) log: CheckLog,
    pub(crate) meter: Meter,
    pub(crate) limiter: Limiter,
    pub(crate) budget: Budget,
    wasi: Option<Box<Wasi>>,
}

/// What host calls have used up.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    pub(crate) host_calls: u32,
    /// Clock and progress.
    pub(crate) cheap_calls: u32,
    pub(crate) bytes: u64,
    /// Reads answered without a new request.
    pub(crate) shared_reads: u64,
    pub(crate) over: Option<&'static str>,
}

/// The empty WASI 0.2 of a component that imports it.
pub(crate) struct Wasi {
    pub(crate) context: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) random: Seeded,
    pub(crate) monotonic: wasi::Monotonic,
}

impl State {
    pub(crate) fn new(
        run: Arc<RunContext>,
        gate: Arc<Gate>,
        limits: Arc<Limits>,
        digest: Arc<str>,
        log: CheckLog,
    ) -> Self {
        let is_traced = run.trace.as_deref() == Some(gate.manifest().id.as_str());
        Self {
            calls: CallLog::new(is_traced),
            meter: Meter::new(limits.cpu),
            limiter: Limiter::new(limits.memory_bytes),
            budget: Budget::default(),
            wasi: None,
            run,
            gate,
            limits,
            digest,
            log,
        }
    }

    /// What the outcome is classified from.
    pub(crate) fn remembered(&self) -> Remembered {
        Remembered {
            exceeded: self.limiter.exceeded(),
            out_of_cpu: self.meter.is_over(),
            over_budget: self.budget.over,
        }
    }

    /// Made at the first use: most checks import no WASI.
    pub(crate) fn wasi(&mut self) -> &mut Wasi {
        let (run, digest, log) = (&self.run, &self.digest, &self.log);
        self.wasi
            .get_or_insert_with(|| Box::new(wasi::empty(run, digest, log)))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}
