//! Answer from what another tool collected: a Troubleshoot support bundle, a `kubectl cluster-info dump`, or a folder of
//! manifests and of what `kubectl get` printed. Nothing here can reach a network, and nothing is ever unpacked to disk.
//!
//! ```text
//! path ─► folder │ archive (limits) ─► Files ─► layout (names alone) ─► Catalogue
//! Request ─► lists │ logs │ said ◄─ text (JSON, YAML) ◄─ Files        clock ◄─┘
//!               └─► Pruner ─► Row
//! ```
//!
//! What a bundle does not hold is `not-collected`, and a list that is not known to be whole ends so: [`lists`] decides.
//! A file that does not decode makes the reads that it answers invalid, and no other.

mod archive;
mod bounded;
mod clock;
mod fault;
mod folder;
mod layout;
mod limits;
mod lists;
mod logs;
mod name;
mod part;
mod plain;
mod rows;
mod said;
mod source;
mod text;
mod unfold;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use self::layout::Catalogue;
use self::lists::Objects;
use self::plain::Plain;
use self::source::Files;
use super::{Answer, Body, ErrorCode, Kind, ReadError, Reads, Request};
use crate::ui::Fault;

/// A bundle, ready to answer.
#[derive(Debug)]
pub struct Bundle {
    inner: Arc<Inner>,
    title: String,
    clock: Timestamp,
}

#[derive(Debug)]
struct Inner {
    files: Arc<Files>,
    catalogue: Arc<Catalogue>,
    objects: Objects,
    version: Option<String>,
    kinds: Option<Vec<Kind>>,
}

impl Bundle {
    /// Open a bundle; it is not from after `now`. Blocks.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, Fault> {
        let shown = path.display().to_string();
        let files = Files::open(path)?;
        let name = path.canonicalize().ok();
        let name = name.as_deref().unwrap_or(path).file_name();
        let name = name.map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Self::of(files, &name, now).ok_or_else(|| fault::nothing(&shown))
    }

    /// `None` where no file is one that this host knows how to read.
    fn of(files: Files, name: &str, now: Timestamp) -> Option<Self> {
        let files = Arc::new(files);
        let catalogue = Arc::new(Catalogue::of(files.names())?);
        let plain = Plain::read(&files, &catalogue.plain);
        if catalogue.holdings.is_empty() && plain.is_empty() {
            return None;
        }
        let read = |file: &Option<String>| files.read(file.as_ref()?).ok();
        let kinds = read(&catalogue.kinds).and_then(|text| said::kinds(&text));
        let clock = clock::of(
            told(&files, &catalogue, &plain, now),
            files.newest(now),
            now,
        );
        let inner = Inner {
            version: read(&catalogue.version).and_then(|text| said::version(&text)),
            objects: Objects {
                namespaces: namespaces(&files, &catalogue),
                served: kinds.clone(),
                custom: custom(&files, &catalogue),
                files: Arc::clone(&files),
                catalogue: Arc::clone(&catalogue),
                plain,
                made: Mutex::default(),
            },
            kinds,
            files,
            catalogue,
        };
        let title = format!("{} {name}", inner.catalogue.maker.name());
        Some(Self {
            inner: Arc::new(inner),
            title,
            clock,
        })
    }

    /// What a report calls it: `dump DIR`, `support bundle FILE`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// When it was made, as far as it shows.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// The version of the server that it was taken from.
    pub fn server_version(&self) -> Option<&str> {
        self.inner.version.as_deref()
    }
}

#[async_trait]
impl Reads for Bundle {
    async fn read(&self, request: &Request) -> Answer {
        let (inner, request) = (Arc::clone(&self.inner), request.clone());
        // Files are read, and large ones parsed.
        let answer = tokio::task::spawn_blocking(move || inner.answer(&request)).await;
        answer.unwrap_or_else(|_| {
            Err(ReadError::new(
                ErrorCode::Other,
                "the host failed while it read the bundle",
            ))
        })
    }
}

impl Inner {
    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::List(request) => self.objects.list(request),
            Request::Get(request) => self.objects.object(request),
            Request::PodLog(request) => logs::log(&self.files, &self.catalogue, request),
            Request::Kinds => match &self.kinds {
                Some(kinds) => Ok(Body::Kinds {
                    kinds: kinds.clone(),
                }),
                None => Err(self.lacks("which kinds the server serves")),
            },
            Request::Version => match &self.version {
                Some(version) => Ok(Body::Version {
                    version: version.clone(),
                }),
                None => Err(self.lacks("the server's version")),
            },
            Request::Http(_) | Request::Credential { .. } => {
                Err(self.lacks("answers of endpoints"))
            }
            Request::Logs(_) => Err(self.lacks("a log store")),
            Request::Metrics(_) => Err(self.lacks("metrics")),
            Request::Traces(_) | Request::Trace { .. } => Err(self.lacks("traces")),
            Request::Resolve { .. } | Request::Handshake { .. } => {
                Err(self.lacks("network probes"))
            }
        }
    }

    fn lacks(&self, what: &str) -> ReadError {
        let message = format!("the {} does not hold {what}", self.catalogue.maker.name());
        ReadError::new(ErrorCode::NotCollected, message)
    }
}

/// The newest time that the objects tell.
fn told(files: &Files, catalogue: &Catalogue, plain: &Plain, now: Timestamp) -> Option<Timestamp> {
    let holdings = catalogue.holdings.values();
    let names =
        holdings.flat_map(|holding| holding.cluster.iter().chain(holding.namespaces.values()));
    let in_files = names.filter_map(|name| clock::newest(&files.read(name).ok()?, now));
    let in_plain = plain
        .texts()
        .filter_map(|text| clock::newest(text.as_bytes(), now));
    in_files.chain(in_plain).max()
}

fn namespaces(files: &Files, catalogue: &Catalogue) -> Option<BTreeSet<String>> {
    let file = catalogue.namespaces.as_ref()?;
    let holding = catalogue.holdings.get("namespaces")?;
    if holding.errors.is_some() {
        return None;
    }
    said::all_namespaces(file, &files.read(file).ok()?)
}

/// The custom kinds whose objects were collected: those that are defined, where the maker collected any such objects.
fn custom(files: &Files, catalogue: &Catalogue) -> BTreeSet<String> {
    let mut holdings = catalogue.holdings.values();
    let is_collected =
        catalogue.custom_errors.is_some() || holdings.any(|one| one.leaves_out_empty);
    let definitions = catalogue
        .holdings
        .get("customresourcedefinitions.apiextensions.k8s.io");
    let file = definitions
        .filter(|_| is_collected)
        .and_then(|definitions| definitions.cluster.as_ref());
    let text = file.and_then(|file| Some((file, files.read(file).ok()?)));
    text.map(|(file, text)| said::names(file, &text, "CustomResourceDefinition"))
        .unwrap_or_default()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
