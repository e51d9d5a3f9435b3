//! Rook-Ceph: health as the operator writes it, the S3 credentials that a job makes, and who lies on it while it is a
//! technical preview.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_platform::condition::{self, Explained};
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::Secret;
use crate::server::Patience;

/// The documented names: the namespace, and the Secret with the keys of the S3 user.
const NAMESPACE: &str = "rook-ceph";
const BOOTSTRAP: &str = "rook-ceph-rgw-bootstrap";

#[derive(Object)]
#[object(kind = "ceph.rook.io/v1/CephCluster")]
struct Cluster {
    status: ClusterStatus,
}

#[derive(Object)]
struct ClusterStatus {
    phase: String,
    message: String,
    ceph: Ceph,
}

#[derive(Object)]
struct Ceph {
    health: String,
    last_changed: String,
    details: BTreeMap<String, Detail>,
}

#[derive(Object)]
struct Detail {
    severity: String,
    message: String,
}

#[derive(Object)]
#[object(kind = "ceph.rook.io/v1/CephObjectStore")]
struct ObjectStore {
    status: Phase,
}

#[derive(Object)]
#[object(kind = "ceph.rook.io/v1/CephFilesystem")]
struct FileSystem {
    status: Phase,
}

#[derive(Object)]
struct Phase {
    phase: String,
}

#[derive(Object)]
#[object(kind = "batch/v1/Job")]
struct Job {
    status: JobStatus,
}

#[derive(Object)]
struct JobStatus {
    conditions: Vec<Explained>,
}

#[derive(Object)]
#[object(kind = "v1/PersistentVolumeClaim")]
struct Claim {
    metadata: ClaimMetadata,
}

#[derive(Object)]
struct ClaimMetadata {
    annotations: ClaimAnnotations,
}

#[derive(Object)]
struct ClaimAnnotations {
    #[object(rename = "volume.kubernetes.io/storage-provisioner")]
    provisioner: String,
}

/// How many Ceph objects there are; where the cluster knows no such kinds, none.
pub(crate) fn tell(cx: &Context, report: &mut Report, patience: &Patience) -> usize {
    let clusters = cx.list::<Cluster>().or_empty();
    let stores = cx.list::<ObjectStore>().or_empty();
    let file_systems = cx.list::<FileSystem>().or_empty();
    clusters.iter().for_each(|cluster| health(report, cluster));
    for store in &stores {
        failed(report, store, &store.status.phase, "object store");
    }
    for file_system in &file_systems {
        failed(
            report,
            file_system,
            &file_system.status.phase,
            "file system",
        );
    }
    if let Some(store) = stores.iter().find(|store| store.namespace() == NAMESPACE) {
        bootstrap(cx, report, patience, store);
    }
    if !clusters.is_empty() {
        preview(cx, report);
    }
    clusters.len() + stores.len() + file_systems.len()
}

fn health(report: &mut Report, cluster: &Item<Cluster>) {
    let ClusterStatus {
        phase,
        message,
        ceph,
    } = &cluster.status;
    let (severity, said) = match (ceph.health.as_str(), phase.as_str()) {
        ("HEALTH_ERR", _) => (Severity::Critical, "HEALTH_ERR"),
        (_, "Failure") => (Severity::High, "Failure"),
        ("HEALTH_WARN", _) => (Severity::Low, "HEALTH_WARN"),
        _ => return,
    };
    let reasons: Vec<_> = ceph.details.keys().map(String::as_str).collect();
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join(", "))
    };
    let title = format!("Ceph cluster {} says {said}{reasons}", full_name(cluster));
    let finding = report.finding("BSQ-BACK-011", cluster, title);
    finding
        .severity(severity)
        .since(ceph.last_changed.parse::<Timestamp>().ok());
    finding.evidence("status.ceph.health", &ceph.health);
    finding.evidence("status.phase", phase);
    if !message.is_empty() {
        finding.evidence("status.message", message);
    }
    for (name, Detail { severity, message }) in &ceph.details {
        finding.evidence(
            format!("status.ceph.details.{name}"),
            format!("{severity}: {message}"),
        );
    }
    finding.look(command::describe(
        cluster.namespace(),
        "cephclusters.ceph.rook.io",
        cluster.name(),
    ));
    finding.link("/docs/runtime/components/rook-ceph");
}

