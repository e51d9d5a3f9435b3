//! The check against answers of the gateway and of KubeAI.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;
use bsq_sdk::testing::{Answer, FakeHost, Outcome};
use coreai_models::models_are_listed_and_served as check;

const MANIFEST: &str = include_str!("../check.toml");
const MODEL: &str = "kubeai.org/v1/Model";

fn model(name: &str, spec: &str, ready: u32) -> String {
    format!(
        "---
apiVersion: kubeai.org/v1
kind: Model
metadata: {{name: {name}, namespace: kubeai, creationTimestamp: '2026-11-23T05:00:00Z'}}
spec: {{engine: VLLM, url: 'hf://site/{name}', resourceProfile: 'nvidia-gpu-l4:1', {spec}}}
status: {{replicas: {{all: 1, ready: {ready}}}}}
"
    )
}

fn listing(names: &[&str]) -> Answer {
    let data: Vec<_> = names
        .iter()
        .map(|name| json!({"id": name, "object": "model"}))
        .collect();
    Answer::json(200, json!({"object": "list", "data": data}))
}

fn refusal(status: u16, kind: &str) -> Answer {
    Answer::json(
        status,
        json!({"error": {"message": "No.", "type": kind, "param": null, "code": status.to_string()}}),
    )
}

fn host(yaml: &str, answer: Answer) -> FakeHost {
    FakeHost::new(MANIFEST)
        .objects(yaml)
        .answer("coreai", "/models", answer)
}

fn run(yaml: &str, answer: Answer) -> Outcome {
    host(yaml, answer).run(check)
}

fn api(answer: Answer) -> FakeHost {
    FakeHost::new(MANIFEST).answer("coreai", "/models", answer)
}

fn key() -> CredentialFacts {
    CredentialFacts {
        kind: "sk-bsq".to_owned(),
        ..CredentialFacts::default()
    }
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let idle = model("whisper", "minReplicas: 0, replicas: 0", 0).replace("all: 1", "all: 0");
    let loading = model("new", "minReplicas: 1", 0).replace("05:00:00Z", "06:00:00Z");
    let served = model("mistral", "minReplicas: 1, replicas: 1", 1);
    let outcome = run(
        &format!("{served}{idle}{loading}"),
        listing(&["mistral", "whisper", "new"]),
    );
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert!(
        outcome.summary.contains("1 scaled to zero"),
        "{}",
        outcome.summary
    );
}

#[test]
fn a_list_that_the_credential_does_not_get_is_a_consequence() {
    for (answer, why, word, cause) in [
        (
            refusal(401, "auth_error"),
            "it is refused",
            "fail",
            "BSQ-KEY-001",
        ),
        (
            refusal(400, "expired_key"),
            "it has expired",
            "fail",
            "BSQ-KEY-002",
        ),
        (
            refusal(401, "key_model_access_denied"),
            "it is not authorized",
            "fail",
            "BSQ-KEY-003",
        ),
        (
            Answer::text(403, "no"),
            "it is not authorized",
            "fail",
            "BSQ-KEY-003",
        ),
        (
            refusal(400, "no_db_connection"),
            "the gateway cannot check it",
            "fail",
            "BSQ-KEY-004",
        ),
        (
            refusal(429, "budget_exceeded"),
            "its budget is used up",
            "warn",
            "BSQ-KEY-007",
        ),
        (
            refusal(429, "throttling_error"),
            "it asks too often",
            "warn",
            "BSQ-KEY-008",
        ),
    ] {
        let outcome = api(answer).credential("coreai", key()).run(check);
        let title = format!("the CoreAI API does not show its models to this credential: {why}");
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![title.as_str()], word)
        );
        let causes = outcome.finding("BSQ-MODEL-001").causes();
        let first = causes.first().and_then(|cause| cause.code.as_deref());
        assert_eq!(first, Some(cause));
    }
}

