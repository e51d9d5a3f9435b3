//! What the check says of pods in `fixtures/`, each a case of the real world cut to the fields that matter.
#![allow(clippy::unwrap_used, clippy::panic)]

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome, causes};
use pod_triage::pods_run;

fn host() -> FakeHost {
    FakeHost::new(include_str!("../check.toml"))
}

macro_rules! fixture {
    ($name:literal) => {
        host().objects(include_str!(concat!("fixtures/", $name, ".yaml")))
    };
}

#[track_caller]
fn about<'a>(outcome: &'a Outcome, pod: &str) -> &'a Finding {
    let is_about = |finding: &&Finding| {
        finding
            .subject()
            .object()
            .is_some_and(|object| object.name() == pod)
    };
    let found = outcome.findings.iter().find(is_about);
    found.unwrap_or_else(|| panic!("nothing about {pod}: {:#?}", outcome.titles()))
}

#[track_caller]
fn assert_says(outcome: &Outcome, expected: &[(&str, &str, &str)]) {
    for (pod, code, title) in expected {
        let finding = about(outcome, pod);
        assert_eq!((finding.code(), finding.title()), (*code, *title));
    }
    assert_eq!(
        outcome.findings.len(),
        expected.len(),
        "{:#?}",
        outcome.titles()
    );
}

#[test]
fn crashes_say_how_the_container_ended() {
    let outcome = fixture!("crash").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "postgresql-0",
                "BSQ-POD-001",
                "data/postgresql-0 ends again and again: exit 1",
            ),
            (
                "mlflow-6b7f9c8d5-x2x4z",
                "BSQ-POD-001",
                "coreai/mlflow-6b7f9c8d5-x2x4z (container mlflow) ends again and again: exit 1",
            ),
            (
                "model-llama-0",
                "BSQ-POD-005",
                "kubeai/model-llama-0 is killed for its memory: limit 24Gi (OOMKilled)",
            ),
            (
                "keycloak-0",
                "BSQ-POD-006",
                "iam/keycloak-0 is killed by its liveness probe: Get \"http://10.0.0.7:9000/health/live\": context deadline exceeded",
            ),
            (
                "migrate-29-abcde",
                "BSQ-POD-001",
                "data/migrate-29-abcde (init container wait-for-db) ends again and again: exit 2",
            ),
        ],
    );
    assert_eq!(outcome.word(), "fail");
    let postgresql = about(&outcome, "postgresql-0");
    assert_eq!(postgresql.fact("restartCount"), Some("14"));
    assert_eq!(
        postgresql.fact("lastState.terminated"),
        Some("Error, exit 1")
    );
    assert_eq!(
        postgresql.began().unwrap().to_string(),
        "2026-11-23T06:03:00Z"
    );
    assert_eq!(
        about(&outcome, "model-llama-0").fact("lastState.terminated"),
        Some("OOMKilled, exit 137 (SIGKILL: killed from outside)")
    );
    let mlflow = about(&outcome, "mlflow-6b7f9c8d5-x2x4z")
        .subject()
        .object()
        .unwrap();
    assert_eq!(mlflow.owner(), Some(("Deployment", "mlflow")));
    assert_eq!(mlflow.container_name(), Some("mlflow"));
}

