//! `bsq-host run`: checks in, a report out.

use std::io;

use jiff::Timestamp;

use super::observe::observe;
use super::{privacy, side, targets};
use crate::cli::{Global, RunArgs};
use crate::report::exit::{ExitPolicy, status};
use crate::report::{Screen, write_outputs};
use crate::settings::{Environment, Settings};
use crate::ui::{ExitStatus, Fault, Paint, Talk};

/// Run checks, write the reports, and say how it ended.
pub async fn run(
    args: &RunArgs,
    global: &Global,
    environment: &Environment,
) -> Result<ExitStatus, Fault> {
    let mut settings = Settings::from_args(args, global, environment, Timestamp::now())?;
    targets::check_run(&settings, args.baseline.as_deref())?;
    // What a run is held against is read first: nobody waits minutes for a report to learn of a mistyped name.
    let baseline = match &args.baseline {
        Some(path) => {
            let replay = RunArgs {
                selection: args.selection.clone(),
                grant: args.grant.clone(),
                replay: Some(path.clone()),
                scope: args.scope.clone(),
                symptom: args.symptom,
                ignore: args.ignore.clone(),
                ..RunArgs::default()
            };
            Some(side::load(path, &replay, global, environment).await?)
        }
        None => None,
    };
    let mut observed = observe(&mut settings, false, global, environment).await?;
    if let (Some(baseline), Some(run)) = (&baseline, observed.report.runs.first_mut()) {
        run.baseline = Some(side::about(baseline, &run.context)?.hold_against(run));
    }
    for line in &observed.trace {
        Talk.line(line);
    }
    let selected_nothing = observed.selected_nothing;
    let (report, recorded) = observed.draw()?;
    if settings.verbose > 0 {
        privacy::tell(&report);
    }
    let screen = Screen {
        width: environment.columns(),
        paint: Paint::chosen(global.color, &io::stdout(), environment),
    };
    write_outputs(&settings.outputs, &report, &mut io::stdout().lock(), screen)?;
    recorded?;
    if !settings.allow_empty && selected_nothing {
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
