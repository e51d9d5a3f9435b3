//! `bsq-host list`: the checks, one line each.

use std::io::Write;

use super::known::{Known, known};
use crate::cli::{ListArgs, ListFormat};
use crate::report::{Screen, columns, plain_line, write_stdout};
use crate::settings::Places;
use crate::ui::Fault;

/// Hexadecimal digits of a digest that tell components apart at a glance, as git and container tools have it.
const DIGEST: usize = 12;

/// Print the checks.
pub fn list(
    args: &ListArgs,
    places: &Places,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<(), Fault> {
    let all = known(&args.selection, &args.grant, places)?;
    let text = match args.output {
        ListFormat::Json => super::json(&all)?,
        ListFormat::Table => table(&all, screen),
    };
    write_stdout(&text, stdout)
}

fn table(all: &[Known], screen: Screen) -> String {
    let header = ["ID", "VERSION", "DIGEST", "GRANTED", "FITS", "TITLE"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(header)
        .chain(
            all.iter()
                .map(|known| cells(known).map(|cell| plain_line(&cell, screen))),
        )
        .collect();
    let lines = columns(&rows);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn cells(known: &Known) -> [String; 6] {
    let manifest = known.manifest.as_ref();
    let digest = known.digest.as_deref().unwrap_or_default();
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    let granted = match (known.granted_by, known.missing.len()) {
        (None, _) => "no".to_owned(),
        (Some(by), 0) => by.to_owned(),
        (Some(by), missing) => format!("{by}, {missing} missing"),
    };
    let fits = known
        .misfits
        .first()
        .map_or("yes", |misfit| misfit.code.as_str());
    [
        known.id.clone(),
        manifest.map_or_else(|| "-".to_owned(), |manifest| manifest.version.to_string()),
        digest.chars().take(DIGEST).collect(),
        granted,
        fits.to_owned(),
        manifest.map_or_else(|| known.source.clone(), |manifest| manifest.title.clone()),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::model::Misfit;
    use crate::ui::Paint;

    #[test]
    fn a_file_that_does_not_fit_is_a_line_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("text.wasm"), "no wasm\n").unwrap();
        let args = ListArgs {
            selection: crate::cli::SelectionArgs {
                checks: vec![folder.path().to_owned()],
                ..Default::default()
            },
            ..ListArgs::default()
        };
        let environment = crate::settings::Environment::of([], 1);
        let places = Places::new(&Default::default(), &args.grant, &environment);
        let mut out = Vec::new();
        list(&args, &places, screen(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("text   -         "), "{text}");
        assert!(line.contains("no        BSQ0203"), "{text}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_safe() {
        let known = Known {
            id: "a\u{1b}[2J".to_owned(),
            source: "checks/a.wasm".to_owned(),
            digest: Some("sha256:0123456789abcdef".to_owned()),
            bytes: Some(1),
            manifest: None,
            families: Vec::new(),
            wasi: Vec::new(),
            misfits: vec![Misfit {
                code: "BSQ0203".to_owned(),
                problem: String::new(),
                fix: String::new(),
            }],
            granted_by: Some("lock"),
            grant: None,
            grant_problem: None,
            missing: Vec::new(),
        };
        assert_eq!(
            table(&[known], screen()),
            "ID      VERSION   DIGEST         GRANTED   FITS      TITLE\n\
             a\u{fffd}[2J   -         0123456789ab   lock      BSQ0203   checks/a.wasm\n"
        );
    }

    fn screen() -> Screen {
        Screen {
            width: 80,
            paint: Paint::PLAIN,
        }
    }
}
