//! A packed component as the commands around manifests and grants need it: its manifest and its digest, nothing run.

use std::path::Path;

use crate::component::{Candidate, section};
use crate::manifest::Manifest;
use crate::report::model::Misfit;
use crate::ui::Fault;

/// What is known of a component without running it.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) manifest: Manifest,
    /// `sha256:…` of its bytes.
    pub(super) digest: String,
}

impl Packed {
    /// Read a file that the operator named. A manifest that is unsound is not worth a grant.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let shown = path.display();
        let not_packed = |misfit: Misfit| {
            let cause = format!("`{shown}` is not a packed check: {}", misfit.problem);
            Fault::new("BSQ0225", cause).hint(misfit.fix)
        };
        let loaded = Candidate::of_file(path).load().map_err(not_packed)?;
        Ok(Self {
            manifest: section::manifest(&loaded.bytes).map_err(not_packed)?,
            digest: loaded.digest,
        })
    }
}
