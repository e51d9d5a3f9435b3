//! What a run stands on: a live cluster, or a recording or a bundle in its place.
//!
//! All give the same things, so that nothing after this module knows which of them it is.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::environment::Site;
use super::scope;
use crate::capability::bundle::Bundle;
use crate::capability::endpoint::{Base, Endpoints, TokenSource};
use crate::capability::kubernetes::{ConnectOptions, Connection};
use crate::capability::ledger::Ledger;
use crate::capability::live::Live;
use crate::capability::network::Network;
use crate::capability::record::{Header, Recorder, RecordingWriter, Replay};
use crate::capability::redact::{Redact, Redactor};
use crate::capability::{Body, ErrorCode, ReadError, Reads, Request, Vantage};
use crate::manifest::{Manifest, Symptom};
use crate::report::model::{CheckRow, RedactionHits, Run, Scope, Window};
use crate::settings::file::{ConfigFile, EndpointSection, EnvSection};
use crate::settings::graph::GraphSection;
use crate::settings::{Input, Settings};
use crate::ui::Fault;

/// The endpoint of the CoreAI API, and the name under which checks use it as the failing user.
const COREAI: &str = "coreai";
const USER: &str = "user";

/// Facts of a run that hold for all its checks.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who runs it, where the environment says.
    pub login: Option<String>,
    pub context: String,
    pub server_version: Option<String>,
    /// The run's frozen clock.
    pub now: Timestamp,
    pub window: Window,
    pub scope: Scope,
    pub symptom: Option<Symptom>,
    /// Of the randomness that components get.
    pub seed: u64,
    /// What a printed `kubectl` command carries.
    pub kubectl: Vec<String>,
    /// Names of the configured endpoints.
    pub endpoints: Vec<String>,
    /// What the site adds to the dependency graph.
    pub graph: GraphSection,
    /// The site's environments.
    pub environments: BTreeMap<String, EnvSection>,
    /// Texts went through redaction.
    pub redacted: bool,
}

/// Where the answers of a run come from.
pub enum Basis {
    Live {
        reads: Arc<dyn Reads>,
        ledger: Arc<Ledger>,
        redactor: Arc<Redactor>,
        facts: Facts,
    },
    Replay {
        replay: Arc<Replay>,
        facts: Facts,
    },
    /// What another tool collected.
    Bundle {
        reads: Arc<dyn Reads>,
        redactor: Arc<Redactor>,
        facts: Facts,
    },
}

impl Basis {
    /// What a person should know of a recording before reading the report.
    pub fn caveat(&self) -> Option<&'static str> {
        match self {
            Self::Replay { replay, .. } if !replay.is_complete() => {
                Some("the recording is cut off: what it would have held after that is not known")
            }
            _ => None,
        }
    }

    /// Connect, or open the recording.
    pub async fn open(
        settings: &Settings,
        config: &ConfigFile,
        site: &Site<'_>,
    ) -> Result<Self, Fault> {
        match &site.input {
            Input::Live { connection, .. } => {
                let options = ConnectOptions {
                    request_timeout: connection.request_timeout.or(Some(settings.timeout)),
                    ..connection.clone()
                };
                live(settings, config, &options, site.user_token).await
            }
            Input::Replay(path) => replay(settings, config, Replay::open(path)?).await,
            Input::Bundle(path) => bundle(settings, config, path).await,
        }
    }

    pub fn facts(&self) -> &Facts {
        match self {
            Self::Live { facts, .. } | Self::Replay { facts, .. } | Self::Bundle { facts, .. } => {
                facts
            }
        }
    }

    /// The settings that a check got when it was recorded: this very component, or else one of its id. A component that
    /// was built elsewhere has another digest, and the site that was recorded is still the same.
    pub fn recorded_settings(&self, manifest: &Manifest, digest: &str) -> Option<Value> {
        let Self::Replay { replay, .. } = self else {
            return None;
        };
        let of_id = || {
            let checks = replay.header().checks.iter();
            checks.filter(|check| check.id == manifest.id)
        };
        let same = of_id().find(|check| check.digest.as_deref() == Some(digest));
        let recorded = same.or_else(|| of_id().next())?.settings.as_object()?;
        let settings = manifest.settings.iter().filter_map(|(key, setting)| {
            let value = recorded.get(key).or(setting.default.as_ref())?;
            Some((key.clone(), value.clone()))
        });
        Some(Value::Object(settings.collect()))
    }

    /// What a recording says of its run.
    pub fn header(&self) -> Option<&Header> {
        match self {
            Self::Replay { replay, .. } => Some(replay.header()),
            Self::Live { .. } | Self::Bundle { .. } => None,
        }
    }

    /// What redaction has found, here or when it was recorded.
    pub fn redaction(&self) -> Vec<RedactionHits> {
        match self {
            Self::Live { redactor, .. } | Self::Bundle { redactor, .. } => redactor.hits(),
            Self::Replay { replay, .. } => replay.redaction().to_vec(),
        }
    }

    /// Other environments that were looked at when it was recorded.
    pub fn recorded_environments(&self) -> &[Run] {
        match self {
            Self::Replay { replay, .. } => replay.environments(),
            Self::Live { .. } | Self::Bundle { .. } => &[],
        }
    }

    /// The row of an execution that time or memory ended when it was recorded.
    pub fn recorded_outcome(&self, id: &str, digest: &str) -> Option<&CheckRow> {
        match self {
            Self::Replay { replay, .. } => replay.outcome(id, digest),
            Self::Live { .. } | Self::Bundle { .. } => None,
        }
    }

    /// The reads of the run, recorded by `writer` where there is one.
    pub fn reads(&self, writer: Option<&Arc<RecordingWriter>>) -> Arc<dyn Reads> {
        match (self, writer) {
            (Self::Replay { replay, .. }, _) => Arc::<Replay>::clone(replay),
            (Self::Bundle { reads, .. }, _) | (Self::Live { reads, .. }, None) => Arc::clone(reads),
            (Self::Live { reads, .. }, Some(writer)) => {
                Arc::new(Recorder::new(Arc::clone(reads), Arc::clone(writer)))
            }
        }
    }
}

