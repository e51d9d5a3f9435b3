//! The check against claims, the classes that they name, and the pods that wait for them.

use bsq_sdk::Scope;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome, causes};
use storage_classes::claims_are_bound as check;

const MANIFEST: &str = include_str!("../check.toml");

/// A disk class that waits, an older one that does not, and a shared file system.
const CLASSES: &str = "---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: block, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}
provisioner: rook-ceph.rbd.csi.ceph.com
volumeBindingMode: Immediate
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local-path}
provisioner: rancher.io/local-path
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: shared}
provisioner: rook-ceph.cephfs.csi.ceph.com
volumeBindingMode: Immediate
";

fn claim(name: &str, class: &str, mode: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}, namespace: data, uid: {name}, creationTimestamp: '2026-11-23T05:40:00Z'}}
spec: {{{class}accessModes: [{mode}]}}
status: {{phase: Pending}}
"
    )
}

fn of_class(name: &str, class: &str, mode: &str) -> String {
    claim(name, &format!("storageClassName: '{class}', "), mode)
}

fn bound(name: &str, mode: &str) -> String {
    of_class(name, "block", mode)
        .replace("phase: Pending", "phase: Bound")
        .replace(
            "accessModes",
            &format!("volumeName: pv-{name}, accessModes"),
        )
}

fn pod(name: &str, claim: &str, phase: &str, node: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: data, uid: {name}, creationTimestamp: '2026-11-23T05:41:00Z'}}
spec: {{nodeName: '{node}', volumes: [{{name: v, persistentVolumeClaim: {{claimName: {claim}}}}}], containers: [{{name: main, image: 'registry.site.test/main:1'}}]}}
status: {{phase: {phase}}}
"
    )
}

fn event(kind: &str, name: &str, reason: &str, message: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Event
metadata: {{name: {name}.{reason}, namespace: data}}
involvedObject: {{kind: {kind}, namespace: data, name: {name}, uid: {name}}}
reason: {reason}
message: '{message}'
lastTimestamp: '2026-11-23T06:10:00Z'
"
    )
}

fn host(parts: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[&str]) -> Outcome {
    host(parts).run(check)
}

