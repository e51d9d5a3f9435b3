//! `bsq.toml`: the site's facts.
//!
//! Responsible for finding the file, for refusing one that others could have written, and for turning its text into
//! checked values with errors that name line and key. Secrets are never in it, only where they are found. It opens no
//! connection and reads no secret.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::closest::closest;
use super::duration::Span;
use super::graph::GraphSection;
use super::redact::RedactSection;
use crate::capability::endpoint::{Base, TokenSource};
use crate::capability::redact::Redactor;
use crate::manifest::LimitsWish;
use crate::ui::Fault;

/// A site lists endpoints, environments and settings by hand; a mebibyte is a thousand times what that takes, and keeps
/// a wrong `--config` from being read into memory.
const MAX_BYTES: u64 = 1 << 20;

/// What `bsq.toml` says. The default is what an absent file says: nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConfigFile {
    /// Endpoints of every context that has none of the same name.
    pub endpoint: BTreeMap<String, EndpointSection>,
    pub context: BTreeMap<String, ContextSection>,
    /// What `--scope env/NAME` means.
    pub env: BTreeMap<String, EnvSection>,
    pub expect: Expect,
    /// What this site adds to the platform's dependency graph.
    pub graph: GraphSection,
    /// Settings by check; see [`super::check_settings`].
    pub checks: BTreeMap<String, toml::Table>,
    /// What no manifest may exceed.
    pub limits: LimitsWish,
    /// What this site has secrets look like.
    pub redact: RedactSection,
    /// Where it was found; `None` where there is no file.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

/// One endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EndpointSection {
    pub url: Base,
    pub token: Option<TokenSource>,
    /// PEM certificates that alone are trusted for it.
    pub ca: Option<PathBuf>,
    /// The tenant that a log or trace store is asked for.
    pub tenant: Option<String>,
    /// One request, from connecting to the last byte.
    pub timeout: Option<Span>,
}

/// Facts of one kubeconfig context.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ContextSection {
    pub endpoint: BTreeMap<String, EndpointSection>,
    /// What is listed one by one where the cluster forbids a cluster-wide list.
    pub namespaces: Vec<String>,
}

/// One environment of a platform.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EnvSection {
    pub namespaces: Vec<String>,
    /// Argo CD Applications.
    pub applications: Vec<String>,
}

/// What has to be there. Each list fills the setting `expect-NAME` of the checks that have it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    pub applications: Vec<String>,
    pub models: Vec<String>,
}

/// Where the file is looked for. Never the working directory: a checkout could pair its address with this user's token.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `--config`.
    pub flag: Option<PathBuf>,
    /// `$BSQ_CONFIG`.
    pub variable: Option<OsString>,
    /// `$XDG_CONFIG_HOME`.
    pub config_home: Option<OsString>,
    /// `$HOME`.
    pub home: Option<OsString>,
}

impl Places {
    /// The file that the user named.
    fn named(&self) -> Option<PathBuf> {
        let variable = self.variable.clone().map(PathBuf::from);
        self.flag.clone().or(variable)
    }

    /// The user's configuration folder, which may not exist.
    pub fn folder(&self) -> Option<PathBuf> {
        // A relative one would be the working directory by another name.
        let absolute =
            |path: &OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        self.config_home
            .as_ref()
            .and_then(absolute)
            .or_else(|| {
                let home = self.home.as_ref().and_then(absolute)?;
                Some(home.join(".config"))
            })
            .map(|path| path.join("bsq-host"))
    }
}

impl ConfigFile {
    /// Find, check and read the file. No file is an empty one, unless it was named.
    pub fn load(places: &Places) -> Result<Self, Fault> {
        if let Some(path) = places.named() {
            return Self::open(&path);
        }
        match places.folder().map(|folder| folder.join("bsq.toml")) {
            Some(path) if path.exists() => Self::open(&path),
            _ => Ok(Self::default()),
        }
    }

