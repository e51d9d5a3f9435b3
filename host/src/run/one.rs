//! One check, from its bytes to its row.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::many::{Bench, Told};
use super::plan::Ready;
use super::verdict::says_unknown;
use super::{row, scope};
use crate::abi::command::CommandDecorator;
use crate::component::CodeCache;
use crate::component::compile::compile;
use crate::engine::{CheckInput, Execution, Limits, Prepared, RunContext, Sandbox, Span, execute};
use crate::report::model::{
    CheckRow, CoverageTable, MeasuredCheck, Misfit, Outcome, TimeLimit, Verdict,
};
use crate::ui::{Fault, Progress};

/// The sandbox and the compiled code, which all environments of a run share.
pub struct Workshop {
    sandbox: Sandbox,
    cache: Arc<CodeCache>,
    /// When the run began: its time holds for all environments together.
    pub(super) started: Instant,
}

impl Workshop {
    /// Set the sandbox up, once for the process.
    pub fn new(cache: Option<&Path>) -> Result<Self, Fault> {
        let sandbox = Sandbox::new().map_err(|error| {
            Fault::new("BSQ0402", "the sandbox cannot be set up")
                .because(error)
                .hint("look at the limits of memory and threads: `ulimit -a`")
        })?;
        let cache = match cache {
            Some(folder) => CodeCache::open(folder),
            None => CodeCache::disabled(),
        };
        Ok(Self {
            sandbox,
            cache: Arc::new(cache),
            started: Instant::now(),
        })
    }

    /// How long the run has taken.
    pub fn took(&self) -> Duration {
        self.started.elapsed()
    }
}

/// What every check of a run is run with.
pub(super) struct Deps {
    workshop: Arc<Workshop>,
    caps: Limits,
    run: Arc<RunContext>,
    input: CheckInput,
    progress: Arc<dyn Progress>,
}

impl Deps {
    /// For the checks of one environment, or for the correlators with what they read.
    pub(super) fn new(bench: &Bench<'_>, told: Told) -> Result<Self, Fault> {
        let facts = bench.basis.facts();
        let progress = Arc::clone(&bench.progress);
        let shown = Arc::clone(&progress);
        let run = RunContext {
            view: Arc::clone(bench.view),
            scope: scope::of_run(&facts.scope)?,
            now: facts.now,
            window: Span {
                start: facts.window.start.parse().unwrap_or(facts.now),
                end: facts.window.end.parse().unwrap_or(facts.now),
            },
            seed: facts.seed,
            commands: commands(&facts.kubectl),
            progress: Some(Arc::new(move |id: &str, text: &str| shown.call(id, text))),
            trace: bench.settings.trace.clone(),
        };
        let input = CheckInput {
            scope: facts.scope.clone(),
            symptom: facts.symptom,
            window: facts.window.clone(),
            settings: String::new(),
            attributes: told.attributes,
            results: told.results,
        };
        let caps = Limits::caps_of(bench.limits);
        Ok(Self {
            workshop: Arc::clone(bench.workshop),
            caps,
            run: Arc::new(run),
            input,
            progress,
        })
    }
}

/// What became of one check.
pub(super) struct Done {
    pub(super) row: CheckRow,
    pub(super) measured: MeasuredCheck,
    /// A line for each call, where the run traces this check.
    pub(super) trace: Vec<String>,
}

impl From<CheckRow> for Done {
    fn from(row: CheckRow) -> Self {
        Self {
            row,
            measured: MeasuredCheck::default(),
            trace: Vec::new(),
        }
    }
}

/// Compile, instantiate, run, and say what came of it.
pub(super) async fn run_one(check: Ready, deps: &Deps) -> Done {
    let manifest = check.gate.manifest();
    deps.progress.check_started(&manifest.id);
    let prepared = match prepare(&check, deps).await {
        Ok(prepared) => prepared,
        Err(misfit) => {
            let digest = Some(check.loaded.digest.as_str());
            let id = &manifest.id;
            let row = row::incompatible(id, &check.source, digest, Some(manifest), vec![misfit]);
            return row.into();
        }
    };
    let input = CheckInput {
        settings: check.settings.to_string(),
        ..deps.input.clone()
    };
    let mut execution = execute(&deps.workshop.sandbox, &prepared, &deps.run, input).await;
    let trace = std::mem::take(&mut execution.trace);
    let measured = execution.measured.clone();
    Done {
        row: finished(&check, execution),
        measured,
        trace,
    }
}

