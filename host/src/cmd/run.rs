//! `bsq-host run`: checks in, a report out.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::known::load_grants;
use super::veil::Veil;
use super::{installed, privacy};
use crate::cli::{Global, RunArgs};
use crate::engine::EnvironmentResults;
use crate::report::exit::{ExitPolicy, status};
use crate::report::model::{Report, Run, SCHEMA_VERSION};
use crate::report::{Screen, write_outputs};
use crate::run::environment::{Environment, Order, Site};
use crate::run::many::Workshop;
use crate::run::results;
use crate::settings::file::ConfigFile;
use crate::settings::{self, Settings};
use crate::ui::{ExitStatus, Fault, Paint, Progress, Talk, progress};

/// Run checks, write the reports, and say how it ended.
pub async fn run(
    args: &RunArgs,
    global: &Global,
    environment: &settings::Environment,
) -> Result<ExitStatus, Fault> {
    let mut settings = Settings::from_args(args, global, environment, Timestamp::now())?;
    let config = ConfigFile::load(&settings.places.config)?;
    let rules = privacy::rules(&settings, &config)?;
    let veil = Veil::over(&mut settings)?;
    let (grants, declared) = load_grants(&settings.places, &settings.grant_declared)?;
    let order = Order {
        settings: &settings,
        config: &config,
        grants: &grants,
        declared: &declared,
        paths: &paths(&settings)?,
    };
    let workshop = Arc::new(Workshop::new(settings.places.cache.as_deref())?);
    let site = Site {
        input: settings.input.clone(),
        user_token: settings.user_token.as_deref(),
    };
    let mut first = Environment::open(&order, &site).await?;
    check_traced(&settings, &first)?;
    say_caveat(&settings, &first);
    let mut others = Vec::new();
    for input in settings.also_inputs()? {
        let site = Site {
            input,
            user_token: None,
        };
        let other = Environment::open(&order, &site).await?;
        say_caveat(&settings, &other);
        others.push(other);
    }
    let paint = Paint::chosen(global.color, &io::stderr(), environment);
    let shown = progress(settings.quiet, environment, paint);
    let (runs, trace) = look(&mut first, others, &workshop, &shown).await?;
    // A recording that fails does not take the report along.
    let recorded = first.close();
    for line in &trace {
        Talk.line(line);
    }
    let report = Report {
        schema_version: SCHEMA_VERSION,
        runs,
    };
    let mut report = privacy::shown(report, &rules)?;
    if let Some(veil) = veil {
        report = veil.draw(&report, recorded.is_ok())?;
    }
    if settings.verbose > 0 {
        privacy::tell(&report);
    }
    let screen = Screen {
        width: environment.columns(),
        paint: Paint::chosen(global.color, &io::stdout(), environment),
    };
    write_outputs(&settings.outputs, &report, &mut io::stdout().lock(), screen)?;
    recorded?;
    if !settings.allow_empty && first.selected_nothing() {
        return Err(
            Fault::new("BSQ0144", "the label selector of `-l` matches nothing")
                .hint("see labels with `kubectl get pods -A --show-labels`")
                .hint("add `--allow-empty` where that is no error"),
        );
    }
    Ok(status(
        &report,
        ExitPolicy {
            fail_on: settings.fail_on,
            allow_incomplete: settings.allow_incomplete,
        },
    ))
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