#[test]
fn what_answers_in_the_place_of_the_api_is_why_there_is_no_list() {
    let page = || Answer::text(200, "<html>Sign in</html>");
    let outcome = api(page()).run(check);
    let causes = format!("{:?}", outcome.finding("BSQ-MODEL-005").causes());
    assert!(causes.contains("BSQ-API-002"), "{causes}");
    let outcome = api(Answer::text(502, "<html>Bad Gateway</html>")).run(check);
    let causes = format!("{:?}", outcome.finding("BSQ-MODEL-007").causes());
    assert!(
        causes.contains("BSQ-DEP-009") && !causes.contains("BSQ-API"),
        "{causes}"
    );
}

#[test]
fn an_answer_that_is_no_list_says_who_answered() {
    for (answer, code) in [
        (
            Answer::json(404, json!({"detail": "Not Found"})),
            "BSQ-MODEL-006",
        ),
        (
            Answer::text(502, "<html>Bad Gateway</html>"),
            "BSQ-MODEL-007",
        ),
        (Answer::text(200, "<html>Sign in</html>"), "BSQ-MODEL-005"),
        (
            Answer::text(302, "").header("location", "https://auth.site.test/x?state=secret"),
            "BSQ-MODEL-005",
        ),
        (Answer::json(200, json!({"status": "ok"})), "BSQ-MODEL-005"),
    ] {
        let outcome = api(answer).run(check);
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec![code], "fail"),
            "{:?}",
            outcome.titles()
        );
        let facts = outcome.finding(code).facts();
        assert!(facts.iter().all(|fact| !fact.value.contains("secret")));
    }
}

#[test]
fn an_api_that_wants_a_credential_where_none_is_configured_is_not_at_fault() {
    let outcome = api(refusal(401, "auth_error")).run(check);
    assert_eq!(
        (outcome.codes().len(), outcome.word()),
        (0, "skip: not-configured")
    );
    assert!(outcome.summary.contains("it wants a credential"));
}

#[test]
fn who_answered_is_shown() {
    let outcome =
        api(Answer::text(502, "<html>Bad Gateway</html>").header("server", "nginx")).run(check);
    let finding = outcome.finding("BSQ-MODEL-007");
    assert_eq!(
        (finding.fact("status"), finding.fact("server")),
        (Some("502"), Some("nginx"))
    );
}

#[test]
fn an_api_that_cannot_be_reached_is_a_finding_only_where_the_cause_is_known() {
    let failing = |cause: &str| {
        let error = Error::new("unavailable", "no answer");
        let error = error.with_details(None, vec![("cause".to_owned(), cause.to_owned())]);
        FakeHost::new(MANIFEST).failed("coreai", error).run(check)
    };
    let title = "the CoreAI API cannot be reached from here: its host name does not exist";
    assert_eq!(failing("dns-nxdomain").titles(), [title]);
    let expired = failing("tls-expired");
    let causes = expired.finding("BSQ-MODEL-008").causes().iter();
    assert!(
        causes
            .map(ToString::to_string)
            .any(|one| one == "BSQ-TLS-001")
    );
    let unknown = failing("address-denied");
    assert_eq!((unknown.codes().len(), unknown.word()), (0, "error"));
}

#[test]
fn a_listed_model_without_a_gpu_is_listed_but_not_served() {
    let pod = "---
apiVersion: v1
kind: Pod
metadata: {name: model-llama-0, namespace: kubeai, labels: {app: model, model: llama}}
status:
  phase: Pending
  conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.', lastTransitionTime: '2026-11-23T06:11:00Z'}]
";
    let outcome = run(
        &format!("{}{pod}", model("llama", "minReplicas: 1", 0)),
        listing(&["llama"]),
    );
    assert_eq!(
        outcome.titles(),
        ["model llama is listed but not served: no node has a free nvidia.com/gpu"]
    );
    let finding = outcome.finding("BSQ-MODEL-015");
    let said = finding.fact("PodScheduled of pod model-llama-0");
    assert!(said.is_some_and(|text| text.contains("Insufficient")));
    assert_eq!(
        (finding.fact("GET /models"), outcome.word()),
        (Some("listed"), "fail")
    );
}

