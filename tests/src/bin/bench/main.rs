//! What a run costs, each time as a ratio to the least that the same work can cost, both measured here and now.
//!
//! ```text
//! bench                     all of it: about ten minutes, most of them for worlds of ten thousand pods
//! bench path | redact | start   one part; `bench live 1000` one world
//! bench list KUBECONFIG PATH…   what `live` compares with, as a process of its own
//! ```
//!
//! A ratio of one run says more than two absolute times of two machines. `docs/performance.md` keeps the last table.

mod bare_list;
mod host_path;
mod live;
mod process;
mod recording;
mod redact;
mod start;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use table::Table;

/// Pods of the worlds that a live run is measured on: the last is what is promised, the first two show the slope.
const WORLDS: [usize; 3] = [1_000, 5_000, 10_000];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            let mut table = Table::begin()?;
            host_path::measure(&mut table)?;
            redact::measure(&mut table)?;
            start::measure(&mut table)?;
            live::measure(&mut table, &WORLDS)
        }
        ["path"] => host_path::measure(&mut Table::begin()?),
        ["redact"] => redact::measure(&mut Table::begin()?),
        ["start"] => start::measure(&mut Table::begin()?),
        ["live", pods @ ..] => {
            let pods = pods.iter().map(|pods| pods.parse());
            let pods: Vec<usize> = pods
                .collect::<Result<_, _>>()
                .context("read a number of pods")?;
            live::measure(&mut Table::begin()?, &pods)
        }
        ["list", kubeconfig, paths @ ..] => bare_list::print(Path::new(kubeconfig), paths),
        _ => bail!("usage: bench [path | redact | start | live PODS…]"),
    }
}

/// The repository that this was built from.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The release build of the program, beside this one.
fn program() -> Result<PathBuf> {
    let bench = std::env::current_exe().context("find this program")?;
    let program = bench.with_file_name("bsq-host");
    if !program.is_file() {
        bail!(
            "`{}` is not there; `make bench` builds it",
            program.display()
        );
    }
    Ok(program)
}

/// What `checks/*.wasm` means to a shell.
fn components() -> Result<Vec<PathBuf>> {
    let folder = repository().join("checks");
    let mut components = Vec::new();
    for entry in
        std::fs::read_dir(&folder).with_context(|| format!("read `{}`", folder.display()))?
    {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            components.push(path);
        }
    }
    components.sort();
    Ok(components)
}
