//! Causes that several claims share: a class that is not there, no default, no class that shares, a provisioner that is
//! silent. Each is one finding, which its claims name as their cause.

use std::collections::BTreeMap;

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::pending::{Pending, Why};
use crate::storage::Storage;

/// Claims that a cause names as evidence; the rest is a number.
const MOST: usize = 10;

/// What the claims have in common; answers whether no class shares.
pub(crate) fn tell(report: &mut Report, storage: &Storage, pending: &[Pending<'_>]) -> bool {
    missing_classes(report, storage, pending);
    no_default(report, storage, pending);
    silent_provisioners(report, pending);
    nobody_shares(report, storage, pending)
}

fn missing_classes(report: &mut Report, storage: &Storage, pending: &[Pending<'_>]) {
    let mut missing: BTreeMap<&str, (Vec<&Pending<'_>>, Option<&str>)> = BTreeMap::new();
    for one in pending {
        if let Why::ClassMissing(name) = &one.why {
            missing.entry(name).or_default().0.push(one);
        }
    }
    let tolerance = &storage.tolerance;
    for (setting, name) in [
        ("rwo-class", &tolerance.rwo_class),
        ("rwx-class", &tolerance.rwx_class),
    ] {
        if !name.is_empty() && storage.lacks(name) {
            missing.entry(name).or_default().1 = Some(setting);
        }
    }
    for (name, (claims, setting)) in missing {
        let users = match claims.len() {
            0 => ", though the site expects it".to_owned(),
            count => format!(", and {} not bound", counted(count)),
        };
        let subject = class_subject(
            name,
            claims
                .first()
                .map(|it| it.claim.read())
                .or(read_of(storage)),
        );
        let finding = report.finding(
            "BSQ-STO-002",
            subject,
            format!("storage class {name} does not exist{users}"),
        );
        shared_facts(finding, &claims);
        if let Some(setting) = setting {
            finding.evidence(format!("settings.{setting}"), name);
        }
        known_classes(finding, storage);
        finding.look(["kubectl", "get", "storageclasses"]);
        finding.advice("compare with `rwo_storageclass` and `rwx_storageclass` of `common_config`");
        finding.link("/docs/deployment/prerequirements");
        finding.link("/docs/deployment/configuration-model");
    }
}

fn no_default(report: &mut Report, storage: &Storage, pending: &[Pending<'_>]) {
    let claims: Vec<_> = pending
        .iter()
        .filter(|it| matches!(it.why, Why::NoDefault))
        .collect();
    let Some(first) = claims.first() else { return };
    let title = format!(
        "no storage class is the default, and {} none",
        named(claims.len())
    );
    let finding = report.finding(
        "BSQ-STO-003",
        default_class().with_read(first.claim.read()),
        title,
    );
    shared_facts(finding, &claims);
    known_classes(finding, storage);
    finding.look(["kubectl", "get", "storageclasses"]);
    finding.advice("name a class in the claims, or mark one with `storageclass.kubernetes.io/is-default-class`");
    finding.link("/docs/deployment/prerequirements");
}

/// Whether a claim waits for sharing and every class gives disks.
fn nobody_shares(report: &mut Report, storage: &Storage, pending: &[Pending<'_>]) -> bool {
    let claims: Vec<_> = pending
        .iter()
        .filter(|it| matches!(it.why, Why::NotShared { .. }))
        .collect();
    let classes = storage.classes.as_deref().unwrap_or_default();
    let Some(first) = claims
        .first()
        .filter(|_| classes.iter().all(|class| class.gives_disks()))
    else {
        return false;
    };
    let title = format!(
        "no storage class gives ReadWriteMany, and {} for it",
        asking(claims.len())
    );
    let finding = report.finding(
        "BSQ-STO-005",
        sharing_class().with_read(first.claim.read()),
        title,
    );
    shared_facts(finding, &claims);
    known_classes(finding, storage);
    finding.look(["kubectl", "get", "storageclasses"]);
    finding.advice("shared workflows need a class of a shared file system, such as CephFS or NFS: `rwx_storageclass` of `common_config`");
    finding.link("/docs/deployment/prerequirements");
    finding.link("/docs/runtime/components/rook-ceph");
    true
}

fn silent_provisioners(report: &mut Report, pending: &[Pending<'_>]) {
    let mut silent: BTreeMap<&str, Vec<&Pending<'_>>> = BTreeMap::new();
    for one in pending {
        if let Why::Silent(class, _) = one.why {
            silent.entry(class.name()).or_default().push(one);
        }
    }
    for claims in silent.into_values() {
        let Some(Why::Silent(class, event)) = claims.first().map(|first| &first.why) else {
            continue;
        };
        let title = format!(
            "provisioner {} of storage class {} does not answer: {} for it",
            class.provisioner,
            class.name(),
            waiting(claims.len())
        );
        let finding = report.finding("BSQ-STO-009", *class, title);
        finding.evidence("provisioner", &class.provisioner);
        finding.evidence_from(event.read(), "event", event.told());
        shared_facts(finding, &claims);
        finding.look(["kubectl", "get", "csidrivers"]);
        finding.step(
            "its pods say why",
            ["kubectl", "get", "pods", "--all-namespaces", "-o", "wide"],
        );
        finding.link("/docs/runtime/storage-model");
    }
}

/// When the first of them began, and which they are.
fn shared_facts(finding: &mut Finding, claims: &[&Pending<'_>]) {
    finding.since(claims.iter().filter_map(|it| it.since).min());
    for one in claims.iter().take(MOST) {
        let class = one
            .claim
            .spec
            .storage_class_name
            .as_deref()
            .unwrap_or("not set");
        let source = format!("spec.storageClassName of claim {}", full_name(one.claim));
        finding.evidence_from(one.claim.read(), source, class);
    }
    if claims.len() > MOST {
        finding.attribute("claims", claims.len());
    }
}

/// `local-path (rancher.io/local-path, default), cephfs (…)`.
fn known_classes(finding: &mut Finding, storage: &Storage) {
    let told: Vec<_> = storage
        .classes
        .iter()
        .flatten()
        .map(|class| {
            let default = if class.is_default() { ", default" } else { "" };
            format!("{} ({}{default})", class.name(), class.provisioner)
        })
        .collect();
    if let Some(read) = read_of(storage) {
        finding.evidence_from(read, "storage classes", told.join(", "));
    }
}

fn read_of(storage: &Storage) -> Option<u32> {
    storage.classes.iter().flatten().next().map(Item::read)
}

pub(crate) fn class_subject(name: &str, read: Option<u32>) -> ObjectRef {
    let class = ObjectRef::new("storage.k8s.io/v1/StorageClass", name);
    match read {
        Some(read) => class.with_read(read),
        None => class,
    }
}

pub(crate) fn default_class() -> Named {
    Named::new("storage-class", "default")
}

pub(crate) fn sharing_class() -> Named {
    Named::new("storage-class", "ReadWriteMany")
}

fn counted(count: usize) -> String {
    if count == 1 {
        "1 claim is".to_owned()
    } else {
        format!("{count} claims are")
    }
}

fn named(count: usize) -> String {
    if count == 1 {
        "1 claim names".to_owned()
    } else {
        format!("{count} claims name")
    }
}

fn asking(count: usize) -> String {
    if count == 1 {
        "1 claim asks".to_owned()
    } else {
        format!("{count} claims ask")
    }
}

fn waiting(count: usize) -> String {
    if count == 1 {
        "1 claim waits".to_owned()
    } else {
        format!("{count} claims wait")
    }
}
