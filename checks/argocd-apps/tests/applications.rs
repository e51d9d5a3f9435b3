//! The check against applications as Argo CD writes them.

use argocd_apps::applications_are_synced_and_healthy as check;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};

const MANIFEST: &str = include_str!("../check.toml");
const KIND: &str = "argoproj.io/v1alpha1/Application";
const HEALTHY: &str = "{sync: {status: Synced, revision: 4f1c2d3}, health: {status: Healthy}, operationState: {phase: Succeeded, message: successfully synced, startedAt: '2026-11-20T06:00:00Z', finishedAt: '2026-11-20T06:01:00Z'}}";

fn host(yaml: &str) -> FakeHost {
    FakeHost::new(MANIFEST).objects(yaml)
}

fn run(yaml: &str) -> Outcome {
    host(yaml).run(check)
}

/// An application with this status; automated, from one path of one branch, with a password in its address.
fn application(name: &str, status: &str) -> String {
    format!(
        "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec:
  project: default
  source: {{repoURL: 'https://bot:secret@git.site.test/platform.git', targetRevision: main, path: apps/{name}}}
  destination: {{server: 'https://kubernetes.default.svc', namespace: {name}}}
  syncPolicy: {{automated: {{}}}}
status: {status}
"
    )
}

fn by_hand(name: &str, status: &str) -> String {
    application(name, status).replace("  syncPolicy: {automated: {}}\n", "")
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let synced = application("keycloak", HEALTHY);
    let starting = application(
        "minio",
        "{sync: {status: Synced}, health: {status: Progressing, lastTransitionTime: '2026-11-23T06:05:00Z'}}",
    );
    let syncing = application(
        "temporal",
        "{sync: {status: OutOfSync}, health: {status: Missing}, operationState: {phase: Running, message: waiting for completion of hook batch/Job/x, startedAt: '2026-11-23T06:10:00Z'}}",
    );
    let several = "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: charts, namespace: argocd}
spec:
  sources:
    - {repoURL: 'https://harbor.site.test/charts', chart: grafana, targetRevision: 1.2.3}
    - {repoURL: 'https://git.site.test/platform.git', path: values, targetRevision: main}
  destination: {namespace: grafana}
status: {sync: {status: Synced, revisions: [1.2.3, 4f1c2d3]}, health: {status: Healthy}}
";
    let outcome = run(&format!("{synced}{starting}{syncing}{several}"));
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn comparison_errors_are_told_apart() {
    for (message, code, title) in [
        (
            "failed to list refs: repository not found",
            "BSQ-ARGO-002",
            "repository https://git.site.test/platform.git is not found (application keycloak)",
        ),
        (
            "failed to list refs: authentication required: Repository not found.",
            "BSQ-ARGO-003",
            "refuses Argo CD's credentials",
        ),
        (
            "dial tcp: lookup git.site.test on 10.96.0.10:53: no such host",
            "BSQ-ARGO-004",
            "cannot be reached from Argo CD",
        ),
        (
            "unable to resolve 'main' to a commit SHA",
            "BSQ-ARGO-005",
            "revision main does not exist in https://git.site.test/platform.git",
        ),
        (
            "rpc error: code = Unknown desc = apps/keycloak: app path does not exist",
            "BSQ-ARGO-006",
            "application keycloak: path apps/keycloak does not exist at main",
        ),
        (
            "helm template failed",
            "BSQ-ARGO-010",
            "desired state cannot be computed",
        ),
    ] {
        let status = format!(
            "{{sync: {{status: Unknown}}, health: {{status: Healthy}}, conditions: [{{type: ComparisonError, message: \"{message}\", lastTransitionTime: '2026-11-23T06:02:00Z'}}]}}"
        );
        let outcome = run(&application("keycloak", &status));
        assert_eq!(outcome.codes(), [code], "{message}");
        let finding = outcome.finding(code);
        assert!(finding.title().contains(title), "{}", finding.title());
        assert!(
            finding
                .facts()
                .iter()
                .any(|fact| fact.value.contains(message))
        );
        assert!(
            finding
                .facts()
                .iter()
                .all(|fact| !fact.value.contains("secret"))
        );
        assert_eq!(finding.began(), "2026-11-23T06:02:00Z".parse().ok());
        assert_eq!(outcome.word(), "fail");
    }
}

#[test]
fn applications_that_one_repository_fails_are_one_finding() {
    let status = "{sync: {status: Unknown}, health: {status: Healthy}, conditions: [{type: ComparisonError, message: authentication required}]}";
    let outcome = run(&format!(
        "{}{}",
        application("keycloak", status),
        application("minio", status)
    ));
    let finding = outcome.finding("BSQ-ARGO-003");
    assert_eq!(outcome.codes().len(), 1);
    assert!(
        finding
            .title()
            .ends_with("(2 applications: keycloak, minio)"),
        "{}",
        finding.title()
    );
    assert_eq!(
        finding.subject().to_string(),
        "repository https://git.site.test/platform.git"
    );
}

#[test]
fn a_hook_that_does_not_end_is_named_with_what_it_is() {
    let outcome = run(&application(
        "superset",
        "{sync: {status: OutOfSync}, health: {status: Missing}, operationState: {phase: Running, message: waiting for completion of hook batch/Job/superset-sso-setup, startedAt: '2026-11-23T05:30:00Z', syncResult: {resources: [{group: batch, version: v1, kind: Job, namespace: superset, name: superset-sso-setup, hookType: PreSync, hookPhase: Running, message: job is running}]}}}",
    ));
    assert_eq!(
        outcome.titles(),
        ["application superset waits for PreSync hook Job superset/superset-sso-setup"]
    );
    let finding = outcome.finding("BSQ-ARGO-013");
    assert_eq!(finding.began(), "2026-11-23T05:30:00Z".parse().ok());
    let commands: Vec<_> = finding
        .steps()
        .iter()
        .map(|step| step.command.join(" "))
        .collect();
    let logs = "kubectl -n superset logs job/superset-sso-setup --all-containers --tail=50";
    assert!(commands.contains(&logs.to_owned()), "{commands:?}");
}

/// Argo CD leaves what it applied before at `Running`: the incident `real-argocd-syncs` has the namespace before its hook.
#[test]
fn what_was_applied_before_is_not_waited_for() {
    let waits = |message: &str, steps: &str| {
        let status = format!(
            "{{sync: {{status: OutOfSync}}, health: {{status: Missing}}, operationState: {{phase: Running, message: {message}, startedAt: '2026-11-23T05:30:00Z', syncResult: {{resources: [{{group: '', version: v1, kind: Namespace, namespace: '', name: workflow, status: Synced, hookPhase: Running, message: namespace/workflow created}}, {steps}]}}}}}}"
        );
        run(&application("temporal", &status)).titles().join("; ")
    };
    let hook = |name: &str| {
        format!(
            "{{group: batch, version: v1, kind: Job, namespace: workflow, name: {name}, hookType: PreSync, hookPhase: Running}}"
        )
    };
    assert_eq!(
        waits(
            "waiting for completion of hook batch/Job/schema",
            &hook("schema")
        ),
        "application temporal waits for PreSync hook Job workflow/schema"
    );
    let two = format!("{}, {}", hook("schema"), hook("search"));
    assert_eq!(
        waits(
            "waiting for completion of hook batch/Job/schema and 1 more hooks",
            &two
        ),
        "application temporal waits for PreSync hook Job workflow/schema and 1 more"
    );
    let set = "{group: apps, version: v1, kind: StatefulSet, namespace: workflow, name: history, status: Synced, hookPhase: Running}";
    assert_eq!(
        waits("waiting for healthy state of apps/StatefulSet/history", set),
        "application temporal waits for StatefulSet workflow/history"
    );
}

#[test]
fn a_wave_that_is_waited_for_is_named_with_its_number() {
    let outcome = run(&application(
        "platform",
        "{sync: {status: OutOfSync}, health: {status: Progressing}, resources: [{group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, syncWave: 2}], operationState: {phase: Running, message: waiting for healthy state of apps/StatefulSet/postgresql, startedAt: '2026-11-23T05:30:00Z', syncResult: {resources: [{group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, hookPhase: Running}]}}}",
    ));
    assert_eq!(
        outcome.titles(),
        ["application platform waits for StatefulSet data/postgresql of sync wave 2"]
    );
}

#[test]
fn what_the_operation_names_is_the_cause_where_its_result_lists_no_step() {
    let causes = |message: &str| {
        let outcome = run(&application(
            "coreai",
            &format!(
                "{{sync: {{status: OutOfSync}}, health: {{status: Progressing}}, operationState: {{phase: Running, message: {message}, startedAt: '2026-11-23T05:30:00Z'}}}}"
            ),
        ));
        let causes = outcome.finding("BSQ-ARGO-013").causes().iter();
        let named = causes.filter_map(|cause| cause.subject.as_ref());
        named
            .filter_map(|subject| subject.object())
            .map(|object| {
                format!(
                    "{} {} {}",
                    object.api_version(),
                    object.kind(),
                    object.name()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        causes("waiting for healthy state of apps/Deployment/portal and 2 more resources"),
        ["apps/v1 Deployment portal"]
    );
    assert_eq!(
        causes("waiting for healthy state of /Service/portal"),
        ["v1 Service portal"]
    );
    assert_eq!(causes("waiting"), [""; 0]);
}

#[test]
fn failed_hooks_missing_kinds_and_refused_resources_are_told_apart() {
    let failed = |name: &str, resource: &str| {
        let status = format!(
            "{{sync: {{status: OutOfSync}}, health: {{status: Missing}}, operationState: {{phase: Failed, message: one or more tasks failed, finishedAt: '2026-11-23T05:40:00Z', syncResult: {{resources: [{{{resource}}}]}}}}}}"
        );
        run(&application(name, &status))
    };
    let hook = failed(
        "superset",
        "group: batch, version: v1, kind: Job, namespace: superset, name: superset-sso-setup, hookType: PreSync, hookPhase: Failed, message: Job has reached the specified backoff limit",
    );
    assert_eq!(hook.codes(), ["BSQ-ARGO-011"]);
    assert_eq!(
        hook.titles(),
        ["application superset: PreSync hook Job superset/superset-sso-setup failed"]
    );
    let kind = failed(
        "kafka",
        "group: kafka.strimzi.io, version: v1beta2, kind: Kafka, namespace: kafka, name: events, status: SyncFailed, message: 'no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"'",
    );
    assert_eq!(kind.codes(), ["BSQ-ARGO-007"]);
    assert!(
        kind.titles()
            .concat()
            .contains("kafka.strimzi.io/v1beta2/Kafka")
    );
    let forbidden = failed(
        "openfga",
        "version: v1, kind: Namespace, name: openfga, status: SyncFailed, message: 'namespaces is forbidden: User \"x\" cannot create resource'",
    );
    assert_eq!(forbidden.codes(), ["BSQ-ARGO-008"]);
    let refused = failed(
        "mlflow",
        "group: apps, version: v1, kind: Deployment, namespace: mlflow, name: mlflow, status: SyncFailed, message: 'Deployment.apps \"mlflow\" is invalid'",
    );
    assert_eq!(
        refused.titles(),
        ["application mlflow: sync failed at Deployment mlflow/mlflow"]
    );
}

#[test]
fn a_degraded_application_leads_to_the_resources_that_argo_cd_stores() {
    let outcome = run(&application(
        "postgresql",
        "{sync: {status: Synced}, health: {status: Degraded, lastTransitionTime: '2026-11-23T06:03:00Z'}, resources: [{group: apps, version: v1, kind: StatefulSet, namespace: data, name: postgresql, status: Synced, health: {status: Degraded, message: 'Waiting for 1 pods to be ready...'}}, {version: v1, kind: Service, namespace: data, name: postgresql, status: Synced, health: {status: Healthy}}]}",
    ));
    assert_eq!(
        outcome.titles(),
        ["application postgresql is unhealthy: StatefulSet data/postgresql"]
    );
    let finding = outcome.finding("BSQ-ARGO-015");
    let source = "status.resources[StatefulSet data/postgresql].health";
    assert_eq!(
        finding.fact(source),
        Some("Degraded: Waiting for 1 pods to be ready...")
    );
    assert_eq!(finding.began(), "2026-11-23T06:03:00Z".parse().ok());
}

#[test]
fn where_argo_cd_stores_no_health_the_workloads_are_asked() {
    let degraded = application(
        "keycloak",
        "{sync: {status: Synced}, health: {status: Degraded}, resources: [{group: apps, version: v1, kind: Deployment, namespace: iam, name: keycloak, status: Synced}, {group: apps, version: v1, kind: Deployment, namespace: iam, name: themes, status: Synced}]}",
    );
    let workloads = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: keycloak, namespace: iam}
spec: {replicas: 2}
status: {readyReplicas: 0}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: themes, namespace: iam}
spec: {replicas: 1}
status: {readyReplicas: 1}
";
    let outcome = run(&format!("{degraded}{workloads}"));
    assert_eq!(
        outcome.titles(),
        ["application keycloak is unhealthy: Deployment iam/keycloak"]
    );
    let finding = outcome.finding("BSQ-ARGO-015");
    assert_eq!(
        finding.fact("status of Deployment iam/keycloak"),
        Some("0 of 2 pods ready")
    );
}

#[test]
fn progressing_counts_after_its_time() {
    let status = "{sync: {status: Synced}, health: {status: Progressing, lastTransitionTime: '2026-11-23T05:00:00Z'}}";
    let outcome = run(&application("minio", status));
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-ARGO-017"], "warn")
    );
    let patient = host(&application("minio", status))
        .setting("progressing-after", "2h")
        .run(check);
    assert_eq!(patient.word(), "pass");
}

#[test]
fn out_of_sync_by_hand_and_healthy_is_information() {
    let status = "{sync: {status: OutOfSync}, health: {status: Healthy}, resources: [{version: v1, kind: ConfigMap, namespace: portal, name: settings, status: OutOfSync}]}";
    let outcome = run(&by_hand("portal", status));
    assert_eq!(outcome.word(), "pass");
    let finding = outcome.finding("BSQ-ARGO-014");
    assert_eq!(finding.own_severity(), Some(Severity::Info));
    assert_eq!(
        finding.title(),
        "application portal differs from Git in resource ConfigMap portal/settings, and is synced by hand"
    );
    let automated = run(&application("portal", status));
    assert_eq!(
        (automated.codes(), automated.word()),
        (vec!["BSQ-ARGO-014"], "warn")
    );
}

#[test]
fn sync_windows_of_the_project_are_shown() {
    let project = "---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec: {syncWindows: [{kind: deny, schedule: '0 6 * * *', duration: 4h}]}
";
    let drifted = application(
        "portal",
        "{sync: {status: OutOfSync}, health: {status: Healthy}}",
    );
    let outcome = run(&format!("{drifted}{project}"));
    let shown = outcome
        .finding("BSQ-ARGO-014")
        .fact("spec.syncWindows of project default");
    assert_eq!(shown, Some("deny 0 6 * * * for 4h"));
}

#[test]
fn a_deletion_that_does_not_end_names_its_hook() {
    let deleting = application("airbyte", HEALTHY).replace(
        "namespace: argocd,",
        "namespace: argocd, deletionTimestamp: '2026-11-23T05:00:00Z', finalizers: [post-delete-finalizer.argocd.argoproj.io],",
    );
    let outcome = run(&deleting);
    assert_eq!(
        outcome.titles(),
        ["application airbyte is being deleted and does not go: its PostDelete hook has not ended"]
    );
}

#[test]
fn suspended_is_information_and_never_synced_a_warning() {
    let outcome = run(&application(
        "report",
        "{sync: {status: Synced}, health: {status: Suspended}}",
    ));
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-ARGO-019"], "pass")
    );
    let outcome = run(&by_hand(
        "new",
        "{sync: {status: OutOfSync}, health: {status: Missing}}",
    ));
    assert_eq!(outcome.word(), "warn");
    assert!(
        outcome
            .finding("BSQ-ARGO-016")
            .title()
            .contains("was never synced")
    );
}

