//! The command line as clap types, before anything is checked.
//!
//! What `kubectl` has a word for keeps that word and its meaning. Values stay as they were typed: [`crate::settings`]
//! turns them into one checked value, so that every message about them is made in one place.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cmd::compare::CompareArgs;
use crate::cmd::diff::DiffArgs;
use crate::cmd::grants::GrantsArgs;
use crate::cmd::pack::PackArgs;
use crate::cmd::record::RecordArgs;
use crate::cmd::reduce::ReduceArgs;
use crate::cmd::show::ShowArgs;
use crate::cmd::verify::VerifyArgs;
use crate::manifest::Symptom;

/// Which layer of the platform is failing, since when, with what evidence, and where to read on
#[derive(Debug, Parser)]
#[command(
    name = "bsq-host",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Exit codes: 0 well, 1 findings, 2 usage, 3 incomplete, 4 cluster or host failure, \
                  5 a component was refused, 130 interrupted"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr; twice for each request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The site's facts, in place of `$BSQ_CONFIG` and `~/.config/bsq-host/bsq.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Colour the report and the talk
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run checks and report what they find
    Run(Box<RunArgs>),
    /// List checks with version, digest, grant and fit
    List(ListArgs),
    /// Show all that one check says of itself, and whether it fits here
    Inspect(InspectArgs),
    /// Make a component of a check's crate, or the lock of several components
    Pack(PackArgs),
    /// Show what is granted, grant a component its needs, ask whether a read is allowed
    Grants(GrantsArgs),
    /// List what a recording holds, or print one read of it
    Show(ShowArgs),
    /// Make the smallest recording that still gives a finding, to send with a false alarm or to keep as a test
    Reduce(ReduceArgs),
    /// Check that a recording or a component is what was written, and say what it is
    Verify(VerifyArgs),
    /// Take along what the checks read, to look at it elsewhere
    Record(Box<RecordArgs>),
    /// Say what is new, changed, gone or unknown between two recordings or reports
    Diff(DiffArgs),
    /// Set recordings or reports of several environments side by side
    Compare(CompareArgs),
    /// Say what a finding code or an error code means
    Explain(ExplainArgs),
    /// Show which cluster, reads, endpoints and cache a run would use
    Doctor(DoctorArgs),
    /// Turn the tokens of a pseudonymised report back into names
    Reveal(RevealArgs),
    /// Print the JSON Schema of `-o json`
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Which components.
#[derive(Args, Clone, Debug, Default)]
pub struct SelectionArgs {
    /// Files or folders of components; without any, the installed checks
    #[arg(value_name = "CHECK")]
    pub checks: Vec<PathBuf>,
    /// Only checks whose id matches (repeatable)
    #[arg(long = "check", value_name = "GLOB")]
    pub only: Vec<String>,
    /// No checks whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub skip: Vec<String>,
}

/// Which grants.
#[derive(Args, Clone, Debug, Default)]
pub struct GrantArgs {
    /// Grants in place of `~/.config/bsq-host/grants.toml`; the shipped ones stay
    #[arg(long, value_name = "FILE")]
    pub grants: Option<PathBuf>,
    /// For this run, grant this component all it declares, but POST and Secret facts (repeatable)
    #[arg(long, value_name = "FILE")]
    pub grant_declared: Vec<PathBuf>,
}

/// Which components run on recordings, where files are what a command is given.
#[derive(Args, Clone, Debug, Default)]
pub struct ReplayArgs {
    /// Run this component on recordings, or those of a folder; without any, the installed checks (repeatable)
    #[arg(long = "checks", value_name = "CHECK")]
    pub checks: Vec<PathBuf>,
    #[command(flatten)]
    pub grant: GrantArgs,
}

impl ReplayArgs {
    /// A replay of a recording by these components.
    pub fn of(&self, recording: &Path) -> RunArgs {
        RunArgs {
            selection: SelectionArgs {
                checks: self.checks.clone(),
                ..SelectionArgs::default()
            },
            grant: self.grant.clone(),
            replay: Some(recording.to_owned()),
            ..RunArgs::default()
        }
    }
}

/// Which cluster, and as whom.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct ConnectionArgs {
    /// Path to the kubeconfig file
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig context to use
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER")]
    pub impersonate: Option<String>,
    /// Group to impersonate (repeatable)
    #[arg(long = "as-group", value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,
    /// How long one request may take [default: 30s]
    #[arg(long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
}

/// Which part of the world.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Scope")]
pub struct ScopeArgs {
    /// Look at this namespace (repeatable)
    #[arg(short, long = "namespace", value_name = "NAME")]
    pub namespaces: Vec<String>,
    /// Look at all namespaces, which is the default
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Leave this namespace out (repeatable)
    #[arg(long = "exclude-namespace", value_name = "NAME")]
    pub excluded: Vec<String>,
    /// Only objects with these labels
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// platform, env/NAME, ns/NAME, service/NS/NAME or app/NAME
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
}

