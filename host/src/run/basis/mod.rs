//! What a run stands on: a live cluster, or a recording or a bundle in its place.
//!
//! All give the same things, so that nothing after this module knows which of them it is.

mod facts;
mod live;
mod stored;
mod user;

use std::sync::Arc;

use serde_json::Value;

pub use self::facts::Facts;
use self::live::live;
pub(crate) use self::live::server_version;
use self::stored::{bundle, replay};
use super::environment::Site;
use crate::capability::Reads;
use crate::capability::kubernetes::ConnectOptions;
use crate::capability::ledger::Ledger;
use crate::capability::record::{Header, Recorder, RecordingWriter, Replay};
use crate::capability::redact::Redactor;
use crate::manifest::Manifest;
use crate::report::model::{CheckRow, RedactionHits, Run};
use crate::settings::file::ConfigFile;
use crate::settings::{Input, Settings};
use crate::ui::Fault;

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
