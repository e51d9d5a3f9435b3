//! The check against applications as Argo CD writes them, and the hooks, workloads and objects that they wait for.

use argocd_sync_order::nothing_is_waited_for as check;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::ServedKind;
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};

const MANIFEST: &str = include_str!("../check.toml");
const KIND: &str = "argoproj.io/v1alpha1/Application";
const WELL: &str = "{sync: {status: Synced}, health: {status: Healthy}, operationState: {phase: Succeeded, message: successfully synced, startedAt: '2026-11-20T06:00:00Z', finishedAt: '2026-11-20T06:01:00Z'}}";

fn host(yaml: &str) -> FakeHost {
    FakeHost::new(MANIFEST).objects(yaml)
}

fn run(yaml: &str) -> Outcome {
    host(yaml).run(check)
}

fn application(name: &str, status: &str) -> String {
    format!(
        "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec:
  destination: {{server: 'https://kubernetes.default.svc', namespace: {name}}}
status: {status}
"
    )
}

/// A sync of `superset` that waits for its SSO job, or that failed with it.
fn enrolling(phase: &str, hook_phase: &str) -> String {
    application(
        "superset",
        &format!(
            "{{sync: {{status: OutOfSync}}, health: {{status: Missing}}, resources: [{{group: apps, version: v1, kind: Deployment, namespace: superset, name: superset, status: OutOfSync}}], operationState: {{phase: {phase}, message: waiting for completion of hook batch/Job/superset-sso-setup, startedAt: '2026-11-23T05:30:00Z', syncResult: {{resources: [{{group: batch, version: v1, kind: Job, namespace: superset, name: superset-sso-setup, hookType: PreSync, hookPhase: {hook_phase}, message: job is running}}]}}}}}}"
        ),
    )
}

fn job(name: &str, annotation: &str, status: &str) -> String {
    format!(
        "---
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, namespace: superset, uid: j1, annotations: {{argocd.argoproj.io/hook: {annotation}, argocd.argoproj.io/tracking-id: 'superset:batch/Job:superset/{name}'}}}}
spec:
  template:
    spec:
      containers:
        - name: setup
          image: registry.site.test/tools/enroll:1
          env: [{{name: KEYCLOAK_URL, value: 'http://keycloak.iam:8080'}}, {{name: PASSWORD, valueFrom: {{secretKeyRef: {{name: enroll, key: password}}}}}}]
status: {status}
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}-x1, namespace: superset, creationTimestamp: '2026-11-23T05:31:00Z', ownerReferences: [{{apiVersion: batch/v1, kind: Job, name: {name}, uid: j1, controller: true}}]}}
status: {{phase: Running, containerStatuses: [{{name: setup, state: {{running: {{startedAt: '2026-11-23T05:31:00Z'}}}}}}]}}
"
    )
}

const ACTIVE: &str = "{active: 1, startTime: '2026-11-23T05:30:10Z'}";
const FAILED: &str = "{failed: 7, startTime: '2026-11-23T05:30:10Z', conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit, lastTransitionTime: '2026-11-23T05:50:00Z'}]}";
const ENROLL: &str = "---
apiVersion: v1
kind: Secret
metadata: {name: enroll, namespace: superset}
";

fn setup(status: &str) -> String {
    format!("{}{ENROLL}", job("superset-sso-setup", "PreSync", status))
}

fn workload(kind: &str, namespace: &str, name: &str, ready: u8) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}, labels: {{app.kubernetes.io/name: {name}}}}}
spec: {{replicas: 1, template: {{spec: {{containers: [{{name: main, image: x}}]}}}}}}
status: {{readyReplicas: {ready}}}
"
    )
}

