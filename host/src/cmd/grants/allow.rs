//! Grants a component what it declares, after a person read why.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, Read, Write};
use std::path::Path;

use super::{AllowArgs, Terminal, print};
use crate::cmd::packed::Packed;
use crate::grant::{Grant, GrantFile, whole};
use crate::manifest::Manifest;
use crate::settings::Places;
use crate::settings::file::{not_valid, read_private};
use crate::ui::{ExitStatus, Fault};

/// As for reading grants: a thousand times what a site writes.
const MAX_BYTES: u64 = 1 << 20;

/// An answer is a word; what is longer is not one.
const MAX_ANSWER_BYTES: u64 = 100;

/// Show the needs, ask, and append the row.
pub(super) fn allow(
    args: &AllowArgs,
    places: &Places,
    terminal: &mut Terminal<'_>,
) -> Result<ExitStatus, Fault> {
    let packed = Packed::open(&args.file)?;
    let file = places.named_grants.as_ref().or(places.user_grants.as_ref());
    let file = file.ok_or_else(|| {
        Fault::new(
            "BSQ0307",
            "there is no folder for grants: neither `HOME` nor `XDG_CONFIG_HOME` is set",
        )
        .hint("name the file: `--grants FILE`")
    })?;
    print(terminal.stderr, &needs(&packed.manifest, &packed.digest));
    if !args.yes && !confirmed(terminal, file, &args.file)? {
        print(terminal.stderr, "nothing is granted\n");
        return Ok(ExitStatus::Refused);
    }
    append(file, &whole(&packed.digest, &packed.manifest))?;
    let (id, version) = (&packed.manifest.id, &packed.manifest.version);
    print(
        terminal.stderr,
        &format!("granted {id} {version} in {}\n", file.display()),
    );
    Ok(ExitStatus::Success)
}

fn confirmed(terminal: &mut Terminal<'_>, file: &Path, component: &Path) -> Result<bool, Fault> {
    if !terminal.is_interactive {
        return Err(
            Fault::new("BSQ0307", "there is no terminal to ask on").hint(format!(
                "read the needs above, then run `bsq-host grants allow {} --yes`",
                component.display()
            )),
        );
    }
    print(
        terminal.stderr,
        &format!("Write this grant to {}? [y/N] ", file.display()),
    );
    let mut answer = String::new();
    let read = Read::take(&mut *terminal.stdin, MAX_ANSWER_BYTES).read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Every need with its reason, as the operator reads it.
fn needs(manifest: &Manifest, digest: &str) -> String {
    let mut text = format!(
        "{} {}: {}\n{digest}\n\n",
        manifest.id, manifest.version, manifest.title
    );
    for need in manifest.needs_in_words() {
        let optional = if need.optional { " (optional)" } else { "" };
        let _ = writeln!(text, "  {}{optional}\n      {}", need.call, need.why);
    }
    text.push('\n');
    text
}

/// Append a row to a grants file. What stands in it stays as it is, comments too; the file is replaced as a whole.
fn append(path: &Path, grant: &Grant) -> Result<(), Fault> {
    let shown = path.display().to_string();
    let mut text = if path.exists() {
        read_private(path, "the grants", MAX_BYTES)?
    } else {
        String::new()
    };
    let old: GrantFile =
        toml::from_str(&text).map_err(|error| not_valid("BSQ0303", &shown, &text, &error))?;
    if old.rows.contains(grant) {
        return Ok(());
    }
    let row = toml::to_string(&GrantFile {
        rows: vec![grant.clone()],
    })
    .map_err(|error| {
        Fault::new("BSQ0308", "the grant cannot be written as TOML")
            .because(error)
            .hint("report this")
    })?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&row);
    if let Err(error) = toml::from_str::<GrantFile>(&text) {
        let fault =
            Fault::new("BSQ0308", format!("cannot append a row to `{shown}`")).because(error);
        return Err(fault.hint("write its rows as `[[check]]` tables, not as one list"));
    }
    write_private(path, &text)
}

/// Only this user may read it, as only this user's word counts in it.
fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    let cannot = |error: std::io::Error| {
        Fault::new("BSQ0308", format!("cannot write `{}`", path.display()))
            .because(error)
            .hint("check that its folder may be written and has room")
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(cannot)?;
    // A temporary file has mode 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