#[test]
fn a_model_whose_pod_crashes_or_never_comes_is_not_served() {
    let pod = "---
apiVersion: v1
kind: Pod
metadata:
  name: model-llama-0
  namespace: kubeai
  creationTimestamp: '2026-11-23T06:10:00Z'
  ownerReferences: [{apiVersion: kubeai.org/v1, kind: Model, name: llama, uid: m, controller: true}]
status:
  phase: Running
  containerStatuses: [{name: server, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {reason: OOMKilled, exitCode: 137}}}]
";
    let unserved = model("llama", "minReplicas: 1", 0);
    let outcome = run(&format!("{unserved}{pod}"), listing(&["llama"]));
    let title = "model llama is listed but not served: container server CrashLoopBackOff, last ended with 137 (OOMKilled)";
    assert_eq!(outcome.titles(), [title]);
    let outcome = run(&unserved, listing(&["other"]));
    let title = "model llama is neither listed nor served: it has no pods";
    assert!(outcome.titles().contains(&title), "{:?}", outcome.titles());
}

#[test]
fn a_served_model_that_is_not_listed_is_a_warning() {
    let served = format!(
        "{}{}",
        model("mistral", "minReplicas: 1", 1),
        model("hidden", "minReplicas: 1", 1)
    );
    let outcome = run(&served, listing(&["openai/mistral"]));
    assert_eq!(
        (outcome.titles(), outcome.word()),
        (vec!["model hidden is served but not listed"], "warn")
    );
}

#[test]
fn a_listed_model_that_kubeai_does_not_know_is_information() {
    let outcome = run(
        &model("mistral", "minReplicas: 1", 1),
        listing(&["mistral", "gpt-4o"]),
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-MODEL-012"], "pass")
    );
    assert_eq!(
        outcome.finding("BSQ-MODEL-012").subject().to_string(),
        "model gpt-4o"
    );
}

#[test]
fn an_empty_list_and_an_expected_model_are_found() {
    let served = model("mistral", "minReplicas: 1", 1);
    let outcome = run(&served, listing(&[]));
    assert_eq!(
        outcome.titles(),
        ["the CoreAI API lists no model, though KubeAI serves 1"]
    );
    let outcome = host(&served, listing(&["mistral"]))
        .setting("expect", json!(["mistral", "llama"]))
        .run(check);
    assert_eq!(outcome.titles(), ["model llama is expected and not listed"]);
}

#[test]
fn a_profile_without_a_count_is_found() {
    let profile = model("mistral", "minReplicas: 1", 1).replace("nvidia-gpu-l4:1", "nvidia-gpu-l4");
    let outcome = run(&profile, listing(&["mistral"]));
    assert_eq!(
        outcome.titles(),
        ["model mistral: resource profile nvidia-gpu-l4 has no count"]
    );
}

#[test]
fn without_the_endpoint_the_models_are_looked_at_alone() {
    let alone = |yaml: &str| FakeHost::new(MANIFEST).objects(yaml).run(check);
    let served = alone(&model("mistral", "minReplicas: 1", 1));
    assert_eq!((served.word(), served.complete), ("pass", true));
    assert!(served.summary.contains("not configured"));
    let unserved = alone(&model("mistral", "minReplicas: 1", 0));
    assert_eq!(
        unserved.titles(),
        ["model mistral is not served: it has no pods"]
    );
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-configured"
    );
    let absent = FakeHost::new(MANIFEST)
        .failed(MODEL, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!(absent.word(), "skip: not-configured");
}

#[test]
fn without_kubeai_the_list_alone_is_told() {
    let outcome = api(listing(&["gpt-4o"]))
        .failed(MODEL, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!((outcome.codes().len(), outcome.word()), (0, "pass"));
    assert!(outcome.summary.contains("KubeAI is not here"));
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let whole = || {
        host(
            &model("mistral", "minReplicas: 1", 1),
            listing(&["mistral"]),
        )
    };
    for what in ["coreai", MODEL] {
        for host in [whole().denied(what), whole().forbidden(what)] {
            let outcome = host.run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{what}"
            );
        }
    }
    assert_eq!(
        whole()
            .failed("coreai", Error::new("unavailable", "502"))
            .run(check)
            .word(),
        "error"
    );
}