#[test]
fn a_child_that_its_parent_lists_is_missing() {
    let parent = application(
        "platform",
        "{sync: {status: Synced}, health: {status: Healthy}, resources: [{group: argoproj.io, version: v1alpha1, kind: Application, namespace: argocd, name: keycloak, status: OutOfSync}, {group: argoproj.io, version: v1alpha1, kind: Application, namespace: argocd, name: minio, status: Synced}]}",
    );
    let outcome = run(&format!("{parent}{}", application("minio", HEALTHY)));
    assert_eq!(
        outcome.titles(),
        ["application keycloak is not there, though application platform lists it"]
    );
    assert_eq!(
        outcome.finding("BSQ-ARGO-001").subject().to_string(),
        "Application argocd/keycloak"
    );
}

#[test]
fn an_application_that_the_site_expects_is_missing() {
    let expecting = |names: &[&str]| {
        host(&application("minio", HEALTHY))
            .setting("expect", json!(names))
            .run(check)
    };
    assert_eq!(expecting(&["minio", "argocd/minio"]).word(), "pass");
    assert_eq!(
        expecting(&["minio", "keycloak"]).titles(),
        ["application keycloak is expected and not there"]
    );
}

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    let causes = outcome.finding(code).causes().iter();
    causes.map(ToString::to_string).collect()
}

