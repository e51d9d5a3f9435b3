//! Raw arguments and the environment become one checked value.
//!
//! Everything a run asks of its command line is decided here, purely: nothing is opened and nothing is looked up in a
//! cluster. What `bsq.toml` says is read afterwards, from [`Places::config`].

mod check_settings;
mod closest;
mod connection;
pub mod duration;
mod environment;
pub mod file;
mod filter;
pub mod graph;
mod output;
mod places;
mod policy;
mod redact;
mod scope;

pub use closest::closest;
pub use connection::connect_options;
pub use environment::Environment;
pub use file::ConfigFile;
pub use filter::Filter;
pub use output::{Format, Output, Target};
pub use places::Places;
pub use policy::Policy;
pub use scope::{namespaces, parse_scope, platform, selector};

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::capability::kubernetes::ConnectOptions;
use crate::cli::{FailOn, Global, RunArgs};
use crate::manifest::Symptom;
use crate::report::model::{Scope, Window};
use crate::ui::Fault;

/// How far back a run looks unless told: an incident that a person reacts to began within the hour.
const SINCE: Duration = Duration::from_secs(60 * 60);

/// A whole run ends after this, whatever hangs. Healthy runs take seconds; past five minutes an operator has left.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Checks wait for reads more than they compute, so twice the cores keeps those busy. Past sixteen, memory grows (each
/// has its own store) and the shared view leaves little to do at once.
const JOBS_PER_CORE: usize = 2;
const JOBS: std::ops::RangeInclusive<usize> = 4..=16;

/// What `--jobs` may say: one store each, of at most some dozens of MiB.
const MOST_JOBS: usize = 256;

/// What a run was asked to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Files or folders; empty means the installed set.
    pub checks: Vec<PathBuf>,
    pub filter: Filter,
    pub places: Places,
    /// Components that `--grant-declared` names.
    pub grant_declared: Vec<PathBuf>,
    pub input: Input,
    /// `None` where no flag says anything of scope: the platform, or what a recording holds.
    pub asked_scope: Option<Scope>,
    pub symptom: Option<Symptom>,
    /// The run's frozen clock; a replay takes the recording's.
    pub now: Timestamp,
    /// How far back the window reaches; a replay takes the recording's.
    pub since: Duration,
    /// At least one; at most one of them is stdout.
    pub outputs: Vec<Output>,
    pub fail_on: FailOn,
    pub allow_incomplete: bool,
    pub allow_empty: bool,
    /// Of the whole run.
    pub timeout: Duration,
    pub jobs: usize,
    /// The id of the check whose calls are shown.
    pub trace: Option<String>,
    /// Other environments: recordings, or contexts of the kubeconfig.
    pub also: Vec<String>,
    /// The token of a user for whom something fails.
    pub user_token: Option<PathBuf>,
    /// Texts go through redaction.
    pub is_redacted: bool,
    /// The file of the key by which names become tokens, where they shall.
    pub pseudonyms: Option<PathBuf>,
    /// Tell what changed so far back, and nothing else.
    pub changes: Option<Duration>,
    /// `--ignore`: must exist.
    pub ignore: Option<PathBuf>,
    pub quiet: bool,
    pub verbose: u8,
    /// The name that the user is logged in by.
    pub login: Option<String>,
}

/// Where the answers come from.
#[derive(Clone, Debug)]
pub enum Input {
    Live {
        connection: ConnectOptions,
        record: Option<PathBuf>,
    },
    Replay(PathBuf),
    /// What another tool collected.
    Bundle(PathBuf),
}

impl Settings {
    /// Check everything that can be checked without opening a file.
    pub fn from_args(
        args: &RunArgs,
        global: &Global,
        environment: &Environment,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let timeout = positive("--timeout", args.timeout.as_deref(), TIMEOUT)?;
        Ok(Self {
            checks: args.selection.checks.clone(),
            filter: Filter::new(&args.selection.only, &args.selection.skip)?,
            places: Places::new(global, &args.grant, environment),
            grant_declared: args.grant.grant_declared.clone(),
            input: input(args, timeout)?,
            asked_scope: scope::scope(&args.scope)?,
            symptom: args.symptom,
            now,
            since: positive("--since", args.since.as_deref(), SINCE)?,
            outputs: output::outputs(&args.outputs)?,
            fail_on: args.fail_on,
            allow_incomplete: args.allow_incomplete,
            allow_empty: args.allow_empty,
            timeout,
            jobs: jobs(args.jobs, environment.cores)?,
            trace: args.trace.clone(),
            also: args.also.clone(),
            user_token: args.user_token_file.clone(),
            is_redacted: !args.privacy.no_redact,
            pseudonyms: args
                .privacy
                .key
                .clone()
                .filter(|_| args.privacy.pseudonymise),
            changes: match &args.changes {
                Some(text) => Some(positive("--changes", Some(text), SINCE)?),
                None => None,
            },
            ignore: args.ignore.clone(),
            quiet: global.quiet,
            verbose: global.verbose,
            login: environment
                .variable("USER")
                .or(environment.variable("LOGNAME"))
                .map(str::to_owned),
        })
    }

