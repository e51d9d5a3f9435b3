//! The check against pods that get their images or do not, and registries that answer.
#![allow(clippy::unwrap_used)]

use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;
use bsq_sdk::testing::{Answer, FakeHost, Outcome, causes};
use registry_credentials::images_can_be_pulled as check;

const MANIFEST: &str = include_str!("../check.toml");
const HOST: &str = "harbor.site.test";

fn waiting(namespace: &str, name: &str, image: &str, secret: &str, message: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, uid: {name}, creationTimestamp: '2026-11-23T05:50:00Z'}}
spec: {{nodeName: worker-1, serviceAccountName: default, imagePullSecrets: [{secret}], containers: [{{name: main, image: '{image}'}}]}}
status: {{phase: Pending, containerStatuses: [{{name: main, image: '{image}', state: {{waiting: {{reason: ImagePullBackOff, message: 'Back-off pulling image'}}}}}}]}}
---
apiVersion: v1
kind: Event
metadata: {{name: {name}.failed, namespace: {namespace}}}
involvedObject: {{kind: Pod, namespace: {namespace}, name: {name}, uid: {name}, fieldPath: 'spec.containers{{main}}'}}
reason: Failed
message: 'Failed to pull image \"{image}\": {message}'
firstTimestamp: '2026-11-23T05:51:00Z'
lastTimestamp: '2026-11-23T06:10:00Z'
"
    )
}

fn running(namespace: &str, name: &str, image: &str, more: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, uid: {name}, creationTimestamp: '2026-11-23T05:00:00Z'}}
spec: {{nodeName: worker-2, containers: [{{name: main, image: '{image}'}}], {more}}}
status: {{phase: Running, conditions: [{{type: Ready, status: 'True'}}], containerStatuses: [{{name: main, image: '{image}', state: {{running: {{}}}}}}]}}
"
    )
}

fn secret(namespace: &str, name: &str, facts: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n{facts}"
    )
}

const PULLED: &str = "---
apiVersion: v1
kind: Event
metadata: {name: portal.pulled, namespace: coreai}
involvedObject: {kind: Pod, namespace: coreai, name: portal}
reason: Pulled
message: 'Successfully pulled image \"harbor.site.test/coreai/portal:1\" in 2.1s'
lastTimestamp: '2026-11-23T06:00:00Z'
";

const DENIED: &str =
    "failed to resolve reference: unexpected status from HEAD request: 401 Unauthorized";

fn host(parts: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[&str]) -> Outcome {
    host(parts).run(check)
}

fn image(name: &str) -> String {
    format!("{HOST}/coreai/{name}:1")
}

fn refused(namespace: &str) -> String {
    waiting(
        namespace,
        "portal",
        &image("portal"),
        "{name: regcred}",
        DENIED,
    )
}

fn token(kind: &str, expires: Option<u64>) -> CredentialFacts {
    CredentialFacts {
        kind: kind.to_owned(),
        expires,
        ..CredentialFacts::default()
    }
}

#[test]
fn a_pull_in_the_window_decides() {
    let pod = running(
        "coreai",
        "portal",
        &image("portal"),
        "imagePullSecrets: [{name: regcred}]",
    );
    let regcred = secret("coreai", "regcred", "");
    let outcome = run(&[&pod, &regcred, PULLED]);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert_eq!(
        outcome.summary,
        "1 image was pulled in the window, from harbor.site.test"
    );
    let before = PULLED.replace("06:00:00Z", "03:00:00Z");
    let present = PULLED.replace("Successfully pulled image", "Container image");
    for events in ["", before.as_str(), present.as_str()] {
        let outcome = run(&[&pod, &regcred, events]);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: inconclusive", true)
        );
    }
}

