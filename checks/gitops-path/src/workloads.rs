//! The workloads in scope, of the three kinds that Argo CD delivers mostly.

use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{Annotations, Labels, Metadata, Template, Writer};

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
struct Deployment {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
struct StatefulSet {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
struct DaemonSet {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Object)]
struct Spec {
    template: Template,
}

/// One workload of any of the kinds.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    pub(crate) created: Option<Timestamp>,
    pub(crate) annotations: Annotations,
    pub(crate) labels: Labels,
    pub(crate) writers: Vec<Writer>,
    /// Nothing in the cluster made it, so a person, a tool or Argo CD did.
    pub(crate) is_made_by_hand_or_tool: bool,
    /// The variable of the CoreAI API that a container has, by which use cases are known.
    pub(crate) coreai: Option<String>,
}

/// The documented names of an application's access to the CoreAI API.
const COREAI: &[&str] = &["BSQAI_BASE_URL", "BSQAI_TOKEN"];

impl Workload {
    /// What tells workloads apart, and applications list: kind, namespace and name.
    pub(crate) fn key(&self) -> (&str, &str, &str) {
        (
            self.subject.kind(),
            self.subject.namespace(),
            self.subject.name(),
        )
    }

    /// Who wrote it first, as far as the object still says.
    pub(crate) fn first_writer(&self) -> Option<&Writer> {
        let writers = self.writers.iter().filter(|it| it.subresource.is_empty());
        writers.min_by_key(|it| it.time)
    }
}

pub(crate) fn read(cx: &Context) -> Result<Vec<Workload>> {
    let deployments = cx.list::<Deployment>()?;
    let sets = cx.list::<StatefulSet>()?;
    let daemons = cx.list::<DaemonSet>()?;
    let deployments = deployments
        .iter()
        .map(|it| workload(it, &it.metadata, &it.spec.template));
    let sets = sets
        .iter()
        .map(|it| workload(it, &it.metadata, &it.spec.template));
    let daemons = daemons
        .iter()
        .map(|it| workload(it, &it.metadata, &it.spec.template));
    Ok(deployments.chain(sets).chain(daemons).collect())
}

fn workload<T: Kind>(item: &Item<T>, metadata: &Metadata, template: &Template) -> Workload {
    let names = template
        .spec
        .containers
        .iter()
        .flat_map(|container| &container.env)
        .map(|variable| variable.name.as_str());
    Workload {
        subject: item.reference(),
        read: item.read(),
        created: item.created(),
        annotations: metadata.annotations.clone(),
        labels: metadata.labels.clone(),
        writers: metadata.managed_fields.clone(),
        is_made_by_hand_or_tool: item.owner().is_none() && item.deleted().is_none(),
        coreai: names
            .filter(|name| COREAI.contains(name))
            .map(str::to_owned)
            .next(),
    }
}
