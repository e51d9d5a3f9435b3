//! The workloads of the products that are looked at, with their pods.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::labels::NameAndHash;
use bsq_platform::time::has_lasted;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{
    DaemonSet, Deployment, Pod, StatefulSet, Template, is_ready, unready_since, workload,
};
use crate::product::{Product, Shape};

/// A workload of a product.
pub(crate) struct Workload {
    pub(crate) product: Product,
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    pub(crate) wanted: i64,
    pub(crate) ready: i64,
    /// The labels of its pods.
    pub(crate) labels: BTreeMap<String, String>,
    /// The container that runs the product, as far as its name or image tells.
    pub(crate) container: String,
    pub(crate) pods: Vec<Item<Pod>>,
}

impl Workload {
    /// Every workload of a product that wants pods.
    ///
    /// # Errors
    ///
    /// What the host answers to the lists of workloads.
    pub(crate) fn list(cx: &Context) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for item in cx.list::<Deployment>()? {
            let wanted = item.spec.replicas.unwrap_or(1);
            let ready = item.status.ready_replicas;
            all.extend(known(
                &item,
                &item.metadata.labels,
                &item.spec.template,
                wanted,
                ready,
            ));
        }
        for item in cx.list::<StatefulSet>()? {
            let wanted = item.spec.replicas.unwrap_or(1);
            let ready = item.status.ready_replicas;
            all.extend(known(
                &item,
                &item.metadata.labels,
                &item.spec.template,
                wanted,
                ready,
            ));
        }
        for item in cx.list::<DaemonSet>()? {
            let wanted = item.status.desired_number_scheduled;
            let ready = item.status.number_ready;
            all.extend(known(
                &item,
                &item.metadata.labels,
                &item.spec.template,
                wanted,
                ready,
            ));
        }
        if !all.is_empty() {
            for pod in cx.list::<Pod>().or_empty() {
                adopt(&mut all, pod);
            }
        }
        Ok(all)
    }

    /// The pods that are not ready.
    pub(crate) fn unready(&self) -> impl Iterator<Item = &Item<Pod>> {
        self.pods.iter().filter(|pod| !is_ready(pod))
    }

    pub(crate) fn is_short(&self) -> bool {
        self.ready < self.wanted
    }

    /// Fewer than half of its pods are ready: no longer only less spare.
    pub(crate) fn is_down(&self) -> bool {
        self.ready * 2 < self.wanted
    }

    /// Since when the first of its pods has not been ready.
    pub(crate) fn short_since(&self) -> Option<Timestamp> {
        self.unready().filter_map(unready_since).min()
    }

    /// Out of service since the last pod went, else short since the first did.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        match self.ready {
            0 => self.unready().filter_map(unready_since).max(),
            _ => self.short_since(),
        }
    }

    /// Whether it lacks pods and has done so for too long. A lack without a known beginning is too long.
    pub(crate) fn lasts(&self, now: Timestamp, tolerated: Duration) -> bool {
        let over = |since| has_lasted(now, since, tolerated);
        let loops = || self.unready().any(|pod| pod.status.is_looping());
        self.is_short() && (loops() || self.short_since().is_none_or(over))
    }

    /// `StatefulSet monitoring/loki`.
    pub(crate) fn told(&self) -> String {
        self.subject.to_string()
    }

    /// `0 of 1 pods ready, since …`.
    pub(crate) fn state(&self) -> String {
        let count = format!("{} of {} pods ready", self.ready, self.wanted);
        match self.since() {
            Some(since) => format!("{count}, since {since}"),
            None => count,
        }
    }
}

fn known<T: Kind>(
    item: &Item<T>,
    labels: &NameAndHash,
    template: &Template,
    wanted: i64,
    ready: i64,
) -> Option<Workload> {
    let containers = &template.spec.containers;
    let images: Vec<_> = containers.iter().map(|it| it.image.as_str()).collect();
    let product = Product::of(Shape {
        label: &labels.name,
        name: item.name(),
        images: &images,
    })?;
    let word = product.title().to_lowercase();
    let is_main = |name: &str, image: &str| name.contains(&word) || image.contains(&word);
    let main = containers.iter().find(|it| is_main(&it.name, &it.image));
    let main = main.or(containers.first()).map(|it| it.name.clone());
    (item.deleted().is_none() && wanted > 0).then(|| Workload {
        product,
        subject: item.reference(),
        read: item.read(),
        wanted,
        ready,
        labels: template.metadata.labels.clone(),
        container: main.unwrap_or_default(),
        pods: Vec::new(),
    })
}

/// Give a pod to the workload that it belongs to.
fn adopt(all: &mut [Workload], pod: Item<Pod>) {
    let is_of = |it: &Workload| {
        it.subject.namespace() == pod.namespace()
            && workload(&pod) == Some((it.subject.kind(), it.subject.name()))
    };
    if !pod.status.has_ended()
        && let Some(index) = all.iter().position(is_of)
        && let Some(workload) = all.get_mut(index)
    {
        workload.pods.push(pod);
    }
}
