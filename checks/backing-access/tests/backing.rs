//! The check against servers that answer or do not, and against what pods name.

use backing_access::backing_services_can_be_used as check;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{Answer, FakeHost, Outcome, causes};

const MANIFEST: &str = include_str!("../check.toml");

/// A pod of a StatefulSet; `since` is when its readiness last changed.
fn server(namespace: &str, name: &str, image: &str, ready: &str, since: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}-0
  namespace: {namespace}
  creationTimestamp: '2026-11-23T04:00:00Z'
  ownerReferences: [{{apiVersion: apps/v1, kind: StatefulSet, name: {name}, uid: s, controller: true}}]
spec: {{containers: [{{image: 'registry.site.test/x/{image}:1'}}]}}
status: {{phase: Running, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '2026-11-23T{since}Z'}}]}}
"
    )
}

fn up(namespace: &str, name: &str) -> String {
    server(namespace, name, name, "True", "04:01:00")
}

fn down(namespace: &str, name: &str) -> String {
    server(namespace, name, name, "False", "06:03:00")
}

/// A pod that names a Secret by volume and by environment, a ConfigMap by `envFrom`, and optional ones.
fn app(phase: &str, created: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata: {{name: api, namespace: coreai, creationTimestamp: '2026-11-23T{created}Z'}}
spec:
  initContainers: [{{image: 'postgres:16', envFrom: [{{configMapRef: {{name: app}}}}]}}]
  containers:
    - image: registry.site.test/api:1
      env:
        - {{name: A, value: b}}
        - {{name: URL, valueFrom: {{secretKeyRef: {{name: db, key: url}}}}}}
        - {{name: MORE, valueFrom: {{secretKeyRef: {{name: extra, key: more, optional: true}}}}}}
  volumes:
    - {{name: tls, secret: {{secretName: db}}}}
    - {{name: maybe, configMap: {{name: none, optional: true}}}}
status: {{phase: {phase}}}
"
    )
}

const DB: &str = "---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: coreai}
";

const APP: &str = "---
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: coreai}
";

const CEPH: &str = "---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {name: rook-ceph, namespace: rook-ceph}
status: {phase: Ready, ceph: {health: HEALTH_OK, lastChanged: '2026-11-23T05:30:00Z'}}
---
apiVersion: ceph.rook.io/v1
kind: CephObjectStore
metadata: {name: s3, namespace: rook-ceph, creationTimestamp: '2026-11-01T00:00:00Z'}
status: {phase: Ready}
---
apiVersion: ceph.rook.io/v1
kind: CephFilesystem
metadata: {name: shared, namespace: rook-ceph}
status: {phase: Ready}
";

const BOOTSTRAP: &str = "---
apiVersion: v1
kind: Secret
metadata: {name: rook-ceph-rgw-bootstrap, namespace: rook-ceph}
";

fn host(parts: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[&str]) -> Outcome {
    host(parts).run(check)
}

/// The same line a few times, at the end of the window.
fn logged(host: FakeHost, namespace: &str, app: &str, pod: &str, line: &str) -> FakeHost {
    (5..9).fold(host, |host, minute| {
        let labels = [("namespace", namespace), ("app", app), ("pod", pod)];
        host.log_line(&format!("2026-11-23T06:0{minute}:00Z"), &labels, line)
    })
}

