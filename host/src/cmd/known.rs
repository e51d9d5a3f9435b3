//! What is known of components without running them: what `list`, `inspect`, `explain` and `doctor` show.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{GrantArgs, SelectionArgs};
use crate::component::{Candidate, Loaded, candidates, inspect};
use crate::grant::{Gate, Grant, Grants, Origin};
use crate::manifest::Manifest;
use crate::report::model::Misfit;
use crate::settings::{Filter, Places};
use crate::ui::Fault;

/// One component, its grant and its fit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The manifest's id; the file's name where there is no manifest.
    pub id: String,
    pub source: String,
    pub digest: Option<String>,
    pub bytes: Option<usize>,
    pub manifest: Option<Manifest>,
    /// Imported families of reads.
    pub families: Vec<String>,
    /// Imported interfaces of WASI, which are empty here.
    pub wasi: Vec<String>,
    /// Why it cannot run here; empty where it fits.
    pub misfits: Vec<Misfit>,
    /// `lock`, `grants` or `declared`; none where nothing is granted.
    pub granted_by: Option<&'static str>,
    pub grant: Option<Grant>,
    /// Why the grant that names its digest cannot be used.
    pub grant_problem: Option<String>,
    /// Required needs of which nothing is granted, and the line that would grant each.
    pub missing: Vec<Missing>,
}

/// A required need without a grant.
#[derive(Clone, Debug, Serialize)]
pub struct Missing {
    pub need: String,
    pub hint: String,
}

impl Known {
    /// It would run as it stands.
    pub fn is_ready(&self) -> bool {
        self.misfits.is_empty() && self.grant.is_some() && self.missing.is_empty()
    }

    /// A component that fits, and that nothing is granted to.
    pub fn is_refused(&self) -> bool {
        self.misfits.is_empty() && self.grant.is_none()
    }

    /// What decides on its calls; none where it would not run at all.
    pub fn gate(&self) -> Option<Gate> {
        Some(Gate::new(self.manifest.clone()?, self.grant.clone()?))
    }
}

/// The components that are named, or the installed ones.
pub fn known(
    selection: &SelectionArgs,
    grant_args: &GrantArgs,
    places: &Places,
) -> Result<Vec<Known>, Fault> {
    let filter = Filter::new(&selection.only, &selection.skip)?;
    let (grants, declared) = load_grants(places, &grant_args.grant_declared)?;
    let named = match selection.checks.as_slice() {
        [] => super::installed(places)?,
        named => named.to_vec(),
    };
    let mut all: Vec<Known> = candidates(&named)?
        .iter()
        .map(|candidate| look(candidate, &grants, &declared))
        .collect();
    if let Some(fault) = filter.unmatched(all.iter().map(|known| known.id.as_str())) {
        return Err(fault);
    }
    all.retain(|known| filter.admits(&known.id));
    all.sort_by(|one, other| (&one.id, &one.source).cmp(&(&other.id, &other.source)));
    Ok(all)
}

/// The rows that hold, and the digests that `--grant-declared` adds.
pub(super) fn load_grants(
    places: &Places,
    files: &[PathBuf],
) -> Result<(Grants, Vec<String>), Fault> {
    let mut grants = Grants::load(places)?;
    let mut declared = Vec::new();
    for candidate in candidates(files)? {
        // What cannot be read is a row of its own, where it is named as a check.
        let Ok(loaded) = candidate.load() else {
            continue;
        };
        if let Some(manifest) = inspect(&loaded.bytes).manifest {
            grants.grant_declared(&loaded.digest, &manifest);
            declared.push(loaded.digest);
        }
    }
    Ok((grants, declared))
}

fn look(candidate: &Candidate, grants: &Grants, declared: &[String]) -> Known {
    let mut known = Known {
        id: candidate.stem(),
        source: candidate.source.clone(),
        digest: None,
        bytes: None,
        manifest: None,
        families: Vec::new(),
        wasi: Vec::new(),
        misfits: Vec::new(),
        granted_by: None,
        grant: None,
        grant_problem: None,
        missing: Vec::new(),
    };
    match candidate.load() {
        Err(misfit) => known.misfits.push(misfit),
        Ok(loaded) => known.read(&loaded, grants, declared),
    }
    known
}

impl Known {
    fn read(&mut self, loaded: &Loaded, grants: &Grants, declared: &[String]) {
        let inspection = inspect(&loaded.bytes);
        match inspection.fit {
            Err(misfits) => self.misfits = misfits,
            Ok(fit) => {
                let names = fit.families.iter().map(|family| family.table().to_owned());
                self.families = names.collect();
                self.wasi = fit.wasi.into_iter().collect();
            }
        }
        self.digest = Some(loaded.digest.clone());
        self.bytes = Some(loaded.bytes.len());
        if let Some(manifest) = inspection.manifest {
            self.id.clone_from(&manifest.id);
            self.find_grant(&loaded.digest, &manifest, grants, declared);
            self.manifest = Some(manifest);
        }
    }

    fn find_grant(
        &mut self,
        digest: &str,
        manifest: &Manifest,
        grants: &Grants,
        declared: &[String],
    ) {
        match grants.of(digest, manifest) {
            Err(fault) => self.grant_problem = Some(fault.sentence()),
            Ok(None) => {}
            Ok(Some(grant)) => {
                let gate = Gate::new(manifest.clone(), grant.clone());
                let missing = gate.missing_required().into_iter();
                self.missing = missing
                    .map(|denial| Missing {
                        need: denial.reason,
                        hint: denial.hint,
                    })
                    .collect();
                let is_declared = declared.iter().any(|one| one == digest);
                let origin = grants.rows_of(digest).map(|(origin, _)| *origin).last();
                self.granted_by = Some(match origin {
                    _ if is_declared => "declared",
                    Some(Origin::Shipped) => "lock",
                    _ => "grants",
                });
                self.grant = Some(grant);
            }
        }
    }
}
