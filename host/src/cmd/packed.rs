//! A packed component as the commands around manifests and grants need it: its manifest and its digest, nothing run.

use std::path::Path;

use super::pack::{MAX_WASM_BYTES, read};
use crate::grant::digest_of;
use crate::manifest::{Manifest, section};
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
        let bytes = read(path, MAX_WASM_BYTES)?;
        let shown = path.display();
        let manifest = section::read(&bytes).map_err(|error| {
            Fault::new("BSQ0225", format!("`{shown}` is not a packed check"))
                .because(error)
                .hint("pack it first: `bsq-host pack CRATE`")
        })?;
        let problems = manifest.problems();
        if let Some(first) = problems.first() {
            let cause = format!("the manifest of `{shown}` is not sound: {first}");
            return Err(Fault::new("BSQ0225", cause)
                .hint("ask its author for a component that `bsq-host pack` made"));
        }
        Ok(Self {
            manifest,
            digest: digest_of(&bytes),
        })
    }
}