#[test]
fn a_platform_whose_servers_answer_is_well() {
    let servers = [
        up("data", "postgresql"),
        up("data", "minio"),
        up("iam", "keycloak"),
        up("security", "openbao"),
    ]
    .concat();
    let outcome = run(&[
        &servers,
        &app("Running", "05:00:00"),
        DB,
        APP,
        CEPH,
        BOOTSTRAP,
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert!(
        outcome.summary.contains("there is no log store"),
        "{}",
        outcome.summary
    );
    let quiet = host(&[&servers]).log_store().run(check);
    assert!(!quiet.summary.contains("no log store"), "{}", quiet.summary);
}

#[test]
fn what_is_no_server_or_still_starts_is_well() {
    let young = server("data", "postgresql", "postgresql", "False", "06:11:00");
    let exporter = down("data", "postgres-exporter");
    let job = down("data", "postgres").replace("apps/v1, kind: StatefulSet", "batch/v1, kind: Job");
    let done = down("data", "minio").replace("phase: Running", "phase: Succeeded");
    let replica = down("iam", "minio").replace("minio-0", "minio-1");
    let outcome = run(&[
        &young,
        &exporter,
        &job,
        &done,
        &up("iam", "minio"),
        &replica,
    ]);
    assert_eq!(outcome.titles(), [""; 0], "one ready pod answers");
}

#[test]
fn a_database_without_a_ready_pod_takes_no_connections() {
    let outcome = run(&[&down("data", "postgresql"), &up("iam", "keycloak")]);
    assert_eq!(
        outcome.titles(),
        ["PostgreSQL data/postgresql takes no connections: its one pod is not ready"]
    );
    let finding = outcome.finding("BSQ-BACK-001");
    assert_eq!(finding.subject().to_string(), "StatefulSet data/postgresql");
    assert_eq!(causes(finding), ["StatefulSet data/postgresql"]);
    assert_eq!(
        finding.began().map(|time| time.to_string()).as_deref(),
        Some("2026-11-23T06:03:00Z")
    );
    assert_eq!(
        finding.fact("status.conditions.Ready of pod data/postgresql-0"),
        Some("False since 2026-11-23T06:03:00Z, phase Running")
    );
    assert_eq!(outcome.word(), "fail");
    let zalando = server("data", "acid", "spilo-16", "False", "06:03:00");
    assert_eq!(run(&[&zalando]).codes(), ["BSQ-BACK-001"]);
}

#[test]
fn an_object_store_that_is_down_is_told_apart_from_one_that_waits() {
    let outcome = run(&[&down("data", "minio"), &up("iam", "keycloak")]);
    assert_eq!(
        outcome.titles(),
        ["MinIO data/minio answers nobody: its one pod is not ready"]
    );
    assert_eq!(outcome.codes(), ["BSQ-BACK-004"]);
    let outcome = run(&[&down("data", "minio"), &down("iam", "keycloak")]);
    assert_eq!(
        outcome.titles(),
        [
            "MinIO data/minio is not ready, and neither is Keycloak iam/keycloak, for which it waits at start-up"
        ]
    );
    assert_eq!(
        causes(outcome.finding("BSQ-BACK-005")),
        ["StatefulSet iam/keycloak"]
    );
}

#[test]
fn a_sealed_secret_store_is_known_by_its_label_its_probe_or_its_own_word() {
    let sealed = "OpenBao security/openbao is sealed";
    let labelled = up("security", "openbao").replace(
        "  creation",
        "  labels: {openbao-sealed: 'true'}\n  creation",
    );
    assert_eq!(run(&[&labelled]).titles(), [sealed]);

    let event = "---
apiVersion: v1
kind: Event
metadata: {name: openbao-0.unhealthy, namespace: security}
involvedObject: {kind: Pod, namespace: security, name: openbao-0}
reason: Unhealthy
message: |
  Readiness probe failed: Key                Value
  Initialized        true
  Sealed             true
";
    let outcome = run(&[&down("security", "openbao"), event]);
    assert_eq!(
        (outcome.titles(), outcome.codes()),
        (vec![sealed], vec!["BSQ-BACK-013"])
    );

    let health = |sealed| {
        Answer::json(
            503,
            json!({"initialized": true, "sealed": sealed, "standby": true}),
        )
    };
    let asked = |sealed| {
        host(&[&up("security", "openbao")])
            .answer("openbao", "/v1/sys/health", health(sealed))
            .run(check)
    };
    assert_eq!(asked(true).titles(), [sealed]);
    assert_eq!(
        asked(true)
            .finding("BSQ-BACK-013")
            .fact("sealed, at /v1/sys/health"),
        Some("true")
    );
    assert_eq!(asked(false).titles(), [""; 0]);

    let outside = host(&[])
        .answer("openbao", "/v1/sys/health", health(true))
        .run(check);
    assert_eq!(outside.titles(), ["OpenBao at endpoint openbao is sealed"]);
    let stranger = host(&[])
        .answer("openbao", "/v1/sys/health", Answer::text(503, "<html>"))
        .run(check);
    assert_eq!(stranger.titles(), [""; 0], "what does not fit says nothing");

    assert_eq!(
        run(&[&down("security", "openbao")]).codes(),
        ["BSQ-BACK-014"]
    );
    let other = up("security", "openbao").replace("openbao-0", "openbao-1");
    let outcome = run(&[&labelled, &other]);
    assert_eq!(
        outcome.titles(),
        ["OpenBao security/openbao is sealed on 1 of 2 pods"]
    );
    assert_eq!(outcome.word(), "warn");
}

#[test]
fn an_object_store_without_quorum_says_so_itself() {
    let ask = |answer: Answer| {
        host(&[&up("data", "minio")])
            .answer("minio", "/minio/health/cluster", answer)
            .run(check)
    };
    let outcome = ask(Answer::text(503, "")
        .header("server", "MinIO")
        .header("x-minio-write-quorum", "3"));
    assert_eq!(
        outcome.titles(),
        ["MinIO at endpoint minio cannot write: too few of its drives are online"]
    );
    assert_eq!(
        outcome.finding("BSQ-BACK-018").fact("x-minio-write-quorum"),
        Some("3")
    );
    assert_eq!(
        ask(Answer::text(503, "<html>")).titles(),
        [""; 0],
        "an ingress answered"
    );
    assert_eq!(
        ask(Answer::text(200, "").header("server", "MinIO")).titles(),
        [""; 0]
    );
}

#[test]
fn secrets_and_config_maps_that_pods_name_must_be_there() {
    let waits = app("Pending", "05:50:00");
    let outcome = run(&[&waits]);
    assert_eq!(
        outcome.titles(),
        [
            "Secret coreai/db does not exist: pod api waits for it",
            "ConfigMap coreai/app does not exist: pod api waits for it",
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-BACK-016", "BSQ-BACK-017"]);
    assert_eq!(
        outcome.finding("BSQ-BACK-016").subject().to_string(),
        "Secret coreai/db"
    );
    assert_eq!(
        causes(outcome.finding("BSQ-BACK-016")),
        ["BSQ-BACK-013"],
        "a sealed store gives no Secret"
    );
    assert_eq!(outcome.word(), "fail");
    let runs = run(&[&app("Running", "05:00:00"), APP]);
    assert_eq!(
        runs.titles(),
        ["Secret coreai/db does not exist: pod api runs and will not start again"]
    );
    assert_eq!(runs.word(), "warn");
    let young = app("Pending", "06:11:00");
    assert_eq!(run(&[&young]).titles(), [""; 0]);
    let over = app("Succeeded", "05:00:00");
    assert_eq!(run(&[&over]).titles(), [""; 0]);
    let hidden = host(&[&waits, APP]).forbidden("v1/Secret").run(check);
    assert_eq!(
        (hidden.titles(), hidden.word()),
        (Vec::new(), "skip: unknown"),
        "what is not seen is not missing"
    );
}

#[test]
fn ceph_is_told_as_its_operator_tells_it() {
    let with = |from: &str, to: &str| run(&[&CEPH.replace(from, to), BOOTSTRAP]);
    let warn = "health: HEALTH_WARN, details: {MON_DOWN: {severity: HEALTH_WARN, message: '1/3 mons down'}}";
    let outcome = with("health: HEALTH_OK", warn);
    assert_eq!(
        outcome.titles(),
        ["Ceph cluster rook-ceph/rook-ceph says HEALTH_WARN (MON_DOWN)"]
    );
    assert_eq!(outcome.word(), "warn");
    assert_eq!(
        outcome
            .finding("BSQ-BACK-011")
            .fact("status.ceph.details.MON_DOWN"),
        Some("HEALTH_WARN: 1/3 mons down")
    );
    let outcome = with("HEALTH_OK", "HEALTH_ERR");
    assert_eq!(
        outcome.severity(outcome.finding("BSQ-BACK-011")),
        Severity::Critical
    );
    let outcome = with(
        "metadata: {name: shared, namespace: rook-ceph}\nstatus: {phase: Ready}",
        "metadata: {name: shared, namespace: rook-ceph}\nstatus: {phase: Failure}",
    );
    assert_eq!(
        outcome.titles(),
        ["file system rook-ceph/shared of Ceph has failed"]
    );
    assert_eq!(outcome.codes(), ["BSQ-BACK-012"]);
}

#[test]
fn the_s3_credentials_of_ceph_are_made_by_a_job() {
    let outcome = run(&[CEPH]);
    assert_eq!(
        outcome.titles(),
        ["Secret rook-ceph/rook-ceph-rgw-bootstrap does not exist: nobody has keys for S3 of Ceph"]
    );
    let job = "---
apiVersion: batch/v1
kind: Job
metadata: {name: rgw-bootstrap, namespace: rook-ceph}
status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: 'too often', lastTransitionTime: '2026-11-23T05:00:00Z'}]}
";
    let outcome = run(&[CEPH, job]);
    assert_eq!(outcome.codes(), ["BSQ-BACK-009", "BSQ-BACK-008"]);
    assert_eq!(
        causes(outcome.finding("BSQ-BACK-008")),
        ["Job rook-ceph/rgw-bootstrap", "BSQ-BACK-012"]
    );
    assert_eq!(
        outcome
            .finding("BSQ-BACK-009")
            .fact("status.conditions.Failed"),
        Some("BackoffLimitExceeded: too often")
    );
    let young = CEPH.replace("2026-11-01T00:00:00Z", "2026-11-23T06:11:00Z");
    assert_eq!(run(&[&young]).titles(), [""; 0]);
    let elsewhere = CEPH.replace(
        "name: s3, namespace: rook-ceph",
        "name: s3, namespace: other",
    );
    assert_eq!(
        run(&[&elsewhere]).titles(),
        [""; 0],
        "the Secret is documented for one namespace"
    );
}

#[test]
fn preview_storage_is_said_once_and_judged_by_nobody() {
    let claim = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}, namespace: data, annotations: {{volume.kubernetes.io/storage-provisioner: rook-ceph.cephfs.csi.ceph.com}}}}\n"
        )
    };
    let outcome = run(&[CEPH, BOOTSTRAP, &claim("a"), &claim("b")]);
    assert_eq!(
        outcome.titles(),
        ["2 claims lie on Rook-Ceph, which is a technical preview"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-BACK-015"], "pass")
    );
    assert_eq!(
        run(&[&claim("a"), &up("data", "minio")]).titles(),
        [""; 0],
        "a Ceph that is not Rook's here"
    );
}