#[test]
fn bound_claims_are_well() {
    let outcome = run(&[
        CLASSES,
        &bound("postgresql", "ReadWriteOnce"),
        &pod("postgresql-0", "postgresql", "Running", "worker-1"),
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn a_claim_without_a_waiting_consumer_is_well() {
    let idle = of_class("idle", "local-path", "ReadWriteOnce");
    assert_eq!(run(&[CLASSES, &idle]).titles(), [""; 0]);
    let over = pod("job-abcde", "idle", "Succeeded", "worker-1");
    assert_eq!(run(&[CLASSES, &idle, &over]).titles(), [""; 0]);
}

#[test]
fn a_consumer_that_is_not_placed_for_other_reasons_is_no_fault_of_storage() {
    let idle = of_class("idle", "local-path", "ReadWriteOnce");
    let waits = pod("app-0", "idle", "Pending", "").replace(
        "phase: Pending",
        "phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: '0/3 nodes are available: 3 Insufficient cpu.'}]",
    );
    let waiting = event(
        "PersistentVolumeClaim",
        "idle",
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
    );
    assert_eq!(run(&[CLASSES, &idle, &waits, &waiting]).titles(), [""; 0]);
    // Where classes cannot be read, it may be one that waits.
    let unread = host(&[CLASSES, &idle, &waits])
        .forbidden("storage.k8s.io/v1/StorageClass")
        .run(check);
    assert_eq!(
        (unread.titles(), unread.word()),
        (Vec::new(), "skip: unknown")
    );
}

#[test]
fn young_and_ending_claims_are_well() {
    let young = of_class("young", "nowhere", "ReadWriteOnce").replace("05:40:00Z", "06:10:00Z");
    let ending = of_class("ending", "nowhere", "ReadWriteOnce")
        .replace("uid: ending", "deletionTimestamp: '2026-11-23T06:00:00Z'");
    assert_eq!(run(&[CLASSES, &young, &ending]).titles(), [""; 0]);
}

#[test]
fn a_class_that_was_renamed_is_one_cause_of_all_its_claims() {
    let outcome = run(&[
        CLASSES,
        &of_class("a", "fast", "ReadWriteOnce"),
        &of_class("b", "fast", "ReadWriteOnce"),
        &pod("a-0", "a", "Pending", ""),
    ]);
    assert_eq!(
        outcome.titles(),
        [
            "storage class fast does not exist, and 2 claims are not bound",
            "claim data/a is not bound: storage class fast does not exist",
            "claim data/b is not bound: storage class fast does not exist",
        ]
    );
    let root = outcome.finding("BSQ-STO-002");
    assert_eq!(
        root.fact("spec.storageClassName of claim data/a"),
        Some("fast")
    );
    assert!(
        root.fact("storage classes")
            .unwrap_or_default()
            .contains("block (rook-ceph.rbd.csi.ceph.com, default)")
    );
    assert_eq!(
        root.began().map(|time| time.to_string()).as_deref(),
        Some("2026-11-23T05:40:00Z")
    );
    let claim = outcome.finding("BSQ-STO-001");
    assert_eq!(causes(claim), ["StorageClass fast"]);
    assert_eq!(claim.fact("pods that wait for it"), Some("data/a-0"));
    assert_eq!(outcome.word(), "fail");
    let unused = outcome
        .findings
        .last()
        .map(|finding| outcome.severity(finding));
    assert_eq!(
        unused,
        Some(Severity::Medium),
        "no pod waits for the second"
    );
}

#[test]
fn a_missing_class_is_read_from_the_event_where_classes_are_not_readable() {
    let said = event(
        "PersistentVolumeClaim",
        "a",
        "ProvisioningFailed",
        "storageclass.storage.k8s.io \"fast\" not found",
    );
    let parts = [
        &of_class("a", "fast", "ReadWriteOnce"),
        &said,
        &pod("a-0", "a", "Pending", ""),
    ];
    let outcome = host(&parts.map(String::as_str))
        .forbidden("storage.k8s.io/v1/StorageClass")
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-STO-002", "BSQ-STO-001"]);
    assert!(!outcome.complete);
}

#[test]
fn an_event_from_before_the_class_was_made_is_old() {
    let said = event(
        "PersistentVolumeClaim",
        "a",
        "ProvisioningFailed",
        "storageclass.storage.k8s.io \"block\" not found",
    );
    let outcome = run(&[CLASSES, &of_class("a", "block", "ReadWriteOnce"), &said]);
    assert_eq!(
        outcome.titles(),
        ["claim data/a is not bound: nothing says why"]
    );
}

#[test]
fn a_class_that_the_site_expects_must_be_there() {
    let outcome = host(&[CLASSES])
        .setting("rwx-class", "nfs")
        .setting("rwo-class", "block")
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["storage class nfs does not exist, though the site expects it"]
    );
    assert_eq!(
        outcome.finding("BSQ-STO-002").fact("settings.rwx-class"),
        Some("nfs")
    );
    let well = host(&[CLASSES]).setting("rwx-class", "shared").run(check);
    assert_eq!(well.word(), "pass");
}

#[test]
fn without_a_default_class_a_claim_that_names_none_is_not_bound() {
    let classes = CLASSES.replace("'true'", "'false'");
    let outcome = run(&[
        &classes,
        &claim("a", "", "ReadWriteOnce"),
        &pod("a-0", "a", "Pending", ""),
    ]);
    assert_eq!(
        outcome.titles(),
        [
            "no storage class is the default, and 1 claim names none",
            "claim data/a is not bound: it names no storage class, and none is the default",
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-STO-003", "BSQ-STO-001"]);
    assert_eq!(
        causes(outcome.finding("BSQ-STO-001")),
        ["storage-class default"]
    );
}

#[test]
fn two_defaults_are_told_and_are_no_fault() {
    let both = CLASSES.replace("{name: shared}", "{name: shared, creationTimestamp: '2026-11-01T00:00:00Z', annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}");
    let outcome = run(&[&both, &bound("a", "ReadWriteOnce")]);
    assert_eq!(
        outcome.titles(),
        ["2 storage classes are the default (shared, block); the newest, shared, is taken"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-STO-004"], "pass")
    );
}

#[test]
fn shared_access_of_a_disk_class_is_told_in_the_provisioners_words_or_without() {
    let said = event(
        "PersistentVolumeClaim",
        "work",
        "ProvisioningFailed",
        "failed to provision volume: rpc error: code = InvalidArgument desc = multi node access modes are only supported on rbd `block` type volumes",
    );
    let work = of_class("work", "block", "ReadWriteMany");
    let waits = pod("docling-0", "work", "Pending", "");
    for events in [said.as_str(), ""] {
        let outcome = run(&[CLASSES, &work, &waits, events]);
        assert_eq!(
            outcome.titles(),
            [
                "claim data/work is not bound: it asks for ReadWriteMany, which storage class block (rook-ceph.rbd.csi.ceph.com) does not give"
            ]
        );
        assert_eq!(outcome.codes(), ["BSQ-STO-006"]);
    }
    let disks = CLASSES.replace("rook-ceph.cephfs.csi.ceph.com", "disk.csi.azure.com");
    let outcome = run(&[&disks, &work, &waits]);
    assert_eq!(outcome.codes(), ["BSQ-STO-005", "BSQ-STO-006"]);
    assert_eq!(
        causes(outcome.finding("BSQ-STO-006")),
        ["storage-class ReadWriteMany"]
    );
    let block = work.replace("accessModes", "volumeMode: Block, accessModes");
    assert_eq!(
        run(&[CLASSES, &block, &waits]).codes(),
        ["BSQ-STO-001"],
        "a raw device can be shared"
    );
}

#[test]
fn a_provisioner_that_is_silent_is_one_cause_and_one_that_fails_speaks() {
    let waits = "Waiting for a volume to be created either by the external provisioner or manually";
    let parts = [
        CLASSES.to_owned(),
        of_class("a", "shared", "ReadWriteMany"),
        event("PersistentVolumeClaim", "a", "ExternalProvisioning", waits),
        pod("a-0", "a", "Pending", ""),
    ];
    let outcome = host(&parts.each_ref().map(String::as_str)).run(check);
    assert_eq!(outcome.codes(), ["BSQ-STO-009", "BSQ-STO-001"]);
    assert_eq!(
        causes(outcome.finding("BSQ-STO-001")),
        ["StorageClass shared"]
    );
    assert!(outcome.finding("BSQ-STO-009").title().contains(
        "rook-ceph.cephfs.csi.ceph.com of storage class shared does not answer: 1 claim waits"
    ));

    let failed = event(
        "PersistentVolumeClaim",
        "a",
        "ProvisioningFailed",
        "rpc error: code = Internal desc = pool is full",
    );
    let [classes, claim, silent, pod] = &parts;
    let outcome = run(&[classes, claim, silent, &failed, pod]);
    assert_eq!(
        outcome.titles(),
        ["claim data/a is not bound: pool is full"]
    );
}

#[test]
fn volumes_made_by_hand_must_fit() {
    let by_hand = of_class("a", "", "ReadWriteOnce");
    assert_eq!(
        run(&[CLASSES, &by_hand]).titles(),
        [""; 0],
        "nobody waits for it"
    );
    let waits = pod("a-0", "a", "Pending", "").replace(
        "phase: Pending",
        "phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: 'node(s) did not find available persistent volumes to bind'}]",
    );
    let outcome = run(&[CLASSES, &by_hand, &waits]);
    assert_eq!(
        outcome.titles(),
        ["claim data/a is not bound: no volume fits, and none is made by itself"]
    );
    let local = CLASSES.replace("rancher.io/local-path", "kubernetes.io/no-provisioner");
    let outcome = run(&[
        &local,
        &of_class("a", "local-path", "ReadWriteOnce"),
        &waits,
    ]);
    assert_eq!(
        outcome.titles(),
        ["claim data/a is not bound: no volume fits, and none is made by itself"]
    );
}

fn multi_attach(app: &str, holder: &str) -> Outcome {
    let refused = event(
        "Pod",
        &format!("{app}-b"),
        "FailedAttachVolume",
        "Multi-Attach error for volume \"pv-work\" Volume is already used by pod(s)",
    );
    run(&[
        CLASSES,
        &bound("work", "ReadWriteOnce"),
        &pod(&format!("{app}-a"), "work", holder, "worker-1"),
        &pod(&format!("{app}-b"), "work", "Pending", "worker-2"),
        &refused,
    ])
}

#[test]
fn one_volume_on_two_nodes_names_who_holds_it() {
    let outcome = multi_attach("grafana", "Running");
    assert_eq!(
        outcome.titles(),
        [
            "claim data/work cannot be attached for pod grafana-b: pod grafana-a holds it on node worker-1"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-STO-007"]);
    let node = ["BSQ-POD-022", "BSQ-METRIC-004"];
    assert_eq!(causes(outcome.finding("BSQ-STO-007")), node);
    let lost = multi_attach("grafana", "Unknown");
    assert_eq!(
        causes(lost.finding("BSQ-STO-007")),
        ["Pod data/grafana-a", "BSQ-POD-022", "BSQ-METRIC-004"],
        "a holder whose node is lost is why"
    );
}

#[test]
fn docling_is_told_to_share_by_another_class() {
    let outcome = multi_attach("docling", "Running");
    assert_eq!(outcome.codes(), ["BSQ-STO-008"]);
    assert_eq!(outcome.word(), "fail");
    let running = [
        CLASSES.to_owned(),
        bound("work", "ReadWriteOnce"),
        pod("docling-a", "work", "Running", "worker-1"),
        pod("docling-b", "work", "Running", "worker-1"),
    ];
    let outcome = host(&running.each_ref().map(String::as_str)).run(check);
    assert_eq!(
        outcome.titles(),
        ["2 pods of Docling share the ReadWriteOnce claim data/work"]
    );
    assert_eq!(outcome.word(), "warn");
    let [classes, claim, one, _] = &running;
    assert_eq!(
        run(&[classes, claim, one]).titles(),
        [""; 0],
        "one replica needs no sharing"
    );
}

#[test]
fn lost_and_failed_volumes_are_told() {
    let lost = bound("a", "ReadWriteOnce").replace("phase: Bound", "phase: Lost");
    let failed = "---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-old}
spec: {claimRef: {namespace: data, name: old}, persistentVolumeReclaimPolicy: Delete, storageClassName: block}
status: {phase: Failed, message: 'rbd image is still in use', lastPhaseTransitionTime: '2026-11-23T05:00:00Z'}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-kept}
spec: {claimRef: {namespace: data, name: kept}, persistentVolumeReclaimPolicy: Retain, storageClassName: block}
status: {phase: Released}
";
    let outcome = run(&[CLASSES, &lost, failed]);
    assert_eq!(
        outcome.titles(),
        [
            "claim data/a has lost its volume pv-a",
            "volume pv-old of claim data/old could not be given back",
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-STO-010", "BSQ-STO-011"]);
    let elsewhere = host(&[CLASSES, &bound("a", "ReadWriteOnce"), failed])
        .scope(Scope::namespace("iam"))
        .run(check);
    assert_eq!(
        elsewhere.titles(),
        [""; 0],
        "the volume is of another namespace"
    );
}

#[test]
fn denied_reads_are_never_green() {
    let parts = [CLASSES.to_owned(), bound("a", "ReadWriteOnce")];
    for kind in [
        "v1/PersistentVolumeClaim",
        "storage.k8s.io/v1/StorageClass",
        "v1/Pod",
        "v1/Event",
        "v1/PersistentVolume",
    ] {
        let outcome = host(&parts.each_ref().map(String::as_str))
            .denied(kind)
            .run(check);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: unknown", false),
            "{kind}"
        );
    }
}

#[test]
fn without_claims_the_question_does_not_arise() {
    assert_eq!(run(&[CLASSES]).word(), "skip: not-applicable");
}
