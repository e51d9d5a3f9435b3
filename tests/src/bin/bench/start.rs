//! Start to exit on the bundled recording, against a program that every operator starts without thinking.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bsq_tests::programs;

use super::process::{Ended, run, run_checks};
use super::table::{Table, median};

/// Pairs of starts. Alternating, so that both meet the same machine.
const ROUNDS: usize = 31;

/// How many times `kubectl version --client` a whole report may take.
const BOUND: f64 = 2.0;

pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let home = tempfile::tempdir().context("create a home folder")?;
    let kubectl = programs::kubectl()?;
    // The first fills the cache of compiled code.
    replay(home.path())?;
    let (mut here, mut other, mut memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let ended = replay(home.path())?;
        memory = memory.max(ended.peak_bytes);
        here.push(ended.took);
        other.push(version(&kubectl, home.path())?);
    }
    let (here, other) = (median(here), median(other));
    table.times(
        "`run --replay` of the bundled recording, cache warm",
        here,
        "`kubectl version --client`",
        other,
        BOUND,
    )?;
    table.note(
        "its memory at most",
        &format!("{} MB", memory / 1_000_000),
        "",
    )
}

fn replay(home: &Path) -> Result<Ended> {
    let example = super::repository().join("examples/database-full.bsqrec");
    let arguments = [OsStr::new("--replay"), example.as_os_str()];
    run_checks(home, &arguments, &super::components()?)
}

fn version(kubectl: &Path, home: &Path) -> Result<Duration> {
    let ended = run(Command::new(kubectl)
        .env("HOME", home)
        .args(["version", "--client"]))?;
    ensure!(ended.code == 0, "kubectl ended with {}", ended.code);
    Ok(ended.took)
}