#[test]
fn an_answer_of_the_registry_to_a_credential_decides() {
    let pod = running("coreai", "portal", &image("portal"), "");
    let ask = |status, facts| {
        host(&[&pod])
            .answer("registry", "/v2/", Answer::text(status, "{}"))
            .credential("registry", facts)
            .run(check)
    };
    assert_eq!(ask(200, token("opaque", None)).word(), "pass");
    assert_eq!(
        ask(200, token("none", None)).word(),
        "skip: inconclusive",
        "it asks nobody"
    );
    assert_eq!(
        ask(401, token("none", None)).word(),
        "skip: inconclusive",
        "it is there, no more"
    );
    assert_eq!(
        ask(401, token("opaque", None)).word(),
        "skip: inconclusive",
        "it may want a token of its own"
    );
    assert_eq!(
        ask(404, token("opaque", None)).word(),
        "skip: inconclusive",
        "it is no registry"
    );
    let expired = ask(401, token("jwt", Some(1_795_410_000)));
    assert_eq!(
        expired.titles(),
        ["the registry refuses the credential of endpoint registry: it has expired"]
    );
    assert_eq!(expired.codes(), ["BSQ-REG-005"]);
    let invalid = host(&[&pod])
        .answer(
            "registry",
            "/v2/",
            Answer::text(401, "").header(
                "www-authenticate",
                "Bearer realm=\"r\",error=\"invalid_token\"",
            ),
        )
        .credential("registry", token("opaque", None))
        .run(check);
    assert_eq!(
        invalid.titles(),
        ["the registry refuses the credential of endpoint registry: it is not valid there"]
    );
    assert_eq!(ask(503, token("none", None)).codes(), ["BSQ-REG-008"]);
}

#[test]
fn a_registry_that_is_out_of_reach_from_here_is_a_warning() {
    let cause = |cause: &str| {
        let attributes = vec![("cause".to_owned(), cause.to_owned())];
        let error = Error::new("unavailable", "no").with_details(None, attributes);
        host(&[PULLED]).failed("registry", error).run(check)
    };
    let outcome = cause("tls-unknown-issuer");
    assert_eq!(
        outcome.titles(),
        ["the registry cannot be reached from here: its certificate comes from an unknown issuer"]
    );
    assert_eq!(outcome.word(), "warn");
    assert_eq!(
        cause("").word(),
        "error",
        "what says nothing of the registry is not known"
    );
}

#[test]
fn what_harbor_says_of_itself_is_told() {
    let health = json!({"status": "unhealthy", "components": [
        {"name": "core", "status": "healthy"},
        {"name": "database", "status": "unhealthy", "error": "failed to ping database"},
    ]});
    let quotas = json!([
        {"ref": {"name": "coreai"}, "hard": {"storage": 1000}, "used": {"storage": 1000}},
        {"ref": {"name": "data"}, "hard": {"storage": 1000}, "used": {"storage": 950}},
        {"ref": {"name": "free"}, "hard": {"storage": -1}, "used": {"storage": 5000}},
        {"ref": {"name": "empty"}, "hard": {"storage": 1000}, "used": {"storage": 10}},
    ]);
    let outcome = host(&[PULLED])
        .answer("registry", "/v2/", Answer::text(401, ""))
        .answer("registry", "/api/v2.0/health", Answer::json(200, health))
        .answer("registry", "/api/v2.0/quotas", Answer::json(200, quotas))
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "Harbor says that it is not healthy: database",
            "project coreai of the registry has used 100 % of its quota",
            "project data of the registry has used 95 % of its quota",
        ]
    );
    assert_eq!(
        outcome.codes(),
        ["BSQ-REG-008", "BSQ-REG-010", "BSQ-REG-010"]
    );
    let severities: Vec<_> = outcome
        .findings
        .iter()
        .map(|it| outcome.severity(it))
        .collect();
    assert_eq!(severities, [Severity::High, Severity::High, Severity::Low]);
}