const LOG: &str = "superset/superset-sso-setup-x1/setup";
const REFUSED: &str = "curl: (7) Failed to connect to keycloak.iam port 8080: Connection refused";

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    let causes = outcome.finding(code).causes().iter();
    causes.map(ToString::to_string).collect()
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let well = application("keycloak", WELL);
    let young = enrolling("Running", "Running").replace("05:30:00", "06:05:00");
    let done = job(
        "old-sso-cleanup",
        "PostDelete",
        "{succeeded: 1, conditions: [{type: Complete, status: 'True'}]}",
    );
    let starting = application(
        "minio",
        "{sync: {status: Synced}, health: {status: Progressing, lastTransitionTime: '2026-11-23T06:05:00Z'}}",
    );
    // An Argo CD may deploy elsewhere; of that cluster nothing is known here.
    let elsewhere = enrolling("Running", "Running")
        .replace(
            "name: superset, namespace: argocd",
            "name: remote, namespace: argocd",
        )
        .replace("https://kubernetes.default.svc", "https://10.0.0.1:6443");
    let by_name = elsewhere
        .replace("name: remote,", "name: edge,")
        .replace("server: 'https://10.0.0.1:6443'", "name: edge");
    let drifted = application(
        "portal",
        "{sync: {status: OutOfSync}, health: {status: Healthy}}",
    );
    let outcome = run(&format!(
        "{well}{young}{done}{starting}{elsewhere}{by_name}{drifted}"
    ));
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn an_sso_job_that_waits_for_keycloak_follows_from_keycloak() {
    let world = format!(
        "{}{}{}",
        enrolling("Running", "Running"),
        setup(ACTIVE),
        workload("StatefulSet", "iam", "keycloak", 0)
    );
    let outcome = host(&world).pod_log(LOG, REFUSED).run(check);
    assert_eq!(
        outcome.titles(),
        [
            "PreSync hook Job superset/superset-sso-setup of application superset waits for Keycloak, which does not answer it"
        ]
    );
    let finding = outcome.finding("BSQ-SYNC-001");
    assert_eq!(
        finding.subject().to_string(),
        "Job superset/superset-sso-setup"
    );
    assert_eq!(finding.began(), "2026-11-23T05:30:10Z".parse().ok());
    assert_eq!(finding.fact("log"), Some(REFUSED));
    assert_eq!(
        finding.fact("StatefulSet iam/keycloak"),
        Some("0 of 1 pods ready")
    );
    assert_eq!(
        finding.fact("status.resources of application superset"),
        Some("1 resources are not applied until it ends")
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-001"),
        ["StatefulSet iam/keycloak"]
    );
    assert_eq!(
        finding.attribute_value("reason"),
        Some("keycloak-unreachable")
    );
}

#[test]
fn keycloak_that_is_up_is_not_the_cause_of_who_does_not_reach_it() {
    let world = format!(
        "{}{}{}{}",
        enrolling("Running", "Running"),
        setup(ACTIVE),
        workload("StatefulSet", "iam", "keycloak", 1),
        workload("StatefulSet", "iam", "keycloak-postgresql", 0),
    );
    let outcome = host(&world).pod_log(LOG, REFUSED).run(check);
    assert_eq!(causes(&outcome, "BSQ-SYNC-001"), [""; 0]);
    assert_eq!(
        outcome
            .finding("BSQ-SYNC-001")
            .fact("StatefulSet iam/keycloak"),
        Some("1 of 1 pods ready")
    );
}

#[test]
fn what_keycloak_refuses_is_told_apart() {
    for (line, code, reason) in [
        (
            "HTTP 401 {\"error\":\"invalid_grant\",\"error_description\":\"Invalid user credentials\"}",
            "BSQ-SYNC-002",
            "enroll-credentials",
        ),
        (
            "HTTP 404 {\"error\":\"Realm does not exist\"}",
            "BSQ-SYNC-003",
            "realm-missing",
        ),
        (
            "error: POST /admin/realms/bsq/clients returned 403",
            "BSQ-SYNC-004",
            "client-error",
        ),
    ] {
        let world = format!("{}{}", enrolling("Failed", "Failed"), setup(FAILED));
        let log = format!("{REFUSED}\n{line}\n");
        let outcome = host(&world).pod_log(LOG, &log).run(check);
        assert_eq!(outcome.codes(), [code], "{line}");
        let finding = outcome.finding(code);
        assert_eq!(finding.fact("log"), Some(line));
        assert_eq!(finding.attribute_value("reason"), Some(reason));
        assert_eq!(finding.began(), "2026-11-23T05:50:00Z".parse().ok());
        assert_eq!(
            finding.fact("status of the job"),
            Some("BackoffLimitExceeded: Job has reached the specified backoff limit")
        );
        assert_eq!(outcome.word(), "fail");
    }
}

