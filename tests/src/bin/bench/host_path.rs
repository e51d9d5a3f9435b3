//! One execution of a check that does nothing, through the whole host path, against wasmtime alone.
//!
//! Both start the same compiled component in a fresh store of the same engine and call it. What the host adds is what a
//! report needs: limits, gate, log, coverage, a task that contains a panic, and the conversion of what it said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use async_trait::async_trait;
use bsq_host::abi::command::CommandDecorator;
use bsq_host::capability::view::{RunScope, View, ViewPlan};
use bsq_host::capability::{Answer, ErrorCode, ReadError, Reads, Request};
use bsq_host::component::{CodeCache, Loaded, compile, inspect};
use bsq_host::engine::{CheckInput, Limits, Prepared, RunContext, Sandbox, Span, execute};
use bsq_host::grant::{Gate, Grant};
use bsq_host::report::model::{Outcome, Scope, Window};
use bsq_tests::hostile;
use jiff::Timestamp;
use wasmtime::Store;
use wasmtime::component::Linker;

use self::contract::CheckPre;
use self::contract::exports::bsq::check::check as exported;
use super::table::{Table, median};

/// Executions that are timed together: one alone is shorter than what a clock and a scheduler do to it.
const BATCH: u32 = 200;

/// Pairs of batches, alternating. The first warms memory and does not count.
const ROUNDS: usize = 41;

/// How many times wasmtime alone the host may take.
const BOUND: f64 = 1.3;

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "generated code"
)]
mod contract {
    wasmtime::component::bindgen!({
        world: "bsq:platform/check",
        path: [
            "../wit/check",
            "../wit/context",
            "../wit/kubernetes",
            "../wit/http",
            "../wit/network",
            "../wit/logs",
            "../wit/metrics",
            "../wit/traces",
            "../wit/platform",
        ],
        exports: { default: async },
    });
}

pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start a runtime")?;
    // In a task, as the checks of a run are.
    let (here, least) = runtime
        .block_on(async { tokio::spawn(alternate()).await })
        .context("the measuring task panicked")??;
    table.times(
        "one execution of a check that does nothing",
        here,
        "wasmtime alone",
        least,
        BOUND,
    )
}

async fn alternate() -> Result<(Duration, Duration)> {
    let both = Both::new().await?;
    let (mut here, mut least) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..BATCH {
            both.whole().await?;
        }
        let whole = started.elapsed() / BATCH;
        let started = Instant::now();
        for _ in 0..BATCH {
            both.bare().await?;
        }
        if round > 0 {
            here.push(whole);
            least.push(started.elapsed() / BATCH);
        }
    }
    Ok((median(here), median(least)))
}

/// The two ways to execute one component.
struct Both {
    sandbox: Sandbox,
    prepared: Prepared,
    run: Arc<RunContext>,
    input: CheckInput,
    bare: CheckPre<()>,
    bare_input: exported::Input,
}

impl Both {
    async fn new() -> Result<Self> {
        let bytes = hostile::component("silent", &hostile::manifest("silent"))?;
        let misfit = |misfit| anyhow!("the component does not fit: {misfit:?}");
        let loaded = Loaded::from_bytes(bytes).map_err(misfit)?;
        let inspection = inspect(&loaded.bytes);
        let manifest = inspection
            .manifest
            .context("the component has a manifest")?;
        let fit = inspection
            .fit
            .map_err(|misfits| anyhow!("the component does not fit: {misfits:?}"))?;
        let sandbox = Sandbox::new()?;
        let cache = Arc::new(CodeCache::disabled());
        let compiled = compile::compile(sandbox.engine(), &cache, &loaded)
            .await
            .map_err(misfit)?;
        let bare = Linker::new(sandbox.engine())
            .instantiate_pre(&compiled.component)
            .and_then(CheckPre::new)
            .map_err(anyhow::Error::from)?;
        let gate = Arc::new(Gate::new(manifest, Grant::default()));
        let prepared = Prepared::new(
            sandbox.engine(),
            &compiled,
            &fit,
            gate,
            Limits::default(),
            &loaded.digest,
        )
        .map_err(misfit)?;
        Ok(Self {
            sandbox,
            prepared,
            run: Arc::new(run_context()),
            input: input(),
            bare,
            bare_input: bare_input(),
        })
    }

    async fn whole(&self) -> Result<()> {
        let execution = execute(&self.sandbox, &self.prepared, &self.run, self.input.clone()).await;
        ensure!(
            execution.outcome == Outcome::Completed,
            "the check ended as {:?}",
            execution.outcome
        );
        Ok(())
    }

    async fn bare(&self) -> Result<()> {
        let mut store = Store::new(self.sandbox.engine(), ());
        store.set_epoch_deadline(u64::MAX / 2);
        let check = self.bare.instantiate_async(&mut store).await?;
        let report = check
            .bsq_check_check()
            .call_run(&mut store, &self.bare_input)
            .await?;
        ensure!(report.is_ok(), "the check failed");
        Ok(())
    }
}

/// Nothing is read, so nothing answers.
struct Nothing;

#[async_trait]
impl Reads for Nothing {
    async fn read(&self, _: &Request) -> Answer {
        Err(ReadError::new(
            ErrorCode::Unsupported,
            "nothing is read here",
        ))
    }
}

fn run_context() -> RunContext {
    let now = Timestamp::now();
    RunContext {
        view: Arc::new(View::new(Arc::new(Nothing), ViewPlan::default())),
        scope: RunScope::default(),
        now,
        window: Span {
            start: now,
            end: now,
        },
        seed: 0,
        commands: CommandDecorator::default(),
        progress: None,
        trace: None,
    }
}

fn input() -> CheckInput {
    let window = Window {
        start: "2026-11-23T05:00:00Z".to_owned(),
        end: "2026-11-23T06:00:00Z".to_owned(),
    };
    let scope = Scope {
        kind: bsq_host::manifest::ScopeKind::Platform,
        name: String::new(),
        namespaces: Vec::new(),
        excluded_namespaces: Vec::new(),
        selector: None,
    };
    CheckInput {
        scope,
        symptom: None,
        window,
        settings: "{}".to_owned(),
        attributes: Vec::new(),
        results: Arc::default(),
    }
}

fn bare_input() -> exported::Input {
    let input = input();
    exported::Input {
        scope: contract::bsq::check::types::Scope {
            kind: "platform".to_owned(),
            name: input.scope.name,
            namespaces: Vec::new(),
            attributes: Vec::new(),
        },
        symptom: None,
        window: contract::bsq::check::types::Window {
            start: input.window.start,
            end: input.window.end,
        },
        settings: input.settings,
        attributes: Vec::new(),
    }
}
