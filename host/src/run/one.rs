//! One check, from its bytes to its row.

use std::sync::Arc;

use super::many::Bench;
use super::plan::Ready;
use super::{row, scope};
use crate::abi::command::CommandDecorator;
use crate::component::CodeCache;
use crate::component::compile::compile;
use crate::engine::{CheckInput, Execution, Limits, Prepared, RunContext, Sandbox, Span, execute};
use crate::report::model::{CheckRow, MeasuredCheck, Misfit, Outcome, TimeLimit};
use crate::ui::{Fault, Progress};

/// What every check of a run is run with.
pub struct Deps {
    sandbox: Sandbox,
    cache: Arc<CodeCache>,
    caps: Limits,
    run: Arc<RunContext>,
    input: CheckInput,
    progress: Arc<dyn Progress>,
}

impl Deps {
    /// Set the sandbox up, once for the run.
    pub fn new(bench: &Bench<'_>) -> Result<Self, Fault> {
        let facts = bench.basis.facts();
        let sandbox = Sandbox::new().map_err(|error| {
            Fault::new("BSQ0402", "the sandbox cannot be set up")
                .because(error)
                .hint("look at the limits of memory and threads: `ulimit -a`")
        })?;
        let cache = match &bench.settings.places.cache {
            Some(folder) => CodeCache::open(folder),
            None => CodeCache::disabled(),
        };
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
        };
        let caps = Limits::caps_of(bench.limits);
        Ok(Self {
            sandbox,
            cache: Arc::new(cache),
            caps,
            run: Arc::new(run),
            input,
            progress,
        })
    }
}

/// Compile, instantiate, run, and say what came of it.
pub async fn run_one(check: Ready, deps: &Deps) -> (CheckRow, MeasuredCheck) {
    let manifest = check.gate.manifest();
    deps.progress.check_started(&manifest.id);
    let prepared = match prepare(&check, deps).await {
        Ok(prepared) => prepared,
        Err(misfit) => {
            let digest = Some(check.loaded.digest.as_str());
            let row = row::incompatible(
                &manifest.id,
                &check.source,
                digest,
                Some(manifest),
                vec![misfit],
            );
            return (row, MeasuredCheck::default());
        }
    };
    let input = CheckInput {
        settings: check.settings.to_string(),
        ..deps.input.clone()
    };
    let execution = execute(&deps.sandbox, &prepared, &deps.run, input).await;
    for line in &execution.trace {
        tracing::info!(target: "bsq_host::trace", "{line}");
    }
    let measured = execution.measured.clone();
    (finished(&check, execution), measured)
}

async fn prepare(check: &Ready, deps: &Deps) -> Result<Prepared, Misfit> {
    let compiled = compile(deps.sandbox.engine(), &deps.cache, &check.loaded).await?;
    let limits = Limits::for_check(&check.gate.manifest().limits, &deps.caps);
    let (gate, digest) = (Arc::clone(&check.gate), &check.loaded.digest);
    Prepared::new(
        deps.sandbox.engine(),
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
    row
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
