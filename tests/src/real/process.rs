//! A server's process: started on ports that the kernel chose, watched until it is ready, ended with the value.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::client::get;
use crate::ports;
use crate::supervisor::Supervisor;
use crate::wait::wait_for;

/// The slowest, Keycloak, needs half a minute when idle; a busy two-core machine several times that.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// A start fails for a port that was taken between choosing and binding, or for a reason that stays.
const ATTEMPTS: usize = 3;

/// What is started, as the supervisor takes it.
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'a str, String)>,
}

impl Command<'_> {
    pub(super) fn spawn(&self, supervisor: &Supervisor) -> Result<u32> {
        let environment: Vec<(&str, &str)> = self
            .environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        supervisor.spawn(self.name, self.program, &self.arguments, &environment)
    }

    /// Starts it and waits until `url` answers with 200.
    pub(super) fn serve(&self, supervisor: &Supervisor, url: &str) -> Result<()> {
        let pid = self.spawn(supervisor)?;
        let what = format!("`{}` to be ready", self.name);
        wait_for(&what, READY_WITHIN, || {
            if let Some(status) = supervisor.exit_status(pid)? {
                return Ok(Some(Err(anyhow!("`{}` ended with {status}", self.name))));
            }
            Ok((get(url)?.0 == 200).then_some(Ok(())))
        })?
    }
}

/// Runs `begin` with a fresh supervisor and free ports, again with others if one of them was taken meanwhile.
pub(super) fn started<T, const PORTS: usize>(
    begin: impl Fn(&Supervisor, [u16; PORTS]) -> Result<T>,
) -> Result<(Supervisor, T)> {
    for _ in 0..ATTEMPTS {
        let supervisor = Supervisor::start()?;
        let error = match begin(&supervisor, ports::free()?) {
            Ok(value) => return Ok((supervisor, value)),
            Err(error) => error,
        };
        let logs = logs(&supervisor)?;
        if !logs.to_lowercase().contains("address already in use") {
            return Err(error).with_context(|| format!("the ends of the logs:\n{logs}"));
        }
    }
    bail!("lost a race for free ports {ATTEMPTS} times")
}

/// The end of each log in the folder.
fn logs(supervisor: &Supervisor) -> Result<String> {
    let mut ends = String::new();
    for entry in fs::read_dir(supervisor.folder()).context("list the logs")? {
        let path = entry.context("list the logs")?.path();
        if path.extension().is_some_and(|kind| kind == "log") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            ends += &supervisor.log_tail(&name);
        }
    }
    Ok(ends)
}
