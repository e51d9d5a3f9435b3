//! What Ceph says of its health, through Rook's object.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::workload::Workload;

const MOST_SHOWN: usize = 5;

#[derive(Object)]
#[object(kind = "ceph.rook.io/v1/CephCluster")]
struct CephCluster {
    status: Status,
}

#[derive(Object)]
struct Status {
    phase: String,
    message: String,
    ceph: Ceph,
}

#[derive(Object)]
struct Ceph {
    health: String,
    details: BTreeMap<String, Detail>,
    last_changed: Option<String>,
}

#[derive(Object)]
struct Detail {
    severity: String,
    message: String,
}

/// What a cluster comes down to.
enum State {
    Error(String),
    Warning(String),
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    tolerance: &Tolerance,
    workloads: &[Workload],
) {
    let clusters = cx.list::<CephCluster>().or_empty();
    report.looked_at(clusters.len());
    for cluster in clusters.iter().filter(|it| it.deleted().is_none()) {
        if let Some(state) = cluster.state()
            && tolerance.is_over(cluster.changed().or(cluster.created()))
        {
            finding(report, cluster, &state, workloads);
        }
    }
}

impl CephCluster {
    fn state(&self) -> Option<State> {
        match (self.status.ceph.health.as_str(), self.status.phase.as_str()) {
            ("HEALTH_ERR", _) => Some(State::Error(self.said())),
            (_, "Failure") => Some(State::Error(format!(
                "Rook cannot bring it up: {}",
                self.status.message
            ))),
            ("HEALTH_WARN", _) => Some(State::Warning(self.said())),
            _ => None,
        }
    }

    /// The gravest of what Ceph names; its own words need no translation.
    fn said(&self) -> String {
        let details = &self.status.ceph.details;
        let gravest = details
            .iter()
            .min_by_key(|(_, detail)| detail.severity != "HEALTH_ERR");
        match gravest {
            Some((check, detail)) if details.len() > 1 => {
                format!(
                    "{check}: {} (and {} more)",
                    detail.message,
                    details.len() - 1
                )
            }
            Some((check, detail)) => format!("{check}: {}", detail.message),
            None => self.status.ceph.health.clone(),
        }
    }

    /// When its health last changed, where Rook says it in a way that can be read.
    fn changed(&self) -> Option<Timestamp> {
        self.status.ceph.last_changed.as_deref()?.parse().ok()
    }
}

fn finding(
    report: &mut Report,
    cluster: &Item<CephCluster>,
    state: &State,
    workloads: &[Workload],
) {
    let (namespace, name) = (cluster.namespace(), cluster.name());
    let (code, verb, said) = match state {
        State::Error(said) => ("BSQ-SVC-009", "reports an error", said),
        State::Warning(said) => ("BSQ-SVC-010", "warns", said),
    };
    let title = format!("Ceph cluster {namespace}/{name} {verb}: {said}");
    let finding = report.finding(code, cluster, title);
    finding.since(cluster.changed());
    finding.evidence("status.ceph.health", &cluster.status.ceph.health);
    finding.evidence("status.phase", &cluster.status.phase);
    for (check, detail) in cluster.status.ceph.details.iter().take(MOST_SHOWN) {
        let value = format!("{check}: {}", detail.message);
        finding.evidence(format!("status.ceph.details[{}]", detail.severity), value);
    }
    let is_of = |it: &&Workload| {
        let owner = it.owner.as_ref();
        it.is_short()
            && it.subject.namespace() == namespace
            && owner.is_some_and(|(kind, owner)| kind == "CephCluster" && owner == name)
    };
    // What looks at the storage itself says the same, and more.
    finding.caused_by_finding("BSQ-BACK-011", cluster);
    for workload in workloads.iter().filter(is_of) {
        finding.caused_by(workload.subject.clone());
    }
    let resource = "cephclusters.ceph.rook.io";
    finding.look(command::yaml(namespace, resource, name));
    finding.link("/docs/runtime/components/rook-ceph");
}
