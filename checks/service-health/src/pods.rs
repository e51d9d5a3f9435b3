//! The pods behind a workload: which are not ready, and since when. Why they are not is another check's question; here they
//! are the cause that findings name.

use std::collections::BTreeMap;

use bsq_platform::pod::{self, Container};
use bsq_platform::workload;
use bsq_sdk::prelude::*;

use crate::objects::Pod;

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
    let (kind, name) = workload::known(owner, &pod.metadata.labels.template_hash);
    Some((kind.to_owned(), name.to_owned()))
}

/// `Running, ContainersNotReady since …`.
pub(crate) fn told(pod: &Item<Pod>) -> String {
    let reason = pod::ready(&pod.status.conditions).map_or("", |it| &it.reason);
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

pub(crate) fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    pod::unready_since(pod, &pod.status.conditions)
}

/// A pod that is being deleted serves nobody any more, whatever its condition still says.
pub(crate) fn is_ready(pod: &Item<Pod>) -> bool {
    pod::is_ready(pod, &pod.status.conditions)
}

/// Whether it ends again and again: then it may have been ready a moment ago, and serves nobody all the same.
pub(crate) fn is_looping(pod: &Item<Pod>) -> bool {
    let status = &pod.status;
    let mut containers = status
        .init_container_statuses
        .iter()
        .chain(&status.container_statuses);
    containers.any(Container::is_looping)
}

impl Pod {
    fn has_ended(&self) -> bool {
        pod::has_ended(&self.status.phase)
    }
}