#[test]
fn the_log_of_the_instance_that_died_says_why() {
    let outcome = fixture!("crash")
        .previous_log(
            "data/postgresql-0/postgresql",
            "LOG:  checkpoint starting: time\nPANIC:  could not write to file \"pg_wal/xlogtemp.29\": No space left on device\nLOG:  shut down",
        )
        .pod_log(
            "coreai/mlflow-6b7f9c8d5-x2x4z/mlflow",
            "(psycopg2.OperationalError) could not connect to server: Connection refused, host postgresql.data port 5432",
        )
        .run(pods_run);
    let full = about(&outcome, "postgresql-0");
    assert_eq!(
        (full.code(), full.title()),
        (
            "BSQ-POD-007",
            "data/postgresql-0 cannot start: no space left on device"
        )
    );
    assert_eq!(
        full.fact("log"),
        Some("PANIC:  could not write to file \"pg_wal/xlogtemp.29\": No space left on device")
    );
    assert_eq!(
        full.steps().first().unwrap().command,
        [
            "kubectl",
            "-n",
            "data",
            "describe",
            "pvc",
            "data-postgresql-0"
        ]
    );
    assert_eq!(outcome.severity(full), Severity::Critical);
    let refused = about(&outcome, "mlflow-6b7f9c8d5-x2x4z");
    assert_eq!(
        refused.title(),
        "coreai/mlflow-6b7f9c8d5-x2x4z (container mlflow) ends again and again: a service that it needs refuses the connection (exit 1)"
    );
    assert!(
        outcome.complete,
        "a container without a previous log is known, not unread"
    );
}

#[test]
fn image_errors_are_told_apart() {
    let outcome = fixture!("image").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "portal-5d4f-aaaaa",
                "BSQ-POD-009",
                "coreai/portal-5d4f-aaaaa cannot pull from harbor.site.test: the registry refuses the credentials",
            ),
            (
                "docling-5d4f-bbbbb",
                "BSQ-POD-010",
                "coreai/docling-5d4f-bbbbb cannot pull harbor.site.test/coreai/docling:9.9.9: the image is not in the registry",
            ),
            (
                "superset-5d4f-ccccc",
                "BSQ-POD-011",
                "data/superset-5d4f-ccccc cannot pull from registry.other.test: the registry's name does not resolve",
            ),
            (
                "clickhouse-5d4f-ddddd",
                "BSQ-POD-011",
                "data/clickhouse-5d4f-ddddd cannot pull from harbor2.site.test: the node does not trust the registry's certificate",
            ),
            (
                "airbyte-5d4f-eeeee",
                "BSQ-POD-012",
                "data/airbyte-5d4f-eeeee cannot pull from docker.io: the registry limits pulls",
            ),
        ],
    );
    assert_eq!(
        about(&outcome, "portal-5d4f-aaaaa")
            .began()
            .unwrap()
            .to_string(),
        "2026-11-23T05:50:05Z"
    );
}

#[test]
fn scheduling_says_what_is_short() {
    let outcome = fixture!("scheduling").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "model-llama-70b-0",
                "BSQ-POD-013",
                "kubeai/model-llama-70b-0 finds no node with a free GPU (nvidia.com/gpu)",
            ),
            (
                "clickhouse-0",
                "BSQ-POD-004",
                "data/clickhouse-0 finds no node with enough cpu, memory",
            ),
            (
                "temporal-0",
                "BSQ-POD-004",
                "workflow/temporal-0 finds no node whose taints it tolerates",
            ),
            (
                "docling-0",
                "BSQ-POD-014",
                "coreai/docling-0 waits for volume claim docling-work, which is not bound",
            ),
        ],
    );
    assert_eq!(
        about(&outcome, "docling-0").began().unwrap().to_string(),
        "2026-11-23T05:40:00Z"
    );
}

#[test]
fn volumes_secrets_and_keys_are_named() {
    let outcome = fixture!("volumes").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "portal-0",
                "BSQ-POD-003",
                "coreai/portal-0 waits for secret \"portal-tls\", which does not exist",
            ),
            (
                "milvus-0",
                "BSQ-POD-008",
                "data/milvus-0 cannot mount its volume: another node still holds it (Multi-Attach)",
            ),
            (
                "minio-0",
                "BSQ-POD-008",
                "data/minio-0 cannot mount its volume: the storage does not answer",
            ),
            (
                "api-0",
                "BSQ-POD-003",
                "coreai/api-0 needs key DATABASE_URL, which is missing in Secret coreai/api-env",
            ),
            (
                "worker-0",
                "BSQ-POD-003",
                "coreai/worker-0 needs configmap \"worker-config\", which does not exist",
            ),
            (
                "agent-0",
                "BSQ-POD-003",
                "coreai/agent-0 needs secret \"agent-token\", which does not exist",
            ),
        ],
    );
}

