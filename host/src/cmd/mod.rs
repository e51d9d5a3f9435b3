//! One file per command: load, call the library, render.

pub mod compare;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod grants;
pub mod inspect;
mod known;
pub mod list;
mod observe;
pub mod pack;
mod packed;
mod privacy;
pub mod record;
pub mod reduce;
pub mod reveal;
pub mod run;
pub mod schema;
pub mod show;
mod side;
mod targets;
mod veil;
pub mod verify;

pub use known::{Known, Missing, known};
pub use veil::with_tokens;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{Cli, Command, GrantArgs};
use crate::component::{candidates, inspect as inspect_component};
use crate::manifest::Manifest;
use crate::report::{Screen, write_stdout};
use crate::settings::{Environment, Places};
use crate::ui::{ExitStatus, Fault, Paint};

/// Do what the command line asks for.
pub fn dispatch(cli: &Cli, environment: &Environment) -> Result<ExitStatus, Fault> {
    let stdout = &mut io::stdout().lock();
    match &cli.command {
        Command::Pack(args) => pack::run(args, &mut talk(cli))?,
        Command::Reveal(args) => reveal::run(args, stdout)?,
        Command::Schema => schema::schema(stdout)?,
        Command::Completions(args) => completions::completions(args, stdout)?,
        Command::Grants(args) => {
            let grants = GrantArgs {
                grants: args.grants.clone(),
                ..GrantArgs::default()
            };
            let places = Places::new(&cli.global, &grants, environment);
            let mut terminal = grants::Terminal {
                stdout,
                stderr: &mut io::stderr(),
                stdin: &mut io::stdin().lock(),
                is_interactive: io::stdin().is_terminal(),
            };
            return grants::run(args, &places, &mut terminal);
        }
        Command::Run(args) => return wait(run::run(args, &cli.global, environment)),
        Command::List(args) => {
            let places = Places::new(&cli.global, &args.grant, environment);
            list::list(args, &places, screen(cli, environment), stdout)?;
        }
        Command::Inspect(args) => {
            let places = Places::new(&cli.global, &args.grant, environment);
            inspect::inspect(args, &places, screen(cli, environment), stdout)?;
        }
        Command::Explain(args) => {
            let places = Places::new(&cli.global, &GrantArgs::default(), environment);
            let text = explain::explain(&args.code, &manifests(&args.checks, &places)?)?;
            write_stdout(&text, stdout)?;
        }
        Command::Record(args) => {
            let screen = screen(cli, environment);
            return wait(record::record(
                args,
                &cli.global,
                environment,
                screen,
                stdout,
            ));
        }
        Command::Reduce(args) => {
            return wait(reduce::reduce(args, &cli.global, environment, stdout));
        }
        Command::Diff(args) => {
            let screen = screen(cli, environment);
            return wait(diff::diff(args, &cli.global, environment, screen, stdout));
        }
        Command::Compare(args) => {
            let screen = screen(cli, environment);
            return wait(compare::compare(
                args,
                &cli.global,
                environment,
                screen,
                stdout,
            ));
        }
        Command::Show(args) => show::show(args, screen(cli, environment), stdout)?,
        Command::Verify(args) => {
            let places = Places::new(&cli.global, &args.grant, environment);
            return verify::verify(args, &places, screen(cli, environment), stdout);
        }
        Command::Doctor(args) => {
            let places = Places::new(&cli.global, &args.grant, environment);
            let screen = screen(cli, environment);
            return wait(doctor::doctor(args, &places, screen, stdout));
        }
    }
    Ok(ExitStatus::Success)
}

/// Run a command that waits for servers.
fn wait(command: impl Future<Output = Result<ExitStatus, Fault>>) -> Result<ExitStatus, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Fault::new("BSQ0402", "the runtime cannot be set up")
                .because(error)
                .hint("look at the limits of memory and threads: `ulimit -a`")
        })?;
    let ended = runtime.block_on(command);
    // A compilation or a credential plugin that was given up would hold the process back.
    runtime.shutdown_background();
    ended
}

/// The checks that were installed with the program.
fn installed(places: &Places) -> Result<Vec<PathBuf>, Fault> {
    match places.installed.as_ref().filter(|folder| folder.is_dir()) {
        Some(folder) => Ok(vec![folder.clone()]),
        None => Err(
            Fault::new("BSQ0145", "no check is named and none is installed")
                .hint("name components: `bsq-host run checks/*.wasm`"),
        ),
    }
}

/// What components say of themselves. Without any installed, a code of the host can still be explained.
fn manifests(named: &[PathBuf], places: &Places) -> Result<Vec<Manifest>, Fault> {
    let paths = match (named, installed(places)) {
        ([], installed) => installed.unwrap_or_default(),
        (named, _) => named.to_vec(),
    };
    let candidates = candidates(&paths)?;
    let loaded = candidates.iter().filter_map(|one| one.load().ok());
    Ok(loaded
        .filter_map(|loaded| inspect_component(&loaded.bytes).manifest)
        .collect())
}

fn screen(cli: &Cli, environment: &Environment) -> Screen {
    Screen {
        width: environment.columns(),
        paint: Paint::chosen(cli.global.color, &io::stdout(), environment),
    }
}

fn talk(cli: &Cli) -> Box<dyn io::Write> {
    if cli.global.quiet {
        Box::new(io::sink())
    } else {
        Box::new(io::stderr())
    }
}

/// A value as the JSON that `-o json` prints.
fn json(value: &impl Serialize) -> Result<String, Fault> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| {
        Fault::new("BSQ0603", "cannot write the report as JSON")
            .because(error)
            .hint("this is an error of bsq-host: report it with the command")
    })?;
    text.push('\n');
    Ok(text)
}

/// The word that manifests use for a value: `list`, `strings`.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