#[test]
fn servers_say_in_their_logs_that_they_are_full() {
    let data = host(&[
        &up("data", "postgresql"),
        &app("Running", "05:00:00"),
        DB,
        APP,
    ]);
    let full = logged(
        data,
        "data",
        "postgresql",
        "postgresql-0",
        "FATAL: could not write: No space left on device",
    )
    .run(check);
    assert_eq!(
        full.titles(),
        ["PostgreSQL data/postgresql has no space left on its volume"]
    );
    assert_eq!(full.codes(), ["BSQ-BACK-002"]);
    assert_eq!(causes(full.finding("BSQ-BACK-002")), ["BSQ-POD-007"]);
    let other = host(&[
        &up("data", "postgresql"),
        &app("Running", "05:00:00"),
        DB,
        APP,
    ]);
    let other = logged(
        other,
        "coreai",
        "api",
        "api",
        "write /tmp/x: no space left on device",
    )
    .run(check);
    assert_eq!(other.titles(), [""; 0], "its own volume is another check's");
}

#[test]
fn a_database_without_connections_is_one_finding_whoever_says_so() {
    let servers = [up("data", "postgresql"), app("Running", "05:00:00")].concat();
    let line = "FATAL:  sorry, too many clients already";
    let data = logged(host(&[&servers, DB, APP]), "coreai", "api", "api", line);
    let outcome = logged(data, "data", "postgresql", "postgresql-0", line).run(check);
    assert_eq!(
        outcome.titles(),
        ["PostgreSQL data/postgresql has no connections left"]
    );
    assert_eq!(outcome.codes(), ["BSQ-BACK-003"]);
    let two = host(&[&servers, &up("proai", "postgres"), DB, APP]);
    assert_eq!(
        logged(two, "coreai", "api", "api", line)
            .run(check)
            .titles(),
        [""; 0],
        "not known which"
    );
}

