//! `bsq-host grants`: show what is allowed, allow a component its needs, and ask whether a call would be allowed.

mod allow;
mod can_i;
mod show;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::grant::Grants;
use crate::settings::Places;
use crate::ui::{ExitStatus, Fault, is_unsafe};

/// What components may read
#[derive(Args, Clone, Debug)]
pub struct GrantsArgs {
    /// Grants in place of `~/.config/bsq-host/grants.toml`; the shipped ones stay
    #[arg(long, global = true, value_name = "FILE")]
    pub grants: Option<PathBuf>,
    #[command(subcommand)]
    pub command: GrantsCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum GrantsCommand {
    /// Show what the shipped and the own grants allow
    Show(ShowArgs),
    /// Show the needs of a component, ask, and grant them
    Allow(AllowArgs),
    /// Say whether a check may do a read, and which line would allow it
    #[command(name = "can-i")]
    CanI(CanIArgs),
}

#[derive(Args, Clone, Debug, Default)]
pub struct ShowArgs {
    /// Only the grants of these components
    #[arg(value_name = "COMPONENT")]
    pub components: Vec<PathBuf>,
}

#[derive(Args, Clone, Debug, Default)]
pub struct AllowArgs {
    /// The component
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Args, Clone, Debug)]
pub struct CanIArgs {
    /// The check: its id, or the file of its component
    #[arg(value_name = "ID")]
    pub check: String,
    #[arg(value_enum, value_name = "VERB")]
    pub verb: CanIVerb,
    /// A kind such as `v1/Pod` or `apps/v1/Deployment`, the name of a query template, or a host name
    #[arg(value_name = "WHAT")]
    pub what: String,
    /// The namespace [default: all]
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
}

/// What a check can do with a kind, a template or a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum CanIVerb {
    Get,
    List,
    /// The logs of pods.
    Logs,
    /// A metric query, by its template.
    Metrics,
    /// A trace query, by its template.
    Traces,
    /// Look-ups of a host and handshakes with it.
    Probe,
}

/// Where a command talks. stdout is what was asked for, stderr is talk.
pub struct Terminal<'a> {
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
    pub stdin: &'a mut dyn BufRead,
    /// A person sits at stdin.
    pub is_interactive: bool,
}

/// Do what was asked.
pub fn run(
    args: &GrantsArgs,
    places: &Places,
    terminal: &mut Terminal<'_>,
) -> Result<ExitStatus, Fault> {
    match &args.command {
        GrantsCommand::Show(args) => {
            let text = show::show(&Grants::load(places)?, &args.components)?;
            print(terminal.stdout, &text);
            Ok(ExitStatus::Success)
        }
        GrantsCommand::Allow(args) => allow::allow(args, places, terminal),
        GrantsCommand::CanI(args) => {
            let answer = can_i::can_i(args, &Grants::load(places)?, places.installed.as_deref())?;
            print(terminal.stdout, &answer.text);
            Ok(if answer.is_yes {
                ExitStatus::Success
            } else {
                ExitStatus::Findings
            })
        }
    }
}

/// Write text of which parts come from components: nothing of it reaches the terminal but characters and line breaks.
/// A stdout that is closed has nobody to tell.
fn print(out: &mut dyn Write, text: &str) {
    let clean = |c: char| {
        if c != '\n' && is_unsafe(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    let text: String = text.chars().map(clean).collect();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
