//! What `make docs` writes: a page for each check, made from its manifest, and the table of the guide.
//!
//! ```text
//! checks/*/check.toml ─► Known (manifest) ─┬─► page ─► docs/checks/NAME.md
//! tests/cases/*/expected.snap ─► Incidents ┴─► guide ─► docs/guide-coverage.md ◄── docs/guide.toml
//! ```
//!
//! Pure but for reading: a test holds what is in `docs/` against the same functions.

mod guide;
mod incidents;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use bsq_host::cmd::pack::CrateFacts;
use bsq_host::manifest::Manifest;

pub use self::guide::Guide;
pub use self::incidents::Incidents;

/// A file below `docs/`, and what it holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    pub path: PathBuf,
    pub text: String,
}

/// Everything that is made.
pub fn made(repository: &Path) -> Result<Vec<Written>> {
    let checks = checks(repository)?;
    let incidents = Incidents::read(&repository.join("tests/cases"))?;
    let guide = Guide::read(&repository.join("docs/guide.toml"))?;
    let mut made: Vec<Written> = checks
        .values()
        .map(|manifest| Written {
            path: PathBuf::from(format!("docs/checks/{}.md", manifest.id)),
            text: page::page(manifest, &incidents),
        })
        .collect();
    made.push(Written {
        path: PathBuf::from("docs/guide-coverage.md"),
        text: guide.page(&checks, &incidents),
    });
    Ok(made)
}

/// The manifests of this repository's checks, by id.
pub fn checks(repository: &Path) -> Result<BTreeMap<String, Manifest>> {
    let mut checks = BTreeMap::new();
    for entry in fs::read_dir(repository.join("checks")).context("read the folder `checks`")? {
        let folder = entry?.path();
        let file = folder.join("check.toml");
        if file.is_file() {
            let manifest =
                manifest(&folder).with_context(|| format!("read `{}`", file.display()))?;
            checks.insert(manifest.id.clone(), manifest);
        }
    }
    Ok(checks)
}

fn manifest(folder: &Path) -> Result<Manifest> {
    let facts = CrateFacts::read(folder).map_err(|fault| anyhow!("{fault:?}"))?;
    let text = fs::read_to_string(folder.join("check.toml"))?;
    let version = facts.as_ref().map(|facts| &facts.version);
    Manifest::from_check_toml(&text, version).map_err(|problems| anyhow!("{problems:?}"))
}
