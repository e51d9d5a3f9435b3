//! The program under test, as a user calls it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A call that takes longer hangs: the longest of the tests' own limits is a fraction of it.
const PATIENCE: Duration = Duration::from_secs(180);

/// One call of `bsq-host`, away from the configuration of whoever runs the tests.
pub(crate) struct Host {
    command: Command,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Host {
    /// A call with this home, which holds configuration and cache; calls that share it share those.
    pub(crate) fn at(home: &Path) -> Self {
        let mut command = Command::new(program());
        command
            .current_dir(repository())
            .env_clear()
            .env("HOME", home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Self { command }
    }

    /// The same where other files or folders lie at these places of the machine, for this call alone.
    pub(crate) fn with_mounts(home: &Path, mounts: &[(&Path, &str)]) -> Self {
        const MOUNTED: &str = "for pair in $MOUNTS; do mount --bind \"${pair%%=*}\" \"${pair#*=}\" || exit 125; done; \
             unset MOUNTS; exec \"$0\" \"$@\"";
        let mut host = Self::at(home);
        let plain = std::mem::replace(&mut host.command, Command::new("unshare"));
        let pairs = mounts
            .iter()
            .map(|(from, to)| format!("{}={to}", from.display()));
        host.command
            .current_dir(repository())
            .env_clear()
            .args(["--map-root-user", "--mount", "sh", "-c", MOUNTED])
            .arg(plain.get_program())
            .env("MOUNTS", pairs.collect::<Vec<_>>().join(" "));
        for (name, value) in plain.get_envs() {
            host.command.env(name, value.unwrap_or_default());
        }
        host
    }

    /// Whether this machine lets a program have mounts of its own.
    pub(crate) fn can_mount() -> bool {
        let made = Command::new("unshare")
            .args(["--map-root-user", "--mount", "true"])
            .status();
        made.is_ok_and(|status| status.success())
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// All checks, as `checks/*.wasm` names them. Compiling two dozen takes minutes where others use the machine too, so
    /// all calls with all of them share one cache, whatever their home.
    pub(crate) fn checks(self) -> Self {
        self.with_shared_cache().args(components())
    }

    /// The same as they are called at the root of the repository: what is recorded names no folder of this machine.
    pub(crate) fn checks_by_name(self) -> Self {
        let named = components().into_iter().map(|component| {
            let named = component.strip_prefix(repository());
            named.map_or_else(|_| component.clone(), Path::to_owned)
        });
        self.with_shared_cache().args(named)
    }

    fn with_shared_cache(self) -> Self {
        self.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Run it to its end.
    pub(crate) fn end(mut self) -> Ended {
        self.command.stdout(Stdio::piped());
        self.end_as_set()
    }

    /// Run it to its end, with the standard output that it was given.
    pub(crate) fn end_as_set(self) -> Ended {
        self.start_as_set().end()
    }

    /// Start it.
    pub(crate) fn start(mut self) -> Running {
        self.command.stdout(Stdio::piped());
        self.start_as_set()
    }

    fn start_as_set(mut self) -> Running {
        let started = Instant::now();
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bsq-host starts; `make build-dev` builds it");
        Running {
            stdout: child.stdout.take().map(drain),
            stderr: child.stderr.take().map(drain),
            child,
            started,
        }
    }
}

/// A call that has not ended yet.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// What Ctrl-C on its terminal does.
    pub(crate) fn interrupt(self) -> Ended {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.end()
    }

    /// Wait for its end.
    pub(crate) fn end(mut self) -> Ended {
        let code = wait(&mut self.child, self.started);
        let took = self.started.elapsed();
        let text = |bytes: Option<JoinHandle<Vec<u8>>>| {
            bytes.map_or_else(Vec::new, |bytes| bytes.join().unwrap())
        };
        Ended {
            code,
            stdout: String::from_utf8(text(self.stdout)).unwrap(),
            stderr: String::from_utf8_lossy(&text(self.stderr)).into_owned(),
            took,
        }
    }
}

/// Read to the end, aside, so that the child never waits for its reader.
fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn wait(child: &mut Child, started: Instant) -> i32 {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("bsq-host did not end within {PATIENCE:?}");
        }
        sleep(Duration::from_millis(5));
    }
}

impl Ended {
    /// The row of a check in the report's JSON.
    pub(crate) fn row(&self, id: &str) -> Value {
        let report = self.report();
        let rows = report["runs"][0]["checks"].as_array().unwrap();
        let row = rows.iter().find(|row| row["id"] == id);
        row.unwrap_or_else(|| panic!("no row `{id}` in {}", self.stdout))
            .clone()
    }

    /// stdout as the report's JSON.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// The program that `make build-dev` wrote into the folder that this test was built in.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent()
        .and_then(Path::parent)
        .unwrap()
        .join("bsq-host")
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// What `checks/*.wasm` means to a shell.
pub(crate) fn components() -> Vec<PathBuf> {
    let folder = repository().join("checks");
    let mut components: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("wasm")))
        .collect();
    components.sort();
    assert!(
        !components.is_empty(),
        "no components: `make build-dev` builds them"
    );
    components
}

/// A report without what may differ between a run and its replay.
pub(crate) fn without_measured(mut report: Value) -> Value {
    for run in report["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("measured");
    }
    report
}
