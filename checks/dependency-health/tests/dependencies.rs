//! The check against platforms on which something fails.

#![allow(clippy::unwrap_used)]

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use dependency_health::dependencies_are_healthy as check;

const MANIFEST: &str = include_str!("../check.toml");
const LONG_AGO: &str = "2026-11-23T05:30:00Z";

fn host(parts: &[String]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[String]) -> Outcome {
    host(parts).run(check)
}

/// A StatefulSet of one pod, with the pod; `since` is when it ceased to be ready.
fn component(namespace: &str, name: &str, since: Option<&str>) -> String {
    let ready = u8::from(since.is_none());
    let status = if since.is_none() { "True" } else { "False" };
    let since = since.unwrap_or("2026-11-20T00:00:00Z");
    format!(
        "---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{replicas: 1, template: {{spec: {{containers: [{{image: 'registry.site.test/{namespace}/x:1'}}]}}}}}}
status: {{readyReplicas: {ready}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: {name}-0
  namespace: {namespace}
  creationTimestamp: '2026-11-20T00:00:00Z'
  ownerReferences: [{{apiVersion: apps/v1, kind: StatefulSet, name: {name}, uid: r, controller: true}}]
status: {{phase: Running, conditions: [{{type: Ready, status: '{status}', lastTransitionTime: '{since}'}}]}}
"
    )
}

fn well(namespace: &str, name: &str) -> String {
    component(namespace, name, None)
}

fn down(namespace: &str, name: &str) -> String {
    component(namespace, name, Some(LONG_AGO))
}

/// Code, title and severity of each finding.
fn told(outcome: &Outcome) -> Vec<(&str, &str, Severity)> {
    let findings = outcome.findings.iter();
    findings
        .map(|it| (it.code(), it.title(), outcome.severity(it)))
        .collect()
}

fn names(finding: &Finding, name: &str) -> bool {
    let (_, causes) = format!("{finding:?}").split_once("caused_by").map_or_else(
        || (String::new(), String::new()),
        |(before, after)| (before.to_owned(), after.to_owned()),
    );
    causes.contains(&format!("name: \"{name}\""))
}

#[test]
fn a_healthy_platform_has_no_findings_and_says_what_is_not_deployed() {
    let outcome = run(&[
        well("data", "postgresql"),
        well("data", "minio"),
        well("iam", "keycloak"),
        well("coreai", "mlflow"),
        well("shop", "shop"),
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert!(
        outcome.summary.starts_with(
            "none of 4 components lacks what it depends on; not deployed here: MetalLB"
        ),
        "{}",
        outcome.summary
    );
    let absent = outcome
        .attributes
        .iter()
        .find(|(name, _)| name == "not-deployed")
        .unwrap();
    assert!(
        absent.1.contains("Superset") && !absent.1.contains("Keycloak"),
        "{}",
        absent.1
    );
}

#[test]
fn the_database_is_the_root_of_all_that_fail_with_it() {
    let outcome = run(&[
        component("data", "postgresql", Some("2026-11-23T05:30:00Z")),
        component("iam", "keycloak", Some("2026-11-23T05:31:00Z")),
        component("data", "minio", Some("2026-11-23T05:40:00Z")),
        component("monitoring", "tempo", Some("2026-11-23T05:42:00Z")),
        well("coreai", "mlflow"),
        well("monitoring", "prometheus"),
    ]);
    let root = outcome.finding("BSQ-DEP-001");
    assert_eq!(
        root.title(),
        "PostgreSQL (StatefulSet data/postgresql) is down, and Keycloak, MinIO and Grafana Tempo fail with it"
    );
    assert_eq!(root.began(), "2026-11-23T05:30:00Z".parse().ok());
    assert_eq!(outcome.severity(root), Severity::High);
    assert_eq!(
        root.fact("Keycloak (StatefulSet iam/keycloak)"),
        Some("0 of 1 pods ready, since 2026-11-23T05:31:00Z; needs PostgreSQL")
    );
    assert_eq!(
        root.attribute_value("dependents"),
        Some("keycloak,minio,tempo,mlflow")
    );
    assert!(names(root, "postgresql-0") && names(root, "postgresql"));
    assert_eq!(
        outcome.titles().get(1..).unwrap(),
        [
            "Keycloak (StatefulSet iam/keycloak) fails together with PostgreSQL",
            "MinIO (StatefulSet data/minio) fails together with Keycloak, which in turn waits for StatefulSet data/postgresql",
            "Grafana Tempo (StatefulSet monitoring/tempo) fails together with MinIO, which in turn waits for StatefulSet data/postgresql",
            "MLflow (StatefulSet coreai/mlflow) runs without MinIO, PostgreSQL and Keycloak: artifacts cannot be read, its state cannot be read and nobody can log in",
        ]
    );
    for finding in outcome.findings.iter().skip(1) {
        assert!(names(finding, "postgresql"), "{}", finding.title());
    }
}

#[test]
fn each_kind_of_dependency_has_its_code() {
    for (root, dependent, code, follows) in [
        (
            ("data", "postgresql"),
            ("iam", "openfga"),
            "BSQ-DEP-001",
            "BSQ-DEP-012",
        ),
        (
            ("data", "minio"),
            ("coreai", "milvus"),
            "BSQ-DEP-002",
            "BSQ-DEP-013",
        ),
        (
            ("iam", "keycloak"),
            ("proai", "superset"),
            "BSQ-DEP-003",
            "BSQ-DEP-014",
        ),
        (
            ("flow", "temporal"),
            ("proai", "airbyte"),
            "BSQ-DEP-004",
            "BSQ-DEP-014",
        ),
        (
            ("kubeai", "kubeai"),
            ("coreai", "litellm"),
            "BSQ-DEP-005",
            "BSQ-DEP-013",
        ),
        (
            ("lb", "metallb"),
            ("edge", "apisix"),
            "BSQ-DEP-006",
            "BSQ-DEP-012",
        ),
        (
            ("git", "gitlab"),
            ("argocd", "argocd-server"),
            "BSQ-DEP-007",
            "BSQ-DEP-012",
        ),
        (
            ("coreai", "mlflow"),
            ("apps", "coreai-portal"),
            "BSQ-DEP-009",
            "BSQ-DEP-013",
        ),
        (
            ("proai", "clickhouse"),
            ("proai", "airbyte"),
            "BSQ-DEP-010",
            "BSQ-DEP-014",
        ),
    ] {
        let outcome = run(&[down(root.0, root.1), down(dependent.0, dependent.1)]);
        assert_eq!(
            outcome.codes(),
            [code, follows],
            "{root:?} {:?}",
            outcome.titles()
        );
    }
    // What is only felt, not failed from.
    let outcome = run(&[down("monitoring", "loki"), well("monitoring", "grafana")]);
    assert_eq!(outcome.codes(), ["BSQ-DEP-008", "BSQ-DEP-015"]);
    assert_eq!(outcome.word(), "warn");
    let outcome = run(&[
        down("guard", "oauth2-proxy"),
        well("rook-ceph", "rook-ceph-mgr-a"),
    ]);
    assert_eq!(outcome.codes(), ["BSQ-DEP-011", "BSQ-DEP-015"]);
}

#[test]
fn what_runs_without_its_dependency_says_what_is_missed() {
    let outcome = run(&[down("proai", "clickhouse"), well("proai", "superset")]);
    assert_eq!(
        told(&outcome),
        [
            (
                "BSQ-DEP-010",
                "ClickHouse (StatefulSet proai/clickhouse) is down, and Superset runs without it",
                Severity::High
            ),
            (
                "BSQ-DEP-017",
                "Superset (StatefulSet proai/superset) runs without ClickHouse: its dashboards are empty",
                Severity::Medium
            ),
        ]
    );
    let outcome = run(&[
        down("flow", "temporal"),
        well("proai", "airbyte"),
        well("coreai", "llm-backend"),
    ]);
    assert_eq!(
        outcome.codes(),
        ["BSQ-DEP-004", "BSQ-DEP-016", "BSQ-DEP-017"]
    );
    assert_eq!(
        outcome.finding("BSQ-DEP-017").title(),
        "Airbyte (StatefulSet proai/airbyte) runs without Temporal: syncs fail"
    );
}

#[test]
fn a_soft_edge_is_no_reason_to_fail() {
    // Documented as exchanging with each other: neither is the cause of the other.
    let outcome = run(&[down("iam", "openfga"), down("flow", "temporal")]);
    assert_eq!(outcome.titles(), [""; 0]);
}

#[test]
fn what_nobody_depends_on_or_fails_alone_is_left_to_other_checks() {
    assert_eq!(
        run(&[down("shop", "shop"), well("iam", "keycloak")]).titles(),
        [""; 0]
    );
    assert_eq!(
        run(&[down("coreai", "mlflow"), well("data", "postgresql")]).titles(),
        [""; 0]
    );
    assert_eq!(
        run(&[down("data", "postgresql"), well("proai", "superset")]).titles(),
        [""; 0]
    );
}

#[test]
fn a_dependency_that_restarts_or_has_spare_is_well() {
    let now = Some("2026-11-23T06:10:00Z");
    assert_eq!(
        run(&[
            component("data", "postgresql", now),
            down("iam", "keycloak")
        ])
        .titles(),
        [""; 0]
    );
    let spare = down("data", "postgresql")
        .replace("replicas: 1", "replicas: 3")
        .replace("readyReplicas: 0", "readyReplicas: 2");
    assert_eq!(run(&[spare, down("iam", "keycloak")]).titles(), [""; 0]);
    let off = down("data", "postgresql").replace("replicas: 1", "replicas: 0");
    assert_eq!(run(&[off, down("iam", "keycloak")]).titles(), [""; 0]);
    let redundant = [
        down("rook-ceph", "rook-ceph-osd-0"),
        well("rook-ceph", "rook-ceph-osd-1"),
        well("rook-ceph", "rook-ceph-mon-a"),
    ];
    assert_eq!(run(&redundant).titles(), [""; 0]);
}

#[test]
fn a_dependency_that_ends_again_and_again_is_down_however_young_its_condition_is() {
    let looping = component("data", "postgresql", Some("2026-11-23T06:10:00Z")).replace(
        "status: {phase: Running,",
        "status: {phase: Running, containerStatuses: [{restartCount: 14, state: {waiting: {reason: CrashLoopBackOff}}}],",
    );
    let outcome = run(&[looping, down("iam", "keycloak")]);
    assert_eq!(outcome.codes(), ["BSQ-DEP-001", "BSQ-DEP-012"]);
}

#[test]
fn a_database_of_another_application_is_blamed_on_nobody() {
    // By name, by namespace, and where both are down by their own.
    let named = [
        down("data", "airbyte-postgresql"),
        well("data", "postgresql"),
        down("iam", "keycloak"),
    ];
    assert_eq!(run(&named).titles(), [""; 0]);
    let placed = [
        down("proai", "postgresql"),
        well("proai", "airbyte"),
        well("data", "postgresql"),
        down("iam", "keycloak"),
    ];
    let outcome = run(&placed);
    assert_eq!(outcome.codes(), ["BSQ-DEP-001", "BSQ-DEP-017"]);
    assert_eq!(
        outcome.finding("BSQ-DEP-001").attribute_value("dependents"),
        Some("airbyte")
    );
    let own = [
        down("data", "keycloak-postgresql"),
        well("data", "postgresql"),
        down("iam", "keycloak"),
    ];
    assert_eq!(
        run(&own).finding("BSQ-DEP-001").title(),
        "PostgreSQL (StatefulSet data/keycloak-postgresql) is down, and Keycloak fails with it"
    );
    // Two that may serve it, one of them down: not certain.
    let open = [
        down("db-a", "postgresql"),
        well("db-b", "postgresql"),
        down("iam", "keycloak"),
    ];
    assert_eq!(run(&open).titles(), [""; 0]);
}

#[test]
fn two_that_fail_together_over_a_database_that_looks_well_hint_at_it() {
    let at = |minute: u32| format!("2026-11-23T05:{minute}:00Z");
    let failing = |keycloak: u32, mlflow: u32| {
        vec![
            well("data", "postgresql"),
            component("iam", "openfga", Some(&at(keycloak))),
            component("coreai", "mlflow", Some(&at(mlflow))),
        ]
    };
    let outcome = run(&failing(30, 35));
    assert_eq!(
        told(&outcome),
        [(
            "BSQ-DEP-018",
            "OpenFGA and MLflow fail, all keep their state in PostgreSQL (StatefulSet data/postgresql), and it looks well: look there first",
            Severity::Low
        )]
    );
    assert_eq!(outcome.finding("BSQ-DEP-018").began(), at(30).parse().ok());
    // Too far apart, only one, or explained by another dependency.
    assert_eq!(run(&failing(10, 50)).titles(), [""; 0]);
    assert_eq!(run(failing(30, 35).get(..2).unwrap()).titles(), [""; 0]);
    let explained = [
        well("data", "postgresql"),
        down("iam", "keycloak"),
        down("coreai", "mlflow"),
    ];
    assert_eq!(run(&explained).codes(), ["BSQ-DEP-003", "BSQ-DEP-013"]);
    // Each with a database of its own.
    let apart = [
        well("data", "openfga-postgresql"),
        well("data", "mlflow-postgresql"),
        down("iam", "openfga"),
        down("coreai", "mlflow"),
    ];
    assert_eq!(run(&apart).titles(), [""; 0]);
}

#[test]
fn pods_of_an_operator_without_a_workload_are_components_too() {
    let pod = |namespace: &str, name: &str, owner: &str, image: &str, ready: &str| {
        format!(
            "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: {namespace}
  creationTimestamp: '2026-11-20T00:00:00Z'
  ownerReferences: [{{apiVersion: postgresql.cnpg.io/v1, kind: {owner}, name: main, uid: r, controller: true}}]
spec: {{containers: [{{image: {image}}}]}}
status: {{phase: Running, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '{LONG_AGO}'}}]}}
"
        )
    };
    let database = pod(
        "data",
        "main-1",
        "Cluster",
        "ghcr.io/cloudnative-pg/postgresql:16",
        "False",
    );
    let job = pod("jobs", "dump", "Job", "postgres:16", "False");
    let outcome = run(&[database, job, down("iam", "keycloak")]);
    assert_eq!(
        outcome.finding("BSQ-DEP-001").title(),
        "PostgreSQL (Cluster data/main) is down, and Keycloak fails with it"
    );
}

#[test]
fn the_site_may_say_which_workload_is_what() {
    let parts = [down("data", "main"), down("iam", "sso")];
    assert_eq!(run(&parts).word(), "skip: not-applicable");
    let outcome = host(&parts)
        .setting(
            "recognise",
            json!(["postgresql=data/main", "keycloak=iam/sso"]),
        )
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-DEP-001", "BSQ-DEP-012"]);
}

#[test]
fn without_components_there_is_no_question() {
    let outcome = run(&[well("shop", "shop")]);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn what_cannot_be_read_is_never_green() {
    let parts = [well("data", "postgresql")];
    for kind in [
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet",
        "v1/Pod",
    ] {
        assert_eq!(
            host(&parts).denied(kind).run(check).word(),
            "skip: unknown",
            "{kind}"
        );
    }
    let outcome = host(&[down("data", "postgresql"), down("iam", "keycloak")])
        .denied("v1/Pod")
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-DEP-001", "BSQ-DEP-012"]);
    assert_eq!(outcome.finding("BSQ-DEP-001").began(), None);
}
