//! One process from start to exit: how long, and how much memory at most.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// The kernel keeps the peak itself, so this only bounds what the very end of a process may hide.
const LOOK_EVERY: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) took: Duration,
    pub(crate) peak_bytes: u64,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<Ended> {
    let started = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {command:?}"))?;
    let has_ended = Arc::new(AtomicBool::new(false));
    let watch = thread::spawn({
        let (pid, has_ended) = (child.id(), Arc::clone(&has_ended));
        move || {
            let mut peak = 0;
            while !has_ended.load(Ordering::Relaxed) {
                peak = peak_of(pid).unwrap_or(0).max(peak);
                thread::sleep(LOOK_EVERY);
            }
            peak
        }
    });
    let output = child
        .wait_with_output()
        .context("wait for a measured process")?;
    let took = started.elapsed();
    has_ended.store(true, Ordering::Relaxed);
    Ok(Ended {
        code: output.status.code().unwrap_or(-1),
        took,
        peak_bytes: watch.join().unwrap_or(0),
        stdout: output.stdout,
        stderr: output.stderr,
    })
}

/// Runs components with `bsq-host run`, whose findings and gaps are no failure here.
pub(crate) fn run_checks(
    home: &Path,
    arguments: &[&OsStr],
    components: &[PathBuf],
) -> Result<Ended> {
    let mut command = Command::new(super::program()?);
    command
        .env("HOME", home)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .args(["run", "--fail-on", "never", "--allow-incomplete"])
        .args(arguments)
        .args(components);
    let ended = run(&mut command)?;
    ensure!(
        ended.code == 0,
        "the run ended with {}: {}",
        ended.code,
        String::from_utf8_lossy(&ended.stderr)
    );
    Ok(ended)
}

/// The most memory that the process was ever resident in.
fn peak_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
