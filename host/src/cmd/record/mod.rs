//! `bsq-host record --to FILE`: take along what the checks read, to look at it elsewhere; with `--plan`, say before what
//! will be taken and why.

mod plan;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::observe::recorded;
use crate::capability::record::{RecordingReader, contents};
use crate::cli::{
    ConnectionArgs, Global, GrantArgs, PrivacyArgs, RunArgs, ScopeArgs, SelectionArgs, symptom,
};
use crate::manifest::Symptom;
use crate::report::{Screen, Sheet, words, write_stdout};
use crate::settings::{Environment, Places};
use crate::ui::{ExitStatus, Fault};

#[derive(Args, Clone, Debug)]
pub struct RecordArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// The recording
    #[arg(long, value_name = "FILE", required_unless_present = "plan")]
    pub to: Option<PathBuf>,
    /// Take nothing: say what would be taken, why, and how large it is expected to be
    #[arg(long)]
    pub plan: bool,
    /// Take the kinds of a first look too, whole but redacted, for checks that are written later
    #[arg(long)]
    pub wide: bool,
    /// Only checks that answer to this symptom
    #[arg(long, value_name = "SYMPTOM", value_parser = symptom)]
    pub symptom: Option<Symptom>,
    /// How far back events, logs and metrics are read [default: 1h]
    #[arg(long, value_name = "DURATION")]
    pub since: Option<String>,
    /// How long it may take [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    #[command(flatten)]
    pub privacy: PrivacyArgs,
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Record, and say what was taken.
pub async fn record(
    args: &RecordArgs,
    global: &Global,
    environment: &Environment,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let Some(path) = args.to.as_ref().filter(|_| !args.plan) else {
        let places = Places::new(global, &args.grant, environment);
        let text = plan::plan(args, &places, screen).await?;
        write_stdout(&text, stdout)?;
        return Ok(ExitStatus::Success);
    };
    let run = RunArgs {
        selection: args.selection.clone(),
        grant: args.grant.clone(),
        record: Some(path.clone()),
        symptom: args.symptom,
        since: args.since.clone(),
        timeout: args.timeout.clone(),
        privacy: args.privacy.clone(),
        scope: args.scope.clone(),
        connection: args.connection.clone(),
        ..RunArgs::default()
    };
    let is_interrupted = recorded(&run, args.wide, global, environment).await?;
    write_stdout(&taken(path, screen)?, stdout)?;
    Ok(match is_interrupted {
        true => ExitStatus::Interrupted,
        false => ExitStatus::Success,
    })
}

/// What the recording holds, from the file itself.
fn taken(path: &Path, screen: Screen) -> Result<String, Fault> {
    let contents = contents(RecordingReader::open(path)?)?;
    let mut sheet = Sheet::new(screen);
    let size = words::bytes(contents.bytes);
    sheet.title(&format!(
        "{}: {size}, sha256:{}",
        path.display(),
        contents.hash
    ));
    for (what, (reads, bytes)) in contents.by_kind() {
        let reads = match reads {
            1 => String::new(),
            reads => format!(", {reads} reads"),
        };
        sheet.row("", &format!("{what}: {}{reads}", words::bytes(bytes)));
    }
    sheet.section("next");
    let shown = path.display();
    for line in [
        format!("bsq-host show {shown}"),
        format!("bsq-host run --replay {shown}"),
    ] {
        sheet.copied(&line);
    }
    Ok(sheet.finish())
}