#[test]
fn refused_pulls_tell_what_is_wrong_with_the_secret() {
    let pod = refused("coreai");
    let bare = secret("coreai", "regcred", "");
    let of_type = |kind: &str| secret("coreai", "regcred", &format!("facts: {{type: {kind}}}\n"));
    for (secret, code, title) in [
        (
            "",
            "BSQ-REG-002",
            "harbor.site.test refuses pulls in coreai: pull secret regcred does not exist",
        ),
        (
            &of_type("Opaque"),
            "BSQ-REG-003",
            "harbor.site.test refuses pulls in coreai: pull secret regcred is of a type that is not used",
        ),
        (
            &of_type("kubernetes.io/dockerconfigjson"),
            "BSQ-REG-004",
            "harbor.site.test refuses pull secret regcred of coreai",
        ),
        (
            &bare,
            "BSQ-REG-004",
            "harbor.site.test refuses pull secret regcred of coreai",
        ),
    ] {
        let outcome = run(&[&pod, secret]);
        assert_eq!(
            (outcome.codes(), outcome.titles()),
            (vec![code], vec![title])
        );
        assert_eq!(outcome.word(), "fail");
        let finding = outcome.finding(code);
        assert_eq!(
            finding.subject().to_string(),
            "pull-credentials coreai/harbor.site.test"
        );
        assert_eq!(
            finding.began().map(|time| time.to_string()).as_deref(),
            Some("2026-11-23T05:51:00Z")
        );
        assert!(
            finding
                .fact("pull of harbor.site.test/coreai/portal:1 by pod coreai/portal")
                .is_some_and(|it| it.contains("401"))
        );
    }
}

#[test]
fn pods_without_a_pull_secret_are_told_with_their_service_account() {
    let account = "---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: coreai}
imagePullSecrets: [{name: regcred}]
";
    let pod = waiting("coreai", "portal", &image("portal"), "", DENIED);
    let outcome = run(&[&pod, account]);
    assert_eq!(
        outcome.titles(),
        ["harbor.site.test refuses pulls in coreai: the pods name no pull secret"]
    );
    let finding = outcome.finding("BSQ-REG-001");
    assert_eq!(
        finding.fact("imagePullSecrets of service account coreai/default"),
        Some("regcred")
    );
    assert!(
        finding
            .steps()
            .iter()
            .any(|step| step.text.contains("make them anew"))
    );
}

#[test]
fn credentials_that_fail_in_several_namespaces_have_one_cause() {
    let outcome = run(&[
        &refused("coreai"),
        &refused("data"),
        &secret("coreai", "regcred", ""),
        &secret("data", "regcred", ""),
    ]);
    assert_eq!(
        outcome.titles(),
        [
            "harbor.site.test refuses the pull secrets of 2 namespaces: coreai, data",
            "harbor.site.test refuses pull secret regcred of coreai",
            "harbor.site.test refuses pull secret regcred of data",
        ]
    );
    assert_eq!(
        outcome.codes(),
        ["BSQ-REG-005", "BSQ-REG-004", "BSQ-REG-004"]
    );
    assert_eq!(
        outcome.finding("BSQ-REG-005").subject().to_string(),
        "registry harbor.site.test"
    );
    assert_eq!(
        causes(outcome.finding("BSQ-REG-004")),
        ["registry harbor.site.test"]
    );
}