    /// The scope of a live run.
    pub fn scope(&self) -> Scope {
        self.asked_scope.clone().unwrap_or_else(platform)
    }

    /// Where `--also` leads: what is there as a file is a recording, every other name a context.
    pub fn also_inputs(&self) -> Result<Vec<Input>, Fault> {
        self.also
            .iter()
            .map(|named| self.also_input(named))
            .collect()
    }

    fn also_input(&self, named: &str) -> Result<Input, Fault> {
        let path = PathBuf::from(named);
        if path.is_file() || named.ends_with(".bsqrec") {
            return Ok(Input::Replay(path));
        }
        match &self.input {
            Input::Live { connection, .. } => Ok(Input::Live {
                connection: ConnectOptions {
                    context: Some(named.to_owned()),
                    ..connection.clone()
                },
                record: None,
            }),
            Input::Replay(_) | Input::Bundle(_) => Err(Fault::new(
                "BSQ0105",
                format!("`--also {named}`: there is no such recording, and a replay connects to no context"),
            )
            .hint("name a recording: `--also FILE`")),
        }
    }

    /// The window of a live run, which ends now.
    pub fn window(&self) -> Window {
        self.window_until(self.now)
    }

    /// The window that ends at a time.
    pub fn window_until(&self, end: Timestamp) -> Window {
        let start = end.checked_sub(self.since).unwrap_or(Timestamp::MIN);
        Window {
            start: format!("{start:.0}"),
            end: format!("{end:.0}"),
        }
    }
}

/// A cluster, a recording or a bundle, never two of them.
fn input(args: &RunArgs, timeout: Duration) -> Result<Input, Fault> {
    let (flag, input) = match (&args.replay, &args.bundle) {
        (Some(recording), _) => ("--replay", Input::Replay(recording.clone())),
        (None, Some(bundle)) => ("--bundle", Input::Bundle(bundle.clone())),
        (None, None) => {
            return Ok(Input::Live {
                connection: connect_options(&args.connection, timeout)?,
                record: args.record.clone(),
            });
        }
    };
    let connection = &args.connection;
    let contradicting = [
        ("--bundle", args.bundle.is_some() && args.replay.is_some()),
        ("--record", args.record.is_some()),
        // A bundle has a clock, and says nothing of a window.
        ("--since", args.since.is_some() && args.replay.is_some()),
        ("--kubeconfig", connection.kubeconfig.is_some()),
        ("--context", connection.context.is_some()),
        ("--as", connection.impersonate.is_some()),
        ("--as-group", !connection.impersonate_groups.is_empty()),
        ("--request-timeout", connection.request_timeout.is_some()),
        ("--user-token-file", args.user_token_file.is_some()),
        ("--no-redact", args.privacy.no_redact),
    ];
    match contradicting.iter().find(|(_, is_given)| *is_given) {
        None => Ok(input),
        Some((other, _)) => Err(
            Fault::new("BSQ0105", format!("`{other}` contradicts `{flag}`")).hint(format!(
                "leave out `{other}`: cluster, clock and window come from {}",
                match input {
                    Input::Bundle(_) => "the bundle",
                    _ => "the recording",
                }
            )),
        ),
    }
}

/// A duration that must be longer than nothing.
fn positive(flag: &str, text: Option<&str>, default: Duration) -> Result<Duration, Fault> {
    let Some(text) = text else {
        return Ok(default);
    };
    let duration = duration_of(flag, text)?;
    if duration.is_zero() {
        return Err(
            Fault::new("BSQ0106", format!("`{flag} {text}` leaves no time"))
                .hint(format!("write `{flag} {}`", duration::format(default))),
        );
    }
    Ok(duration)
}

/// The duration that a flag says.
pub(crate) fn duration_of(flag: &str, text: &str) -> Result<Duration, Fault> {
    duration::parse(text).map_err(|bad| {
        Fault::new("BSQ0106", format!("`{flag}`: {bad}")).hint(format!("write `{flag} 1h`"))
    })
}

