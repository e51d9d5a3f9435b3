//! The test's side of the supervisor.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::protocol::{Answer, Request};

/// So much of a log stands in an error.
const LOG_TAIL_LINES: usize = 25;

/// A running supervisor. Dropping it ends all that was started through it and removes its folder.
#[derive(Debug)]
pub struct Supervisor {
    process: Child,
    folder: PathBuf,
    pipes: Mutex<Option<Pipes>>,
}

#[derive(Debug)]
struct Pipes {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts a supervisor with a fresh folder that lives as long as it does.
    pub fn start() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("bsq-world-")
            .tempdir()
            .context("create the world's folder")?;
        let mut process = Command::new(binary()?)
            .arg("supervise")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C ends the test run, and the closing pipe then ends the rest in order.
            .process_group(0)
            .spawn()
            .context("start the supervisor")?;
        let requests = process
            .stdin
            .take()
            .context("the supervisor has no standard input")?;
        let answers = BufReader::new(
            process
                .stdout
                .take()
                .context("the supervisor has no standard output")?,
        );
        Ok(Self {
            process,
            folder: folder.keep(),
            pipes: Mutex::new(Some(Pipes { requests, answers })),
        })
    }

    /// The folder for data, logs and configuration of what is started here.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The process id of the supervisor itself.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Starts a program; its output goes to `NAME.log` in the folder. Returns the process id.
    pub fn spawn(
        &self,
        name: &str,
        program: &Path,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Result<u32> {
        let answer = self.ask(&Request::Start {
            program: program.to_owned(),
            arguments: arguments.to_vec(),
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            log: self.log(name),
        })?;
        match answer {
            Answer::Started { pid } => Ok(pid),
            other => bail!("start `{name}`: the supervisor answered {other:?}"),
        }
    }

    /// How a started program ended, or `None` while it runs.
    pub fn exit_status(&self, pid: u32) -> Result<Option<String>> {
        match self.ask(&Request::Status { pid })? {
            Answer::Running => Ok(None),
            Answer::Exited { status } => Ok(Some(status)),
            other => bail!("look at process {pid}: the supervisor answered {other:?}"),
        }
    }

    /// Kills one started program and waits for its end.
    pub fn stop(&self, pid: u32) -> Result<()> {
        match self.ask(&Request::Stop { pid })? {
            Answer::Exited { .. } => Ok(()),
            other => bail!("stop process {pid}: the supervisor answered {other:?}"),
        }
    }

    /// Where the output of the program started as `name` goes.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// The end of that output, for the error text of a program that did what it should not.
    pub fn log_tail(&self, name: &str) -> String {
        let log = fs::read_to_string(self.log(name)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines
            .get(lines.len().saturating_sub(LOG_TAIL_LINES)..)
            .unwrap_or_default()
            .join("\n");
        format!("the end of the log of `{name}`:\n{tail}\n")
    }

    fn ask(&self, request: &Request) -> Result<Answer> {
        let mut guard = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = guard.as_mut().context("the supervisor is closed")?;
        let mut line = serde_json::to_string(request).context("encode a request")?;
        line.push('\n');
        pipes
            .requests
            .write_all(line.as_bytes())
            .context("send a request to the supervisor")?;
        line.clear();
        pipes
            .answers
            .read_line(&mut line)
            .context("read the supervisor's answer")?;
        serde_json::from_str(&line)
            .with_context(|| format!("decode the supervisor's answer `{}`", line.trim()))
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Closing the pipe is the order to end; waiting makes sure that ports and folder are free afterwards.
        self.pipes
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let _ = self.process.wait();
    }
}

/// Finds the `test-world` binary: cargo puts it beside the folder of the test binaries that it builds it for.
fn binary() -> Result<PathBuf> {
    let current = std::env::current_exe().context("find the running binary")?;
    let candidates = current
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("test-world"));
    candidates
        .into_iter()
        .find(|candidate| candidate.is_file())
        .with_context(|| {
            format!(
                "no `test-world` binary near `{}`; build it by `cargo build -p bsq-tests --bins`",
                current.display()
            )
        })
}
