//! The program under test, as a user calls it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One call of `bsq-host`, away from the configuration of whoever runs the tests.
pub struct Host {
    command: Command,
    // Held for its files: the configuration and cache folders of this call.
    home: PathBuf,
}

/// What a call came to.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Host {
    /// A call with this home, which holds configuration and cache; calls that share it share those.
    pub fn at(home: &Path) -> Self {
        let mut command = Command::new(program());
        command
            .current_dir(repository())
            .env_clear()
            .env("HOME", home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Self {
            command,
            home: home.to_owned(),
        }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The six checks, as `checks/*.wasm` names them.
    pub fn checks(self) -> Self {
        let components = components();
        self.args(components)
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub fn end(mut self) -> Ended {
        let output = self
            .command
            .output()
            .expect("bsq-host starts; `make build PROFILE=dev` builds it");
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// stdout as the report's JSON.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// The program that `make build PROFILE=dev` wrote into the folder that this test was built in.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent()
        .and_then(Path::parent)
        .unwrap()
        .join("bsq-host")
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// What `checks/*.wasm` means to a shell.
pub fn components() -> Vec<PathBuf> {
    let folder = repository().join("checks");
    let mut components: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("wasm")))
        .collect();
    components.sort();
    assert!(
        !components.is_empty(),
        "no components: `make build PROFILE=dev` builds them"
    );
    components
}

/// A report without what may differ between a run and its replay.
pub fn without_measured(mut report: Value) -> Value {
    for run in report["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("measured");
    }
    report
}
