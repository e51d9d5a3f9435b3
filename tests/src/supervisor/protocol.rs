//! What is said over the supervisor's standard input and output.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One line to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Request {
    /// Start a program with its output going to the file `log`.
    Start {
        program: PathBuf,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
        log: PathBuf,
    },
    /// Say whether a started program still runs.
    Status { pid: u32 },
    /// Kill one started program and wait for its end.
    Stop { pid: u32 },
}

/// The one line that answers a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Started { pid: u32 },
    Running,
    Exited { status: String },
    Failed { cause: String },
}
