//! What a command that runs checks has in common with the others: `run`, `record`, and those that compare.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::known::load_grants;
use super::veil::Veil;
use super::{installed, privacy, targets};
use crate::cli::{Global, RunArgs};
use crate::engine::EnvironmentResults;
use crate::report::model::{Report, Run, SCHEMA_VERSION};
use crate::run::environment::{Environment, Order, Site};
use crate::run::ignore::Ignores;
use crate::run::many::Workshop;
use crate::run::results;
use crate::settings::file::ConfigFile;
use crate::settings::{self, Settings};
use crate::ui::{Fault, Paint, Progress, Talk, progress};

/// What a run came to, before it is shown.
pub(super) struct Observed {
    /// With the names of the cluster.
    pub(super) report: Report,
    /// Of the check that `--trace` names.
    pub(super) trace: Vec<String>,
    /// Lists were narrowed by `-l`, and nothing matched.
    pub(super) selected_nothing: bool,
    /// Whether the recording could be written.
    recorded: Result<(), Fault>,
    veil: Option<Veil>,
}

impl Observed {
    /// The report as it is shown, and whether the recording could be written: one that fails does not take the report
    /// along. Where tokens are asked for, both have them.
    pub(super) fn draw(self) -> Result<(Report, Result<(), Fault>), Fault> {
        let report = match self.veil {
            Some(veil) => veil.draw(&self.report, self.recorded.is_ok())?,
            None => self.report,
        };
        Ok((report, self.recorded))
    }
}

/// The report of checks on a recording, and nothing else: no file is written and nothing is shown.
pub(super) async fn replayed(
    args: &RunArgs,
    global: &Global,
    environment: &settings::Environment,
) -> Result<Report, Fault> {
    let global = Global {
        quiet: true,
        ..global.clone()
    };
    let mut settings = Settings::from_args(args, &global, environment, Timestamp::now())?;
    // What this user decided to live with is there all the same, unless it was asked for.
    settings.places.ignores = None;
    let observed = observe(&mut settings, false, &global, environment).await?;
    Ok(observed.report)
}

/// Run checks for what they read. Whether it was interrupted: what it has read until then is kept.
pub(super) async fn recorded(
    args: &RunArgs,
    is_wide: bool,
    global: &Global,
    environment: &settings::Environment,
) -> Result<bool, Fault> {
    let mut settings = Settings::from_args(args, global, environment, Timestamp::now())?;
    targets::check_run(&settings, None)?;
    let observed = observe(&mut settings, is_wide, global, environment).await?;
    let (report, recorded) = observed.draw()?;
    recorded?;
    Ok(report.runs.iter().any(|run| run.interrupted))
}

/// Run the checks that were asked for.
pub(super) async fn observe(
    settings: &mut Settings,
    is_wide: bool,
    global: &Global,
    environment: &settings::Environment,
) -> Result<Observed, Fault> {
    let config = ConfigFile::load(&settings.places.config)?;
    let rules = privacy::rules(settings, &config)?;
    let veil = Veil::over(settings)?;
    let settings = &*settings;
    let (grants, declared) = load_grants(&settings.places, &settings.grant_declared)?;
    let order = Order {
        settings,
        config: &config,
        grants: &grants,
        declared: &declared,
        is_wide,
        ignores: &Ignores::load(
            settings.ignore.as_deref(),
            settings.places.ignores.as_deref(),
        )?,
        paths: &paths(settings)?,
    };
    let workshop = Arc::new(Workshop::new(settings.places.cache.as_deref())?);
    let site = Site {
        input: settings.input.clone(),
        user_token: settings.user_token.as_deref(),
    };
    let mut first = Environment::open(&order, &site).await?;
    check_traced(settings, &first)?;
    say_caveat(settings, &first);
    let mut others = Vec::new();
    for input in settings.also_inputs()? {
        let site = Site {
            input,
            user_token: None,
        };
        let other = Environment::open(&order, &site).await?;
        say_caveat(settings, &other);
        others.push(other);
    }
    let paint = Paint::chosen(global.color, &io::stderr(), environment);
    let shown = progress(settings.quiet, environment, paint);
    let (runs, trace) = look(&mut first, others, &workshop, &shown).await?;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        runs,
    };
    Ok(Observed {
        report: privacy::shown(report, &rules)?,
        trace,
        recorded: first.close(),
        selected_nothing: first.selected_nothing(),
        veil,
    })
}

/// Look at every environment, then say of the first what all of them mean together.
async fn look(
    first: &mut Environment<'_>,
    others: Vec<Environment<'_>>,
    workshop: &Arc<Workshop>,
    shown: &Arc<dyn Progress>,
) -> Result<(Vec<Run>, Vec<String>), Fault> {
    let mut looked = first.look(workshop, shown).await?;
    let mut all = vec![first.results(&looked, &[])];
    let mut runs = Vec::new();
    // Others that are named stand in place of those that a recording holds.
    let recorded = match others.as_slice() {
        [] => first.basis().recorded_environments(),
        _ => &[],
    };
    for run in recorded {
        all.push(results::of_run(run, &all));
        runs.push(run.clone());
    }
    for mut other in others {
        if looked.is_interrupted() {
            break;
        }
        let seen = other.look(workshop, shown).await?;
        let told: EnvironmentResults = other.results(&seen, &all);
        let (run, _) = other.finish(seen, workshop);
        first.keep(&run);
        all.push(told);
        runs.push(run);
    }
    first.correlate(&mut looked, all, workshop, shown).await?;
    let (run, trace) = first.finish(looked, workshop);
    runs.insert(0, run);
    Ok((runs, trace))
}

/// What a person should know of a recording before reading the report.
fn say_caveat(settings: &Settings, environment: &Environment<'_>) {
    if let Some(caveat) = environment.basis().caveat().filter(|_| !settings.quiet) {
        Talk.line(&format!("warning: {caveat}"));
    }
}

fn paths(settings: &Settings) -> Result<Vec<PathBuf>, Fault> {
    if settings.changes.is_some() {
        return Ok(Vec::new());
    }
    if settings.checks.is_empty() {
        return installed(&settings.places);
    }
    Ok(settings.checks.clone())
}

/// A name that matches nothing is an error, `--trace` included.
fn check_traced(settings: &Settings, environment: &Environment<'_>) -> Result<(), Fault> {
    let Some(id) = settings.trace.as_ref().filter(|_| !settings.allow_empty) else {
        return Ok(());
    };
    if environment.ids().any(|known| known == id) {
        return Ok(());
    }
    Err(
        Fault::new("BSQ0132", format!("`--trace {id}` matches no check"))
            .hint("see the ids with `bsq-host list`")
            .hint("add `--allow-empty` where that is no error"),
    )
}
