//! The check against workloads as Argo CD, Helm and people leave them.

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};
use gitops_path::workloads_are_delivered as check;

const MANIFEST: &str = include_str!("../check.toml");
const KIND: &str = "argoproj.io/v1alpha1/Application";

fn host(yaml: &str) -> FakeHost {
    FakeHost::new(MANIFEST).objects(yaml)
}

fn run(yaml: &str) -> Outcome {
    host(yaml).run(check)
}

/// An application that delivers these Deployments of its namespace, each with a sync status.
fn application(name: &str, deployments: &[(&str, &str)]) -> String {
    let resources: Vec<_> = deployments
        .iter()
        .map(|(deployment, status)| {
            format!("{{group: apps, version: v1, kind: Deployment, namespace: {name}, name: {deployment}, status: {status}}}")
        })
        .collect();
    format!(
        "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec: {{destination: {{server: 'https://kubernetes.default.svc', namespace: {name}}}}}
status:
  reconciledAt: '2026-11-23T06:10:00Z'
  sync: {{status: Synced}}
  health: {{status: Healthy}}
  operationState: {{phase: Succeeded, finishedAt: '2026-11-23T05:00:00Z'}}
  resources: [{}]
",
        resources.join(", ")
    )
}

fn deployment(namespace: &str, name: &str, metadata: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}, creationTimestamp: '2026-11-10T00:00:00Z'{metadata}}}
spec: {{template: {{spec: {{containers: [{{name: main, env: [{{name: PORT, value: '1'}}]}}]}}}}}}
"
    )
}

fn tracked_by(application: &str, namespace: &str, name: &str) -> String {
    let annotation = format!(
        ", annotations: {{argocd.argoproj.io/tracking-id: '{application}:apps/Deployment:{namespace}/{name}'}}"
    );
    deployment(namespace, name, &annotation)
}

/// Two delivered workloads of one application.
fn chat() -> String {
    format!(
        "{}{}{}",
        application("chat", &[("api", "Synced"), ("web", "Synced")]),
        tracked_by("chat", "chat", "api"),
        tracked_by("chat", "chat", "web")
    )
}

#[test]
fn a_healthy_platform_has_no_findings_whatever_its_shape() {
    let others = [
        // Argo CD itself, an installer, a system: beside Argo CD, and well.
        deployment("argocd", "argocd-server", ""),
        deployment(
            "harbor",
            "core",
            ", labels: {app.kubernetes.io/instance: harbor, app.kubernetes.io/managed-by: Helm}",
        ),
        // What an operator makes of a delivered object, with the annotation copied.
        tracked_by("chat", "chat", "copy").replace(
            "annotations:",
            "ownerReferences: [{apiVersion: v1, kind: Thing, name: t, uid: u, controller: true}], annotations:",
        ),
        // Tracked by label alone, and not yet in the status.
        deployment("chat", "hook", ", labels: {app.kubernetes.io/instance: chat}"),
        // An exception, and young.
        deployment("chat", "new", "").replace("2026-11-10T00:00:00Z", "2026-11-23T06:08:00Z"),
    ];
    let outcome = run(&format!("{}{}", chat(), others.concat()));
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn where_the_site_says_so_every_workload_is_to_be_delivered() {
    let by_hand = deployment(
        "lab",
        "notebook",
        ", managedFields: [{manager: kubectl-client-side-apply, operation: Update, time: '2026-11-10T00:00:00Z'}]",
    );
    let world = format!("{}{by_hand}{}", chat(), deployment("lab", "worker", ""));
    assert_eq!(run(&world).titles(), [""; 0]);
    let outcome = host(&world)
        .setting("namespaces", json!(["lab", "chat"]))
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["Deployment lab/notebook, Deployment lab/worker are not delivered by Argo CD"]
    );
    assert_eq!(outcome.word(), "warn");
    let finding = outcome.finding("BSQ-GITOPS-001");
    assert_eq!(finding.subject().to_string(), "Namespace lab");
    assert_eq!(
        finding.fact("metadata.managedFields of Deployment lab/notebook"),
        Some("kubectl-client-side-apply")
    );
    // Also where Argo CD has no application at all.
    let outcome = host(&by_hand)
        .setting("namespaces", json!(["lab"]))
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-GITOPS-001"]);
}

#[test]
fn an_exception_and_a_use_case_beside_git_are_information() {
    let exception = run(&format!("{}{}", chat(), deployment("chat", "debug", "")));
    assert_eq!(
        exception.titles(),
        ["Deployment chat/debug is not delivered by Argo CD, which delivers 2 others there"]
    );
    let use_case =
        deployment("demo", "bot", "").replace("name: PORT, value: '1'", "name: BSQAI_BASE_URL");
    let use_case = run(&format!("{}{use_case}", chat()));
    assert_eq!(
        use_case.titles(),
        [
            "Deployment demo/bot is not delivered by Argo CD (it calls the CoreAI API, as use cases do)"
        ]
    );
    for outcome in [exception, use_case] {
        let finding = outcome.finding("BSQ-GITOPS-001");
        assert_eq!(finding.own_severity(), Some(Severity::Info));
        assert_eq!(outcome.word(), "pass");
    }
}