/// What a report and a recording may show.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Privacy")]
pub struct PrivacyArgs {
    /// Put tokens in place of names, hosts and addresses, in recording and report; `reveal` turns them back
    #[arg(long, requires = "key", conflicts_with = "no_redact")]
    pub pseudonymise: bool,
    /// The key of the tokens and what they stand for; made if it is not there, and kept apart from what is sent
    #[arg(long, value_name = "FILE", requires = "pseudonymise")]
    pub key: Option<PathBuf>,
    /// Leave texts as they are; Secrets and own credentials stay out all the same
    #[arg(long)]
    pub no_redact: bool,
}

#[derive(Args, Clone, Debug, Default)]
pub struct RunArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// Only checks that answer to this symptom
    #[arg(long, value_name = "SYMPTOM", value_parser = symptom)]
    pub symptom: Option<Symptom>,
    /// How far back events, logs and metrics are read [default: 1h]
    #[arg(long, value_name = "DURATION")]
    pub since: Option<String>,
    /// Format of the report: table, wide, short or json; repeatable, `json=FILE` writes a file
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub outputs: Vec<String>,
    /// Which findings end with exit code 1
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "LEVEL",
        requires_if("new", "baseline")
    )]
    pub fail_on: FailOn,
    /// End with 0 although something is unknown
    #[arg(long)]
    pub allow_incomplete: bool,
    /// A name that matches nothing is no error
    #[arg(long)]
    pub allow_empty: bool,
    /// How long the whole run may take [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// How many checks run at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Look at this environment too, a recording or a context, for what several of them say together (repeatable)
    #[arg(long, value_name = "FILE|CONTEXT")]
    pub also: Vec<String>,
    /// The token of a user for whom something fails; checks use it at the CoreAI API, nobody sees it
    #[arg(long, value_name = "FILE")]
    pub user_token_file: Option<PathBuf>,
    /// Tell only what changed so far back: syncs, rollouts, renewals, nodes, who wrote what
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["checks", "also", "trace"])]
    pub changes: Option<String>,
    /// Show each call of this check and what the gate said, on stderr
    #[arg(long, value_name = "ID")]
    pub trace: Option<String>,
    /// Findings to live with, in place of `~/.config/bsq-host/ignore.toml`: code, subject, label, reason, expires
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
    /// Mark what is new since this report (`-o json`) or recording; counts and verdicts stay as they are
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what the run reads to this file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Run on this recording in place of a cluster
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Run on what another tool collected: a support bundle, a `kubectl cluster-info dump`, a folder of manifests
    #[arg(long, value_name = "PATH")]
    pub bundle: Option<PathBuf>,
    #[command(flatten)]
    pub privacy: PrivacyArgs,
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// From which level on findings decide the exit code.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum FailOn {
    Warn,
    #[default]
    Fail,
    /// A warning or a failure that `--baseline` does not have
    New,
    Never,
}

/// The formats of commands that print no report.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum ListFormat {
    #[default]
    Table,
    Json,
}

#[derive(Args, Clone, Debug, Default)]
pub struct ListArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

#[derive(Args, Clone, Debug, Default)]
pub struct InspectArgs {
    /// The component
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

#[derive(Args, Clone, Debug, Default)]
pub struct ExplainArgs {
    /// `BSQ-POD-007` or `BSQ0301`
    pub code: String,
    /// Files or folders of components to search; without any, the installed checks
    #[arg(value_name = "CHECK")]
    pub checks: Vec<PathBuf>,
}

#[derive(Args, Clone, Debug, Default)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// Ask about this namespace (repeatable); without any, about all
    #[arg(short, long = "namespace", value_name = "NAME")]
    pub namespaces: Vec<String>,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

#[derive(Args, Clone, Debug)]
pub struct RevealArgs {
    /// The report, in any format
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// The key file that was made with it
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

pub(crate) fn symptom(text: &str) -> Result<Symptom, String> {
    match text {
        "access" => Ok(Symptom::Access),
        "deployment" => Ok(Symptom::Deployment),
        "runtime" => Ok(Symptom::Runtime),
        "integration" => Ok(Symptom::Integration),
        _ => Err("the symptoms are access, deployment, runtime and integration".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn kubectls_words_are_understood() {
        let line = "bsq-host run a.wasm -n data -n iam -l app=x --context prod --as jane --as-group ops \
                    --kubeconfig k --request-timeout 5s -o wide -o json=r.json -v";
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        assert!(
            matches!(cli.command, Command::Run(run) if run.scope.namespaces == ["data", "iam"]
                && run.connection.impersonate.as_deref() == Some("jane")
                && run.outputs == ["wide", "json=r.json"])
        );
    }
}
