//! The check against what operators run: Kafka, MCP servers, Ceph.

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use service_health::workloads_have_their_replicas as check;

const MANIFEST: &str = include_str!("../check.toml");

/// A workload that is well, so that the check has something to look at.
const WORKLOAD: &str = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: portal, namespace: coreai}
spec: {replicas: 1}
status: {readyReplicas: 1}
";

const BROKER: &str = "---
apiVersion: v1
kind: Pod
metadata:
  name: bus-kafka-0
  namespace: proai
  labels: {strimzi.io/cluster: bus, strimzi.io/broker-role: 'true'}
  ownerReferences: [{apiVersion: core.strimzi.io/v1beta2, kind: StrimziPodSet, name: bus-kafka, uid: s, controller: true}]
status: {phase: Running, conditions: [{type: Ready, status: 'READY', lastTransitionTime: '2026-11-23T05:30:00Z'}]}
";

fn kafka(version: &str, conditions: &str) -> String {
    format!(
        "---
apiVersion: kafka.strimzi.io/{version}
kind: Kafka
metadata: {{name: bus, namespace: proai, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec: {{kafka: {{listeners: [{{name: tls, authentication: {{type: tls}}}}, {{name: oauth, authentication: {{type: oauth, jwksEndpointUri: 'http://keycloak.iam.svc:8080/realms/bsq/protocol/openid-connect/certs'}}}}]}}}}
status: {{conditions: [{conditions}]}}
"
    )
}

const READY: &str = "{type: Ready, status: 'True'}";
const NOT_READY: &str = "{type: NotReady, status: 'True', reason: TimeoutException, message: 'Exceeded timeout of 300000ms while waiting for Pods resource bus-kafka-0', lastTransitionTime: '2026-11-23T05:30:00Z'}";
const KEYS: &str = "ERROR [oauth] Failed to fetch public keys needed to validate JWT signatures: http://keycloak.iam.svc:8080/realms/bsq/certs: Connection refused";

fn host(parts: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&[&[WORKLOAD], parts].concat().concat())
}

fn run(parts: &[&str]) -> Outcome {
    host(parts).run(check)
}

fn broker(ready: bool) -> String {
    BROKER.replace("READY", if ready { "True" } else { "False" })
}

/// The log of the broker with this line at these minutes after six.
fn log(line: &str, minutes: &[u32]) -> String {
    let lines = minutes
        .iter()
        .map(|minute| format!("2026-11-23 06:{minute:02}:01,123 {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_kafka_cluster_that_is_not_ready_is_told_with_what_strimzi_says() {
    for version in ["v1beta2", "v1"] {
        let outcome = run(&[&kafka(version, NOT_READY), &broker(false)]);
        assert_eq!(
            outcome.titles(),
            [
                "Kafka proai/bus is not ready: Exceeded timeout of 300000ms while waiting for Pods resource bus-kafka-0"
            ]
        );
        let finding = outcome.finding("BSQ-SVC-006");
        assert_eq!(finding.began(), "2026-11-23T05:30:00Z".parse().ok());
        assert!(format!("{finding:?}").contains("name: \"bus-kafka-0\""));
        assert!(finding.fact("status.conditions[NotReady]").is_some());
    }
}

#[test]
fn brokers_that_cannot_fetch_keys_are_told_ready_or_not() {
    for (condition, title) in [
        (
            NOT_READY,
            "Kafka proai/bus is not ready and cannot fetch the keys that tokens are validated with",
        ),
        (
            READY,
            "Kafka proai/bus cannot fetch the keys that tokens are validated with",
        ),
    ] {
        let outcome = host(&[&kafka("v1beta2", condition), &broker(true)])
            .pod_log("proai/bus-kafka-0/kafka", &log(KEYS, &[1, 5, 9]))
            .run(check);
        assert_eq!(outcome.titles(), [title]);
        let finding = outcome.finding("BSQ-SVC-007");
        assert_eq!(finding.began(), "2026-11-23T06:01:01Z".parse().ok());
        assert!(
            finding
                .fact("log of pod bus-kafka-0")
                .is_some_and(|it| it.contains("Connection refused"))
        );
        // The Service that the address names, and Keycloak by the code of what says that it is down.
        let said = format!("{finding:?}");
        assert!(
            said.contains("name: \"keycloak\"") && said.contains("BSQ-DEP-003"),
            "{said}"
        );
    }
}

#[test]
fn the_condition_of_a_cluster_may_say_it_by_itself() {
    let condition = NOT_READY.replace(
        "Exceeded timeout of 300000ms while waiting for Pods resource bus-kafka-0",
        "OAuth token validation failed: issuer is not as expected",
    );
    let outcome = run(&[&kafka("v1beta2", &condition)]);
    assert_eq!(
        outcome.titles(),
        ["Kafka proai/bus is not ready and refuses the tokens of its clients"]
    );
}

#[test]
fn a_stray_or_old_line_of_a_broker_is_well() {
    let ready = kafka("v1beta2", READY);
    for minutes in [&[1][..], &[]] {
        let outcome = host(&[&ready, &broker(true)])
            .pod_log("proai/bus-kafka-0/kafka", &log(KEYS, minutes))
            .run(check);
        assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
    }
    let old = log(KEYS, &[1, 5, 9]).replace("2026-11-23", "2026-11-20");
    let outcome = host(&[&ready, &broker(true)])
        .pod_log("proai/bus-kafka-0/kafka", &old)
        .run(check);
    assert_eq!(outcome.titles(), [""; 0]);
}

#[test]
fn a_cluster_that_is_new_or_paused_is_well() {
    let new = NOT_READY.replace("05:30:00", "06:10:00");
    let paused =
        "{type: ReconciliationPaused, status: 'True', lastTransitionTime: '2026-11-23T05:30:00Z'}";
    for condition in [new.as_str(), paused] {
        assert_eq!(run(&[&kafka("v1beta2", condition)]).titles(), [""; 0]);
    }
}

#[test]
fn an_mcp_server_that_does_not_run_lacks_its_tools() {
    let server = "---
apiVersion: toolhive.stacklok.dev/v1alpha1
kind: MCPServer
metadata: {name: search, namespace: coreai, creationTimestamp: '2026-11-01T00:00:00Z'}
status: {phase: Failed, message: 'image cannot be pulled'}
";
    let outcome = run(&[server]);
    assert_eq!(
        outcome.titles(),
        [
            "MCP server coreai/search does not run (Failed), so its tools are missing: image cannot be pulled"
        ]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-SVC-008"], "warn")
    );
    let new = server
        .replace("2026-11-01T00:00:00Z", "2026-11-23T06:10:00Z")
        .replace("Failed", "Pending");
    assert_eq!(run(&[&new]).titles(), [""; 0]);
}

#[test]
fn what_ceph_says_is_told_in_its_words() {
    let cluster = |health: &str, phase: &str| {
        format!("---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {{name: rook-ceph, namespace: rook-ceph, creationTimestamp: '2026-11-01T00:00:00Z'}}
status: {{phase: {phase}, message: failed to start mons, ceph: {{health: {health}, lastChanged: '2026-11-23T05:30:00Z', details: {{OSD_DOWN: {{severity: HEALTH_WARN, message: 1 osds down}}, PG_DAMAGED: {{severity: HEALTH_ERR, message: 1 pg inconsistent}}}}}}}}
")
    };
    let osd = "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: rook-ceph-osd-0
  namespace: rook-ceph
  ownerReferences: [{apiVersion: ceph.rook.io/v1, kind: CephCluster, name: rook-ceph, uid: c, controller: true}]
spec: {replicas: 1}
status: {readyReplicas: 0, conditions: [{type: Available, status: 'False', lastTransitionTime: '2026-11-23T05:29:00Z'}]}
";
    let outcome = run(&[&cluster("HEALTH_ERR", "Ready"), osd]);
    let finding = outcome.finding("BSQ-SVC-009");
    assert_eq!(
        finding.title(),
        "Ceph cluster rook-ceph/rook-ceph reports an error: PG_DAMAGED: 1 pg inconsistent (and 1 more)"
    );
    assert_eq!(finding.began(), "2026-11-23T05:30:00Z".parse().ok());
    assert!(format!("{finding:?}").contains("name: \"rook-ceph-osd-0\""));
    assert_eq!(outcome.severity(finding), Severity::High);

    let outcome = run(&[&cluster("HEALTH_WARN", "Ready")]);
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-SVC-010"], "warn")
    );
    let outcome = run(&[&cluster("HEALTH_OK", "Failure")]);
    assert!(
        outcome
            .finding("BSQ-SVC-009")
            .title()
            .ends_with("Rook cannot bring it up: failed to start mons")
    );
}

#[test]
fn what_cannot_be_read_is_never_green() {
    for what in [
        "ceph.rook.io/v1/CephCluster",
        "toolhive.stacklok.dev/v1alpha1/MCPServer",
        "kafka.strimzi.io/v1beta2/Kafka",
    ] {
        let outcome = host(&[]).denied(what).run(check);
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![], "skip: unknown"),
            "{what}"
        );
    }
    let outcome = host(&[&kafka("v1beta2", READY), &broker(true)])
        .denied("pod-logs")
        .run(check);
    assert_eq!(outcome.word(), "skip: unknown");
}

#[test]
fn where_no_operator_is_installed_the_workloads_decide() {
    let absent = |kind: &str| Error::new("absent", format!("the server does not know {kind}"));
    let kinds = [
        "ceph.rook.io/v1/CephCluster",
        "toolhive.stacklok.dev/v1alpha1/MCPServer",
        "kafka.strimzi.io/v1beta2/Kafka",
        "kafka.strimzi.io/v1/Kafka",
    ];
    let host = kinds
        .iter()
        .fold(host(&[]), |host, kind| host.failed(kind, absent(kind)));
    assert_eq!(host.run(check).word(), "pass");
}