#[test]
fn a_log_that_fits_nothing_is_shown_and_a_pod_that_does_not_start_is_the_cause() {
    let world = format!("{}{}", enrolling("Failed", "Failed"), setup(FAILED));
    let outcome = host(&world)
        .pod_log(LOG, "one\ntwo\nKeyError: 'clients'")
        .run(check);
    let finding = outcome.finding("BSQ-SYNC-005");
    assert!(finding.title().ends_with("failed (BackoffLimitExceeded)"));
    assert_eq!(
        finding.fact("log, last lines"),
        Some("one ⏎ two ⏎ KeyError: 'clients'")
    );

    let blocked = setup(ACTIVE).replace(
        "running: {startedAt: '2026-11-23T05:31:00Z'}",
        "waiting: {reason: ImagePullBackOff}",
    );
    let outcome = run(&format!("{}{blocked}", enrolling("Running", "Running")));
    assert_eq!(
        outcome.titles(),
        [
            "PreSync hook Job superset/superset-sso-setup of application superset has a pod that does not start (ImagePullBackOff)"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-005"),
        ["Pod superset/superset-sso-setup-x1"]
    );
}

#[test]
fn without_the_log_the_documented_order_still_holds() {
    let world = format!(
        "{}{}{}",
        enrolling("Running", "Running"),
        setup(ACTIVE),
        workload("Deployment", "iam", "keycloak", 0)
    );
    let outcome = host(&world).denied("pod-logs").run(check);
    assert_eq!(outcome.codes(), ["BSQ-SYNC-001"]);
    assert!(!outcome.complete);
    // Keycloak is up, so nobody knows why.
    let up = world.replace("readyReplicas: 0", "readyReplicas: 1");
    let outcome = host(&up).denied("pod-logs").run(check);
    assert_eq!(outcome.codes(), ["BSQ-SYNC-005"]);
}

#[test]
fn a_job_that_is_gone_is_waited_for_in_vain() {
    let outcome = run(&enrolling("Running", "Running"));
    assert_eq!(
        outcome.titles(),
        [
            "application superset waits for PreSync hook Job superset/superset-sso-setup, which does not exist any more"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-SYNC-006"]);
    // One that failed may have been removed by its policy.
    let failed = run(&enrolling("Failed", "Failed"));
    assert_eq!(failed.codes(), ["BSQ-SYNC-005"]);
    // And one that may not be seen is not gone.
    let unseen = host(&enrolling("Running", "Running"))
        .forbidden("batch/v1/Job")
        .run(check);
    assert_eq!(unseen.codes(), ["BSQ-SYNC-005"]);
    assert!(!unseen.complete);
}

#[test]
fn a_job_that_ended_well_is_not_blamed_for_what_it_overcame() {
    let done = "{succeeded: 1, startTime: '2026-11-23T05:30:10Z', conditions: [{type: Complete, status: 'True'}]}";
    let world = format!("{}{}", enrolling("Running", "Running"), setup(done));
    let outcome = host(&world).pod_log(LOG, REFUSED).run(check);
    assert_eq!(
        outcome.titles(),
        [
            "PreSync hook Job superset/superset-sso-setup of application superset has ended, and Argo CD has not gone on"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-SYNC-005"]);
}

#[test]
fn what_the_result_says_runs_is_a_workload_or_a_hook_where_no_message_names_it() {
    let retrying = application(
        "data",
        "{sync: {status: OutOfSync}, health: {status: Progressing}, operationState: {phase: Running, message: Retrying attempt 2, startedAt: '2026-11-23T05:30:00Z', syncResult: {resources: [{version: v1, kind: Service, namespace: data, name: postgresql, status: Synced, hookPhase: Running}, {group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, hookPhase: Running}]}}}",
    );
    let outcome = run(&format!(
        "{retrying}{}",
        workload("StatefulSet", "data", "postgresql", 0)
    ));
    assert_eq!(
        outcome.titles(),
        [
            "sync wave 0 of application data waits for StatefulSet data/postgresql, which has 0 of 1 pods ready"
        ]
    );
}

#[test]
fn a_wave_is_told_with_what_it_waits_for_and_what_it_holds_back() {
    let platform = application(
        "platform",
        "{sync: {status: OutOfSync}, health: {status: Progressing}, resources: [{group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, syncWave: 2}, {group: apps, version: v1, kind: Deployment, namespace: iam, name: keycloak, status: OutOfSync, syncWave: 3}, {version: v1, kind: Service, namespace: iam, name: keycloak, status: OutOfSync, syncWave: 3}], operationState: {phase: Running, message: waiting for healthy state of apps/StatefulSet/postgresql, startedAt: '2026-11-23T05:30:00Z', syncResult: {resources: [{group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, hookPhase: Running}, {version: v1, kind: Service, namespace: data, name: postgresql, status: Synced, hookPhase: Running}]}}}",
    );
    let outcome = run(&format!(
        "{platform}{}",
        workload("StatefulSet", "data", "postgresql", 0)
    ));
    assert_eq!(
        outcome.titles(),
        [
            "sync wave 2 of application platform waits for StatefulSet data/postgresql, which has 0 of 1 pods ready; 2 resources of later waves are held back"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-008"),
        ["StatefulSet data/postgresql"]
    );
    let ready = run(&format!(
        "{platform}{}",
        workload("StatefulSet", "data", "postgresql", 1)
    ));
    assert_eq!(ready.word(), "pass");
}

#[test]
fn a_wave_that_waits_for_an_application_follows_from_it() {
    let parent = application(
        "platform",
        "{sync: {status: OutOfSync}, health: {status: Progressing}, resources: [{group: argoproj.io, version: v1alpha1, kind: Application, namespace: argocd, name: data, status: Synced, syncWave: 1}], operationState: {phase: Running, message: waiting for healthy state of argoproj.io/Application/data, startedAt: '2026-11-23T05:30:00Z'}}",
    );
    let outcome = run(&parent);
    assert_eq!(
        outcome.titles(),
        [
            "sync wave 1 of application platform waits for Application argocd/data, which is not healthy"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-008"),
        ["Application argocd/data"]
    );
}

#[test]
fn a_deletion_that_waits_names_its_clean_up_and_why() {
    let deleting = application("superset", WELL).replace(
        "namespace: argocd,",
        "namespace: argocd, deletionTimestamp: '2026-11-23T05:00:00Z', finalizers: [post-delete-finalizer.argocd.argoproj.io],",
    );
    let clean_up = job("superset-sso-cleanup", "PostDelete", ACTIVE);
    let outcome = host(&format!("{deleting}{clean_up}"))
        .pod_log(
            "superset/superset-sso-cleanup-x1/setup",
            "token request returned 401",
        )
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "application superset is deleted and does not go: PostDelete hook Job superset/superset-sso-cleanup is refused by Keycloak: the enroll credentials are wrong"
        ]
    );
    let finding = outcome.finding("BSQ-SYNC-007");
    assert_eq!(finding.subject().to_string(), "Application argocd/superset");
    assert_eq!(finding.began(), "2026-11-23T05:00:00Z".parse().ok());

    let without = run(&deleting);
    assert_eq!(
        without.titles(),
        ["application superset is deleted and does not go: its clean-up has not begun"]
    );
    let young = deleting.replace("05:00:00Z', finalizers", "06:05:00Z', finalizers");
    assert_eq!(run(&young).word(), "pass");
}

#[test]
fn a_clean_up_that_failed_outlives_its_application() {
    let left = job("superset-sso-cleanup", "PostDelete", FAILED);
    let world = format!("{}{left}", application("minio", WELL));
    let outcome = run(&world);
    assert_eq!(
        outcome.titles(),
        [
            "application superset is gone, and its clean-up Job superset/superset-sso-cleanup failed: what it set up is left behind"
        ]
    );
    assert_eq!(
        outcome.finding("BSQ-SYNC-007").own_severity(),
        Some(Severity::Low)
    );
    // Deployed anew, its setup job has made good what was left.
    let again = format!("{world}{}", application("superset", WELL));
    assert_eq!(run(&again).word(), "pass");
}

const DEGRADED: &str = "{sync: {status: Synced}, health: {status: Degraded}, resources: [{group: apps, version: v1, kind: StatefulSet, namespace: mlflow, name: mlflow, status: Synced}]}";
const NEEDY: &str = "---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mlflow, namespace: mlflow}
spec:
  replicas: 1
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    spec:
      containers:
        - name: main
          image: x
          env: [{name: A, valueFrom: {secretKeyRef: {name: database, key: url}}}, {name: B, valueFrom: {secretKeyRef: {name: spare, key: x, optional: true}}}]
          envFrom: [{secretRef: {name: s3}}]
      volumes: [{name: tls, secret: {secretName: tls}}, {name: p, projected: {sources: [{secret: {name: token}}]}}]
status: {readyReplicas: 0}
";

fn there(kind: &str, name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: mlflow}}\n{rest}\n"
    )
}

fn secrets(names: &[&str]) -> String {
    names.iter().map(|name| there("Secret", name, "")).collect()
}

#[test]
fn a_secret_that_an_unwell_workload_needs_is_missing() {
    let bound = there(
        "PersistentVolumeClaim",
        "data-mlflow-0",
        "status: {phase: Bound}",
    );
    let maker = application(
        "secrets",
        "{sync: {status: OutOfSync}, health: {status: Missing}, resources: [{group: external-secrets.io, version: v1, kind: ExternalSecret, namespace: mlflow, name: database, status: OutOfSync}]}",
    );
    let world = format!(
        "{}{NEEDY}{bound}{maker}{}",
        application("mlflow", DEGRADED),
        secrets(&["s3", "tls", "token"])
    );
    let outcome = run(&world);
    assert_eq!(
        outcome.titles(),
        [
            "Secret mlflow/database does not exist, StatefulSet mlflow/mlflow of application mlflow needs it"
        ]
    );
    let finding = outcome.finding("BSQ-SYNC-009");
    assert_eq!(finding.fact("Secret mlflow/database"), Some("absent"));
    assert_eq!(
        finding.fact("listed by application secrets"),
        Some("ExternalSecret mlflow/database: OutOfSync")
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-009"),
        ["Application argocd/secrets"]
    );
    // Nor is what runs in an unwell application: it started, so what it needs was there.
    let running = world.replace("readyReplicas: 0", "readyReplicas: 1");
    assert_eq!(run(&running).word(), "pass");
    // Healthy applications are not asked: what they run with was there.
    let healthy = world.replace("health: {status: Degraded}", "health: {status: Healthy}");
    assert_eq!(run(&healthy).word(), "pass");
}

#[test]
fn the_secret_of_a_hook_is_a_prerequisite_too() {
    let world = format!(
        "{}{}",
        enrolling("Running", "Running"),
        job("superset-sso-setup", "PreSync", ACTIVE)
    );
    let outcome = host(&world).pod_log(LOG, REFUSED).run(check);
    assert_eq!(outcome.codes(), ["BSQ-SYNC-001", "BSQ-SYNC-009"]);
    assert_eq!(
        outcome.finding("BSQ-SYNC-009").title(),
        "Secret superset/enroll does not exist, PreSync hook Job superset/superset-sso-setup of application superset needs it"
    );
}

#[test]
fn storage_that_is_not_ready_is_told_of_the_application() {
    let pending = there(
        "PersistentVolumeClaim",
        "data-mlflow-0",
        "spec: {storageClassName: fast}\nstatus: {phase: Pending}",
    );
    let all = secrets(&["database", "s3", "tls", "token"]);
    let world = format!("{}{NEEDY}{all}", application("mlflow", DEGRADED));
    let outcome = run(&format!("{world}{pending}"));
    assert_eq!(
        outcome.titles(),
        [
            "application mlflow waits for its storage: claim mlflow/data-mlflow-0 of StatefulSet mlflow/mlflow is Pending"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-011"),
        [
            "PersistentVolumeClaim mlflow/data-mlflow-0",
            "StatefulSet mlflow/mlflow"
        ]
    );
    assert_eq!(
        outcome
            .finding("BSQ-SYNC-011")
            .fact("claim mlflow/data-mlflow-0"),
        Some("Pending, storage class fast")
    );
    let absent = run(&world);
    let absent = absent.finding("BSQ-SYNC-011").title();
    assert!(absent.ends_with("does not exist"), "{absent}");
}

/// A sync that failed for a kind.
fn needs_kind(name: &str) -> String {
    application(
        name,
        "{sync: {status: OutOfSync}, health: {status: Missing}, operationState: {phase: Failed, message: one or more tasks failed, finishedAt: '2026-11-23T05:40:00Z', syncResult: {resources: [{group: kafka.strimzi.io, version: v1beta2, kind: Kafka, namespace: kafka, name: events, status: SyncFailed, message: 'no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"'}]}}}",
    )
}

fn served(version: &str) -> ServedKind {
    ServedKind {
        group: "kafka.strimzi.io".to_owned(),
        version: version.to_owned(),
        kind: "Kafka".to_owned(),
        plural: "kafkas".to_owned(),
        namespaced: true,
    }
}

#[test]
fn a_kind_that_is_not_served_is_one_finding_for_all_who_need_it() {
    let both = format!("{}{}", needs_kind("kafka"), needs_kind("events"));
    let outcome = run(&both);
    assert_eq!(
        outcome.titles(),
        ["kind kafka.strimzi.io/Kafka is not installed, application events and 1 more need it"]
    );
    let finding = outcome.finding("BSQ-SYNC-010");
    assert_eq!(finding.subject().to_string(), "kind kafka.strimzi.io/Kafka");
    assert_eq!(finding.began(), "2026-11-23T05:40:00Z".parse().ok());

    let other = host(&needs_kind("kafka")).kind(served("v1")).run(check);
    assert_eq!(
        other.titles(),
        ["kind kafka.strimzi.io/Kafka is served as v1, not as v1beta2, application kafka needs it"]
    );
    let since_then = host(&needs_kind("kafka"))
        .kind(served("v1beta2"))
        .run(check);
    assert_eq!(since_then.word(), "pass");
}

#[test]
fn a_definition_that_is_not_accepted_and_who_brings_it_are_told() {
    let definition = "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kafkas.kafka.strimzi.io}
spec: {group: kafka.strimzi.io, names: {kind: Kafka}}
status: {conditions: [{type: NamesAccepted, status: 'False', message: Kafka is already in use}]}
";
    let operator = application(
        "strimzi",
        "{sync: {status: OutOfSync}, health: {status: Healthy}, resources: [{group: apiextensions.k8s.io, version: v1, kind: CustomResourceDefinition, name: kafkas.kafka.strimzi.io, status: OutOfSync}]}",
    );
    let outcome = run(&format!("{}{definition}{operator}", needs_kind("kafka")));
    let finding = outcome.finding("BSQ-SYNC-010");
    assert!(finding.title().contains("is defined and not served"));
    assert_eq!(
        finding.fact("NamesAccepted of kafkas.kafka.strimzi.io"),
        Some("False: Kafka is already in use")
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-010"),
        ["Application argocd/strimzi"]
    );
}

#[test]
fn an_application_follows_from_the_one_that_it_is_built_on() {
    let unwell = "{sync: {status: Synced}, health: {status: Degraded, lastTransitionTime: '2026-11-23T06:03:00Z'}}";
    let later = unwell.replace("06:03", "06:04");
    let world = format!(
        "{}{}",
        application("postgresql", unwell),
        application("prod-keycloak", &later)
    );
    let outcome = run(&world);
    assert_eq!(
        outcome.titles(),
        [
            "application prod-keycloak is built on application postgresql, which is Degraded and Synced"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-SYNC-012"),
        ["Application argocd/postgresql"]
    );
    // What began later is no cause, and one of two databases that is well may be the one that is used.
    let other_order = format!(
        "{}{}",
        application("postgresql", &later),
        application("keycloak", unwell)
    );
    assert_eq!(run(&other_order).titles(), [""; 0]);
    let two = format!("{world}{}", application("keycloak-postgresql", WELL));
    assert_eq!(run(&two).titles(), [""; 0]);
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let whole = || host(&application("minio", WELL));
    for host in [
        whole().denied(KIND),
        whole().forbidden(KIND),
        whole().truncated(KIND),
        whole().denied("batch/v1/Job"),
        host(&format!("{}{NEEDY}", application("mlflow", DEGRADED))).denied("v1/Secret"),
    ] {
        let outcome = host.run(check);
        assert_ne!(outcome.word(), "pass");
        assert!(!outcome.complete);
    }
}

#[test]
fn without_argo_cd_or_applications_the_question_does_not_arise() {
    let outcome = FakeHost::new(MANIFEST)
        .failed(KIND, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
    assert!(outcome.summary.contains("Argo CD is not installed"));
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-applicable"
    );
}

#[test]
fn a_scope_of_one_application_leaves_the_others_out() {
    let world = format!(
        "{}{}",
        enrolling("Running", "Running"),
        application("minio", WELL)
    );
    let scope = Scope::application("minio");
    assert_eq!(host(&world).scope(scope).run(check).word(), "pass");
}
