//! Harbor where it runs in this cluster: its workloads, and whether it serves the images that it is made from.
//!
//! Its pods are recognised by Harbor's own label or image names; that an ingress of their namespace has the registry's
//! host is how the registry is known to be this one.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_platform::image::registry;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Ingress, Pod, workload};
use crate::pulls::{Failure, Tolerance};
use crate::tell;

/// One installation, by its namespace.
#[derive(Default)]
struct Installation<'a> {
    pods: Vec<&'a Item<Pod>>,
    ingresses: Vec<&'a Item<Ingress>>,
}

pub(crate) struct Harbor<'a>(BTreeMap<&'a str, Installation<'a>>);

impl<'a> Harbor<'a> {
    pub(crate) fn of(pods: &'a [Item<Pod>], ingresses: &'a [Item<Ingress>]) -> Self {
        let mut found: BTreeMap<_, Installation<'a>> = BTreeMap::new();
        for pod in pods
            .iter()
            .filter(|pod| is_harbor(pod) && !pod.is_over() && pod.deleted().is_none())
        {
            found.entry(pod.namespace()).or_default().pods.push(pod);
        }
        for ingress in ingresses {
            if let Some(installation) = found.get_mut(ingress.namespace()) {
                installation.ingresses.push(ingress);
            }
        }
        Self(found)
    }

    /// Say of a finding about a registry which Harbor stands behind it, if one does.
    pub(crate) fn behind(&self, finding: &mut Finding, host: &str) {
        for (namespace, installation) in &self.0 {
            if let Some(ingress) = installation.serves(host) {
                finding.evidence_from(
                    ingress.read(),
                    format!("spec.rules of ingress {}", full_name(ingress)),
                    host,
                );
                finding.caused_by(tell::harbor(namespace));
                finding.look(["kubectl", "-n", namespace, "get", "pods"]);
            }
        }
    }

    pub(crate) fn tell(
        &self,
        cx: &Context,
        report: &mut Report,
        tolerance: &Tolerance,
        failures: &[Failure<'_>],
    ) {
        for (namespace, installation) in &self.0 {
            let down = installation.down(cx, tolerance);
            let is_stuck = circle(report, namespace, installation, failures);
            if !down.is_empty() {
                not_ready(report, namespace, &down, is_stuck);
            }
        }
    }
}

impl<'a> Installation<'a> {
    fn serves(&self, host: &str) -> Option<&'a Item<Ingress>> {
        let has =
            |ingress: &&&Item<Ingress>| ingress.spec.rules.iter().any(|rule| rule.host == host);
        self.ingresses.iter().find(has).copied()
    }

    /// Workloads none of whose pods has been ready for too long.
    fn down(&self, cx: &Context, tolerance: &Tolerance) -> BTreeMap<ObjectRef, Vec<&'a Item<Pod>>> {
        let mut workloads: BTreeMap<ObjectRef, Vec<&'a Item<Pod>>> = BTreeMap::new();
        for pod in &self.pods {
            // Jobs of Harbor come to an end and are not waited for.
            if pod.owner().is_none_or(|owner| owner.kind != "Job") {
                let key = workload(pod);
                workloads.entry(key).or_default().push(pod);
            }
        }
        workloads.retain(|_, pods| {
            pods.iter()
                .all(|pod| !pod.is_ready() && tolerance.is_over(cx.now(), unready_since(pod)))
        });
        workloads
    }
}

fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    pod.ready()
        .and_then(|ready| ready.last_transition_time)
        .or(pod.created())
}

fn is_harbor(pod: &Item<Pod>) -> bool {
    let labels = &pod.metadata.labels;
    let has_image = pod.spec.containers.iter().any(|container| {
        let name = container.image.rsplit('/').next().unwrap_or_default();
        container.image.contains("goharbor/") || name.starts_with("harbor-")
    });
    labels.name == "harbor" || labels.app == "harbor" || has_image
}

/// Whether Harbor's pods get their images from Harbor; says so, and whether it keeps them from starting.
fn circle(
    report: &mut Report,
    namespace: &str,
    installation: &Installation<'_>,
    failures: &[Failure<'_>],
) -> bool {
    let images = installation.pods.iter().flat_map(|pod| {
        pod.spec
            .containers
            .iter()
            .map(move |it| (pod, it.image.as_str()))
    });
    let own = images
        .filter_map(|(pod, image)| Some((*pod, image, installation.serves(registry(image))?)));
    let Some((pod, image, ingress)) = own.into_iter().next() else {
        return false;
    };
    let host = registry(image);
    let stuck: Vec<_> = failures
        .iter()
        .filter(|it| {
            it.registry == host
                && installation
                    .pods
                    .iter()
                    .any(|pod| pod.name() == it.pod.name() && pod.namespace() == it.pod.namespace())
        })
        .collect();
    let title = if stuck.is_empty() {
        format!("Harbor in {namespace} pulls its own images from itself, {host}")
    } else {
        format!("Harbor in {namespace} cannot start: it pulls its own images from itself, {host}")
    };
    let finding = report.finding("BSQ-REG-011", tell::harbor(namespace), title);
    finding.evidence_from(
        pod.read(),
        format!("spec.containers.image of pod {}", full_name(pod)),
        image,
    );
    finding.evidence_from(
        ingress.read(),
        format!("spec.rules of ingress {}", full_name(ingress)),
        host,
    );
    if stuck.is_empty() {
        finding.severity(Severity::Info);
    } else {
        tell::failures(finding, &stuck);
    }
    finding.look(command::pods(namespace));
    finding.advice(
        "run Harbor outside of the cluster that it serves, or take its own images from elsewhere",
    );
    finding.link("/docs/deployment/playbooks/harbor-delivery");
    !stuck.is_empty()
}

fn not_ready(
    report: &mut Report,
    namespace: &str,
    down: &BTreeMap<ObjectRef, Vec<&Item<Pod>>>,
    is_stuck: bool,
) {
    let names: BTreeSet<_> = down.keys().map(|workload| workload.name()).collect();
    let names: Vec<_> = names.into_iter().collect();
    let title = format!(
        "Harbor in {namespace} has no ready pod of {}",
        tell::some(&names)
    );
    let finding = report.finding("BSQ-REG-009", tell::harbor(namespace), title);
    let pods = || down.values().flatten();
    finding.since(pods().filter_map(|pod| unready_since(pod)).min());
    for pod in pods().take(5) {
        let since = unready_since(pod)
            .map(|time| format!(" since {time}"))
            .unwrap_or_default();
        finding.evidence_from(
            pod.read(),
            format!("status.conditions.Ready of pod {}", full_name(pod)),
            format!("False{since}"),
        );
    }
    if is_stuck {
        finding.caused_by_code("BSQ-REG-011");
    }
    for workload in down.keys() {
        finding.caused_by(workload);
    }
    finding.look(["kubectl", "-n", namespace, "get", "pods"]);
    finding.link("/docs/runtime/components/harbor");
}
