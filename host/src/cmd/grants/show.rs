//! The table of what is granted to whom.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::cmd::packed::Packed;
use crate::grant::{Grant, Grants, Origin, in_words};
use crate::ui::Fault;

/// One line for each row; the rows of named components only, where some are named.
pub(super) fn show(grants: &Grants, components: &[PathBuf]) -> Result<String, Fault> {
    let mut text = String::new();
    if components.is_empty() {
        table(&mut text, grants.rows().iter());
        if grants.rows().is_empty() {
            text.push_str(
                "nothing is granted; `bsq-host grants allow FILE` grants a component its needs\n",
            );
        }
        return Ok(text);
    }
    for path in components {
        let packed = Packed::open(path)?;
        // An error here says that a row means another component.
        let granted = grants.of(&packed.digest, &packed.manifest)?;
        table(&mut text, grants.rows_of(&packed.digest));
        if granted.is_none() {
            let shown = path.display();
            let _ = writeln!(
                text,
                "{}  nothing; `bsq-host grants allow {shown}`",
                packed.manifest.id
            );
        }
    }
    Ok(text)
}

fn table<'a>(text: &mut String, rows: impl Iterator<Item = &'a (Origin, Grant)>) {
    let lines: Vec<[String; 4]> = rows.map(|(origin, grant)| line(*origin, grant)).collect();
    let width = |column: fn(&[String; 4]) -> &String| {
        lines
            .iter()
            .map(|line| column(line).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (check, digest) = (width(|line| &line[0]), width(|line| &line[1]));
    for [name, short, origin, words] in &lines {
        let _ = writeln!(text, "{name:check$}  {short:digest$}  {origin:7}  {words}");
    }
}

fn line(origin: Origin, grant: &Grant) -> [String; 4] {
    let id = grant.id.as_deref().unwrap_or("-");
    let name = match &grant.version {
        Some(version) => format!("{id} {version}"),
        None => id.to_owned(),
    };
    // Twelve digits tell components apart, as git's do commits.
    let digest = grant.digest.as_deref().unwrap_or_default();
    let short = digest.chars().take("sha256:".len() + 12).collect();
    let origin = match origin {
        Origin::Shipped => "shipped",
        Origin::Own => "own",
    };
    let words = in_words(std::slice::from_ref(grant));
    let words = if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.join(", ")
    };
    [name, short, origin.to_owned(), words]
}
