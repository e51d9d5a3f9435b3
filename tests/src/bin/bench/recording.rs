//! What a recording of a large platform costs: its size, what writing it adds to a run, and a replay beside the live run.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result};

use super::process::{Ended, run_checks};
use super::table::{Table, median};

/// Pairs of runs.
const ROUNDS: usize = 3;

/// A replay does a live run's work without its server, which is most of it.
const REPLAY: f64 = 1.0;

/// Writing what was read, and hashing it, is little beside reading it.
const RECORD: f64 = 1.3;

/// All checks on one platform, live, recorded and replayed.
pub(crate) fn measure(
    table: &mut Table,
    home: &Path,
    kubeconfig: &Path,
    pods: usize,
) -> Result<()> {
    let recording = home.join("bench.bsqrec");
    let live = [OsStr::new("--kubeconfig"), kubeconfig.as_os_str()];
    let recorded = [
        live[0],
        live[1],
        OsStr::new("--record"),
        recording.as_os_str(),
    ];
    let replayed = [OsStr::new("--replay"), recording.as_os_str()];
    let (mut plain, mut written, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(all_checks(home, &live)?.took);
        written.push(all_checks(home, &recorded)?.took);
        again.push(all_checks(home, &replayed)?.took);
    }
    let (plain, written, again) = (median(plain), median(written), median(again));
    let name = |what: &str| format!("{what} of all checks on {pods} pods");
    table.times(
        &name("a recorded run"),
        written,
        "the same without `--record`",
        plain,
        RECORD,
    )?;
    table.times(&name("the replay"), again, "the live run", plain, REPLAY)?;
    let bytes = std::fs::metadata(&recording)
        .context("look at the recording")?
        .len();
    let size = format!("{:.1} MB", bytes as f64 / 1e6);
    let each = format!("{:.0} bytes a pod", bytes as f64 / pods as f64);
    table.note(&name("the recording"), &size, &each)
}

fn all_checks(home: &Path, arguments: &[&OsStr]) -> Result<Ended> {
    let json = [OsStr::new("-o"), OsStr::new("json")];
    run_checks(home, &[&json, arguments].concat(), &super::components()?)
}
