//! `bsq-host run`: checks in, a report out.

use std::io::{self, Write as _};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;

use super::installed;
use super::known::load_grants;
use crate::capability::record::{RecordedCheck, RecordingWriter};
use crate::capability::view::View;
use crate::cli::{Global, RunArgs};
use crate::grant::{Grant, in_words};
use crate::manifest::Manifest;
use crate::report::exit::{ExitPolicy, status};
use crate::report::model::{Report, SCHEMA_VERSION};
use crate::report::{Screen, write_outputs};
use crate::run::basis::Basis;
use crate::run::many::{Bench, run_all};
use crate::run::plan::{Named, Plan, Rules};
use crate::run::{assemble, scope};
use crate::settings::file::ConfigFile;
use crate::settings::{Environment, Input, Settings};
use crate::ui::{ExitStatus, Fault, Paint, progress};

/// Run checks, write the reports, and say how it ended.
pub async fn run(
    args: &RunArgs,
    global: &Global,
    environment: &Environment,
) -> Result<ExitStatus, Fault> {
    let started = Instant::now();
    let settings = Settings::from_args(args, global, environment, Timestamp::now())?;
    let config = ConfigFile::load(&settings.places.config)?;
    let (grants, declared) = load_grants(&settings.places, &settings.grant_declared)?;
    let paths = paths(&settings)?;
    let named = tokio::task::spawn_blocking(move || Named::look(&paths));
    let (named, basis) = tokio::join!(named, Basis::open(&settings, &config));
    let named = named.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
    let basis = basis?;
    if let Some(caveat) = basis.caveat().filter(|_| !settings.quiet) {
        // Whoever closed stderr does not want to know.
        let _ = writeln!(io::stderr(), "warning: {caveat}");
    }
    let settings_of = |manifest: &Manifest, digest: &str| -> Result<Value, Fault> {
        match basis.recorded_settings(manifest, digest) {
            Some(recorded) => Ok(recorded),
            None => config.settings_of(manifest),
        }
    };
    let facts = basis.facts();
    let mut plan = Plan::make(
        named,
        &Rules {
            filter: &settings.filter,
            symptom: facts.symptom,
            scope: facts.scope.kind,
            allow_empty: settings.allow_empty,
            grants: &grants,
            declared: &declared,
            settings: &settings_of,
        },
    )?;
    check_traced(&settings, &plan)?;
    let words = grants_in_words(&plan);
    let writer = recording(&settings, &basis, &plan, &words)?;
    let view = plan.view(
        scope::of_run(&facts.scope)?,
        config.namespaces(&facts.context).to_vec(),
    );
    let view = Arc::new(View::new(basis.reads(writer.as_ref()), view));
    if !settings.allow_empty {
        scope::check_exists(&facts.scope, &view).await?;
    }
    view.begin();
    let paint = Paint::chosen(global.color, &io::stderr(), environment);
    let bench = Bench {
        settings: &settings,
        limits: &config.limits,
        basis: &basis,
        view: &view,
        writer: writer.as_ref(),
        progress: progress(settings.quiet, environment, paint),
    };
    let ended = run_all(std::mem::take(&mut plan.ready), &bench).await?;
    // A recording that fails does not take the report along.
    let recorded = writer.as_ref().map_or(Ok(()), |writer| writer.finish());
    let mut stderr = io::stderr().lock();
    for line in &ended.trace {
        // Whoever closed stderr does not want to know.
        let _ = writeln!(stderr, "{line}");
    }
    let report = Report {
        schema_version: SCHEMA_VERSION,
        runs: vec![assemble::run(
            plan.rows,
            ended,
            &basis,
            words,
            started.elapsed(),
        )],
    };
    let screen = Screen {
        width: environment.columns(),
        paint: Paint::chosen(global.color, &io::stdout(), environment),
    };
    write_outputs(&settings.outputs, &report, &mut io::stdout().lock(), screen)?;
    recorded?;
    if !settings.allow_empty && view.selected_nothing() {
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

fn paths(settings: &Settings) -> Result<Vec<PathBuf>, Fault> {
    if settings.checks.is_empty() {
        return installed(&settings.places);
    }
    Ok(settings.checks.clone())
}

/// What the grants of the ready checks allow, for the header.
fn grants_in_words(plan: &Plan) -> Vec<String> {
    let grants: Vec<Grant> = plan
        .ready
        .iter()
        .map(|check| check.gate.grant().clone())
        .collect();
    in_words(&grants)
}

/// A name that matches nothing is an error, `--trace` included.
fn check_traced(settings: &Settings, plan: &Plan) -> Result<(), Fault> {
    let Some(id) = settings.trace.as_ref().filter(|_| !settings.allow_empty) else {
        return Ok(());
    };
    let ready = plan.ready.iter().map(|check| &check.gate.manifest().id);
    let mut known = plan.rows.iter().map(|row| &row.id).chain(ready);
    if known.any(|known| known == id) {
        return Ok(());
    }
    Err(
        Fault::new("BSQ0132", format!("`--trace {id}` matches no check"))
            .hint("see the ids with `bsq-host list`")
            .hint("add `--allow-empty` where that is no error"),
    )
}

fn recording(
    settings: &Settings,
    basis: &Basis,
    plan: &Plan,
    grants: &[String],
) -> Result<Option<Arc<RecordingWriter>>, Fault> {
    let Input::Live {
        record: Some(path), ..
    } = &settings.input
    else {
        return Ok(None);
    };
    let checks = plan.ready.iter().map(|check| RecordedCheck {
        id: check.gate.manifest().id.clone(),
        version: Some(check.gate.manifest().version.to_string()),
        digest: Some(check.loaded.digest.clone()),
        settings: check.settings.clone(),
    });
    let header = basis.facts().header(checks.collect(), grants.to_vec());
    RecordingWriter::create(path, &header).map(Some)
}