#[test]
fn probes_and_restarts_are_told() {
    let outcome = fixture!("probes").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "keycloak-0",
                "BSQ-POD-006",
                "iam/keycloak-0 runs and is not ready: readiness probe failed: HTTP probe failed with statuscode: 503",
            ),
            (
                "openfga-7f7f-qqqqq",
                "BSQ-POD-006",
                "iam/openfga-7f7f-qqqqq runs and is not ready: startup probe failed: dial tcp 10.0.0.9:8080: connect: connection refused",
            ),
            (
                "kafka-0",
                "BSQ-POD-006",
                "data/kafka-0 runs and is not ready",
            ),
            (
                "temporal-0",
                "BSQ-POD-019",
                "workflow/temporal-0 restarted 6 times, and runs: exit 143 (SIGTERM: asked to end)",
            ),
            (
                "argo-0",
                "BSQ-POD-005",
                "workflow/argo-0 was killed for its memory, and runs again: limit 1Gi (OOMKilled)",
            ),
        ],
    );
    assert_eq!(
        about(&outcome, "keycloak-0").began().unwrap().to_string(),
        "2026-11-23T05:20:00Z"
    );
    assert_eq!(
        outcome.severity(about(&outcome, "argo-0")),
        Severity::Medium,
        "it runs again"
    );
}

#[test]
fn evictions_lost_nodes_and_stuck_pods_are_told() {
    let outcome = fixture!("lifecycle").run(pods_run);
    assert_says(
        &outcome,
        &[
            (
                "loader-1",
                "BSQ-POD-015",
                "data/loader-1 was evicted: the node was low on resource: ephemeral-storage",
            ),
            (
                "redis-0",
                "BSQ-POD-016",
                "data/redis-0 is on node worker-7, which does not answer",
            ),
            (
                "hook-0",
                "BSQ-POD-017",
                "argocd/hook-0 is deleted and does not end: it waits for finalizer site.test/hold",
            ),
            (
                "sso-setup-abcde",
                "BSQ-POD-021",
                "iam/sso-setup-abcde failed: exit 1",
            ),
            (
                "stuck-0",
                "BSQ-POD-020",
                "coreai/stuck-0 waits for its containers to be made, and nothing says why",
            ),
        ],
    );
}

/// A pod on `worker-7`, and that node with the status of its condition Ready.
fn on_node(status: &str, is_ready: bool) -> Outcome {
    let ready = if is_ready { "True" } else { "False" };
    host()
        .object(json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-7"},
            "status": {"conditions": [{"type": "Ready", "status": status, "reason": "NodeStatusUnknown",
                "lastTransitionTime": "2026-11-23T05:40:00Z"}]},
        }))
        .object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "data", "name": "minio-0", "creationTimestamp": "2026-11-20T05:00:00Z"},
            "spec": {"nodeName": "worker-7", "containers": [{"name": "minio"}]},
            "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-11-23T05:41:00Z"}],
                "containerStatuses": [{"name": "minio", "ready": is_ready,
                    "state": {"running": {"startedAt": "2026-11-20T05:00:00Z"}}}]},
        }))
        .run(pods_run)
}

