//! The user's cache folder: an entry is complete or not there, and is made by one process at a time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// One entry: its name, all that it depends on, and the files without which it is none.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) inputs: Vec<Vec<u8>>,
    pub(super) files: &'a [&'a str],
}

impl Entry<'_> {
    /// The folder of the entry; `make` fills an empty one if there is none yet.
    pub(super) fn or_make(&self, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let cache = cache_folder()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("create the cache folder `{}`", cache.display()))?;
        let folder = cache.join(self.key());
        if self.is_whole(&folder) {
            return Ok(folder);
        }
        let lock = File::create(cache.join(format!("{}.lock", self.name)))
            .context("create the lock of the build")?;
        lock.lock()
            .context("wait for another build of the same program")?;
        if !self.is_whole(&folder) {
            self.fill(&cache, &folder, make)
                .with_context(|| format!("make `{}` of the test world", self.name))?;
        }
        Ok(folder)
    }

    fn is_whole(&self, folder: &Path) -> bool {
        self.files.iter().all(|file| folder.join(file).exists())
    }

    fn fill(
        &self,
        cache: &Path,
        folder: &Path,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        let staging = tempfile::Builder::new()
            .prefix(".building-")
            .tempdir_in(cache)
            .context("create a folder for the build")?;
        make(staging.path())?;
        ensure!(
            self.is_whole(staging.path()),
            "not all of {:?} were made",
            self.files
        );
        let made = staging.keep();
        if folder.exists() {
            fs::remove_dir_all(folder).context("remove an incomplete earlier build")?;
        }
        fs::rename(&made, folder)
            .with_context(|| format!("move the build to `{}`", folder.display()))
    }

    /// The name of the cache entry: all inputs of the build, hashed.
    fn key(&self) -> String {
        let mut hash = Sha256::new();
        self.inputs.iter().for_each(|input| hash.update(input));
        let digest: String = hash
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{}-{digest}", self.name)
    }
}

/// Run one step of a build, its output beside ours.
pub(super) fn step(command: &mut Command, needs: &str) -> Result<()> {
    let shown = format!("{}", command.get_program().display());
    let status = command
        .status()
        .with_context(|| format!("run `{shown}`; the test world needs {needs}"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

fn cache_folder() -> Result<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let Some(base) =
        from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")))
    else {
        bail!("neither `XDG_CACHE_HOME` nor `HOME` is set, so there is no cache folder");
    };
    Ok(base.join("bsq-host").join("world"))
}