    fn open(path: &Path) -> Result<Self, Fault> {
        let text = read_private(path, "configuration file", MAX_BYTES)?;
        let mut file = Self::parse(&text, &path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.resolve_paths(&std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
        file.path = Some(path.to_owned());
        Ok(file)
    }

    /// Read the text of a file; `shown` names it in errors.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Fault> {
        let file: Self =
            toml::from_str(text).map_err(|error| not_valid("BSQ0122", shown, text, &error))?;
        file.redact.check(shown)?;
        for (section, endpoint) in file.sections() {
            endpoint.check().map_err(|(cause, hint)| {
                Fault::new("BSQ0122", format!("`{shown}`: [{section}] {cause}")).hint(hint)
            })?;
        }
        Ok(file)
    }

    /// The rules of redaction, with those of this site; off where the operator wants texts as they are.
    pub fn redactor(&self, is_on: bool) -> Result<Redactor, Fault> {
        let redactor = self.redact.redactor()?;
        Ok(if is_on { redactor } else { redactor.off() })
    }

    /// The endpoints of a context: its own, and those at the top that it does not name itself.
    pub fn endpoints(&self, context: &str) -> BTreeMap<String, EndpointSection> {
        let mut endpoints = self.endpoint.clone();
        if let Some(section) = self.context.get(context) {
            endpoints.extend(section.endpoint.clone());
        }
        endpoints
    }

    /// The namespaces to list one by one where the cluster forbids a cluster-wide list.
    pub fn namespaces(&self, context: &str) -> &[String] {
        self.context
            .get(context)
            .map_or(&[], |section| section.namespaces.as_slice())
    }

    fn sections(&self) -> impl Iterator<Item = (String, &EndpointSection)> {
        let top = self
            .endpoint
            .iter()
            .map(|(name, endpoint)| (format!("endpoint.{name}"), endpoint));
        let of_contexts = self.context.iter().flat_map(|(context, section)| {
            section.endpoint.iter().map(move |(name, endpoint)| {
                (format!("context.{context}.endpoint.{name}"), endpoint)
            })
        });
        top.chain(of_contexts)
    }

    /// Relative paths lie beside the file that names them.
    fn resolve_paths(&mut self, folder: &Path) {
        let contexts = self
            .context
            .values_mut()
            .flat_map(|section| section.endpoint.values_mut());
        for endpoint in self.endpoint.values_mut().chain(contexts) {
            if let Some(ca) = &mut endpoint.ca {
                *ca = folder.join(&*ca);
            }
            if let Some(TokenSource::File(file)) = &mut endpoint.token {
                *file = folder.join(&*file);
            }
        }
    }
}

impl EndpointSection {
    /// What contradicts itself, and what to do about it.
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if matches!(self.url, Base::Service(_)) {
            if self.token.is_some() {
                return Err((
                    "`token` is not sent through the API server's service proxy",
                    "remove `token`, or give the service's own address as `url`",
                ));
            }
            if self.ca.is_some() {
                return Err((
                    "`ca` means nothing for a `service://` address: the API server connects to it",
                    "remove `ca`, or give the service's own address as `url`",
                ));
            }
        }
        let is_header = |tenant: &String| {
            !tenant.is_empty() && tenant.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !self.tenant.as_ref().is_none_or(is_header) {
            return Err((
                "`tenant` holds more than visible ASCII characters",
                "write the tenant as the store knows it: `tenant = \"platform\"`",
            ));
        }
        Ok(())
    }
}

/// Read a file whose words are trusted: nobody but this user or root may have written it.
pub fn read_private(path: &Path, what: &str, max_bytes: u64) -> Result<String, Fault> {
    let shown = path.display();
    let cannot = |error: std::io::Error| {
        Fault::new("BSQ0120", format!("cannot read {what} `{shown}`"))
            .because(error)
            .hint(format!("check the path with `ls -l {shown}`"))
    };
    let file = File::open(path).map_err(cannot)?;
    let metadata = file.metadata().map_err(cannot)?;
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user && metadata.uid() != 0 {
        return Err(Fault::new(
            "BSQ0121",
            format!("{what} `{shown}` belongs to another user"),
        )
        .hint(format!(
            "take a copy of your own, or `chown {user} {shown}`"
        )));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(
            Fault::new("BSQ0121", format!("others may write {what} `{shown}`"))
                .hint(format!("run `chmod go-w {shown}`")),
        );
    }
    let mut text = String::new();
    file.take(max_bytes + 1)
        .read_to_string(&mut text)
        .map_err(cannot)?;
    if text.len() as u64 > max_bytes {
        return Err(Fault::new(
            "BSQ0120",
            format!("{what} `{shown}` is larger than {max_bytes} bytes"),
        )
        .hint(format!("check that it is the {what} that you mean")));
    }
    Ok(text)
}

/// A TOML error with its line, and the key that was meant.
pub fn not_valid(code: &'static str, shown: &str, text: &str, error: &toml::de::Error) -> Fault {
    let line = error.span().map_or(1, |span| {
        let before = text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    });
    let message = error.message().trim_end();
    let fault = Fault::new(code, format!("`{shown}` line {line}: {message}"));
    // serde says: unknown field `a`, expected one of `b`, `c`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let meant = message
        .starts_with("unknown ")
        .then(|| quoted.next().and_then(|wrong| closest(wrong, quoted)))
        .flatten();
    match meant {
        Some(key) => fault.hint(format!("write `{key}`")),
        None => fault.hint(format!("mend line {line} of `{shown}`")),
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
