//! Facts of a run that hold for all its checks, live or not.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::capability::record::{FORMAT, Header, RecordedCheck};
use crate::manifest::Symptom;
use crate::report::model::{Scope, Window};
use crate::settings::file::EnvSection;
use crate::settings::graph::GraphSection;

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

impl Facts {
    /// The first line of a recording of this run.
    pub fn header(&self, checks: Vec<RecordedCheck>, grants: Vec<String>) -> Header {
        Header {
            format: FORMAT,
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

/// Any number will do, as long as a replay has the same: it seeds what components take for chance.
pub(super) fn seed(now: Timestamp) -> u64 {
    now.as_nanosecond().unsigned_abs() as u64
}
