//! The check against answers of gateways, OpenFGA and the logs of those that deny.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use access_authorization::the_authenticated_are_not_blocked as check;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{Answer, FakeHost, Outcome};

const MANIFEST: &str = include_str!("../check.toml");

fn pod(name: &str, image: &str, ready: bool, since: &str) -> String {
    let ready = if ready { "True" } else { "False" };
    format!(
        "---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: iam, creationTimestamp: '2026-11-23T05:00:00Z'}}
spec: {{containers: [{{image: '{image}'}}]}}
status: {{phase: Running, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '{since}'}}]}}
"
    )
}

fn openfga(ready: bool, since: &str) -> String {
    pod(
        "openfga-0",
        "docker.io/openfga/openfga:v1.22.1",
        ready,
        since,
    )
}

fn list(names: &[&str]) -> Answer {
    let data: Vec<_> = names.iter().map(|name| json!({"id": name})).collect();
    Answer::json(200, json!({"object": "list", "data": data}))
}

fn refusal(status: u16, kind: &str) -> Answer {
    Answer::json(
        status,
        json!({"error": {"message": "No.", "type": kind, "code": status.to_string()}}),
    )
}

fn platform() -> FakeHost {
    FakeHost::new(MANIFEST)
        .objects(&openfga(true, "2026-11-23T05:01:00Z"))
        .log_store()
        .answer(
            "openfga",
            "/healthz",
            Answer::json(200, json!({"status": "SERVING"})),
        )
}

fn asked(coreai: Answer) -> Outcome {
    platform().answer("coreai", "/models", coreai).run(check)
}

fn causes(outcome: &Outcome) -> Vec<String> {
    bsq_sdk::testing::causes(&outcome.findings[0])
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let litellm = pod(
        "litellm-0",
        "ghcr.io/berriai/litellm:main",
        true,
        "2026-11-23T05:01:00Z",
    );
    let denied = "litellm.proxy: key_model_access_denied key not allowed to access model gpt-4o";
    let mut host = platform().objects(&litellm);
    for second in 0..4 {
        host = host.log_line(
            &format!("2026-11-23T06:00:0{second}Z"),
            &[("namespace", "iam")],
            denied,
        );
    }
    let host = host.answer("coreai", "/models", list(&["mistral"]));
    let outcome = host
        .answer("user", "/models", list(&["mistral"]))
        .run(check);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn who_blocks_an_authenticated_request_is_told() {
    for (answer, code, title) in [
        (
            Answer::json(403, json!({"message": "The consumer_name is forbidden."}))
                .header("server", "APISIX/3.8.0"),
            "BSQ-AUTHZ-001",
            "a policy of APISIX blocks the configured credential: it answers 403",
        ),
        (
            Answer::text(403, "<html><center>nginx</center></html>").header("server", "nginx"),
            "BSQ-AUTHZ-001",
            "a policy of NGINX blocks the configured credential: it answers 403",
        ),
        (
            Answer::json(403, json!({"detail": "not in group"})).header("server", "APISIX/3.8.0"),
            "BSQ-AUTHZ-002",
            "the configured credential is authenticated, and the CoreAI API denies the request with 403",
        ),
        (
            refusal(401, "key_model_access_denied"),
            "BSQ-AUTHZ-003",
            "the configured credential is authenticated and may use none of the models",
        ),
    ] {
        let outcome = asked(answer);
        assert_eq!(
            (outcome.codes(), outcome.titles(), outcome.word()),
            (vec![code], vec![title], "fail")
        );
    }
}

#[test]
fn the_failing_user_is_told_apart_from_the_configured_credential() {
    let host = platform().answer("coreai", "/models", list(&["llama", "mistral"]));
    let outcome = host
        .answer(
            "user",
            "/models",
            Answer::json(403, json!({"detail": "no"})),
        )
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["the user is authenticated, and the CoreAI API denies the request with 403"]
    );
    assert_eq!(
        outcome.finding("BSQ-AUTHZ-002").subject().to_string(),
        "endpoint user"
    );
    assert_eq!(causes(&outcome), ["BSQ-AUTHZ-004", "BSQ-AUTHZ-005"]);
}

#[test]
fn what_the_user_does_not_see_is_information() {
    let host = platform().answer("coreai", "/models", list(&["llama", "mistral"]));
    let outcome = host
        .answer("user", "/models", list(&["mistral", "own"]))
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["the user does not see what the configured credential sees: llama"]
    );
    let finding = outcome.finding("BSQ-AUTHZ-008");
    assert_eq!(
        (finding.fact("GET /models"), outcome.word()),
        (Some("1 of 2 models"), "pass")
    );
}

#[test]
fn a_request_that_is_not_authenticated_says_nothing_of_authorization() {
    for answer in [
        refusal(401, "auth_error"),
        refusal(400, "no_db_connection"),
        Answer::text(502, "<html>"),
    ] {
        let outcome = asked(answer);
        assert_eq!(
            (outcome.codes().len(), outcome.word()),
            (0, "skip: inconclusive"),
            "{}",
            outcome.summary
        );
    }
    // One of two who is authenticated decides.
    let host = platform().answer("coreai", "/models", refusal(401, "auth_error"));
    assert_eq!(
        host.answer("user", "/models", list(&["mistral"]))
            .run(check)
            .word(),
        "pass"
    );
}

