//! The check against workloads and their pods.

#![allow(clippy::unwrap_used)]

use bsq_sdk::Severity;
use bsq_sdk::testing::{FakeHost, Outcome};
use service_health::workloads_have_their_replicas as check;

const MANIFEST: &str = include_str!("../check.toml");
const LONG_AGO: &str = "2026-11-23T05:30:00Z";
const JUST_NOW: &str = "2026-11-23T06:10:30Z";

fn run(parts: &[&str]) -> Outcome {
    FakeHost::new(MANIFEST).objects(&parts.concat()).run(check)
}

fn deployment(name: &str, wanted: u32, status: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: coreai, uid: u-{name}, generation: 3, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec: {{replicas: {wanted}}}
status: {{observedGeneration: 3, {status}}}
"
    )
}

fn stateful_set(name: &str, wanted: u32, ready: u32) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: {name}, namespace: data, generation: 1, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec: {{replicas: {wanted}}}
status: {{observedGeneration: 1, readyReplicas: {ready}, updatedReplicas: {wanted}}}
"
    )
}

/// A pod of a workload with this `Ready` condition.
fn pod(namespace: &str, name: &str, owner: &str, ready: bool, since: &str) -> String {
    let (kind, owner) = owner.split_once('/').unwrap();
    let (labels, owner) = match kind {
        "Deployment" => ("{pod-template-hash: abc12}", format!("{owner}-abc12")),
        _ => ("{}", owner.to_owned()),
    };
    let kind = if kind == "Deployment" {
        "ReplicaSet"
    } else {
        kind
    };
    let status = if ready { "True" } else { "False" };
    format!(
        "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: {namespace}
  creationTimestamp: '2026-11-20T00:00:00Z'
  labels: {labels}
  ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: {owner}, uid: r, controller: true}}]
