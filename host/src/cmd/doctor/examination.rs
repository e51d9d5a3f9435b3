//! What was seen, as the JSON of `doctor -o json` has it, and what that means for a run.

use std::path::PathBuf;

use serde::Serialize;

use crate::capability::kubernetes::{Access, Described};
use crate::cmd::known::Known;
use crate::report::model::EgressRow;
use crate::ui::{ExitStatus, Fault};

/// All that was seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Examination {
    pub(super) files: Files,
    pub(super) cluster: Cluster,
    pub(super) checks: Vec<Check>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) cache: Cache,
    /// Every request that was made.
    pub(super) requests: Vec<EgressRow>,
}

/// Files besides the kubeconfig and the components.
#[derive(Debug, Serialize)]
pub(super) struct Files {
    pub(super) config: Option<Place>,
    pub(super) grants: Option<Place>,
    pub(super) lock: Option<Place>,
    /// The folder of the installed checks.
    pub(super) checks: Option<Place>,
}

#[derive(Debug, Serialize)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// It is there; else this is where it is looked for.
    pub(super) found: bool,
}

impl Place {
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            found: path.exists(),
            path,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cluster {
    #[serde(flatten)]
    pub(super) described: Described,
    /// `--as`.
    pub(super) impersonates: Option<String>,
    pub(super) impersonates_groups: Vec<String>,
    /// What the server says of itself.
    pub(super) version: Option<String>,
    /// Why it cannot be asked.
    pub(super) problem: Option<Problem>,
}

/// A fault that did not end the examination.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) cause: String,
    pub(super) hints: Vec<String>,
    #[serde(skip)]
    status: ExitStatus,
}

impl Problem {
    pub(super) fn of(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            cause: fault.sentence(),
            hints: fault.hints.clone(),
            status: ExitStatus::of_fault(fault),
        }
    }
}

/// One check, and what its granted reads would meet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) version: Option<String>,
    pub(super) granted_by: Option<&'static str>,
    /// Why it would not run; empty where it would.
    pub(super) problems: Vec<Obstacle>,
    pub(super) rights: Vec<Right>,
}

/// One thing that keeps a check from running, and what removes it.
#[derive(Debug, Serialize)]
pub(super) struct Obstacle {
    pub(super) cause: String,
    pub(super) hint: String,
}

impl Check {
    pub(super) fn of(known: &Known, rights: Vec<Right>) -> Self {
        let manifest = known.manifest.as_ref();
        Self {
            id: known.id.clone(),
            version: manifest.map(|manifest| manifest.version.to_string()),
            granted_by: known.granted_by,
            problems: obstacles(known),
            rights,
        }
    }
}

fn obstacles(known: &Known) -> Vec<Obstacle> {
    let misfits = known.misfits.iter().map(|misfit| Obstacle {
        cause: format!("{}: {}", misfit.code, misfit.problem),
        hint: misfit.fix.clone(),
    });
    let missing = known.missing.iter().map(|missing| Obstacle {
        cause: missing.need.clone(),
        hint: missing.hint.clone(),
    });
    let refused = known.is_refused().then(|| Obstacle {
        cause: known
            .grant_problem
            .clone()
            .unwrap_or_else(|| "nothing is granted".to_owned()),
        hint: format!("bsq-host grants allow {}", known.source),
    });
    misfits.chain(refused).chain(missing).collect()
}

/// One read and what the cluster says of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Right {
    /// `list`, `get` or `logs`.
    pub(super) verb: &'static str,
    /// `v1/Pod`.
    pub(super) kind: String,
    /// `None` is the whole cluster.
    pub(super) namespace: Option<String>,
    pub(super) allowed: Allowed,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<String>,
    /// The RBAC rule that would allow it, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Rule>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Allowed {
    Yes,
    No,
    Unknown,
}

/// A rule of a ClusterRole, or of a Role where the right is in one namespace.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) api_groups: [String; 1],
    pub(super) resources: [String; 1],
    pub(super) verbs: [&'static str; 1],
}

impl From<&Access> for Rule {
    fn from(access: &Access) -> Self {
        Self {
            api_groups: [access.group.clone()],
            resources: [access.resource.clone()],
            verbs: [access.verb],
        }
    }
}

/// One endpoint, and how it answered one GET.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoint {
    pub(super) name: String,
    /// `None` where `bsq.toml` does not have it, which is no problem.
    pub(super) url: Option<String>,
    /// Checks with a grant for it.
    pub(super) used_by: Vec<String>,
    pub(super) path: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) problem: Option<String>,
    /// As the contract names it: `dns-nxdomain`, `tls-expired`.
    pub(super) cause: Option<String>,
    pub(super) credential: Option<CredentialSeen>,
}

/// What may be known of a credential.
#[derive(Debug, Serialize)]
pub(super) struct CredentialSeen {
    pub(super) kind: &'static str,
    /// RFC 3339.
    pub(super) expires: Option<String>,
    pub(super) expired: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Cache {
    pub(super) folder: Option<PathBuf>,
    /// Else every run compiles every component.
    pub(super) usable: bool,
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

impl Examination {
    /// What a run would come to, as far as this tells.
    pub(super) fn status(&self) -> ExitStatus {
        match &self.cluster.problem {
            Some(problem) => problem.status,
            None if self.is_complete() => ExitStatus::Success,
            None => ExitStatus::Incomplete,
        }
    }

    /// Nothing that a check needs would be unknown.
    fn is_complete(&self) -> bool {
        let is_well = |check: &Check| {
            let mut rights = check.rights.iter();
            check.problems.is_empty() && rights.all(|right| right.allowed == Allowed::Yes)
        };
        let is_harmless =
            |endpoint: &Endpoint| endpoint.problem.is_none() || endpoint.used_by.is_empty();
        self.checks.iter().all(is_well) && self.endpoints.iter().all(is_harmless)
    }
}
