//! What a run takes from its process, as a value, so that all that follows is pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables that mean something to this program. Others are not even read.
const VARIABLES: &[&str] = &[
    "BSQ_CONFIG",
    "CI",
    "COLUMNS",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "NO_COLOR",
    "TERM",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
];

/// Every terminal has these, and mails, tickets and chats show them unbroken.
const COLUMNS: usize = 80;

/// Below this no line of a report can be laid out; beyond the other no eye finds the next line.
const COLUMNS_LEAST: usize = 40;
const COLUMNS_MOST: usize = 140;

/// A snapshot of the process.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    pub cores: usize,
    /// How wide the terminal of stdout is, or else of stderr.
    pub terminal: Option<usize>,
    /// Where this program lies, links resolved; the lock is looked up beside it.
    pub executable: Option<PathBuf>,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Self {
        let read = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Self {
            variables: VARIABLES.iter().filter_map(read).collect(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            terminal: terminal_width(),
            executable: std::env::current_exe()
                .and_then(|path| path.canonicalize())
                .ok(),
        }
    }

    /// Of given variables.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, cores: usize) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            cores,
            ..Self::default()
        }
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// How wide a line may be. `COLUMNS` decides where it is set, and text that is piped gets the common width.
    pub fn columns(&self) -> usize {
        let told = self.variable("COLUMNS").and_then(|text| text.parse().ok());
        let columns = told.or(self.terminal).unwrap_or(COLUMNS);
        columns.clamp(COLUMNS_LEAST, COLUMNS_MOST)
    }

    /// `$XDG_CACHE_HOME/bsq-host/code`, else `~/.cache/bsq-host/code`: a folder of its own, which nobody else may enter,
    /// while others may keep what they like beside it. A relative path in such a variable is ignored, as the XDG rules
    /// ask: it would be looked up in the working directory.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        let absolute = |name| {
            let path = self.variable(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(base.join("bsq-host/code"))
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr()))
        .ok()?;
    (size.ws_col > 0).then(|| size.ws_col.into())
}
