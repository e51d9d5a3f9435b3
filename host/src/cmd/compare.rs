//! `bsq-host compare A B…`: environments side by side. What all have comes from what they share, the manifests and
//! charts; what one has and the others have not is its own.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::diff::side;
use super::side::load;
use crate::cli::{Global, ListFormat, ReplayArgs};
use crate::report::difference::{Compared, Comparison, Means, Seen, comparison};
use crate::report::model::Run;
use crate::report::{Screen, Sheet, Tone, words, write_stdout};
use crate::settings::Environment;
use crate::ui::{ExitStatus, Fault};

#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// Recordings or reports (`-o json`), one for each environment
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub replay: ReplayArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

/// Compare and print. It ends with 3 where some environment could not see all.
pub async fn compare(
    args: &CompareArgs,
    global: &Global,
    environment: &Environment,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let mut all = Vec::new();
    for file in &args.files {
        all.extend(load(file, &args.replay.of(file), global, environment).await?);
    }
    let runs: Vec<&Run> = all.iter().map(|one| &one.run).collect();
    let compared = Comparison {
        findings: comparison(&runs),
        environments: all.iter().map(|one| one.side.clone()).collect(),
    };
    let text = match args.output {
        ListFormat::Json => super::json(&compared)?,
        ListFormat::Table => sheet(&compared, screen),
    };
    write_stdout(&text, stdout)?;
    let mut findings = compared.findings.iter();
    Ok(match findings.any(|one| one.means == Means::Unknown) {
        true => ExitStatus::Incomplete,
        false => ExitStatus::Success,
    })
}

/// What each kind of finding says of where to look.
const PARTS: [(Means, &str); 3] = [
    (
        Means::Shared,
        "in every environment: look at what they share, the manifests and charts",
    ),
    (
        Means::Own,
        "in some, and the others are well: look at those environments",
    ),
    (Means::Unknown, "not known everywhere"),
];

fn sheet(compared: &Comparison, screen: Screen) -> String {
    let mut sheet = Sheet::new(screen);
    let names: Vec<String> = (1..=compared.environments.len())
        .map(|number| number.to_string())
        .collect();
    for (name, environment) in names.iter().zip(&compared.environments) {
        sheet.row(name, &side(environment));
    }
    for (means, title) in PARTS {
        let all = compared.findings.iter();
        let all: Vec<&Compared> = all.filter(|one| one.means == means).collect();
        if all.is_empty() {
            continue;
        }
        sheet.section(title);
        for one in all {
            finding(&mut sheet, one, &names);
        }
    }
    if compared.findings.is_empty() {
        sheet.section("no environment has a finding");
    }
    sheet.finish()
}

fn finding(sheet: &mut Sheet, one: &Compared, names: &[String]) {
    let severity = words::severity_name(one.finding.severity);
    let tone = match one.means {
        Means::Shared | Means::Own => Tone::Bad,
        Means::Unknown => Tone::Warning,
    };
    let which = |seen: Seen| {
        let names = names.iter().zip(&one.seen).filter(|(_, is)| **is == seen);
        let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    let mut text = format!("{} ({severity})", one.finding.title);
    if one.means != Means::Shared {
        text.push_str(&format!(": in {}", which(Seen::Found)));
    }
    let unknown = which(Seen::Unknown);
    if !unknown.is_empty() {
        text.push_str(&format!("; not known of {unknown}"));
    }
    sheet.marked(tone, &one.finding.code, &text);
}