async fn prepare(check: &Ready, deps: &Deps) -> Result<Prepared, Misfit> {
    let Workshop { sandbox, cache, .. } = &*deps.workshop;
    let compiled = compile(sandbox.engine(), cache, &check.loaded).await?;
    let limits = Limits::for_check(&check.gate.manifest().limits, &deps.caps);
    let (gate, digest) = (Arc::clone(&check.gate), &check.loaded.digest);
    Prepared::new(
        sandbox.engine(),
        &compiled,
        &check.fit,
        gate,
        limits,
        digest,
    )
}

fn finished(check: &Ready, execution: Execution) -> CheckRow {
    let mut row = row::of(check.gate.manifest(), &check.source, &check.loaded.digest);
    row.granted_by = Some(check.granted_by.to_owned());
    row.coverage = execution.coverage;
    row.log = execution.log.shown();
    row.log_dropped = execution.log.dropped;
    row.outcome = execution.outcome;
    let mut guest = None;
    let mut worst = None;
    if let Some(report) = execution.report {
        worst = report.worst;
        row.findings = report.findings;
        row.summary = report.summary;
        guest = Some((report.verdict, report.skip_reason));
    }
    if let Some(how) = how_it_ended(&row.outcome) {
        row.summary = how;
    }
    row::decide(&mut row, guest, worst);
    if says_unknown(guest) && matches!(row.verdict, Verdict::Warn | Verdict::Fail) {
        row.unknown = Some(row.summary.clone());
    }
    let said = match row.verdict {
        Verdict::Warn | Verdict::Fail => row::what_it_found(&row.findings),
        _ if row.outcome == Outcome::Completed && !row.complete => what_it_misses(&row.coverage),
        _ => None,
    };
    if let Some(said) = said {
        row.summary = said;
    }
    row
}

/// The summary of a row that is not known to be well: the first read that is not complete.
fn what_it_misses(coverage: &CoverageTable) -> Option<String> {
    let first = coverage
        .reads
        .iter()
        .find(|read| !read.coverage.is_complete())?;
    let detail = first.detail.as_deref().unwrap_or("not complete");
    Some(format!("not all is known: {}: {detail}", first.call))
}

/// The summary of a row whose check did not come to say one.
fn how_it_ended(outcome: &Outcome) -> Option<String> {
    Some(match outcome {
        Outcome::Completed => return None,
        Outcome::Failed { message, .. } => format!("it gave up: {message}"),
        Outcome::Trapped { message } => format!("it trapped: {message}"),
        Outcome::OutOfTime {
            limit: TimeLimit::Cpu,
            milliseconds,
        } => {
            format!("it computed for more than {milliseconds} ms")
        }
        Outcome::OutOfTime {
            limit: TimeLimit::Wall,
            milliseconds,
        } => {
            format!("it took more than {milliseconds} ms")
        }
        Outcome::OutOfMemory { limit_mib } => {
            format!("it needed more than {limit_mib} MiB of memory")
        }
        Outcome::OverLimit { limit } => format!("it went over the limit of {limit}"),
        Outcome::Cancelled => "interrupted before it finished".to_owned(),
        Outcome::Incompatible { .. } | Outcome::Refused { .. } | Outcome::NotStarted { .. } => {
            return None;
        }
    })
}

/// The words that a printed `kubectl` carries, as they were recorded.
fn commands(words: &[String]) -> CommandDecorator {
    let mut commands = CommandDecorator::default();
    for pair in words.chunks(2) {
        let [flag, value] = pair else { continue };
        match flag.as_str() {
            "--kubeconfig" => commands.kubeconfig = Some(value.clone()),
            "--context" => commands.context = Some(value.clone()),
            "--as" => commands.impersonate = Some(value.clone()),
            _ => commands.impersonate_groups.push(value.clone()),
        }
    }
    commands
}
