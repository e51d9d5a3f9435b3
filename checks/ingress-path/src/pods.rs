//! Who should stand behind a Service without ready endpoints: its pods, or the workload that should make them. Read only
//! when some Service asks.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use bsq_platform::labels::selects;
use bsq_platform::pod::has_ended;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::Service;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: Labelled,
    status: PodStatus,
}

#[derive(Object)]
struct Labelled {
    labels: BTreeMap<String, String>,
}

#[derive(Object)]
struct PodStatus {
    phase: String,
    conditions: Vec<Condition>,
}

#[derive(Object)]
struct Condition {
    #[object(rename = "type")]
    kind: String,
    status: String,
    reason: String,
    last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
struct Deployment {
    spec: WorkloadSpec,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
struct StatefulSet {
    spec: WorkloadSpec,
}

#[derive(Object)]
struct WorkloadSpec {
    replicas: Option<i64>,
    template: Template,
}

#[derive(Object)]
struct Template {
    metadata: Labelled,
}

/// A workload whose pods a Service selects.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    pub(crate) replicas: i64,
    labels: BTreeMap<String, String>,
}

/// Pods and workloads, read when first asked for.
pub(crate) struct Behind<'a> {
    cx: &'a Context,
    pods: OnceCell<Option<Vec<Item<Pod>>>>,
    workloads: OnceCell<Vec<Workload>>,
}

impl<'a> Behind<'a> {
    pub(crate) fn new(cx: &'a Context) -> Self {
        Self {
            cx,
            pods: OnceCell::new(),
            workloads: OnceCell::new(),
        }
    }

    /// The pods that a Service selects and that have not ended; absent where pods may not be read.
    pub(crate) fn pods(&self, service: &Item<Service>) -> Option<Vec<&Item<Pod>>> {
        let pods = self
            .pods
            .get_or_init(|| self.cx.list::<Pod>().ok())
            .as_ref()?;
        let selected = |pod: &&Item<Pod>| {
            pod.namespace() == service.namespace()
                && !pod.has_ended()
                && selects(&service.spec.selector, &pod.metadata.labels)
        };
        Some(pods.iter().filter(selected).collect())
    }

    /// The workload whose pods a Service selects.
    pub(crate) fn workload(&self, service: &Item<Service>) -> Option<&Workload> {
        let workloads = self.workloads.get_or_init(|| workloads(self.cx));
        let behind = |workload: &&Workload| {
            workload.subject.namespace() == service.namespace()
                && selects(&service.spec.selector, &workload.labels)
        };
        workloads
            .iter()
            .filter(behind)
            .max_by_key(|workload| workload.replicas)
    }
}

fn workloads(cx: &Context) -> Vec<Workload> {
    let deployments = cx.list::<Deployment>().or_empty();
    let sets = cx.list::<StatefulSet>().or_empty();
    let deployments = deployments
        .into_iter()
        .map(|item| workload(item, |object| object.spec));
    deployments
        .chain(
            sets.into_iter()
                .map(|item| workload(item, |object| object.spec)),
        )
        .collect()
}

fn workload<T: Kind>(item: Item<T>, spec: impl FnOnce(T) -> WorkloadSpec) -> Workload {
    let (subject, read) = (item.reference(), item.read());
    let spec = spec(item.into_object());
    Workload {
        subject,
        read,
        replicas: spec.replicas.unwrap_or(1),
        labels: spec.template.metadata.labels,
    }
}

impl Pod {
    fn has_ended(&self) -> bool {
        has_ended(&self.status.phase)
    }

    /// `Running, ContainersNotReady`.
    pub(crate) fn told(&self) -> String {
        let reason = self.ready().map_or("", |condition| &condition.reason);
        let parts = [self.status.phase.as_str(), reason];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Since when it has not been ready.
    pub(crate) fn unready_since(&self) -> Option<Timestamp> {
        self.ready()
            .filter(|condition| condition.status != "True")
            .and_then(|condition| condition.last_transition_time)
    }

    fn ready(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.kind == "Ready")
    }
}