#[test]
fn workloads_of_an_application_that_is_not_there_are_one_finding() {
    let left = format!(
        "{}{}",
        tracked_by("airbyte", "etl", "server"),
        tracked_by("airbyte", "etl", "worker")
    );
    let outcome = run(&format!("{}{left}", chat()));
    assert_eq!(
        outcome.titles(),
        [
            "Deployment etl/server and 1 more are tracked by application airbyte, which does not exist"
        ]
    );
    let finding = outcome.finding("BSQ-GITOPS-002");
    let causes: Vec<_> = finding.causes().iter().map(ToString::to_string).collect();
    assert_eq!(
        causes,
        ["application airbyte", "Application argocd/airbyte"]
    );
    assert_eq!(outcome.word(), "warn");
    // Another Argo CD tracks here too: by its installation, or where this one delivers nothing here.
    let other = left.replace(
        "annotations: {",
        "annotations: {argocd.argoproj.io/installation-id: hub, ",
    );
    assert_eq!(run(&format!("{}{other}", chat())).titles(), [""; 0]);
    let remote = application("chat", &[("api", "Synced")])
        .replace("https://kubernetes.default.svc", "https://10.0.0.1:6443");
    assert_eq!(run(&format!("{remote}{left}")).titles(), [""; 0]);
}

#[test]
fn a_copied_annotation_does_not_track() {
    let copied = tracked_by("airbyte", "etl", "server").replace("name: server", "name: other");
    assert_eq!(run(&format!("{}{copied}", chat())).titles(), [""; 0]);
}

fn changed(writer: &str) -> Outcome {
    let drifted = application("chat", &[("api", "OutOfSync")]);
    let fields = format!(
        ", managedFields: [{{manager: argocd-controller, operation: Apply, time: '2026-11-23T05:00:00Z'}}, {{manager: kube-controller-manager, operation: Update, time: '2026-11-23T06:00:00Z'}}, {{manager: kube-controller-manager, operation: Update, subresource: status, time: '2026-11-23T06:00:00Z'}}, {{{writer}}}]"
    );
    run(&format!("{drifted}{}", deployment("chat", "api", &fields)))
}

#[test]
fn a_change_after_the_last_sync_is_told_with_who_made_it() {
    let outcome = changed("manager: kubectl-edit, operation: Update, time: '2026-11-23T06:02:00Z'");
    assert_eq!(
        outcome.titles(),
        [
            "Deployment chat/api was changed by kubectl-edit after the last sync of application chat, and differs from Git"
        ]
    );
    let finding = outcome.finding("BSQ-GITOPS-003");
    assert_eq!(finding.began(), "2026-11-23T06:02:00Z".parse().ok());
    assert_eq!(finding.subject().to_string(), "Deployment chat/api");
    assert_eq!(outcome.word(), "warn");

    let scaled = changed(
        "manager: horizontal-pod-autoscaler, operation: Update, subresource: scale, time: '2026-11-23T06:02:00Z'",
    );
    let title = scaled.finding("BSQ-GITOPS-003").title();
    assert!(
        title.contains("was scaled by horizontal-pod-autoscaler"),
        "{title}"
    );
    assert_eq!(scaled.word(), "pass");
}

#[test]
fn a_write_before_the_sync_or_of_the_book_keeper_is_no_change() {
    for writer in [
        "manager: kubectl-edit, operation: Update, time: '2026-11-23T04:00:00Z'",
        "manager: argocd-application-controller, operation: Update, time: '2026-11-23T06:02:00Z'",
        "manager: kubelet, operation: Update, subresource: status, time: '2026-11-23T06:02:00Z'",
    ] {
        assert_eq!(changed(writer).titles(), [""; 0], "{writer}");
    }
}

#[test]
fn an_application_where_argo_cd_does_not_look_is_told() {
    let ignored = "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: bot, namespace: demo, creationTimestamp: '2026-11-20T00:00:00Z'}
spec: {destination: {name: in-cluster, namespace: demo}}
";
    let outcome = run(&format!("{}{ignored}", chat()));
    assert_eq!(
        outcome.titles(),
        [
            "application bot lies in namespace demo, where Argo CD does not look: it takes those of argocd"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-GITOPS-004"]);
    // What it was made to deliver is not delivered because of it.
    let by_hand = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bot, namespace: demo, creationTimestamp: '2026-11-20T00:00:00Z'}
";
    let undelivered = host(&format!("{}{ignored}{by_hand}", chat()))
        .setting("namespaces", json!(["demo"]))
        .run(check);
    let causes = undelivered.finding("BSQ-GITOPS-001").causes();
    let named = causes.iter().filter_map(|cause| cause.subject.as_ref());
    let named: Vec<String> = named.map(ToString::to_string).collect();
    assert_eq!(named, ["Application demo/bot"]);
    let young = ignored.replace("2026-11-20T00:00:00Z", "2026-11-23T06:08:00Z");
    assert_eq!(run(&format!("{}{young}", chat())).titles(), [""; 0]);
    // Where Argo CD looks at none, it does not run, which is another check's finding.
    assert_eq!(
        run(&format!("{ignored}{}", deployment("demo", "bot", ""))).titles(),
        [""; 0]
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for what in [KIND, "apps/v1/Deployment", "apps/v1/DaemonSet"] {
        for host in [
            host(&chat()).denied(what),
            host(&chat()).forbidden(what),
            host(&chat()).truncated(what),
        ] {
            let outcome = host.run(check);
            assert_eq!((outcome.word(), outcome.complete), ("skip: unknown", false));
        }
    }
}

#[test]
fn without_argo_cd_applications_or_workloads_the_question_does_not_arise() {
    let outcome = FakeHost::new(MANIFEST)
        .failed(KIND, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
    let none = run(&deployment("lab", "notebook", ""));
    assert_eq!(none.word(), "skip: not-applicable");
    assert_eq!(none.summary, "there is no Argo CD application");
    assert_eq!(
        run(&application("chat", &[])).word(),
        "skip: not-applicable"
    );
}

#[test]
fn a_scope_without_applications_decides_nothing() {
    let outcome = host(&chat()).scope(Scope::namespace("chat")).run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
}