#[test]
fn findings_point_to_the_causes_that_other_checks_look_for() {
    let not_compared = |message: &str| {
        let status = format!(
            "{{sync: {{status: Unknown}}, health: {{status: Healthy}}, conditions: [{{type: ComparisonError, message: \"{message}\"}}]}}"
        );
        run(&application("keycloak", &status))
    };
    let source = "source https://git.site.test/platform.git";
    let places = [
        format!("{source} at main, path apps/keycloak"),
        format!("{source} at main"),
        source.to_owned(),
    ];
    let outcome = not_compared("authentication required");
    assert_eq!(causes(&outcome, "BSQ-ARGO-003"), places);
    let outcome = not_compared("apps/keycloak: app path does not exist");
    assert_eq!(causes(&outcome, "BSQ-ARGO-006"), places);

    let drifted = application(
        "portal",
        "{sync: {status: OutOfSync}, health: {status: Healthy}, resources: [{group: apps, version: v1, kind: Deployment, namespace: portal, name: portal, status: OutOfSync}]}",
    );
    let expected = [
        "BSQ-ARGO-016 of Application argocd/portal".to_owned(),
        "BSQ-GITOPS-003 of Deployment portal/portal".to_owned(),
        format!("BSQ-GIT-001 of {source}"),
        format!("BSQ-GIT-002 of {source} at main"),
        format!("BSQ-GIT-003 of {source} at main, path apps/portal"),
    ];
    assert_eq!(causes(&run(&drifted), "BSQ-ARGO-014"), expected);

    let kind = application(
        "kafka",
        "{sync: {status: OutOfSync}, health: {status: Missing}, operationState: {phase: Failed, syncResult: {resources: [{group: kafka.strimzi.io, version: v1beta2, kind: Kafka, namespace: kafka, name: events, status: SyncFailed, message: 'no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"'}]}}}",
    );
    assert_eq!(
        causes(&run(&kind), "BSQ-ARGO-007"),
        ["kind kafka.strimzi.io/Kafka"]
    );

    let deleting = application("airbyte", HEALTHY).replace(
        "namespace: argocd,",
        "namespace: argocd, deletionTimestamp: '2026-11-23T05:00:00Z', finalizers: [post-delete-finalizer.argocd.argoproj.io],",
    );
    assert_eq!(
        causes(&run(&deleting), "BSQ-ARGO-018"),
        ["BSQ-SYNC-007 of Application argocd/airbyte"]
    );

    let starting = application(
        "minio",
        "{sync: {status: Synced}, health: {status: Progressing, lastTransitionTime: '2026-11-23T05:00:00Z'}}",
    );
    assert_eq!(
        causes(&run(&starting), "BSQ-ARGO-017"),
        [
            "BSQ-SYNC-011 of Application argocd/minio",
            "BSQ-SYNC-012 of Application argocd/minio"
        ]
    );
    assert_eq!(
        causes(&run(&application("new", "{}")), "BSQ-ARGO-020"),
        ["BSQ-GITOPS-004 of Application argocd/new"]
    );
}

#[test]
fn without_argo_cd_the_question_does_not_arise() {
    let absent = || FakeHost::new(MANIFEST).failed(KIND, Error::new("absent", "no such kind"));
    let outcome = absent().run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
    assert!(outcome.summary.contains("Argo CD is not installed"));
    let expecting = absent().setting("expect", json!(["keycloak"])).run(check);
    assert_eq!(expecting.codes(), ["BSQ-ARGO-001"]);
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-applicable"
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let whole = || host(&application("minio", HEALTHY));
    for host in [
        whole().denied(KIND),
        whole().forbidden(KIND),
        whole().truncated(KIND),
    ] {
        let outcome = host.run(check);
        assert_eq!((outcome.word(), outcome.complete), ("skip: unknown", false));
    }
}

#[test]
fn a_scope_of_one_application_leaves_the_others_out() {
    let broken = application(
        "keycloak",
        "{sync: {status: Synced}, health: {status: Degraded}}",
    );
    let scope = Scope::application("minio");
    let outcome = host(&format!("{broken}{}", application("minio", HEALTHY)))
        .scope(scope)
        .run(check);
    assert_eq!(outcome.word(), "pass");
}
