//! One execution: a fresh store, the call, and what it came to.
//!
//! A panic of the host in one execution is caught here, so that it is one row. Whatever ends it, the store is dropped
//! with all that the component held.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use wasmtime::{Store, UpdateDeadline};

use super::Sandbox;
use super::context::{CheckInput, RunContext};
use super::limits::{HOSTCALL_FUEL, MAX_HANDLES};
use super::log::{CheckLog, Level, LogLines};
use super::outcome::{Ended, classify};
use super::prepare::{Linked, Prepared};
use super::state::State;
use crate::abi::calls::Came;
use crate::abi::report::{Desk, GuestReport};
use crate::abi::{Correlator, Full, input, results, text};
use crate::report::model::{CoverageTable, MeasuredCheck, Outcome};

/// What one execution came to.
#[derive(Clone, Debug)]
pub struct Execution {
    pub outcome: Outcome,
    /// What the check said, if it came to say it; with a failure, what it had so far.
    pub report: Option<GuestReport>,
    pub coverage: CoverageTable,
    pub log: LogLines,
    pub measured: MeasuredCheck,
    /// One line for each call, where the run traces this check.
    pub trace: Vec<String>,
}

/// Bytes of a check's own words about its failure.
const MAX_FAILURE_TEXT: usize = 500;

/// Execute a check once. Dropping the future ends the execution.
pub async fn execute(
    sandbox: &Sandbox,
    prepared: &Prepared,
    run: &Arc<RunContext>,
    input: CheckInput,
) -> Execution {
    // Closed only with the sandbox, which is alive.
    let _slot = sandbox.live.acquire().await;
    let log = CheckLog::default();
    let state = State::new(
        Arc::clone(run),
        Arc::clone(&prepared.gate),
        Arc::clone(&prepared.limits),
        Arc::clone(&prepared.digest),
        log.clone(),
    );
    let store = Store::new(&sandbox.engine, state);
    // What a panic leaves half done is the store, which nobody sees again, and the log, which is only added to.
    let alone = AssertUnwindSafe(alone(store, prepared, &input)).catch_unwind();
    alone.await.unwrap_or_else(|_| panicked(&log))
}

async fn alone(mut store: Store<State>, prepared: &Prepared, input: &CheckInput) -> Execution {
    let started = Instant::now();
    confine(&mut store);
    let wall = prepared.limits.wall;
    let called = tokio::time::timeout(wall, call(&mut store, prepared, input)).await;
    let mut state = store.into_data();
    state.meter.leave();
    let mut desk = Desk {
        manifest: state.gate.manifest(),
        commands: &state.run.commands,
        calls: &mut state.calls,
    };
    let (outcome, report) = match called {
        Ok(Ok(Ok(report))) => completed(desk.take(report)),
        Ok(Ok(Err(failure))) => {
            let outcome = Outcome::Failed {
                code: failure.code.map(|code| text::line(&code, 64)),
                message: text::line(&failure.message, MAX_FAILURE_TEXT),
            };
            (outcome, Some(desk.take(failure.report)))
        }
        Ok(Err(error)) => (ended(&state, &Ended::Error(&error)), None),
        Err(_) => (ended(&state, &Ended::Wall), None),
    };
    finish(
        state,
        outcome,
        report,
        started.elapsed(),
        prepared.from_cache,
    )
}

/// Every limit of the store.
fn confine(store: &mut Store<State>) {
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    store.set_max_component_handles(MAX_HANDLES);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| {
        if context.data_mut().meter.tick() {
            Ok(UpdateDeadline::Yield(1))
        } else {
            Ok(UpdateDeadline::Interrupt)
        }
    });
}

async fn call(
    store: &mut Store<State>,
    prepared: &Prepared,
    input: &CheckInput,
) -> wasmtime::Result<Result<crate::abi::Report, crate::abi::CheckFailure>> {
    store.data_mut().meter.resume();
    let told = input::encode(input);
    match &prepared.component {
        Linked::Check(component) => {
            let check: Full = component.instantiate_async(&mut *store).await?;
            check.bsq_check_check().call_run(&mut *store, &told).await
        }
        Linked::Correlator(component) => {
            let results = results::encode(&input.results);
            // What it is given is its one read; whether a result itself is complete, the result says.
            let call = format!("results of {} checks", results.len());
            store.data_mut().calls.note(&call, Came::complete());
            let correlator: Correlator = component.instantiate_async(&mut *store).await?;
            let correlate = correlator.bsq_check_correlate();
            correlate.call_correlate(&mut *store, &told, &results).await
        }
    }
}

/// A report that keeps to its manifest completes the execution.
fn completed(report: GuestReport) -> (Outcome, Option<GuestReport>) {
    let outcome = if report.unknown_codes.is_empty() {
        Outcome::Completed
    } else {
        Outcome::Failed {
            code: Some("undeclared-finding".to_owned()),
            message: format!(
                "it found {}, which its manifest does not list",
                report.unknown_codes.join(", ")
            ),
        }
    };
    (outcome, Some(report))
}

fn ended(state: &State, how: &Ended<'_>) -> Outcome {
    classify(how, &state.remembered(), &state.limits)
}

fn finish(
    state: State,
    outcome: Outcome,
    report: Option<GuestReport>,
    took: Duration,
    compiled_from_cache: bool,
) -> Execution {
    let measured = MeasuredCheck {
        duration_ms: milliseconds(took),
        cpu_ms: milliseconds(state.meter.used()),
        host_calls: u64::from(state.budget.host_calls),
        bytes_in: state.budget.bytes,
        shared_reads: state.budget.shared_reads,
        peak_memory_bytes: state.limiter.peak_memory() as u64,
        compiled_from_cache,
    };
    if let Some(report) = report.as_ref().filter(|report| report.dropped > 0) {
        let text = format!(
            "{} findings are left out: there are too many",
            report.dropped
        );
        state.log.write(Level::Warn, &text);
    }
    let log = state.log.clone();
    let (coverage, trace) = state.calls.finish();
    Execution {
        outcome,
        report,
        coverage,
        log: log.take(),
        measured,
        trace,
    }
}

/// The host itself panicked in this check: what it had read is lost, its log is not.
fn panicked(log: &CheckLog) -> Execution {
    Execution {
        outcome: Outcome::Trapped {
            message: "the host panicked; this is a bug of bsq-host".to_owned(),
        },
        report: None,
        coverage: CoverageTable::default(),
        log: log.take(),
        measured: MeasuredCheck::default(),
        trace: Vec::new(),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
