//! Deployments, StatefulSets and DaemonSets as one thing: so many pods wanted, so many ready.

use bsq_platform::condition::Explained;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{DaemonSet, Deployment, Metadata, StatefulSet};

/// A workload that is not being deleted.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    read: u32,
    pub(crate) created: Option<Timestamp>,
    /// When somebody last wrote more than its status.
    pub(crate) changed: Option<Timestamp>,
    /// The kind and name of what made it, such as a CephCluster.
    pub(crate) owner: Option<(String, String)>,
    pub(crate) wanted: i64,
    pub(crate) ready: i64,
    /// Pods of the newest revision.
    pub(crate) updated: i64,
    pub(crate) generation: i64,
    pub(crate) observed: i64,
    conditions: Vec<Explained>,
}

impl Workload {
    /// Every workload in scope.
    ///
    /// # Errors
    ///
    /// What the host answers to the three lists.
    pub(crate) fn list(cx: &Context) -> Result<Vec<Self>> {
        let deployments = cx.list::<Deployment>()?;
        let sets = cx.list::<StatefulSet>()?;
        let daemons = cx.list::<DaemonSet>()?;
        let all = deployments
            .into_iter()
            .filter_map(deployment)
            .chain(sets.into_iter().filter_map(stateful_set))
            .chain(daemons.into_iter().filter_map(daemon_set));
        Ok(all.collect())
    }

    fn of<T: Kind>(item: &Item<T>, metadata: &Metadata) -> Option<Self> {
        if item.deleted().is_some() {
            return None;
        }
        Some(Self {
            subject: item.reference(),
            read: item.read(),
            created: item.created(),
            changed: metadata.changed(),
            owner: item
                .owner()
                .map(|owner| (owner.kind.clone(), owner.name.clone())),
            wanted: 0,
            ready: 0,
            updated: 0,
            generation: metadata.generation,
            observed: 0,
            conditions: Vec::new(),
        })
    }

    /// The number of the read that it came with.
    pub(crate) fn read(&self) -> u32 {
        self.read
    }

    pub(crate) fn is_short(&self) -> bool {
        self.ready < self.wanted
    }

    fn condition(&self, kind: &str, status: &str) -> Option<&Explained> {
        self.conditions
            .iter()
            .find(|it| it.r#type == kind && it.status == status)
    }

    /// The rollout that made no progress within its deadline.
    pub(crate) fn stuck(&self) -> Option<&Explained> {
        self.condition("Progressing", "False")
            .filter(|it| it.reason == "ProgressDeadlineExceeded")
    }

    /// What the API server answered when the controller wanted to create pods.
    pub(crate) fn refused(&self) -> Option<&Explained> {
        self.condition("ReplicaFailure", "True")
    }

    /// Since when a Deployment says that it is not available.
    pub(crate) fn unavailable_since(&self) -> Option<Timestamp> {
        self.condition("Available", "False")?.last_transition_time
    }

    /// `Deployment coreai/portal`.
    pub(crate) fn told(&self) -> String {
        self.subject.to_string()
    }
}

fn deployment(item: Item<Deployment>) -> Option<Workload> {
    let workload = Workload::of(&item, &item.metadata)?;
    let Deployment { spec, status, .. } = item.into_object();
    Some(Workload {
        wanted: spec.replicas.unwrap_or(1),
        ready: status.ready_replicas,
        updated: status.updated_replicas,
        observed: status.observed_generation,
        conditions: status.conditions,
        ..workload
    })
}

fn stateful_set(item: Item<StatefulSet>) -> Option<Workload> {
    let workload = Workload::of(&item, &item.metadata)?;
    let StatefulSet { spec, status, .. } = item.into_object();
    Some(Workload {
        wanted: spec.replicas.unwrap_or(1),
        ready: status.ready_replicas,
        updated: status.updated_replicas,
        observed: status.observed_generation,
        ..workload
    })
}

/// A DaemonSet that no node is meant for wants nothing.
fn daemon_set(item: Item<DaemonSet>) -> Option<Workload> {
    let workload = Workload::of(&item, &item.metadata)?;
    let status = item.into_object().status;
    Some(Workload {
        wanted: status.desired_number_scheduled,
        ready: status.number_ready,
        updated: status.updated_number_scheduled,
        observed: status.observed_generation,
        ..workload
    })
}
