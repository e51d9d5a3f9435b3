//! Many checks at once: a task for each, as many at a time as `--jobs` says, and a row whatever becomes of it.
//!
//! Interrupt and timeout end the run, not the report: what finished is kept, what did not says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::basis::Basis;
pub use super::one::Workshop;
use super::one::{Deps, Done, run_one};
use super::plan::Ready;
use super::row;
use crate::capability::record::RecordingWriter;
use crate::capability::view::View;
use crate::engine::EnvironmentResults;
use crate::manifest::LimitsWish;
use crate::report::model::{CheckRow, MeasuredCheck, Outcome, TimeLimit};
use crate::settings::Settings;
use crate::ui::{Fault, Progress};

/// What a run works with.
pub struct Bench<'a> {
    pub workshop: &'a Arc<Workshop>,
    pub settings: &'a Settings,
    /// The operator's caps.
    pub limits: &'a LimitsWish,
    pub basis: &'a Basis,
    pub view: &'a Arc<View>,
    pub writer: Option<&'a Arc<RecordingWriter>>,
    pub progress: Arc<dyn Progress>,
}

/// What components are told besides what a check is told: nothing but to correlators.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub attributes: Vec<(String, String)>,
    pub results: Arc<Vec<EnvironmentResults>>,
}

/// What became of the checks.
#[derive(Default)]
pub struct Ended {
    pub rows: Vec<CheckRow>,
    pub checks: BTreeMap<String, MeasuredCheck>,
    /// Each call of the check that `--trace` names.
    pub trace: Vec<String>,
    pub interrupted: bool,
}

/// Why a run ended before its checks did.
enum Cut {
    Interrupted,
    OutOfTime,
}

/// Run all checks, or all correlators. A fault is the host's own: a scope that cannot be applied.
pub async fn run_all(ready: Vec<Ready>, bench: &Bench<'_>, told: Told) -> Result<Ended, Fault> {
    let deps = Arc::new(Deps::new(bench, told)?);
    let slots = Arc::new(Semaphore::new(bench.settings.jobs));
    let mut tasks = JoinSet::new();
    let mut open = BTreeMap::new();
    let started = bench.workshop.started;
    for check in ready {
        let cut = row::of(check.gate.manifest(), &check.source, &check.loaded.digest);
        let recorded = bench
            .basis
            .recorded_outcome(&cut.id, &check.loaded.digest)
            .cloned();
        let (deps, slots) = (Arc::clone(&deps), Arc::clone(&slots));
        let task = tasks.spawn(async move {
            let _slot = slots.acquire_owned().await;
            match recorded {
                Some(row) => row.into(),
                None => run_one(check, &deps).await,
            }
        });
        open.insert(task.id(), cut);
    }
    let mut ended = Ended::default();
    let left = bench.settings.timeout.saturating_sub(started.elapsed());
    let deadline = tokio::time::sleep(left);
    let interrupt = tokio::signal::ctrl_c();
    tokio::pin!(deadline, interrupt);
    let cut = loop {
        tokio::select! {
            joined = tasks.join_next_with_id() => match joined {
                None => break None,
                Some(Ok((task, done))) => {
                    open.remove(&task);
                    ended.add(done, bench);
                }
                // The host's own panic in one task is that check's row.
                Some(Err(error)) => {
                    if let Some(row) = open.remove(&error.id()) {
                        ended.add(panicked(row).into(), bench);
                    }
                }
            },
            () = &mut deadline => break Some(Cut::OutOfTime),
            Ok(()) = &mut interrupt => break Some(Cut::Interrupted),
        }
    };
    bench.progress.finish();
    if let Some(cut) = cut {
        tasks.abort_all();
        ended.interrupted = matches!(cut, Cut::Interrupted);
        for row in open.into_values() {
            ended.add(cut.row(row, started).into(), bench);
        }
    }
    Ok(ended)
}

impl Ended {
    /// What ended later, too.
    pub fn join(&mut self, later: Self) {
        self.rows.extend(later.rows);
        self.checks.extend(later.checks);
        self.trace.extend(later.trace);
        self.interrupted |= later.interrupted;
    }

    fn add(&mut self, done: Done, bench: &Bench<'_>) {
        let Done {
            row,
            measured,
            trace,
        } = done;
        self.trace.extend(trace);
        bench.progress.check_done(&row.id, row.verdict);
        if let Some(writer) = bench.writer.filter(|_| is_not_repeatable(&row.outcome)) {
            writer.outcome(&row);
        }
        let name = match self.checks.contains_key(&row.id) {
            true => format!("{}@{}", row.id, row.digest.as_deref().unwrap_or_default()),
            false => row.id.clone(),
        };
        self.checks.insert(name, measured);
        self.rows.push(row);
    }
}

/// Rows of components that were not run since the run was interrupted before.
pub fn not_run(ready: Vec<Ready>, bench: &Bench<'_>) -> Ended {
    let mut ended = Ended {
        interrupted: true,
        ..Ended::default()
    };
    for check in ready {
        let row = row::of(check.gate.manifest(), &check.source, &check.loaded.digest);
        let cut = Cut::Interrupted.row(row, bench.workshop.started);
        ended.add(cut.into(), bench);
    }
    ended
}

/// Time and memory differ from machine to machine, so a replay takes the recorded row.
fn is_not_repeatable(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::OutOfTime { .. } | Outcome::OutOfMemory { .. } | Outcome::Cancelled
    )
}

impl Cut {
    fn row(&self, mut row: CheckRow, started: Instant) -> CheckRow {
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        (row.outcome, row.summary) = match self {
            Self::Interrupted => (
                Outcome::Cancelled,
                "interrupted before it finished".to_owned(),
            ),
            Self::OutOfTime => (
                Outcome::OutOfTime {
                    limit: TimeLimit::Wall,
                    milliseconds,
                },
                "the run's time was over before it finished".to_owned(),
            ),
        };
        row::decide(&mut row, None, None);
        row
    }
}

fn panicked(mut row: CheckRow) -> CheckRow {
    row.summary = "the host failed while it ran this check".to_owned();
    row.outcome = Outcome::Trapped {
        message: row.summary.clone(),
    };
    row::decide(&mut row, None, None);
    row
}