fn jobs(asked: Option<usize>, cores: usize) -> Result<usize, Fault> {
    match asked {
        None => Ok((cores * JOBS_PER_CORE).clamp(*JOBS.start(), *JOBS.end())),
        Some(jobs) if (1..=MOST_JOBS).contains(&jobs) => Ok(jobs),
        Some(jobs) => Err(Fault::new("BSQ0107", format!("`--jobs {jobs}` cannot be"))
            .hint(format!("give a number from 1 to {MOST_JOBS}"))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn settings(line: &str) -> Result<Settings, Fault> {
        let words = "bsq-host run".split(' ').chain(line.split_whitespace());
        let cli = Cli::try_parse_from(words).unwrap();
        let Command::Run(run) = &cli.command else {
            panic!("not a run");
        };
        let environment = Environment::of([("HOME", "/home/jane")], 2);
        let now = "2026-11-23T06:12:04.5Z".parse().unwrap();
        Settings::from_args(run, &cli.global, &environment, now)
    }

    #[test]
    fn without_flags_a_run_is_live_on_the_platform_for_the_last_hour() {
        let settings = settings("").unwrap();
        assert!(matches!(settings.input, Input::Live { record: None, .. }));
        assert_eq!(settings.scope(), platform());
        assert_eq!(settings.window().start, "2026-11-23T05:12:04Z");
        assert_eq!(settings.window().end, "2026-11-23T06:12:04Z");
        assert_eq!((settings.jobs, settings.timeout), (4, TIMEOUT));
        assert_eq!(settings.fail_on, FailOn::Fail);
    }

    #[test]
    fn what_contradicts_or_cannot_be_is_refused_with_its_code() {
        for (line, code) in [
            ("--replay a --record b", "BSQ0105"),
            ("--replay a --context b", "BSQ0105"),
            ("--replay a --since 1h", "BSQ0105"),
            ("--replay a --user-token-file b", "BSQ0105"),
            ("--replay a --no-redact", "BSQ0105"),
            ("--replay a --bundle b", "BSQ0105"),
            ("--bundle a --record b", "BSQ0105"),
            ("--bundle a --kubeconfig b", "BSQ0105"),
            ("--bundle a --context b", "BSQ0105"),
            ("--changes 0s", "BSQ0106"),
            ("--since 0s", "BSQ0106"),
            ("--since soon", "BSQ0106"),
            ("--timeout 0s", "BSQ0106"),
            ("--request-timeout 1y", "BSQ0106"),
            ("--jobs 0", "BSQ0107"),
            ("--jobs 1000", "BSQ0107"),
            ("--as-group ops", "BSQ0108"),
            ("-o yaml", "BSQ0109"),
            ("-o json=", "BSQ0109"),
            ("-o json -o table", "BSQ0130"),
            ("-o json=a -o table=a", "BSQ0130"),
            ("--check [", "BSQ0131"),
        ] {
            let fault = settings(line).unwrap_err();
            assert_eq!(fault.code, code, "{line}");
            assert!(!fault.hints.is_empty(), "{line}: no hint");
        }
    }

    #[test]
    fn no_deadline_for_a_request_still_ends_with_the_run() {
        let settings = settings("--request-timeout 0 --timeout 90s").unwrap();
        let Input::Live { connection, .. } = settings.input else {
            panic!("not live");
        };
        assert_eq!(connection.request_timeout, Some(Duration::from_secs(90)));
    }

    #[test]
    fn another_environment_is_a_recording_or_a_context() {
        let inputs = |line: &str| settings(line).unwrap().also_inputs();
        let live = inputs("--context prod --as jane --also staging --also other.bsqrec").unwrap();
        assert!(matches!(&live[0], Input::Live { connection, record: None }
            if connection.context.as_deref() == Some("staging") && connection.as_user.as_deref() == Some("jane")));
        assert!(matches!(&live[1], Input::Replay(_)));
        assert_eq!(
            inputs("--replay a --also staging").unwrap_err().code,
            "BSQ0105"
        );
    }

    #[test]
    fn a_bundle_has_a_window_of_its_own() {
        let settings = settings("--bundle a --since 2h -n data").unwrap();
        assert!(matches!(&settings.input, Input::Bundle(path) if path.as_os_str() == "a"));
        let window = settings.window_until("2026-11-23T06:00:00Z".parse().unwrap());
        assert_eq!(window.start, "2026-11-23T04:00:00Z");
    }

    #[test]
    fn a_replay_may_look_at_less_than_was_recorded() {
        let settings = settings("--replay a -n data").unwrap();
        assert!(matches!(&settings.input, Input::Replay(path) if path.as_os_str() == "a"));
        assert_eq!(settings.asked_scope.unwrap().namespaces, ["data"]);
    }
}
