//! Which workloads of an application are not ready, read from the workloads: Argo CD 3 does not store the health of
//! single resources in the Application. Each kind is listed once, and only when some application asks.

use std::collections::BTreeMap;

use bsq_platform::workload::{Replicated, Scheduled};
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::health::Failing;
use crate::objects::Resource;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
struct Deployment {
    spec: Replicas,
    status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
struct StatefulSet {
    spec: Replicas,
    status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
struct DaemonSet {
    status: Scheduled,
}

#[derive(Object)]
struct Replicas {
    replicas: Option<i64>,
}

/// A workload with fewer ready pods than it wants.
struct Short {
    subject: ObjectRef,
    read: u32,
    ready: i64,
    wanted: i64,
}

/// The workloads that are not ready, by kind, namespace and name.
pub(crate) struct Workloads<'a> {
    cx: &'a Context,
    short: BTreeMap<&'static str, BTreeMap<(String, String), Short>>,
}

impl<'a> Workloads<'a> {
    pub(crate) fn new(cx: &'a Context) -> Self {
        Self {
            cx,
            short: BTreeMap::new(),
        }
    }

    /// Those of these resources that are not ready.
    pub(crate) fn failing(&mut self, resources: &[Resource]) -> Vec<Failing> {
        resources
            .iter()
            .filter_map(|resource| self.find(resource))
            .collect()
    }

    fn find(&mut self, resource: &Resource) -> Option<Failing> {
        let (kind, read): (_, fn(&Context) -> Vec<Short>) =
            match (resource.group.as_str(), resource.kind.as_str()) {
                ("apps", "Deployment") => ("Deployment", deployments),
                ("apps", "StatefulSet") => ("StatefulSet", stateful_sets),
                ("apps", "DaemonSet") => ("DaemonSet", daemon_sets),
                _ => return None,
            };
        let cx = self.cx;
        let short = self.short.entry(kind).or_insert_with(|| by_name(read(cx)));
        let found = short.get(&(resource.namespace.clone(), resource.name.clone()))?;
        Some(Failing {
            subject: found.subject.clone(),
            read: Some(found.read),
            source: format!("status of {}", resource.label()),
            value: format!("{} of {} pods ready", found.ready, found.wanted),
        })
    }
}

fn by_name(short: Vec<Short>) -> BTreeMap<(String, String), Short> {
    short
        .into_iter()
        .map(|it| {
            (
                (
                    it.subject.namespace().to_owned(),
                    it.subject.name().to_owned(),
                ),
                it,
            )
        })
        .collect()
}

fn deployments(cx: &Context) -> Vec<Short> {
    let all = cx.list::<Deployment>().or_empty();
    all.iter()
        .filter_map(|it| short(it, it.status.ready_replicas, it.spec.replicas.unwrap_or(1)))
        .collect()
}

fn stateful_sets(cx: &Context) -> Vec<Short> {
    let all = cx.list::<StatefulSet>().or_empty();
    all.iter()
        .filter_map(|it| short(it, it.status.ready_replicas, it.spec.replicas.unwrap_or(1)))
        .collect()
}

fn daemon_sets(cx: &Context) -> Vec<Short> {
    let all = cx.list::<DaemonSet>().or_empty();
    all.iter()
        .filter_map(|it| {
            short(
                it,
                it.status.number_ready,
                it.status.desired_number_scheduled,
            )
        })
        .collect()
}

fn short<T: Kind>(item: &Item<T>, ready: i64, wanted: i64) -> Option<Short> {
    (ready < wanted).then(|| Short {
        subject: item.reference(),
        read: item.read(),
        ready,
        wanted,
    })
}