async fn live(
    settings: &Settings,
    config: &ConfigFile,
    options: &ConnectOptions,
    user_token: Option<&Path>,
) -> Result<Basis, Fault> {
    let ledger = Arc::new(Ledger::default());
    let (connection, context) = Connection::open(options, Arc::clone(&ledger)).await?;
    let origin = connection.origin().to_owned();
    let mut sections = config.endpoints(&context);
    if let Some(file) = user_token {
        let user = user_endpoint(sections.get(COREAI), file)?;
        sections.insert(USER.to_owned(), user);
    }
    let names = sections.keys().cloned().collect();
    let endpoints = Arc::new(Endpoints::new(
        sections,
        Some(Arc::new(connection.clone())),
        Arc::clone(&ledger),
    ));
    let vantage = if options.is_in_cluster() {
        Vantage::InCluster
    } else {
        Vantage::Operator
    };
    let network = Network::new(vantage, endpoints.authorities(), Arc::clone(&ledger));
    let redactor = Arc::new(config.redactor(settings.is_redacted)?);
    let reads: Arc<dyn Reads> = Arc::new(Redact::new(
        Live::new(connection, Arc::clone(&endpoints), network),
        endpoints,
        Arc::clone(&redactor),
    ));
    let server_version = server_version(reads.as_ref(), &origin).await?;
    let scope = scope::resolve(settings.scope(), config, reads.as_ref()).await?;
    let facts = Facts {
        kubectl: kubectl(options, &context),
        login: settings.login.clone(),
        context,
        server_version,
        now: settings.now,
        window: settings.window(),
        scope,
        symptom: settings.symptom,
        seed: seed(settings.now),
        endpoints: names,
        graph: config.graph.clone(),
        environments: config.env.clone(),
        redacted: settings.is_redacted,
    };
    Ok(Basis::Live {
        reads,
        ledger,
        redactor,
        facts,
    })
}

/// The endpoint of the failing user: the address of the CoreAI API with that user's own token.
fn user_endpoint(coreai: Option<&EndpointSection>, file: &Path) -> Result<EndpointSection, Fault> {
    let flag = format!("`--user-token-file {}`", file.display());
    let Some(coreai) = coreai else {
        let cause = format!("{flag}: `bsq.toml` names no [endpoint.{COREAI}] to use it at");
        return Err(Fault::new("BSQ0147", cause).hint(format!(
            "add `[endpoint.{COREAI}]` with `url = \"https://…/v1\"`"
        )));
    };
    if matches!(coreai.url, Base::Service(_)) {
        let cause = format!("{flag}: a token is not sent through the API server's service proxy");
        return Err(Fault::new("BSQ0147", cause).hint(format!(
            "give the service's own address as `url` of [endpoint.{COREAI}]"
        )));
    }
    std::fs::File::open(file).map_err(|error| {
        Fault::new("BSQ0147", format!("{flag} cannot be read"))
            .because(error)
            .hint("save the user's token in a file that only you may read")
    })?;
    Ok(EndpointSection {
        token: Some(TokenSource::File(file.to_owned())),
        ..coreai.clone()
    })
}

async fn replay(settings: &Settings, config: &ConfigFile, replay: Replay) -> Result<Basis, Fault> {
    let header = replay.header().clone();
    let now = header.time.parse().map_err(|error| {
        Fault::new("BSQ0503", "the recording's time cannot be read")
            .because(anyhow::Error::new(error))
            .hint("record it anew")
    })?;
    let scope = match &settings.asked_scope {
        Some(asked) => scope::resolve(asked.clone(), config, &replay).await?,
        None => header.scope,
    };
    let facts = Facts {
        login: header.recorded_by,
        context: header.context,
        server_version: header.server_version,
        now,
        window: header.window,
        scope,
        symptom: settings.symptom.or(header.symptom),
        seed: header.seed,
        kubectl: header.kubectl,
        endpoints: header.endpoints,
        graph: header.graph,
        environments: header.environments,
        redacted: header.redacted,
    };
    Ok(Basis::Replay {
        replay: Arc::new(replay),
        facts,
    })
}

