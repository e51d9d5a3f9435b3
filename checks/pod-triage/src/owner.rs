//! Who stands for a pod whose name is generated.

use bsq_platform::workload::deployment;
use bsq_sdk::prelude::*;

use crate::objects::Pod;

/// A workload, or the pod itself where nothing owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// The workload that a person knows a pod by: a ReplicaSet's Deployment, a Job's CronJob, else the controller.
///
/// Both follow from how their controllers name what they make, so neither ReplicaSets nor Jobs have to be read.
pub(crate) fn of(pod: &Item<Pod>) -> Workload {
    let Some(owner) = pod.owner() else {
        return workload("Pod", pod.name());
    };
    let hash = pod
        .metadata
        .labels
        .template_hash
        .as_deref()
        .unwrap_or_default();
    let deployment = deployment(owner, hash);
    match (owner.kind.as_str(), deployment) {
        (_, Some(name)) => workload("Deployment", name),
        ("Job", _) => match owner.name.rsplit_once('-') {
            // The minute of the schedule, counted from 1970.
            Some((name, minute))
                if minute.len() == 8 && minute.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                workload("CronJob", name)
            }
            _ => workload("Job", &owner.name),
        },
        (kind, _) => workload(kind, &owner.name),
    }
}

fn workload(kind: &str, name: &str) -> Workload {
    Workload {
        kind: kind.to_owned(),
        name: name.to_owned(),
    }
}
