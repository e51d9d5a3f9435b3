//! Writes what of `docs/` is made: `make docs`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for written in bsq_tests::docs::made(&repository)? {
        let path = repository.join(&written.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("create `{}`", folder.display()))?;
        }
        fs::write(&path, &written.text).with_context(|| format!("write `{}`", path.display()))?;
    }
    Ok(())
}
