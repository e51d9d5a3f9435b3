//! The four conditions against results as the host hands them over.

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use escalation::is_for_first_line as correlate;

const MANIFEST: &str = include_str!("../check.toml");

/// A finding with what the host adds to it.
fn finding(code: &str, subject: impl Into<Subject>, severity: Severity, layer: &str) -> Finding {
    let mut report = Report::new("x");
    let title = format!("{code} of {layer}");
    report
        .finding(code, subject, title)
        .severity(severity)
        .attribute("layer", layer)
        .clone()
}

fn pod(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::new("v1/Pod", name).in_namespace(namespace)
}

fn result(id: &str, findings: Vec<Finding>) -> CheckResult {
    let worst = findings.iter().filter_map(Finding::own_severity).max();
    let verdict = match worst {
        Some(Severity::High | Severity::Critical) => Verdict::Fail,
        Some(Severity::Low | Severity::Medium) => Verdict::Warn,
        _ => Verdict::Pass,
    };
    CheckResult {
        environment: "prod".to_owned(),
        id: id.to_owned(),
        version: "0.1.0".to_owned(),
        verdict: Some(verdict),
        complete: true,
        findings,
        attributes: Vec::new(),
    }
}

fn of(environment: &str, result: CheckResult) -> CheckResult {
    CheckResult {
        environment: environment.to_owned(),
        ..result
    }
}

fn incomplete(id: &str) -> CheckResult {
    CheckResult {
        verdict: Some(Verdict::Skip),
        complete: false,
        ..result(id, Vec::new())
    }
}

fn silent(id: &str) -> CheckResult {
    CheckResult {
        complete: true,
        ..incomplete(id)
    }
}

fn run(results: &[CheckResult]) -> Outcome {
    FakeHost::new(MANIFEST).correlate(results, correlate)
}

fn database() -> Finding {
    finding(
        "BSQ-POD-007",
        pod("data", "postgresql-0"),
        Severity::Critical,
        "data",
    )
}

fn application() -> Finding {
    let subject =
        ObjectRef::new("argoproj.io/v1alpha1/Application", "keycloak").in_namespace("argocd");
    finding("BSQ-ARGO-015", subject, Severity::High, "delivery")
}

fn said<'a>(outcome: &'a Outcome, condition: &str) -> &'a str {
    let found = outcome
        .attributes
        .iter()
        .find(|(name, _)| name == condition);
    found.map_or("", |(_, word)| word.as_str())
}

