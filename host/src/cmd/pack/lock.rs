//! The lock: reviewed grants, which name ids, bound to the digests of the components that were just built.

use std::path::{Path, PathBuf};

use super::{read_text, write_whole};
use crate::cmd::packed::Packed;
use crate::grant::{Grant, GrantFile, excess};
use crate::run::own;
use crate::ui::Fault;

const HEAD: &str = "# Written by `bsq-host pack --lock`: the reviewed grants of the checks that were built with this host.\n\
                    # Own grants belong into `grants.toml`, see `bsq-host grants`.\n\n";

/// Read the components and the reviewed grants, and write the lock.
pub(super) fn write(lock: &Path, grants: &Path, components: &[PathBuf]) -> Result<String, Fault> {
    let text = read_text(grants)?;
    let shown = grants.display().to_string();
    let reviewed: GrantFile = toml::from_str(&text)
        .map_err(|error| crate::settings::file::not_valid("BSQ0303", &shown, &text, &error))?;
    let mut packed = Vec::new();
    for path in components {
        packed.push(Packed::open(path)?);
    }
    // What the host reads for itself is granted like a check's.
    let (manifest, digest) = own::manifest()?;
    packed.push(Packed { manifest, digest });
    let bound = bind(&packed, &reviewed).map_err(|problems| {
        let cause = format!(
            "`{shown}` does not match the components\n  {}",
            problems.join("\n  ")
        );
        Fault::new("BSQ0306", cause).hint(format!("mend `{shown}`, then pack the lock again"))
    })?;
    let count = components.len();
    let text = toml::to_string(&bound).map_err(|error| {
        Fault::new("BSQ0306", "cannot write the lock as TOML")
            .because(error)
            .hint("report this")
    })?;
    write_whole(lock, format!("{HEAD}{text}").as_bytes())?;
    Ok(format!("locked {count} checks in {}", lock.display()))
}

/// One row for each component, sorted by id; or everything that does not match.
fn bind(components: &[Packed], reviewed: &GrantFile) -> Result<GrantFile, Vec<String>> {
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    for row in &reviewed.rows {
        problems.extend(row_problem(row, components));
    }
    for component in components {
        let id = &component.manifest.id;
        let mut own = reviewed
            .rows
            .iter()
            .filter(|row| row.id.as_ref() == Some(id));
        let Some(row) = own.next() else {
            problems.push(format!(
                "`{id}` has no row; add one: `[[check]]` with `id = \"{id}\"`"
            ));
            continue;
        };
        if own.next().is_some() {
            problems.push(format!("`{id}` has more than one row; make it one"));
        }
        let too_much = excess(&component.manifest, row);
        problems.extend(too_much.into_iter().map(|what| format!("`{id}` {what}")));
        rows.push(Grant {
            digest: Some(component.digest.clone()),
            version: Some(component.manifest.version.to_string()),
            ..row.clone()
        });
    }
    rows.sort_by(|one: &Grant, other| one.id.cmp(&other.id));
    if problems.is_empty() {
        Ok(GrantFile { rows })
    } else {
        Err(problems)
    }
}

fn row_problem(row: &Grant, components: &[Packed]) -> Option<String> {
    let Some(id) = &row.id else {
        return Some(
            "a row has no `id`; reviewed grants name the check that they are for".to_owned(),
        );
    };
    if row.digest.is_some() || row.version.is_some() {
        return Some(format!(
            "the row of `{id}` has a digest or a version; binding it adds both"
        ));
    }
    let is_there = components
        .iter()
        .any(|component| component.manifest.id == *id);
    (!is_there).then(|| format!("the row of `{id}` is for no component that was named"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn component(id: &str) -> Packed {
        let needs =
            "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['spec'] }]";
        let text = format!("id = '{id}'\nversion = '1.0.0'\ntitle = 't'\n{needs}");
        Packed {
            manifest: toml::from_str(&text).unwrap(),
            digest: format!("sha256:{id}"),
        }
    }

    fn bound(reviewed: &str) -> Result<GrantFile, Vec<String>> {
        bind(
            &[component("b"), component("a")],
            &toml::from_str(reviewed).unwrap(),
        )
    }

    #[test]
    fn rows_get_digest_and_version_and_are_sorted() {
        let lock = bound(
            "[[check]]\nid = 'b'\nkubernetes = [{ kind = 'v1/Pod', namespaces = ['*'] }]\n[[check]]\nid = 'a'",
        )
        .unwrap();
        assert_eq!(lock.rows[0].digest.as_deref(), Some("sha256:a"));
        assert_eq!(lock.rows[1].version.as_deref(), Some("1.0.0"));
        assert_eq!(lock.rows[1].kubernetes.len(), 1);
    }

    #[test]
    fn all_that_does_not_match_is_said() {
        let problems = bound(
            "[[check]]\nid = 'c'\n[[check]]\nid = 'a'\nkubernetes = [{ kind = 'v1/Secret', namespaces = ['*'] }]",
        )
        .unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("`c` is for no component"));
        assert!(problems[1].contains("`b` has no row"));
        assert!(problems[2].contains("v1/Secret"));
    }
}