#[test]
fn keys_that_do_not_fit_are_told_by_their_user() {
    let pods = [up("data", "minio"), app("Running", "05:00:00")].concat();
    let line = "botocore.exceptions.ClientError: An error occurred (InvalidAccessKeyId) when calling the PutObject operation";
    let outcome = logged(host(&[&pods, DB, APP]), "coreai", "api", "api", line).run(check);
    assert_eq!(
        outcome.titles(),
        ["the object store does not take the keys of coreai/api (4 lines)"]
    );
    let finding = outcome.finding("BSQ-BACK-006");
    assert_eq!(finding.subject().to_string(), "s3-credentials coreai/api");
    assert_eq!(
        finding.fact("other components that it refuses"),
        Some("none")
    );
    assert_eq!(
        finding.began().map(|time| time.to_string()).as_deref(),
        Some("2026-11-23T06:05:00Z")
    );
    for (line, code, title) in [
        (
            "An error occurred (NoSuchBucket) when calling",
            "BSQ-BACK-007",
            "coreai/api uses a bucket that does not exist (4 lines)",
        ),
        (
            "An error occurred (AccessDenied) when calling",
            "BSQ-BACK-007",
            "coreai/api may not use its bucket (4 lines)",
        ),
        (
            "operation error STS: AssumeRoleWithWebIdentity, https response error",
            "BSQ-BACK-010",
            "coreai/api asks for S3 access by web identity, which is not active on this release (4 lines)",
        ),
    ] {
        let outcome = logged(host(&[&pods, DB, APP]), "coreai", "api", "api", line).run(check);
        assert_eq!(
            (outcome.codes(), outcome.titles()),
            (vec![code], vec![title])
        );
    }
    let once = host(&[&pods, DB, APP])
        .log_line(
            "2026-11-23T06:05:00Z",
            &[("namespace", "coreai"), ("app", "api")],
            line,
        )
        .run(check);
    assert_eq!(once.titles(), [""; 0], "a stray line");
}