#[test]
fn an_openfga_that_does_not_serve_is_found() {
    for answer in [
        Answer::json(503, json!({"status": "NOT_SERVING"})),
        Answer::json(200, json!({"status": "NOT_SERVING"})),
        Answer::text(502, "Bad Gateway"),
    ] {
        let host = platform()
            .objects(&openfga(false, "2026-11-23T06:00:00Z").replace("openfga-0", "openfga-1"));
        let outcome = host.answer("openfga", "/healthz", answer).run(check);
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec!["BSQ-AUTHZ-004"], "fail")
        );
        assert_eq!(causes(&outcome), ["Pod iam/openfga-1"]);
    }
    let error = Error::new("unavailable", "no answer");
    let error = error.with_details(None, vec![("cause".to_owned(), "refused".to_owned())]);
    let outcome = platform().failed("openfga", error).run(check);
    assert_eq!(
        outcome.titles(),
        ["OpenFGA cannot be reached from here: the connection is refused"]
    );
    let outcome = platform()
        .answer("openfga", "/healthz", Answer::text(404, "not found"))
        .run(check);
    assert_eq!(
        (outcome.codes().len(), outcome.word()),
        (0, "skip: inconclusive")
    );
}

#[test]
fn an_openfga_without_a_ready_pod_is_found_when_it_lasts() {
    let with = |ready: bool, since: &str| {
        let host = FakeHost::new(MANIFEST)
            .objects(&openfga(ready, since))
            .log_store();
        host.answer("coreai", "/models", list(&["mistral"]))
    };
    let outcome = with(false, "2026-11-23T06:00:00Z").run(check);
    assert_eq!(
        outcome.titles(),
        ["OpenFGA in iam has no ready pod: fine-grained permissions cannot be decided"]
    );
    assert_eq!(causes(&outcome), ["Pod iam/openfga-0"]);
    let since: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
    assert_eq!(outcome.findings[0].began(), Some(since));
    assert_eq!(
        with(false, "2026-11-23T06:05:00Z").run(check).word(),
        "pass"
    );
    assert_eq!(
        with(false, "2026-11-23T06:05:00Z")
            .setting("starting-after", "1m")
            .run(check)
            .codes(),
        ["BSQ-AUTHZ-005"]
    );
    assert_eq!(with(true, "2026-11-23T06:05:00Z").run(check).word(), "pass");
}

#[test]
fn denials_in_logs_are_information_until_they_are_many() {
    let litellm = pod(
        "litellm-0",
        "ghcr.io/berriai/litellm:main",
        true,
        "2026-11-23T05:01:00Z",
    );
    let logged = |count: usize, line: &str| {
        let mut host = platform()
            .objects(&litellm)
            .answer("coreai", "/models", list(&["mistral"]));
        for index in 0..count {
            let at = format!("2026-11-23T06:{:02}:{:02}Z", index / 60, index % 60);
            host = host.log_line(&at, &[("namespace", "iam")], line);
        }
        host.run(check)
    };
    let denied = "ERROR: {\"type\": \"team_model_access_denied\", \"param\": \"model\"}";
    let some = logged(5, denied);
    assert_eq!((some.codes(), some.word()), (vec!["BSQ-AUTHZ-006"], "pass"));
    let many = logged(100, denied);
    assert_eq!((many.codes(), many.word()), (vec!["BSQ-AUTHZ-006"], "warn"));
    let store = logged(
        5,
        "{\"level\":\"error\",\"error\":{\"code\":\"store_id_not_found\"}}",
    );
    assert_eq!(
        (store.codes(), store.word()),
        (vec!["BSQ-AUTHZ-007"], "warn")
    );
    assert_eq!(
        logged(5, "{\"level\":\"info\",\"msg\":\"allowed=false\"}").word(),
        "pass"
    );
}

#[test]
fn what_is_not_here_is_not_asked() {
    let nothing = FakeHost::new(MANIFEST).run(check);
    assert_eq!(
        (nothing.word(), nothing.complete),
        ("skip: not-configured", true)
    );
    let alone = platform().run(check);
    assert_eq!(alone.word(), "pass");
    assert!(alone.summary.contains("not asked"), "{}", alone.summary);
    let without = FakeHost::new(MANIFEST).answer("coreai", "/models", list(&["mistral"]));
    assert_eq!(without.run(check).word(), "pass");
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let whole = || {
        let host = platform().answer("coreai", "/models", list(&["mistral"]));
        host.answer("user", "/models", list(&["mistral"]))
    };
    for what in ["coreai", "user", "openfga", "denials", "v1/Pod"] {
        for host in [whole().denied(what), whole().forbidden(what)] {
            let outcome = host.run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{what}"
            );
        }
    }
    let failed = whole().failed("coreai", Error::new("unavailable", "502"));
    assert_eq!(failed.run(check).word(), "error");
}