status: {{phase: Running, conditions: [{{type: Ready, status: '{status}', reason: ContainersNotReady, lastTransitionTime: '{since}'}}]}}
"
    )
}

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    format!("{:?}", outcome.finding(code))
        .split("name: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect()
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let outcome = run(&[
        &deployment("portal", 2, "readyReplicas: 2, updatedReplicas: 2"),
        &deployment("idle", 0, "replicas: 0"),
        &stateful_set("postgresql", 1, 1),
        &pod("jobs", "report-1", "Job/report", false, LONG_AGO),
        "---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: gpu-plugin, namespace: kube-system, generation: 1}
status: {observedGeneration: 1, desiredNumberScheduled: 0, numberReady: 0}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: Kafka
metadata: {name: bus, namespace: proai}
status: {conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: toolhive.stacklok.dev/v1alpha1
kind: MCPServer
metadata: {name: search, namespace: coreai}
status: {phase: Running}
---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {name: rook-ceph, namespace: rook-ceph}
status: {phase: Ready, ceph: {health: HEALTH_OK}}
",
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn what_is_on_its_way_is_well() {
    let rolling = deployment("portal", 2, "readyReplicas: 1, updatedReplicas: 1");
    let replaced = pod(
        "coreai",
        "portal-abc12-x",
        "Deployment/portal",
        false,
        JUST_NOW,
    );
    let restarting = stateful_set("postgresql", 3, 2);
    let restarted = pod(
        "data",
        "postgresql-2",
        "StatefulSet/postgresql",
        false,
        JUST_NOW,
    );
    assert_eq!(
        run(&[&rolling, &replaced, &restarting, &restarted]).titles(),
        [""; 0]
    );
    // Scaled up a moment ago, before any new pod is seen.
    let scaled = deployment("api", 3, "readyReplicas: 1, updatedReplicas: 1").replace(
        "generation: 3",
        &format!("generation: 3, managedFields: [{{manager: kubectl, subresource: scale, time: '{JUST_NOW}'}}]"),
    );
    assert_eq!(run(&[&scaled]).titles(), [""; 0]);
    let deleted = deployment("old", 1, "readyReplicas: 0")
        .replace("uid: u-old", &format!("deletionTimestamp: '{LONG_AGO}'"));
    assert_eq!(
        run(&[&deleted, &stateful_set("ok", 1, 1)]).titles(),
        [""; 0]
    );
}

#[test]
fn a_workload_without_ready_pod_serves_nobody() {
    let outcome = run(&[
        &stateful_set("postgresql", 1, 0),
        &pod(
            "data",
            "postgresql-0",
            "StatefulSet/postgresql",
            false,
            LONG_AGO,
        ),
        &pod("data", "other-0", "StatefulSet/other", false, LONG_AGO),
    ]);
    assert_eq!(
        outcome.titles(),
        ["StatefulSet data/postgresql serves nobody: it has no ready pod"]
    );
    let finding = outcome.finding("BSQ-SVC-001");
    assert_eq!(outcome.severity(finding), Severity::High);
    assert_eq!(finding.began(), LONG_AGO.parse().ok());
    assert_eq!(finding.fact("replicas"), Some("0 ready, 1 wanted"));
    let names = causes(&outcome, "BSQ-SVC-001");
    assert!(names.contains(&"postgresql-0".to_owned()), "{names:?}");
    assert!(!names.contains(&"other-0".to_owned()), "{names:?}");
}

#[test]
fn a_deployment_is_out_since_it_says_so_and_not_since_its_last_crash() {
    let status = format!(
        "readyReplicas: 0, updatedReplicas: 1, conditions: [{{type: Available, status: 'False', lastTransitionTime: '{LONG_AGO}'}}]"
    );
    let outcome = run(&[
        &deployment("portal", 1, &status),
        &pod(
            "coreai",
            "portal-abc12-x",
            "Deployment/portal",
            false,
            "2026-11-23T06:05:00Z",
        ),
    ]);
    assert_eq!(
        outcome.finding("BSQ-SVC-001").began(),
        LONG_AGO.parse().ok()
    );
}

#[test]
fn a_pod_that_ends_again_and_again_counts_however_young_its_condition_is() {
    let pod = |restarts: u32| {
        pod("data", "minio-0", "StatefulSet/minio", false, JUST_NOW).replace(
            "status: {phase: Running,",
            &format!("status: {{phase: Running, containerStatuses: [{{restartCount: {restarts}, state: {{waiting: {{reason: CrashLoopBackOff}}}}}}],"),
        )
    };
    assert_eq!(
        run(&[&stateful_set("minio", 1, 0), &pod(14)]).codes(),
        ["BSQ-SVC-001"]
    );
    assert_eq!(
        run(&[&stateful_set("minio", 1, 0), &pod(1)]).titles(),
        [""; 0]
    );
}

#[test]
fn fewer_pods_than_wanted_is_a_warning() {
    let outcome = run(&[
        &deployment("portal", 3, "readyReplicas: 2, updatedReplicas: 3"),
        &pod(
            "coreai",
            "portal-abc12-x",
            "Deployment/portal",
            false,
            LONG_AGO,
        ),
        &pod(
            "coreai",
            "portal-abc12-y",
            "Deployment/portal",
            true,
            LONG_AGO,
        ),
    ]);
    assert_eq!(
        outcome.titles(),
        ["Deployment coreai/portal: 2 of 3 wanted pods are ready"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-SVC-002"], "warn")
    );
}

#[test]
fn a_rollout_that_is_stuck_is_told_even_while_the_old_pods_serve() {
    let stuck = "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: 'ReplicaSet \"portal-abc12\" has timed out progressing.', lastTransitionTime: '2026-11-23T05:30:00Z'}]";
    let serving = deployment(
        "portal",
        2,
        &format!("readyReplicas: 2, updatedReplicas: 1, {stuck}"),
    );
    let outcome = run(&[&serving]);
    assert_eq!(
        outcome.titles(),
        ["Deployment coreai/portal: its rollout is stuck, the old pods still serve"]
    );
    let finding = outcome.finding("BSQ-SVC-003");
    assert_eq!(finding.began(), LONG_AGO.parse().ok());
    assert_eq!(finding.fact("pods of the newest revision"), Some("1 of 2"));

    let short = deployment(
        "portal",
        2,
        &format!("readyReplicas: 1, updatedReplicas: 1, {stuck}"),
    );
    let new = pod(
        "coreai",
        "portal-abc12-x",
        "Deployment/portal",
        false,
        LONG_AGO,
    );
    assert_eq!(run(&[&short, &new]).codes(), ["BSQ-SVC-003"]);
}

#[test]
fn pods_that_cannot_be_created_are_told_with_the_reason() {
    let refused = deployment(
        "api",
        2,
        "readyReplicas: 0, conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'pods \"api-x\" is forbidden: exceeded quota: compute, requested: cpu=2, used: cpu=8, limited: cpu=8', lastTransitionTime: '2026-11-23T05:30:00Z'}]",
    );
    let event = "---
apiVersion: v1
kind: Event
metadata: {name: e1, namespace: data}
involvedObject: {kind: StatefulSet, namespace: data, name: minio}
reason: FailedCreate
message: 'create Pod minio-0 in StatefulSet minio failed error: admission webhook denied the request'
firstTimestamp: '2026-11-23T05:40:00Z'
lastTimestamp: '2026-11-23T06:11:00Z'
";
    let outcome = run(&[&refused, &stateful_set("minio", 1, 0), event]);
    assert_eq!(outcome.codes(), ["BSQ-SVC-004", "BSQ-SVC-004"]);
    assert_eq!(
        outcome.titles().first().copied(),
        Some(
            "Deployment coreai/api: its pods cannot be created: exceeded quota: compute, requested: cpu=2, used: cpu=8, limited: cpu=8"
        )
    );
    let last = outcome.findings.last().unwrap();
    assert_eq!(last.began(), "2026-11-23T05:40:00Z".parse().ok());
    assert!(
        last.fact("event FailedCreate")
            .is_some_and(|it| it.contains("webhook denied"))
    );
}

#[test]
fn a_change_that_no_controller_takes_up_is_one_finding_a_kind() {
    let lagging = |name: &str, time: &str| {
        deployment(name, 1, "readyReplicas: 1, updatedReplicas: 1").replace(
            "generation: 3,",
            &format!("generation: 4, managedFields: [{{manager: argocd, time: '{time}'}}, {{manager: kcm, subresource: status, time: '{JUST_NOW}'}}],"),
        )
    };
    let outcome = run(&[
        &lagging("portal", LONG_AGO),
        &lagging("api", "2026-11-23T05:50:00Z"),
    ]);
    assert_eq!(
        outcome.titles(),
        [
            "changes of 2 Deployments (Deployment coreai/portal, …) are not taken up by their controller"
        ]
    );
    assert_eq!(
        outcome.finding("BSQ-SVC-005").began(),
        LONG_AGO.parse().ok()
    );
    // A moment ago, or at a time that nobody knows: nothing is wrong yet.
    assert_eq!(run(&[&lagging("portal", JUST_NOW)]).titles(), [""; 0]);
    let unknown =
        deployment("x", 1, "readyReplicas: 1").replace("generation: 3,", "generation: 4,");
    assert_eq!(run(&[&unknown]).titles(), [""; 0]);
}

#[test]
fn without_pods_it_says_less_and_is_never_green() {
    let denied = |parts: &[&str]| {
        FakeHost::new(MANIFEST)
            .objects(&parts.concat())
            .denied("v1/Pod")
            .run(check)
    };
    assert_eq!(
        denied(&[&stateful_set("postgresql", 1, 1)]).word(),
        "skip: unknown"
    );
    let outcome = denied(&[&stateful_set("postgresql", 1, 0)]);
    assert_eq!(outcome.codes(), ["BSQ-SVC-001"]);
    assert_eq!(outcome.finding("BSQ-SVC-001").began(), None);
    for kind in [
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet",
    ] {
        let outcome = FakeHost::new(MANIFEST).forbidden(kind).run(check);
        assert_eq!(outcome.word(), "skip: unknown", "{kind}");
    }
}

#[test]
fn without_workloads_there_is_nothing_to_look_at() {
    assert_eq!(run(&[]).word(), "skip: not-applicable");
}