#[test]
fn lines_that_have_stopped_are_told_softly() {
    let pods = [up("data", "minio"), app("Running", "05:00:00")].concat();
    let line = "An error occurred (SignatureDoesNotMatch) when calling";
    let outcome = (20..24).fold(host(&[&pods, DB, APP]), |host, minute| {
        host.log_line(
            &format!("2026-11-23T05:{minute}:00Z"),
            &[("namespace", "coreai"), ("app", "api")],
            line,
        )
    });
    assert_eq!(outcome.run(check).word(), "warn");
}

#[test]
fn denied_reads_are_never_green() {
    let pods = [up("data", "postgresql"), app("Running", "05:00:00")].concat();
    for what in [
        "v1/Pod",
        "v1/Secret",
        "v1/ConfigMap",
        "ceph.rook.io/v1/CephCluster",
        "ceph.rook.io/v1/CephObjectStore",
        "ceph.rook.io/v1/CephFilesystem",
        "refusals",
        "openbao",
        "minio",
    ] {
        let outcome = host(&[&pods, DB, APP]).denied(what).run(check);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: unknown", false),
            "{what}"
        );
    }
    let claims = host(&[&pods, DB, APP, CEPH, BOOTSTRAP])
        .denied("v1/PersistentVolumeClaim")
        .run(check);
    assert_eq!(claims.word(), "skip: unknown");
    let logs = host(&[&pods, DB, APP])
        .failed("refusals", Error::new("unavailable", "Loki answered 502"))
        .run(check);
    assert_eq!(logs.word(), "error");
}

#[test]
fn where_nothing_stands_on_anything_the_question_does_not_arise() {
    assert_eq!(run(&[]).word(), "skip: not-applicable");
}
