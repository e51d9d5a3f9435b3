//! `bsq-host verify FILE`: whether a component or a recording is what was written, and who wrote what.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::known::known;
use crate::capability::record::{Contents, RecordingReader, contents};
use crate::cli::{GrantArgs, ListFormat, SelectionArgs};
use crate::report::{Screen, Sheet, words, write_stdout};
use crate::settings::Places;
use crate::ui::{ExitStatus, Fault};

#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// A recording or a component
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

/// Check a file, and say what it is.
pub fn verify(
    args: &VerifyArgs,
    places: &Places,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    if is_component(&args.file) {
        return component(args, places, screen, stdout);
    }
    let contents = contents(RecordingReader::open(&args.file)?)?;
    let text = match args.output {
        ListFormat::Json => super::json(&contents)?,
        ListFormat::Table => recording(&args.file, &contents, screen),
    };
    write_stdout(&text, stdout)?;
    Ok(match contents.complete {
        true => ExitStatus::Success,
        false => ExitStatus::Incomplete,
    })
}

/// It begins as WebAssembly does; what cannot be read is told by who reads it.
fn is_component(path: &Path) -> bool {
    let mut first = [0; 4];
    let opened = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    opened.is_ok() && first == *b"\0asm"
}

fn component(
    args: &VerifyArgs,
    places: &Places,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let selection = SelectionArgs {
        checks: vec![args.file.clone()],
        ..SelectionArgs::default()
    };
    let all = known(&selection, &args.grant, places)?;
    let text = match args.output {
        ListFormat::Json => super::json(&all)?,
        ListFormat::Table => {
            let mut sheet = Sheet::new(screen);
            for known in &all {
                let manifest = known.manifest.as_ref();
                let version = manifest.map_or_else(String::new, |it| it.version.to_string());
                sheet.title(format!("{} {version}", known.id).trim_end());
                sheet.row("file", &known.source);
                sheet.row("digest", known.digest.as_deref().unwrap_or_default());
                sheet.row(
                    "fits",
                    if known.misfits.is_empty() {
                        "yes"
                    } else {
                        "no"
                    },
                );
                for misfit in &known.misfits {
                    sheet.row(&misfit.code, &misfit.problem);
                    sheet.row("hint", &misfit.fix);
                }
                sheet.row(
                    "granted by",
                    known.granted_by.unwrap_or("nothing names its digest"),
                );
            }
            sheet.finish()
        }
    };
    write_stdout(&text, stdout)?;
    let is_sound = all.iter().all(|known| known.misfits.is_empty());
    Ok(if is_sound {
        ExitStatus::Success
    } else {
        ExitStatus::Refused
    })
}

fn recording(path: &Path, contents: &Contents, screen: Screen) -> String {
    let header = &contents.header;
    let mut sheet = Sheet::new(screen);
    let state = match contents.complete {
        true => "every line is what was written",
        false => "cut off: what is there is what was written, and the end is missing",
    };
    sheet.title(&format!("{}: {state}", path.display()));
    sheet.row("recorded", &words::time(&header.time));
    sheet.row("by", header.recorded_by.as_deref().unwrap_or_default());
    sheet.row("context", &header.context);
    sheet.row("as", &header.kubectl.join(" "));
    sheet.row(
        "server",
        header.server_version.as_deref().unwrap_or_default(),
    );
    sheet.row("host", &format!("bsq-host {}", header.host_version));
    sheet.row("format", &header.format.to_string());
    sheet.row("scope", &words::scope(&header.scope));
    sheet.row(
        "window",
        &format!("{} to {}", header.window.start, header.window.end),
    );
    sheet.row("size", &words::bytes(contents.bytes));
    sheet.row("hash", &format!("sha256:{}", contents.hash));
    sheet.section("checks");
    for check in &header.checks {
        let version = check.version.as_deref().unwrap_or_default();
        let digest = check.digest.as_deref().unwrap_or_default();
        sheet.row("", &format!("{} {version} {digest}", check.id));
    }
    sheet.section("reads");
    for (what, (reads, bytes)) in contents.by_kind() {
        let times = words::count(reads, "read");
        sheet.row("", &format!("{what}: {times}, {}", words::bytes(bytes)));
    }
    sheet.section("what this proves");
    sheet.row("", "that no line was changed, added, moved or taken out since it was written; not who wrote it: compare the hash with the one that its sender tells you another way");
    sheet.finish()
}
