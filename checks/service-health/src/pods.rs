//! The pods behind a workload: which are not ready, and since when. Why they are not is another check's question; here they
//! are the cause that findings name.

use std::collections::BTreeMap;

use bsq_sdk::prelude::*;

use crate::objects::{ContainerStatus, Pod};

/// Pods by the workload that a person knows them by.
pub(crate) struct Pods {
    all: Vec<Item<Pod>>,
    behind: BTreeMap<(String, String, String), Vec<usize>>,
}

impl Pods {
    /// Without pods findings say less; the host has the denied read in its report.
    pub(crate) fn read(cx: &Context) -> Self {
        Self::new(cx.list::<Pod>().or_empty())
    }

    fn new(all: Vec<Item<Pod>>) -> Self {
        let mut behind: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, pod) in all.iter().enumerate() {
            if let Some((kind, name)) = workload(pod).filter(|_| !pod.has_ended()) {
                let key = (pod.namespace().to_owned(), kind, name);
                behind.entry(key).or_default().push(index);
            }
        }
        Self { all, behind }
    }

    /// The pods of a workload that are not ready.
    pub(crate) fn unready(&self, workload: &ObjectRef) -> Vec<&Item<Pod>> {
        let key = (
            workload.namespace().to_owned(),
            workload.kind().to_owned(),
            workload.name().to_owned(),
        );
        let indices = self.behind.get(&key).into_iter().flatten();
        indices
            .filter_map(|index| self.all.get(*index))
            .filter(|pod| !is_ready(pod))
            .collect()
    }

    /// The pods that Strimzi made for a Kafka cluster.
    pub(crate) fn of_kafka<'a>(&'a self, kafka: &'a ObjectRef) -> Vec<&'a Item<Pod>> {
        let is_of = |pod: &&Item<Pod>| {
            pod.namespace() == kafka.namespace()
                && pod.metadata.labels.kafka == kafka.name()
                && !pod.has_ended()
        };
        self.all.iter().filter(is_of).collect()
    }
}

/// A ReplicaSet's Deployment follows from how its controller names it; a Job is no service.
fn workload(pod: &Item<Pod>) -> Option<(String, String)> {
    let owner = pod.owner().filter(|owner| owner.kind != "Job")?;
    let hash = pod.metadata.labels.template_hash.as_str();
    let deployment = owner
        .name
        .strip_suffix(hash)
        .and_then(|name| name.strip_suffix('-'))
        .filter(|_| owner.kind == "ReplicaSet" && !hash.is_empty());
    Some(match deployment {
        Some(name) => ("Deployment".to_owned(), name.to_owned()),
        None => (owner.kind.clone(), owner.name.clone()),
    })
}

/// `Running, ContainersNotReady since …`.
pub(crate) fn told(pod: &Item<Pod>) -> String {
    let reason = pod.ready().map_or("", |condition| &condition.reason);
    let state = if pod.deleted().is_some() {
        "Terminating"
    } else {
        &pod.status.phase
    };
    let said = [state, reason].into_iter().filter(|part| !part.is_empty());
    let said = said.collect::<Vec<_>>().join(", ");
    match unready_since(pod) {
        Some(since) => format!("{said}, since {since}"),
        None => said,
    }
}

/// Since when a pod has not been ready: its condition, else its deletion, else its beginning.
pub(crate) fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    let condition = pod.ready().filter(|condition| condition.status != "True");
    condition
        .and_then(|condition| condition.last_transition_time)
        .or(pod.deleted())
        .or(pod.created())
}

/// A pod that is being deleted serves nobody any more, whatever its condition still says.
pub(crate) fn is_ready(pod: &Item<Pod>) -> bool {
    pod.deleted().is_none() && pod.ready().is_some_and(|it| it.status == "True")
}

/// Whether it ends again and again: then it may have been ready a moment ago, and serves nobody all the same.
pub(crate) fn is_looping(pod: &Item<Pod>) -> bool {
    let status = &pod.status;
    let mut containers = status
        .init_container_statuses
        .iter()
        .chain(&status.container_statuses);
    containers.any(ContainerStatus::is_looping)
}

impl Pod {
    fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    fn ready(&self) -> Option<&crate::objects::Condition> {
        self.status
            .conditions
            .iter()
            .find(|it| it.r#type == "Ready")
    }
}