#[test]
fn a_healthy_platform_needs_no_escalation() {
    let certificate = finding("BSQ-TLS-003", pod("a", "b"), Severity::Medium, "network");
    let outcome = run(&[
        result("pod-triage", Vec::new()),
        result("argocd-apps", Vec::new()),
        result("ingress-path", vec![certificate]),
        silent("trace-flow"),
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert_eq!(
        outcome.summary,
        "none of the guide's four conditions for escalation holds"
    );
    assert_eq!(said(&outcome, "several environments"), "no: nothing fails");
}

#[test]
fn several_layers_at_once_are_escalated_with_a_fact_of_each() {
    let mut database = database();
    database.since("2026-11-23T06:03:00Z".parse::<Timestamp>().ok());
    let outcome = run(&[
        result("pod-triage", vec![database]),
        result("argocd-apps", vec![application()]),
    ]);
    assert_eq!(outcome.titles(), ["2 layers fail at once: data, delivery"]);
    let finding = outcome.finding("BSQ-ESC-001");
    assert_eq!(
        finding.fact("data: pod-triage BSQ-POD-007"),
        Some("BSQ-POD-007 of data")
    );
    assert_eq!(
        finding.fact("delivery: argocd-apps BSQ-ARGO-015"),
        Some("BSQ-ARGO-015 of delivery")
    );
    assert_eq!(finding.began(), "2026-11-23T06:03:00Z".parse().ok());
    assert!(
        finding
            .steps()
            .iter()
            .any(|step| step.command.contains(&"--record".to_owned()))
    );
    // It adds no alarm of its own.
    assert_eq!(
        (outcome.severity(finding), outcome.word()),
        (Severity::Low, "warn")
    );
    assert!(
        outcome
            .summary
            .starts_with("escalate: several layers at once"),
        "{}",
        outcome.summary
    );
}

/// A consequence, as the host says it.
fn so(finding: Finding) -> Finding {
    finding.clone().attribute("root", "false").clone()
}

fn root(finding: Finding) -> Finding {
    finding.clone().attribute("root", "true").clone()
}

#[test]
fn one_failure_that_is_seen_from_several_layers_is_one() {
    let service = ObjectRef::new("v1/Service", "llm-backend").in_namespace("coreai");
    let missing = pod("coreai", "llm-backend-5d-x").owned_by("Deployment", "llm-backend");
    let workload = ObjectRef::new("apps/v1/Deployment", "llm-backend").in_namespace("coreai");
    let outcome = run(&[result(
        "x",
        vec![
            root(finding("BSQ-POD-003", missing, Severity::High, "delivery")),
            so(finding(
                "BSQ-SVC-001",
                workload,
                Severity::High,
                "infrastructure",
            )),
            so(finding("BSQ-ING-008", service, Severity::High, "network")),
            so(application()),
        ],
    )]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!(
        said(&outcome, "several layers at once"),
        "no: only delivery fails"
    );
}

#[test]
fn one_cause_that_takes_other_things_down_is_escalated_and_said_to_be_one() {
    let keycloak = pod("iam", "keycloak-0").owned_by("StatefulSet", "keycloak");
    let component = Named::new("component", "iam/keycloak");
    let outcome = run(&[result(
        "x",
        vec![
            root(database()),
            so(finding(
                "BSQ-POD-006",
                keycloak,
                Severity::High,
                "infrastructure",
            )),
            so(finding("BSQ-LOG-003", component, Severity::High, "data")),
        ],
    )]);
    assert_eq!(
        outcome.titles(),
        ["one cause makes 2 layers fail: data, infrastructure"]
    );
}

#[test]
fn one_layer_is_for_the_first_line_and_thresholds_are_the_sites() {
    let one = [result("pod-triage", vec![database()])];
    let outcome = run(&one);
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(
        said(&outcome, "several layers at once"),
        "no: only data fails"
    );
    let two = [result("pod-triage", vec![database(), application()])];
    let strict = FakeHost::new(MANIFEST)
        .setting("layers", 3)
        .correlate(&two, correlate);
    assert_eq!(strict.codes(), [""; 0]);
    let warnings = [
        finding("BSQ-A-001", pod("a", "a"), Severity::Medium, "network"),
        finding("BSQ-A-002", pod("a", "b"), Severity::Medium, "data"),
    ];
    let warned = [result("x", warnings.to_vec())];
    assert_eq!(run(&warned).codes(), [""; 0]);
    let lower = FakeHost::new(MANIFEST)
        .setting("failing-from", "medium")
        .correlate(&warned, correlate);
    assert_eq!(lower.codes(), ["BSQ-ESC-001"]);
    let wrong = FakeHost::new(MANIFEST)
        .setting("failing-from", "bad")
        .correlate(&warned, correlate);
    assert!(
        wrong
            .failure
            .is_some_and(|error| error.message().contains("`bad`"))
    );
}

/// Argo CD, ingress, and observability that each have a finding of this layer.
fn areas(observed: &str) -> Vec<CheckResult> {
    let ingress = finding("BSQ-ING-003", pod("a", "web"), Severity::Medium, "network");
    let loki = finding(
        "BSQ-OBS-001",
        pod("monitoring", "loki-0"),
        Severity::Medium,
        observed,
    );
    let mut argo = application();
    argo.severity(Severity::Medium);
    vec![
        result("argocd-apps", vec![argo]),
        result("ingress-path", vec![ingress]),
        result("log-errors", vec![loki]),
    ]
}

#[test]
fn three_areas_that_are_all_inconsistent_are_escalated() {
    let outcome = run(&areas("observability"));
    assert_eq!(
        outcome.titles(),
        ["Argo CD, ingress and observability all show inconsistent state"]
    );
    let sources: Vec<_> = outcome
        .finding("BSQ-ESC-002")
        .facts()
        .iter()
        .map(|fact| fact.source.as_str())
        .collect();
    assert_eq!(
        sources,
        [
            "Argo CD: argocd-apps BSQ-ARGO-015",
            "ingress: ingress-path BSQ-ING-003",
            "observability: log-errors BSQ-OBS-001"
        ]
    );
}

#[test]
fn what_logs_report_of_others_is_no_state_of_observability() {
    let outcome = run(&areas("data"));
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(
        said(&outcome, "Argo CD, ingress and observability"),
        "no: observability is consistent"
    );
}

#[test]
fn an_area_that_is_not_here_or_not_known_leaves_the_condition_open() {
    let mut quiet = areas("observability");
    quiet.pop();
    quiet.push(silent("log-errors"));
    let outcome = run(&quiet);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
    assert!(
        outcome
            .summary
            .contains("no check speaks for observability"),
        "{}",
        outcome.summary
    );
    quiet.pop();
    quiet.push(incomplete("log-errors"));
    let outcome = run(&quiet);
    assert_eq!(outcome.word(), "skip: unknown");
    assert!(
        outcome.summary.contains("observability (log-errors)"),
        "{}",
        outcome.summary
    );
}

#[test]
fn causes_that_are_infrastructure_are_escalated() {
    let node = || ObjectRef::new("v1/Node", "worker-1");
    let lost = finding("BSQ-X-001", node(), Severity::High, "infrastructure");
    let follower = |name: &str| {
        let mut pod = finding(
            "BSQ-POD-006",
            pod("data", name),
            Severity::High,
            "infrastructure",
        );
        pod.caused_by(node());
        pod
    };
    let outcome = run(&[result(
        "pod-triage",
        vec![lost, follower("a"), follower("b"), follower("c")],
    )]);
    assert_eq!(
        outcome.titles(),
        ["the cause is infrastructure of the cluster rather than configuration of the platform"]
    );
    let finding = outcome.finding("BSQ-ESC-003");
    assert_eq!(
        finding.fact("pod-triage BSQ-X-001"),
        Some("BSQ-X-001 of infrastructure")
    );
    // The code says it where the subject does not.
    let mount = finding_of("BSQ-POD-008");
    assert_eq!(
        run(&[result("pod-triage", vec![mount])]).codes(),
        ["BSQ-ESC-003"]
    );
}

fn finding_of(code: &str) -> Finding {
    finding(code, pod("data", "x"), Severity::High, "data")
}

#[test]
fn configuration_with_a_little_infrastructure_is_for_the_first_line() {
    let findings = || {
        let others = ["a", "b", "c"]
            .map(|name| finding("BSQ-POD-003", pod("x", name), Severity::High, "data"));
        let mut all = others.to_vec();
        all.push(finding_of("BSQ-POD-008"));
        [result("pod-triage", all)]
    };
    let outcome = run(&findings());
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(
        said(&outcome, "infrastructure"),
        "no: 1 of 4 causes are infrastructure"
    );
    let lower = FakeHost::new(MANIFEST).setting("infrastructure-share", 25);
    assert_eq!(
        lower.correlate(&findings(), correlate).codes(),
        ["BSQ-ESC-003"]
    );
}

#[test]
fn the_hosts_word_on_what_is_a_cause_counts_more() {
    let mut mount = finding_of("BSQ-POD-008");
    mount.attribute("root", "false");
    let mut database = database();
    database.attribute("root", "true");
    let outcome = run(&[result("pod-triage", vec![mount, database])]);
    assert_eq!(
        said(&outcome, "infrastructure"),
        "no: no cause is infrastructure"
    );
}

#[test]
fn the_same_failure_elsewhere_is_escalated_and_another_one_is_not() {
    let replica = |name: &str| {
        let subject = pod("coreai", name).owned_by("ReplicaSet", "portal");
        result(
            "pod-triage",
            vec![finding("BSQ-POD-003", subject, Severity::High, "delivery")],
        )
    };
    let both = [replica("portal-abc"), of("staging", replica("portal-xyz"))];
    let outcome = run(&both);
    assert_eq!(
        outcome.titles(),
        ["1 failure of prod is the same in staging"]
    );
    assert_eq!(outcome.codes(), ["BSQ-ESC-004"]);
    // The run's own environment is what the host says.
    let named = FakeHost::new(MANIFEST)
        .attribute("environment", "staging")
        .correlate(&both, correlate);
    assert_eq!(named.titles(), ["1 failure of staging is the same in prod"]);

    let other = result("pod-triage", vec![database()]);
    let outcome = run(&[replica("portal-abc"), of("staging", other)]);
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(
        said(&outcome, "several environments"),
        "no: staging does not fail in this way"
    );
    let outcome = run(&[
        replica("portal-abc"),
        of("staging", incomplete("pod-triage")),
    ]);
    assert_eq!(outcome.word(), "skip: unknown");
}

#[test]
fn one_environment_does_not_tell_what_others_would() {
    let outcome = run(&[result("pod-triage", vec![database()])]);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
    assert!(outcome.summary.contains("--also"), "{}", outcome.summary);
}

#[test]
fn nothing_is_denied_over_results_that_are_not_complete() {
    for unknown in [
        incomplete("pod-triage"),
        CheckResult {
            verdict: None,
            ..result("pod-triage", Vec::new())
        },
    ] {
        let outcome = run(&[result("argocd-apps", Vec::new()), unknown]);
        assert_eq!(outcome.word(), "skip: unknown");
        assert!(
            outcome.summary.contains("pod-triage"),
            "{}",
            outcome.summary
        );
    }
    // Without the layers nothing can be said of them.
    let mut report = Report::new("x");
    let nameless = report
        .finding("BSQ-A-001", pod("a", "a"), "a")
        .severity(Severity::High)
        .clone();
    let outcome = run(&[result("x", vec![nameless])]);
    assert_eq!(outcome.word(), "skip: unknown");
}

#[test]
fn without_any_result_there_is_nothing_to_decide() {
    assert_eq!(run(&[]).word(), "skip: not-applicable");
}
