//! Volumes that the storage could not take back, and default classes that are too many.

use bsq_sdk::prelude::*;

use crate::objects::Volume;
use crate::storage::Storage;

pub(crate) fn tell(cx: &Context, report: &mut Report, storage: &Storage) {
    let scope = &cx.scope().namespaces;
    let volumes = cx.list::<Volume>().or_empty();
    let is_asked_for = |volume: &&Item<Volume>| {
        scope.is_empty() || scope.contains(&volume.spec.claim_ref.namespace)
    };
    for volume in volumes
        .iter()
        .filter(is_asked_for)
        .filter(|volume| volume.status.phase == "Failed")
    {
        failed(report, volume);
    }
    several_defaults(report, storage);
}

fn failed(report: &mut Report, volume: &Item<Volume>) {
    let claim = &volume.spec.claim_ref;
    let title = format!(
        "volume {} of claim {}/{} could not be given back",
        volume.name(),
        claim.namespace,
        claim.name
    );
    let finding = report.finding("BSQ-STO-011", volume, title);
    finding.since(volume.status.last_phase_transition_time);
    finding.evidence("status.phase", "Failed");
    if !volume.status.message.is_empty() {
        finding.evidence("status.message", &volume.status.message);
    }
    finding.evidence(
        "spec.persistentVolumeReclaimPolicy",
        &volume.spec.persistent_volume_reclaim_policy,
    );
    finding.evidence("spec.storageClassName", &volume.spec.storage_class_name);
    finding.look(["kubectl", "describe", "pv", volume.name()]);
    finding.link("/docs/runtime/storage-model");
}

/// Kubernetes takes the newest, which is not what two marks say.
fn several_defaults(report: &mut Report, storage: &Storage) {
    let mut defaults: Vec<_> = storage.defaults().collect();
    defaults.sort_by_key(|class| std::cmp::Reverse(class.created()));
    let Some(first) = defaults.first().filter(|_| defaults.len() > 1) else {
        return;
    };
    let names: Vec<_> = defaults.iter().map(|class| class.name()).collect();
    let title = format!(
        "{} storage classes are the default ({}); the newest, {}, is taken",
        names.len(),
        names.join(", "),
        first.name()
    );
    let finding = report.finding("BSQ-STO-004", *first, title);
    for class in &defaults {
        let source = format!("metadata.annotations of {}", class.name());
        finding.evidence_from(
            class.read(),
            source,
            "storageclass.kubernetes.io/is-default-class: true",
        );
    }
    finding.look(["kubectl", "get", "storageclasses"]);
    finding.link("/docs/deployment/prerequirements");
}
