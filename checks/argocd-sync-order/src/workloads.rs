//! The workloads of applications: which are not ready, and what they need. Each kind is listed once, and only when some
//! application asks.

use std::cell::OnceCell;

use bsq_platform::labels::Named;
use bsq_platform::workload::{Replicated, Scheduled};
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::Resource;
use crate::template::Template;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
struct Deployment {
    metadata: Named,
    spec: DeploymentSpec,
    status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
struct StatefulSet {
    metadata: Named,
    spec: StatefulSetSpec,
    status: Replicated,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
struct DaemonSet {
    spec: DaemonSetSpec,
    status: Scheduled,
}

#[derive(Object)]
struct DeploymentSpec {
    replicas: Option<i64>,
    template: Template,
}

#[derive(Object)]
struct StatefulSetSpec {
    replicas: Option<i64>,
    template: Template,
    volume_claim_templates: Vec<ClaimTemplate>,
}

#[derive(Object)]
struct ClaimTemplate {
    metadata: ClaimMetadata,
}

#[derive(Object)]
struct ClaimMetadata {
    name: String,
}

#[derive(Object)]
struct DaemonSetSpec {
    template: Template,
}

/// One workload of any of the three kinds.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    /// The product, as its label or its name says.
    pub(crate) product: String,
    pub(crate) ready: i64,
    pub(crate) wanted: i64,
    pub(crate) secrets: Vec<String>,
    pub(crate) claims: Vec<String>,
}

impl Workload {
    pub(crate) fn is_short(&self) -> bool {
        self.ready < self.wanted
    }

    pub(crate) fn told(&self) -> String {
        format!("{} of {} pods ready", self.ready, self.wanted)
    }
}

/// All workloads in scope, read when first asked for.
pub(crate) struct Workloads<'a> {
    cx: &'a Context,
    all: OnceCell<Vec<Workload>>,
}

impl<'a> Workloads<'a> {
    pub(crate) fn new(cx: &'a Context) -> Self {
        Self {
            cx,
            all: OnceCell::new(),
        }
    }

    pub(crate) fn all(&self) -> &[Workload] {
        self.all.get_or_init(|| read(self.cx))
    }

    /// The workload that a resource of an application is.
    pub(crate) fn of(&self, resource: &Resource) -> Option<&Workload> {
        self.find(
            &resource.group,
            &resource.kind,
            &resource.namespace,
            &resource.name,
        )
    }

    pub(crate) fn find(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&Workload> {
        let is_workload = matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet");
        if group != "apps" || !is_workload {
            return None;
        }
        self.all().iter().find(|it| {
            (it.subject.kind(), it.subject.namespace(), it.subject.name())
                == (kind, namespace, name)
        })
    }
}

fn read(cx: &Context) -> Vec<Workload> {
    let deployments = cx.list::<Deployment>().or_empty();
    let sets = cx.list::<StatefulSet>().or_empty();
    let daemons = cx.list::<DaemonSet>().or_empty();
    let deployments = deployments.iter().map(|it| Workload {
        product: product(&it.metadata.labels.name, it.name()),
        ready: it.status.ready_replicas,
        wanted: it.spec.replicas.unwrap_or(1),
        ..of(it, &it.spec.template)
    });
    let sets = sets.iter().map(|it| {
        let wanted = it.spec.replicas.unwrap_or(1);
        let mut workload = Workload {
            product: product(&it.metadata.labels.name, it.name()),
            ready: it.status.ready_replicas,
            wanted,
            ..of(it, &it.spec.template)
        };
        // The claim of each pod, as the controller names it.
        for template in &it.spec.volume_claim_templates {
            let claims = (0..wanted.clamp(0, MOST_PODS))
                .map(|ordinal| format!("{}-{}-{ordinal}", template.metadata.name, it.name()));
            workload.claims.extend(claims);
        }
        workload
    });
    let daemons = daemons.iter().map(|it| Workload {
        ready: it.status.number_ready,
        wanted: it.status.desired_number_scheduled,
        ..of(it, &it.spec.template)
    });
    deployments.chain(sets).chain(daemons).collect()
}

/// Pods of a StatefulSet whose claims are asked for: the first that is not bound says it.
const MOST_PODS: i64 = 10;

fn of<T: Kind>(item: &Item<T>, template: &Template) -> Workload {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    Workload {
        subject: item.reference(),
        read: item.read(),
        product: item.name().to_owned(),
        ready: 0,
        wanted: 0,
        secrets: owned(template.secrets().into_iter().collect()),
        claims: owned(template.claims().collect()),
    }
}

fn product(label: &str, name: &str) -> String {
    if label.is_empty() { name } else { label }.to_lowercase()
}
