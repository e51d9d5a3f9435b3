//! Volumes for one node that pods want on two: `Multi-Attach`, and Docling, whose pods share a volume by design.
//!
//! Docling is recognised by its name in a label, an image or the pod's name.

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Claim, Event, Pod};
use crate::storage::Storage;

pub(crate) fn tell(report: &mut Report, storage: &Storage) {
    for claim in storage
        .claims
        .iter()
        .filter(|claim| claim.is_for_one_node())
    {
        let users = storage.users(claim);
        let stuck = users
            .iter()
            .find_map(|pod| Some((*pod, refused(storage, claim, pod)?)));
        match stuck {
            Some((pod, event)) => attached_elsewhere(report, claim, pod, event, &users),
            None => shared_by_docling(report, claim, &users),
        }
    }
}

/// The event that says that a pod which does not start wants the claim's volume from another node.
fn refused<'a>(
    storage: &'a Storage,
    claim: &Item<Claim>,
    pod: &'a Item<Pod>,
) -> Option<&'a Item<Event>> {
    if pod.status.phase != "Pending"
        || pod.deleted().is_some()
        || !storage.is_over_due(pod.created())
    {
        return None;
    }
    let is_only_one = pod.claims().count() == 1;
    storage.events("Pod", pod).find(|event| {
        let names_it =
            !claim.spec.volume_name.is_empty() && event.message.contains(&claim.spec.volume_name);
        event.message.contains("Multi-Attach") && (names_it || is_only_one)
    })
}

fn attached_elsewhere(
    report: &mut Report,
    claim: &Item<Claim>,
    pod: &Item<Pod>,
    event: &Item<Event>,
    users: &[&Item<Pod>],
) {
    let holders: Vec<_> = users
        .iter()
        .filter(|user| {
            user.name() != pod.name()
                && !user.spec.node_name.is_empty()
                && user.spec.node_name != pod.spec.node_name
        })
        .collect();
    let held = holders.first().map_or_else(
        || "another node still holds it".to_owned(),
        |holder| {
            format!(
                "pod {} holds it on node {}",
                holder.name(),
                holder.spec.node_name
            )
        },
    );
    let is_docling = is_docling(pod);
    let code = if is_docling {
        "BSQ-STO-008"
    } else {
        "BSQ-STO-007"
    };
    let what = if is_docling {
        "the ReadWriteOnce claim"
    } else {
        "claim"
    };
    let title = format!(
        "{what} {} cannot be attached for pod {}: {held}",
        full_name(claim),
        pod.name()
    );
    let finding = report.finding(code, claim, title);
    finding.since(pod.created());
    finding.evidence("spec.accessModes", claim.spec.access_modes.join(", "));
    finding.evidence_from(event.read(), "event", event.told());
    for holder in &holders {
        let value = format!("{} on node {}", holder.status.phase, holder.spec.node_name);
        finding.evidence_from(holder.read(), format!("pod {}", full_name(holder)), value);
        // A holder that is gone or going is why the volume is not free; one that runs is well, and so is its node.
        if holder.deleted().is_some() || holder.status.phase == "Unknown" {
            finding.caused_by(**holder);
        }
        // Where its node is found to be lost, that is why it does not let go.
        for code in ["BSQ-POD-022", "BSQ-METRIC-004"] {
            finding.caused_by_finding(code, ObjectRef::new("v1/Node", &holder.spec.node_name));
        }
    }
    finding.look(["kubectl", "get", "volumeattachments"]);
    if is_docling {
        finding.advice("Docling shares its volume between pods: give it a ReadWriteMany class (`rwx_storageclass` of `common_config`), or one replica");
        finding.link("/docs/deployment/prerequirements");
    } else {
        finding.advice("a ReadWriteOnce volume moves only after its pod has ended: one replica and the strategy Recreate, or ReadWriteMany");
        finding.link("/docs/runtime/storage-model");
    }
}

/// Two pods on one node share such a volume until one of them moves.
fn shared_by_docling(report: &mut Report, claim: &Item<Claim>, users: &[&Item<Pod>]) {
    let docling: Vec<_> = users
        .iter()
        .filter(|pod| is_docling(pod) && pod.deleted().is_none())
        .collect();
    // A pod that takes over from another is not a second replica.
    if docling.len() < 2 || docling.iter().any(|pod| pod.status.phase != "Running") {
        return;
    }
    let title = format!(
        "{} pods of Docling share the ReadWriteOnce claim {}",
        docling.len(),
        full_name(claim)
    );
    let finding = report.finding("BSQ-STO-008", claim, title);
    finding.severity(Severity::Low);
    finding.evidence("spec.accessModes", claim.spec.access_modes.join(", "));
    for pod in docling {
        finding.evidence_from(
            pod.read(),
            format!("spec.nodeName of pod {}", full_name(pod)),
            &pod.spec.node_name,
        );
    }
    finding.look(command::pods(claim.namespace()));
    finding.advice("it works while they are on one node: give Docling a ReadWriteMany class (`rwx_storageclass` of `common_config`)");
    finding.link("/docs/deployment/prerequirements");
}

fn is_docling(pod: &Item<Pod>) -> bool {
    let labels = &pod.metadata.labels;
    let images = pod
        .spec
        .containers
        .iter()
        .map(|container| container.image.rsplit('/').next().unwrap_or_default());
    let names = [labels.name.as_str(), labels.app.as_str(), pod.name()];
    names
        .into_iter()
        .chain(images)
        .any(|name| name.contains("docling"))
}