#[test]
fn a_pod_that_is_not_ready_on_a_node_that_does_not_answer_follows_from_the_node() {
    let outcome = on_node("Unknown", false);
    assert_eq!(
        outcome.titles(),
        [
            "node worker-7 does not answer, with pod data/minio-0",
            "data/minio-0 is on node worker-7, which does not answer"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-POD-022", "BSQ-POD-016"]);
    assert_eq!(causes(about(&outcome, "minio-0")), ["Node worker-7"]);
    // A kubelet that does not answer may have left a container that does.
    assert_eq!(on_node("Unknown", true).titles(), [""; 0]);
    assert_eq!(on_node("True", false).codes(), ["BSQ-POD-006"]);
}

#[test]
fn what_another_check_may_find_is_named_as_the_cause() {
    let images = fixture!("image").run(pods_run);
    for (pod, expected) in [
        (
            "portal-5d4f-aaaaa",
            vec!["pull-credentials coreai/harbor.site.test"],
        ),
        (
            "docling-5d4f-bbbbb",
            vec!["image harbor.site.test/coreai/docling:9.9.9", "BSQ-REG-006"],
        ),
        ("superset-5d4f-ccccc", vec!["BSQ-REG-007", "BSQ-REG-008"]),
    ] {
        assert_eq!(causes(about(&images, pod)), expected);
    }
    let volumes = fixture!("volumes").run(pods_run);
    for (pod, expected) in [
        ("portal-0", vec!["Secret coreai/portal-tls"]),
        ("worker-0", vec!["ConfigMap coreai/worker-config"]),
        ("api-0", vec![]),
    ] {
        assert_eq!(causes(about(&volumes, pod)), expected);
    }
    let scheduling = fixture!("scheduling").run(pods_run);
    assert_eq!(
        causes(about(&scheduling, "docling-0")),
        ["PersistentVolumeClaim coreai/docling-work"]
    );
}

#[test]
fn healthy_pods_give_no_finding() {
    let outcome = fixture!("healthy").run(pods_run);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!(outcome.word(), "pass");
}

#[test]
fn patience_is_a_setting() {
    let outcome = fixture!("healthy")
        .setting("starting-after", "10s")
        .run(pods_run);
    assert!(outcome.codes().contains(&"BSQ-POD-004"));
}

#[test]
fn twenty_pods_of_one_cause_are_one_finding() {
    let mut host = host();
    for index in 0..20 {
        let minute = 30 + index;
        host = host.object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": if index % 2 == 0 { "coreai" } else { "data" }, "name": format!("app-{index:02}"), "uid": index.to_string(),
                "creationTimestamp": "2026-11-23T05:00:00Z"},
            "spec": {"containers": [{"name": "main"}]},
            "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                "lastTransitionTime": format!("2026-11-23T05:{minute}:00Z"),
                "message": "0/3 nodes are available: 3 Insufficient memory."}]},
        }));
    }
    let outcome = host.page_size(7).run(pods_run);
    assert_eq!(
        outcome.titles(),
        ["each of 20 pods of 20 workloads (coreai/app-00, …) finds no node with enough memory"]
    );
    let finding = outcome.finding("BSQ-POD-004");
    assert_eq!(finding.attribute_value("count"), Some("20"));
    assert_eq!(finding.began().unwrap().to_string(), "2026-11-23T05:30:00Z");
}

#[test]
fn denied_reads_are_never_green() {
    let pods = fixture!("healthy").denied("v1/Pod").run(pods_run);
    assert_eq!((pods.word(), pods.complete), ("skip: unknown", false));
    let events = fixture!("healthy").forbidden("v1/Event").run(pods_run);
    assert_eq!((events.word(), events.complete), ("skip: unknown", false));
    let logs = fixture!("crash").denied("pod-logs").run(pods_run);
    assert_eq!((logs.word(), logs.complete), ("fail", false));
    assert_eq!(logs.findings.len(), 5, "a denied log leaves the finding");
}

#[test]
fn one_pod_that_does_not_decode_leaves_the_others() {
    let odd = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "data", "name": "odd"}, "spec": {},
        "status": {"containerStatuses": "none"}});
    let outcome = fixture!("crash").object(odd.clone()).run(pods_run);
    assert_eq!((outcome.findings.len(), outcome.complete), (5, false));
    let alone = fixture!("healthy").object(odd).run(pods_run);
    assert_eq!(alone.word(), "error", "what did not decode is not well");
}

#[test]
fn nothing_there_is_not_applicable() {
    assert_eq!(host().run(pods_run).word(), "skip: not-applicable");
}