/// Open a bundle. Its texts are redacted as a live server's are; no endpoint of the site is asked.
async fn bundle(settings: &Settings, config: &ConfigFile, path: &Path) -> Result<Basis, Fault> {
    let (path, until) = (path.to_owned(), settings.now);
    let opened = tokio::task::spawn_blocking(move || Bundle::open(&path, until)).await;
    let bundle = opened.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
    let (context, now) = (bundle.title().to_owned(), bundle.clock());
    let server_version = bundle.server_version().map(str::to_owned);
    let endpoints = Arc::new(Endpoints::new(BTreeMap::new(), None, Arc::default()));
    let redactor = Arc::new(config.redactor(settings.is_redacted)?);
    let reads: Arc<dyn Reads> = Arc::new(Redact::new(bundle, endpoints, Arc::clone(&redactor)));
    let scope = scope::resolve(settings.scope(), config, reads.as_ref()).await?;
    let facts = Facts {
        context,
        server_version,
        now,
        window: settings.window_until(now),
        scope,
        symptom: settings.symptom,
        seed: seed(now),
        // No command that is printed reaches the cluster that a bundle is from.
        kubectl: Vec::new(),
        endpoints: Vec::new(),
        graph: config.graph.clone(),
        environments: config.env.clone(),
        redacted: settings.is_redacted,
        login: None,
    };
    Ok(Basis::Bundle {
        reads,
        redactor,
        facts,
    })
}

/// The first request of a run: a server that does not answer it would answer no other.
/// Which server it is; none where it does not say. One that does not answer is a fault.
pub(crate) async fn server_version(
    reads: &dyn Reads,
    origin: &str,
) -> Result<Option<String>, Fault> {
    match reads.read(&Request::Version).await {
        Ok(Body::Version { version }) => Ok(Some(version)),
        Ok(_) => Ok(None),
        Err(ReadError {
            code: ErrorCode::Forbidden | ErrorCode::Absent | ErrorCode::Throttled,
            ..
        }) => Ok(None),
        Err(error) => Err(Fault::new(
            "BSQ0401",
            format!("the API server {origin} does not answer"),
        )
        .because(error)
        .hint("see the same with `kubectl version`")
        .hint("look at a recording instead: `bsq-host run --replay FILE`")),
    }
}

/// Any number will do, as long as a replay has the same: it seeds what components take for chance.
fn seed(now: Timestamp) -> u64 {
    now.as_nanosecond().unsigned_abs() as u64
}

fn kubectl(options: &ConnectOptions, context: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    if let Some(path) = &options.kubeconfig {
        add("--kubeconfig", &path.display().to_string());
    }
    add("--context", context);
    if let Some(user) = &options.as_user {
        add("--as", user);
    }
    for group in &options.as_groups {
        add("--as-group", group);
    }
    words
}

impl Facts {
    /// The first line of a recording of this run.
    pub fn header(
        &self,
        checks: Vec<crate::capability::record::RecordedCheck>,
        grants: Vec<String>,
    ) -> Header {
        Header {
            format: crate::capability::record::FORMAT,
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
            recorded_by: self.login.clone(),
            context: self.context.clone(),
            server_version: self.server_version.clone(),
            time: self.now.to_string(),
            window: self.window.clone(),
            scope: self.scope.clone(),
            symptom: self.symptom,
            seed: self.seed,
            checks,
            grants,
            kubectl: self.kubectl.clone(),
            endpoints: self.endpoints.clone(),
            graph: self.graph.clone(),
            environments: self.environments.clone(),
            redacted: self.redacted,
            pseudonymised: false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn section(text: &str) -> EndpointSection {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_failing_user_meets_the_same_address_with_their_own_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jane.token");
        std::fs::write(&file, "sk-bsq-jane").unwrap();
        let coreai = section("url = 'https://api.site.test/v1'\ntoken = { env = 'MINE' }");
        let user = user_endpoint(Some(&coreai), &file).unwrap();
        assert_eq!(format!("{:?}", user.url), format!("{:?}", coreai.url));
        assert_eq!(user.token, Some(TokenSource::File(file)));
    }

    #[test]
    fn a_users_token_without_an_address_of_its_own_is_refused() {
        let here = Path::new(file!());
        let proxied = section("url = 'service://coreai/llm-backend:8080'");
        let direct = section("url = 'https://api.site.test/v1'");
        for (coreai, file) in [
            (None, here),
            (Some(&proxied), here),
            (Some(&direct), Path::new("/no/token")),
        ] {
            let fault = user_endpoint(coreai, file).unwrap_err();
            assert_eq!(fault.code, "BSQ0147");
            assert!(!fault.hints.is_empty());
        }
    }
}
