//! Whatever runs pods, as one thing: what it is called, how many pods it wants, how many are ready, since when not.

use std::collections::BTreeMap;

use bsq_platform::labels::Hashed;
use bsq_platform::workload;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{DaemonSet, Deployment, Pod, StatefulSet, Template, is_ready, unready_since};

/// A Deployment, StatefulSet or DaemonSet, or what an operator runs pods with directly.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    pub(crate) label: String,
    pub(crate) images: Vec<String>,
    pub(crate) wanted: i64,
    pub(crate) ready: i64,
    /// Since when the first and the last of its pods has not been ready.
    pub(crate) short_since: Option<Timestamp>,
    pub(crate) out_since: Option<Timestamp>,
    /// Some pod of it ends again and again.
    pub(crate) is_looping: bool,
    /// The pods that are not ready, as causes.
    pub(crate) unready: Vec<ObjectRef>,
}

impl Workload {
    /// Every workload in scope.
    ///
    /// # Errors
    ///
    /// What the host answers to the lists of workloads. Without pods, no beginning is known.
    pub(crate) fn list(cx: &Context) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for it in cx.list::<Deployment>()? {
            let (wanted, ready) = (it.spec.replicas.unwrap_or(1), it.status.ready_replicas);
            all.extend(Self::new(
                &it,
                &it.metadata,
                &it.spec.template,
                wanted,
                ready,
            ));
        }
        for it in cx.list::<StatefulSet>()? {
            let (wanted, ready) = (it.spec.replicas.unwrap_or(1), it.status.ready_replicas);
            all.extend(Self::new(
                &it,
                &it.metadata,
                &it.spec.template,
                wanted,
                ready,
            ));
        }
        for it in cx.list::<DaemonSet>()? {
            let (wanted, ready) = (it.status.desired_number_scheduled, it.status.number_ready);
            all.extend(Self::new(
                &it,
                &it.metadata,
                &it.spec.template,
                wanted,
                ready,
            ));
        }
        let pods = Behind::of(&cx.list::<Pod>().or_empty());
        Ok(pods.join(all))
    }

    fn new<T: Kind>(
        item: &Item<T>,
        metadata: &Hashed,
        template: &Template,
        wanted: i64,
        ready: i64,
    ) -> Option<Self> {
        item.deleted().is_none().then(|| Self {
            subject: item.reference(),
            read: item.read(),
            label: metadata.labels.name.clone(),
            images: template.spec.all().map(str::to_owned).collect(),
            wanted,
            ready,
            short_since: None,
            out_since: None,
            is_looping: false,
            unready: Vec::new(),
        })
    }

    fn key(&self) -> Key {
        Key {
            namespace: self.subject.namespace().to_owned(),
            kind: self.subject.kind().to_owned(),
            name: self.subject.name().to_owned(),
        }
    }

    pub(crate) fn is_short(&self) -> bool {
        self.ready < self.wanted
    }

    /// Fewer than half of its pods are ready: no longer only less spare.
    pub(crate) fn is_down(&self) -> bool {
        self.ready * 2 < self.wanted
    }

    /// Since when it is what it is: out of service since the last pod went, short since the first did.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        if self.ready == 0 {
            self.out_since
        } else {
            self.short_since
        }
    }

    /// `StatefulSet data/postgresql`.
    pub(crate) fn told(&self) -> String {
        self.subject.to_string()
    }

    /// `0 of 1 pods ready`.
    pub(crate) fn count(&self) -> String {
        format!("{} of {} pods ready", self.ready, self.wanted)
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    namespace: String,
    kind: String,
    name: String,
}

/// Pods by what runs them.
struct Behind(BTreeMap<Key, Workload>);

impl Behind {
    fn of(pods: &[Item<Pod>]) -> Self {
        let mut all: BTreeMap<Key, Workload> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.status.has_ended()) {
            let Some(subject) = runner(pod) else { continue };
            let workload = Workload {
                subject: subject.in_namespace(pod.namespace()),
                read: pod.read(),
                label: pod.metadata.labels.name.clone(),
                images: pod.images(),
                wanted: 0,
                ready: 0,
                short_since: None,
                out_since: None,
                is_looping: false,
                unready: Vec::new(),
            };
            all.entry(workload.key()).or_insert(workload).add(pod);
        }
        Self(all)
    }

    /// Give each workload its pods; what is left are pods that an operator runs without one.
    fn join(mut self, workloads: Vec<Workload>) -> Vec<Workload> {
        let mut all: Vec<Workload> = workloads
            .into_iter()
            .map(|workload| match self.0.remove(&workload.key()) {
                Some(pods) => Workload {
                    short_since: pods.short_since,
                    out_since: pods.out_since,
                    is_looping: pods.is_looping,
                    unready: pods.unready,
                    ..workload
                },
                None => workload,
            })
            .collect();
        let is_own = |it: &Workload| {
            let kind = it.subject.kind();
            !matches!(
                kind,
                "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"
            )
        };
        all.extend(self.0.into_values().filter(is_own));
        all
    }
}

impl Workload {
    fn add(&mut self, pod: &Item<Pod>) {
        self.wanted += 1;
        if is_ready(pod) {
            self.ready += 1;
            return;
        }
        let since = unready_since(pod);
        self.short_since = [self.short_since, since].into_iter().flatten().min();
        self.out_since = [self.out_since, since].into_iter().flatten().max();
        self.is_looping |= pod.status.is_looping();
        self.unready.push(pod.reference());
    }
}

/// What runs a pod. A ReplicaSet's Deployment follows from how its controller names it; jobs and workflows end, and static
/// pods belong to their node, so they are no services.
fn runner(pod: &Item<Pod>) -> Option<ObjectRef> {
    let owner = pod.owner()?;
    if matches!(owner.kind.as_str(), "Job" | "Node" | "Workflow") {
        return None;
    }
    Some(workload::runner(owner, &pod.metadata.labels.template_hash))
}