#[test]
fn a_missing_pull_secret_of_pods_that_run_is_a_warning() {
    let pod = running(
        "coreai",
        "portal",
        &image("portal"),
        "imagePullSecrets: [{name: regcred}]",
    );
    let outcome = run(&[&pod, PULLED]);
    assert_eq!(
        outcome.titles(),
        ["pull secret coreai/regcred does not exist; 1 pod names it and runs without"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-REG-002"], "warn")
    );
    let two = running(
        "coreai",
        "portal",
        &image("portal"),
        "imagePullSecrets: [{name: regcred}, {name: other}]",
    );
    assert_eq!(
        run(&[&two, &secret("coreai", "other", ""), PULLED]).titles(),
        [""; 0],
        "the other is there"
    );
}

#[test]
fn images_that_are_not_in_the_registry_are_named_once() {
    let missing = "rpc error: code = NotFound desc = manifest unknown: artifact not found";
    let one = waiting("coreai", "docling", &image("docling"), "", missing);
    let outcome = run(&[&one]);
    assert_eq!(
        outcome.titles(),
        ["image harbor.site.test/coreai/docling:1 is not in the registry (1 pod in coreai)"]
    );
    assert_eq!(
        outcome.finding("BSQ-REG-006").subject().to_string(),
        "image harbor.site.test/coreai/docling:1"
    );
    let outcome = run(&[
        &one,
        &waiting("data", "milvus", &image("milvus"), "", missing),
    ]);
    assert_eq!(
        outcome.titles(),
        [
            "2 images are not in harbor.site.test: harbor.site.test/coreai/docling:1, harbor.site.test/coreai/milvus:1 (2 pods in 2 namespaces)"
        ]
    );
}

#[test]
fn a_registry_out_of_reach_is_one_finding_for_all_namespaces() {
    let no_name = "failed to do request: Head https://harbor.site.test/v2/: dial tcp: lookup harbor.site.test: no such host";
    let one = waiting("coreai", "portal", &image("portal"), "", no_name);
    let other = waiting("data", "milvus", &image("milvus"), "", no_name);
    let outcome = run(&[&one, &other]);
    assert_eq!(
        outcome.titles(),
        [
            "harbor.site.test cannot be reached from the nodes: its name does not resolve (2 pods in 2 namespaces)"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-REG-007"]);
    let elsewhere = running("iam", "keycloak", &image("keycloak"), "");
    let outcome = run(&[&one, &other, &elsewhere]);
    assert!(
        outcome
            .finding("BSQ-REG-007")
            .title()
            .starts_with("harbor.site.test cannot be reached from node worker-1")
    );
}

#[test]
fn an_endpoint_follows_from_what_pulls_say_of_the_one_registry() {
    let expired = "failed to do request: tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    let one = waiting("coreai", "portal", &image("portal"), "", expired);
    let asked = |parts: &[&str]| {
        let attributes = vec![("cause".to_owned(), "tls-expired".to_owned())];
        let error = Error::new("unavailable", "no").with_details(None, attributes);
        let outcome = host(parts).failed("registry", error).run(check);
        let endpoint = outcome
            .findings
            .iter()
            .find(|finding| finding.subject().to_string() == "endpoint registry");
        causes(endpoint.unwrap())
    };
    assert_eq!(asked(&[&one]), ["BSQ-REG-007", "BSQ-TLS-001"]);
    // Of two registries it may be either.
    let elsewhere = waiting("data", "loader", "mirror.site.test/a/b:1", "", expired);
    assert_eq!(asked(&[&one, &elsewhere]), ["BSQ-TLS-001"]);
    // What nodes see of the certificate is that of the name.
    assert_eq!(causes(run(&[&one]).finding("BSQ-REG-007")), ["BSQ-TLS-001"]);
}

#[test]
fn errors_and_quotas_of_the_registry_are_told_apart() {
    let fails = waiting(
        "coreai",
        "a",
        &image("a"),
        "",
        "unexpected status: 503 Service Unavailable",
    );
    assert_eq!(
        run(&[&fails]).titles(),
        ["harbor.site.test answers pulls with an error of its own (1 pod in coreai)"]
    );
    let quota = waiting(
        "coreai",
        "a",
        &image("a"),
        "",
        "denied: adding 3 GiB exceeds the project quota",
    );
    assert_eq!(
        run(&[&quota]).titles(),
        ["harbor.site.test refuses for a quota (1 pod in coreai)"]
    );
    assert_eq!(
        causes(run(&[&quota]).finding("BSQ-REG-010")),
        ["registry-project coreai"]
    );
    let limit = waiting(
        "coreai",
        "a",
        "redis:7",
        "",
        "toomanyrequests: You have reached your pull rate limit",
    );
    assert_eq!(
        run(&[&limit]).titles(),
        [""; 0],
        "a limit on pulls is the pod's finding"
    );
}

const INGRESS: &str = "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: harbor, namespace: harbor}
spec: {rules: [{host: harbor.site.test}]}
";

#[test]
fn harbor_in_the_cluster_that_it_serves() {
    let own = "harbor.site.test/goharbor/harbor-core:v2";
    let core = running("harbor", "harbor-core-0", own, "");
    let outcome = run(&[&core, INGRESS, PULLED]);
    assert_eq!(
        outcome.titles(),
        ["Harbor in harbor pulls its own images from itself, harbor.site.test"]
    );
    assert_eq!(
        outcome.word(),
        "pass",
        "it works, until it has to start anew"
    );

    let stuck = waiting(
        "harbor",
        "harbor-core-0",
        own,
        "",
        "dial tcp 10.0.0.1:443: connect: connection refused",
    );
    let app = waiting(
        "coreai",
        "portal",
        &image("portal"),
        "",
        "dial tcp 10.0.0.1:443: connect: connection refused",
    );
    let outcome = run(&[&stuck, &app, INGRESS]);
    assert_eq!(
        outcome.codes(),
        ["BSQ-REG-007", "BSQ-REG-011", "BSQ-REG-009"]
    );
    assert_eq!(
        outcome.finding("BSQ-REG-011").title(),
        "Harbor in harbor cannot start: it pulls its own images from itself, harbor.site.test"
    );
    assert_eq!(
        outcome.severity(outcome.finding("BSQ-REG-011")),
        Severity::Critical
    );
    assert_eq!(
        outcome
            .finding("BSQ-REG-007")
            .fact("spec.rules of ingress harbor/harbor"),
        Some(HOST)
    );
}

#[test]
fn harbor_that_is_down_is_told_by_its_workloads() {
    let elsewhere = "mirror.site.test/goharbor/registry-photon:v2";
    let down = running("harbor", "harbor-registry-0", elsewhere, "").replace(
        "status: 'True'",
        "status: 'False', lastTransitionTime: '2026-11-23T05:30:00Z'",
    );
    let outcome = run(&[&down, INGRESS]);
    assert_eq!(
        outcome.titles(),
        ["Harbor in harbor has no ready pod of harbor-registry-0"]
    );
    assert_eq!(outcome.codes(), ["BSQ-REG-009"]);
    let young = down.replace("05:30:00Z", "06:11:00Z");
    assert_eq!(run(&[&young, INGRESS, PULLED]).titles(), [""; 0]);
    let job = down.replace(
        "uid: harbor-registry-0",
        "ownerReferences: [{apiVersion: batch/v1, kind: Job, name: x, uid: j, controller: true}]",
    );
    assert_eq!(run(&[&job, INGRESS, PULLED]).titles(), [""; 0]);
}

#[test]
fn a_pod_that_just_failed_or_ended_is_left_in_peace() {
    let young = refused("coreai")
        .replace("ImagePullBackOff", "ErrImagePull")
        .replace("05:50:00Z", "06:11:30Z");
    assert_eq!(
        run(&[&young, &secret("coreai", "regcred", ""), PULLED]).titles(),
        [""; 0]
    );
    let ending = refused("coreai").replace(
        "uid: portal, creation",
        "deletionTimestamp: '2026-11-23T06:00:00Z', creation",
    );
    assert_eq!(run(&[&ending, PULLED]).titles(), [""; 0]);
}

#[test]
fn denied_reads_are_never_green() {
    let pod = running("coreai", "portal", &image("portal"), "");
    for what in [
        "v1/Pod",
        "v1/Event",
        "v1/Secret",
        "v1/ServiceAccount",
        "networking.k8s.io/v1/Ingress",
        "registry",
    ] {
        let outcome = host(&[&pod, PULLED]).denied(what).run(check);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: unknown", false),
            "{what}"
        );
    }
    // A secret that may not be looked for is not missing, and it is not said that the registry refuses it.
    let outcome = host(&[&refused("coreai"), &refused("data")])
        .forbidden("v1/Secret")
        .run(check);
    assert_eq!(
        (outcome.codes(), outcome.complete),
        (vec!["BSQ-REG-004", "BSQ-REG-004"], false)
    );
    assert_eq!(
        outcome.titles().first().copied(),
        Some(
            "harbor.site.test refuses pulls in coreai that name pull secret regcred, which could not be looked at"
        )
    );
}

#[test]
fn without_pods_the_question_does_not_arise() {
    assert_eq!(run(&[]).word(), "skip: not-applicable");
}
