//! The LiteLLM proxy, in a virtual environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cache::{Entry, step};
use super::world_folder;

pub(super) const NAME: &str = "litellm";

const NEEDS: &str = "Python 3.10 or newer with its `venv`";

/// The folder of the environment. Its `bin/python` may be used; scripts beside that name the folder it was made in.
pub(super) fn install() -> Result<PathBuf> {
    let requirements = world_folder().join("litellm/requirements.txt");
    let wanted =
        fs::read(&requirements).with_context(|| format!("read `{}`", requirements.display()))?;
    let entry = Entry {
        name: NAME,
        inputs: vec![wanted, python_version()?],
        files: &["bin/python"],
    };
    entry.or_make(|folder| fill(folder, &requirements))
}

fn fill(folder: &Path, requirements: &Path) -> Result<()> {
    let mut create = Command::new("python3");
    step(create.args(["-m", "venv"]).arg(folder), NEEDS)?;
    let mut install = Command::new(folder.join("bin/python"));
    install
        .args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(requirements);
    step(&mut install, NEEDS)
}

fn python_version() -> Result<Vec<u8>> {
    let output = Command::new("python3")
        .args(["-VV"])
        .output()
        .with_context(|| format!("run `python3 -VV`; the test world needs {NEEDS}"))?;
    ensure!(output.status.success(), "`python3 -VV` failed");
    Ok(output.stdout)
}