fn failed<T: bsq_sdk::object::Kind>(report: &mut Report, item: &Item<T>, phase: &str, what: &str) {
    if phase != "Failure" {
        return;
    }
    let title = format!("{what} {} of Ceph has failed", full_name(item));
    let finding = report.finding("BSQ-BACK-012", item, title);
    finding.evidence("status.phase", phase);
    finding.caused_by_code("BSQ-BACK-011");
    let resource = format!("{}.ceph.rook.io", item.kind().to_lowercase());
    finding.look(command::describe(
        item.namespace(),
        resource.as_str(),
        item.name(),
    ));
    finding.link("/docs/runtime/components/rook-ceph");
}

/// Without the Secret nobody has keys for S3 of Ceph. A job writes it, whose name holds `bootstrap`.
fn bootstrap(cx: &Context, report: &mut Report, patience: &Patience, store: &Item<ObjectStore>) {
    let read = match cx.get::<Secret>(NAMESPACE, BOOTSTRAP) {
        Err(error) if error.is_absent() && patience.is_over(store.created()) => error.read(),
        _ => return,
    };
    let jobs = cx.list_in::<Job>(NAMESPACE).or_empty();
    let failed = jobs
        .iter()
        .filter(|job| job.name().contains("bootstrap"))
        .find_map(|job| Some((job, condition::holding(&job.status.conditions, "Failed")?)));
    if let Some((job, condition)) = failed {
        let title = format!(
            "job {} failed, which makes the S3 credentials of Ceph",
            full_name(job)
        );
        let finding = report.finding("BSQ-BACK-009", job, title);
        finding.since(condition.last_transition_time);
        finding.evidence(
            "status.conditions.Failed",
            format!("{}: {}", condition.reason, condition.message),
        );
        let name = format!("job/{}", job.name());
        finding.look(["kubectl", "-n", NAMESPACE, "logs", name.as_str()]);
        finding.link("/docs/runtime/components/rook-ceph");
    }
    let subject = ObjectRef::new("v1/Secret", BOOTSTRAP)
        .in_namespace(NAMESPACE)
        .with_read(store.read());
    let title =
        format!("Secret {NAMESPACE}/{BOOTSTRAP} does not exist: nobody has keys for S3 of Ceph");
    let finding = report.finding("BSQ-BACK-008", subject, title);
    if let Some(read) = read {
        finding.evidence_from(read, "Secret", "absent");
    }
    finding.evidence("object store", full_name(store));
    if let Some((job, _)) = failed {
        finding.caused_by(job);
    }
    finding.caused_by_code("BSQ-BACK-012");
    finding.look(["kubectl", "-n", NAMESPACE, "get", "jobs"]);
    finding.link("/docs/runtime/components/rook-ceph");
}

/// New workloads are advised to go there, and it calls itself a preview: said once, judged by nobody.
fn preview(cx: &Context, report: &mut Report) {
    let claims = cx.list::<Claim>().or_empty();
    let is_ceph = |claim: &&Item<Claim>| {
        let provisioner = &claim.metadata.annotations.provisioner;
        ["rbd.csi.ceph.com", "cephfs.csi.ceph.com"]
            .iter()
            .any(|driver| provisioner.ends_with(driver))
    };
    let on_ceph: Vec<_> = claims.iter().filter(is_ceph).collect();
    let Some(first) = on_ceph.first() else { return };
    let namespaces: BTreeSet<_> = on_ceph.iter().map(|claim| claim.namespace()).collect();
    let count = on_ceph.len();
    let what = if count == 1 {
        "1 claim lies".to_owned()
    } else {
        format!("{count} claims lie")
    };
    let title = format!("{what} on Rook-Ceph, which is a technical preview");
    let finding = report.finding(
        "BSQ-BACK-015",
        Named::new("storage", "rook-ceph").with_read(first.read()),
        title,
    );
    finding.evidence(
        "namespaces",
        namespaces.into_iter().collect::<Vec<_>>().join(", "),
    );
    for claim in on_ceph.iter().take(5) {
        finding.evidence(
            format!("storage provisioner of claim {}", full_name(claim)),
            &claim.metadata.annotations.provisioner,
        );
    }
    finding.advice("new workloads are advised to go to Rook-Ceph where that is possible; keep backups while it is a preview");
    finding.link("/docs/runtime/storage-model");
    finding.link("/docs/runtime/components/rook-ceph");
}
