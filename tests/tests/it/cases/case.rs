//! What `case.toml` says of an incident beside its manifests: who looks, what servers answer, what containers wrote.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bsq_tests::http::{Answer, FaultServer};
use serde::Deserialize;
use serde_json::Value;

use super::names::{Names, TlsSecret};
use super::real::Real;
use super::{folder, series};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    pub(super) title: String,
    #[serde(default = "reader")]
    pub(super) user: String,
    /// Namespaces that the user may read, for a user without rights of its own.
    #[serde(default)]
    pub(super) allowed: Vec<String>,
    pub(super) exit: i32,
    /// What `bsq.toml` says of single checks. Pods of a test are seconds old, so most incidents say that young ones count.
    #[serde(default)]
    pub(super) checks: toml::Table,
    pub(super) coreai: Option<CoreAiSite>,
    #[serde(default)]
    pub(super) loki: Vec<Stream>,
    /// The status that the log store answers with, whatever is asked.
    pub(super) loki_fails: Option<u16>,
    #[serde(default)]
    pub(super) log: Vec<ContainerLog>,
    #[serde(default)]
    pub(super) event: Vec<CaseEvent>,
    #[serde(default)]
    pub(super) endpoint: Vec<Endpoint>,
    /// What `kubectl delete` gets once all runs, in words: what is gone, or held by a finalizer (`--wait=false`).
    #[serde(default)]
    pub(super) delete: Vec<String>,
    /// Incidents whose recordings stand for other environments.
    #[serde(default)]
    pub(super) also: Vec<String>,
    /// Whom `--user-token-file` asks for.
    pub(super) failing_user: Option<FailingUser>,
    /// Rows of the operator's grants.
    #[serde(default)]
    pub(super) grant: Vec<toml::Table>,
    #[serde(default)]
    pub(super) tls_secret: Vec<TlsSecret>,
    /// Where names lead, for an incident that is about looking names up.
    pub(super) names: Option<Names>,
    /// The servers themselves, in place of the players.
    #[serde(default)]
    pub(super) real: Real,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CoreAiSite {
    pub(super) models: Vec<String>,
    /// What the configured key is: `valid`, `expired`, `spent`, `unknown`, or `uncheckable` without a database.
    #[serde(default = "valid")]
    pub(super) key: String,
}

/// The failing user's own token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FailingUser {
    /// Left out where the real Keycloak gives one.
    pub(super) token: Option<String>,
    /// The models that the CoreAI API shows for it; without them it refuses the token.
    pub(super) models: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Stream {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) lines: Vec<String>,
    #[serde(default = "once")]
    pub(super) repeat: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ContainerLog {
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) container: String,
    pub(super) lines: Vec<String>,
    #[serde(default)]
    pub(super) previous: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CaseEvent {
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) count: u32,
}

/// A server behind an endpoint of `bsq.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Endpoint {
    pub(super) name: String,
    /// A credential that the host sends it.
    pub(super) token: Option<String>,
    /// Another address than the server's own: one where nobody listens, or a name of the incident.
    pub(super) url: Option<String>,
    #[serde(default)]
    answer: Vec<Scripted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Scripted {
    /// `[METHOD ]PATH[*][?TEXT]`.
    on: String,
    #[serde(default = "ok")]
    status: u16,
    /// `URL` in a text of it is the server's own address; `series` says what else is filled in.
    json: Option<Value>,
    text: Option<String>,
    html: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Case {
    /// What a run of it gets beside the checks.
    pub(super) fn arguments(&self) -> Vec<PathBuf> {
        let others = self.also.iter().map(|name| folder(name));
        let recordings = others.map(|other| other.join("recording.bsqrec"));
        recordings
            .flat_map(|recording| [PathBuf::from("--also"), recording])
            .collect()
    }
}

impl Endpoint {
    pub(super) fn start(&self) -> FaultServer {
        let server = FaultServer::start().unwrap();
        for scripted in &self.answer {
            server.on(&scripted.on, [scripted.answer(&server.url())]);
        }
        server
    }
}

impl Scripted {
    fn answer(&self, url: &str) -> Answer {
        let answer = match (&self.json, &self.text, &self.html) {
            (Some(json), None, None) => {
                let body = series::written(json).replace("URL", url);
                Answer::whole(self.status, "application/json", body)
            }
            (None, Some(text), None) => Answer::text(self.status, text.clone()),
            (None, None, Some(html)) => Answer::html(self.status, html.clone()),
            (None, None, None) => Answer::status(self.status),
            _ => panic!("`{}` has more than one body", self.on),
        };
        self.headers.iter().fold(answer, |answer, (name, value)| {
            answer.with_header(name, value)
        })
    }
}

fn reader() -> String {
    "reader".to_owned()
}

fn valid() -> String {
    "valid".to_owned()
}

fn once() -> usize {
    1
}

fn ok() -> u16 {
    200
}
