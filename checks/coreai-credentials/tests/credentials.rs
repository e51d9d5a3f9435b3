//! The check against answers of the gateway, with credentials of every form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;
use bsq_sdk::testing::{Answer, FakeHost, Outcome};
use coreai_credentials::credential_is_valid_and_authorized as check;

const MANIFEST: &str = include_str!("../check.toml");

/// 2026-11-23T06:12:04Z, the moment of the runs.
const NOW: u64 = 1_795_414_324;

fn refusal(status: u16, kind: &str) -> Answer {
    Answer::json(
        status,
        json!({"error": {"message": "No.", "type": kind, "param": null, "code": status.to_string()}}),
    )
}

fn list() -> Answer {
    Answer::json(200, json!({"object": "list", "data": [{"id": "mistral"}]}))
}

fn facts(kind: &str) -> CredentialFacts {
    CredentialFacts {
        kind: kind.to_owned(),
        ..CredentialFacts::default()
    }
}

fn token(not_before: u64, expires: u64) -> CredentialFacts {
    CredentialFacts {
        not_before: Some(not_before),
        expires: Some(expires),
        issuer: Some("https://auth.site.test/realms/bsq".to_owned()),
        audience: vec!["account".to_owned()],
        ..facts("jwt")
    }
}

fn host(answer: Answer, facts: CredentialFacts) -> FakeHost {
    FakeHost::new(MANIFEST)
        .answer("coreai", "/models", answer)
        .credential("coreai", facts)
}

fn run(answer: Answer, facts: CredentialFacts) -> Outcome {
    host(answer, facts).run(check)
}

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    let causes = outcome.finding(code).causes().iter();
    causes.filter_map(|cause| cause.code.clone()).collect()
}

#[test]
fn accepted_credentials_have_no_findings() {
    for (facts, summary) in [
        (facts("sk-bsq"), "accepts the configured credential"),
        (
            token(NOW - 60, NOW + 60),
            "accepts the configured credential",
        ),
        // The clocks of this host and of the API need not agree: the API's word counts.
        (
            token(NOW - 600, NOW - 300),
            "accepts the configured credential",
        ),
        (facts("none"), "without any credential"),
    ] {
        let outcome = run(list(), facts);
        assert_eq!(outcome.titles(), [""; 0]);
        assert_eq!((outcome.word(), outcome.complete), ("pass", true));
        assert!(outcome.summary.contains(summary), "{}", outcome.summary);
        assert_eq!(outcome.reads.len(), 2, "no POST, and no other endpoint");
    }
}

#[test]
fn what_the_gateway_says_decides_before_its_status() {
    for (answer, code, word) in [
        (refusal(401, "auth_error"), "BSQ-KEY-001", "fail"),
        (Answer::text(401, "<html>"), "BSQ-KEY-001", "fail"),
        (refusal(400, "expired_key"), "BSQ-KEY-002", "fail"),
        (refusal(403, "forbidden"), "BSQ-KEY-003", "fail"),
        (
            refusal(401, "key_model_access_denied"),
            "BSQ-KEY-003",
            "fail",
        ),
        (refusal(400, "no_db_connection"), "BSQ-KEY-004", "fail"),
        (refusal(400, "budget_exceeded"), "BSQ-KEY-007", "warn"),
        (refusal(429, "throttling_error"), "BSQ-KEY-008", "warn"),
    ] {
        let outcome = run(answer, facts("sk-bsq"));
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec![code], word),
            "{:?}",
            outcome.titles()
        );
    }
}

#[test]
fn a_gateway_without_a_database_does_not_blame_the_key() {
    let outcome = run(refusal(400, "no_db_connection"), facts("sk-bsq"));
    assert_eq!(
        outcome.titles(),
        ["the gateway of the CoreAI API cannot check keys: it has no database"]
    );
    let finding = outcome.finding("BSQ-KEY-004");
    assert_eq!(finding.fact("error.type"), Some("no_db_connection"));
    let advice = &finding.steps()[0].text;
    assert!(advice.starts_with("the key is not at fault"), "{advice}");
}

#[test]
fn facts_of_the_credential_explain_a_refusal() {
    for (facts, code, title) in [
        (
            token(NOW - 600, NOW - 300),
            "BSQ-KEY-002",
            "the token for the CoreAI API has expired",
        ),
        (
            token(NOW + 300, NOW + 600),
            "BSQ-KEY-001",
            "the CoreAI API refuses the token: it is valid from 2026-11-23T06:17:04Z on",
        ),
        (
            token(NOW - 60, NOW + 60),
            "BSQ-KEY-001",
            "the CoreAI API refuses the token",
        ),
        (
            facts("sk"),
            "BSQ-KEY-005",
            "the CoreAI API refuses the key: it begins with `sk-` as LiteLLM's do, not with `sk-bsq-`",
        ),
        (
            facts("opaque"),
            "BSQ-KEY-005",
            "the CoreAI API refuses the credential: it is neither a `sk-bsq-` key nor a three-part token",
        ),
    ] {
        let outcome = run(refusal(401, "auth_error"), facts);
        assert_eq!(
            (outcome.codes(), outcome.titles()),
            (vec![code], vec![title])
        );
    }
    let expired = run(refusal(401, "auth_error"), token(NOW - 600, NOW - 300));
    let finding = expired.finding("BSQ-KEY-002");
    assert_eq!(finding.began(), Timestamp::from_second(1_795_414_024).ok());
    assert_eq!(finding.fact("credential aud"), Some("account"));
}

#[test]
fn seconds_of_difference_between_clocks_are_forgiven() {
    let outcome = run(refusal(401, "auth_error"), token(NOW + 30, NOW + 600));
    assert_eq!(outcome.titles(), ["the CoreAI API refuses the token"]);
    let strict = host(refusal(401, "auth_error"), token(NOW + 30, NOW + 600));
    let outcome = strict.setting("leeway", "0s").run(check);
    assert!(outcome.titles()[0].ends_with("valid from 2026-11-23T06:12:34Z on"));
}

#[test]
fn a_refused_key_beside_an_accepted_token_may_be_a_deployment_without_keys() {
    let with = |user: Answer, kind: &str| {
        host(refusal(401, "auth_error"), facts("sk-bsq"))
            .answer("user", "/models", user)
            .credential("user", facts(kind))
            .run(check)
    };
    assert_eq!(with(list(), "jwt").codes(), ["BSQ-KEY-006"]);
    assert_eq!(with(list(), "sk-bsq").codes(), ["BSQ-KEY-001"]);
    assert_eq!(
        with(refusal(401, "auth_error"), "jwt").codes(),
        ["BSQ-KEY-001"]
    );
}

#[test]
fn who_blocks_an_accepted_credential_is_the_cause() {
    let outcome = run(refusal(403, "forbidden"), facts("sk-bsq"));
    assert_eq!(
        causes(&outcome, "BSQ-KEY-003"),
        [
            "BSQ-AUTHZ-001",
            "BSQ-AUTHZ-002",
            "BSQ-AUTHZ-003",
            "BSQ-API-006"
        ]
    );
    let refused = run(refusal(401, "auth_error"), facts("sk-bsq"));
    assert_eq!(causes(&refused, "BSQ-KEY-001"), ["BSQ-API-006"]);
    let refused = run(refusal(401, "auth_error"), token(NOW - 60, NOW + 60));
    assert!(causes(&refused, "BSQ-KEY-001").contains(&"BSQ-AUTHN-009".to_owned()));
    let expired = run(refusal(400, "expired_key"), facts("sk-bsq"));
    assert_eq!(causes(&expired, "BSQ-KEY-002"), [""; 0]);
}

#[test]
fn a_litellm_key_that_is_accepted_is_information() {
    let outcome = run(list(), facts("sk"));
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-KEY-011"], "pass")
    );
}

#[test]
fn answers_that_say_nothing_of_the_credential_leave_the_question_open() {
    for answer in [
        Answer::json(404, json!({"detail": "Not Found"})),
        Answer::text(502, "<html>Bad Gateway</html>"),
        Answer::text(200, "<html>Sign in</html>"),
        Answer::json(200, json!({"status": "ok"})),
    ] {
        let outcome = run(answer, token(NOW - 600, NOW - 300));
        assert_eq!(
            (outcome.codes().len(), outcome.word()),
            (0, "skip: inconclusive"),
            "{}",
            outcome.summary
        );
    }
}

#[test]
fn without_endpoint_or_credential_nothing_is_asked_or_blamed() {
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-configured"
    );
    let outcome = run(refusal(401, "auth_error"), facts("none"));
    assert_eq!(
        (outcome.codes().len(), outcome.word()),
        (0, "skip: not-configured")
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for host in [
        host(list(), facts("sk-bsq")).denied("coreai"),
        host(list(), facts("sk-bsq")).forbidden("coreai"),
    ] {
        let outcome = host.run(check);
        assert_eq!((outcome.word(), outcome.complete), ("skip: unknown", false));
    }
    let down = host(list(), facts("sk-bsq")).failed("coreai", Error::new("unavailable", "refused"));
    assert_eq!(down.run(check).word(), "error");
}

mod probe {
    use super::*;

    fn probe(answer: Answer) -> Outcome {
        host(list(), facts("sk-bsq"))
            .answer_to("POST", "coreai", "/chat/completions", answer)
            .setting("probe-model", "mistral")
            .run(check)
    }

    #[test]
    fn a_model_that_answers_is_said_so() {
        let outcome = probe(Answer::json(200, json!({"choices": []})));
        assert_eq!((outcome.codes().len(), outcome.word()), (0, "pass"));
        assert!(outcome.summary.ends_with("model mistral answers"));
    }

    #[test]
    fn refusals_and_failures_of_the_request_are_told_apart() {
        for (answer, code, word) in [
            (
                refusal(403, "team_model_access_denied"),
                "BSQ-KEY-009",
                "fail",
            ),
            (
                refusal(401, "key_model_access_denied"),
                "BSQ-KEY-009",
                "fail",
            ),
            (refusal(429, "budget_exceeded"), "BSQ-KEY-007", "warn"),
            (refusal(429, "throttling_error"), "BSQ-KEY-008", "warn"),
            (refusal(500, "internal_server_error"), "BSQ-KEY-010", "fail"),
            (refusal(400, "invalid_request_error"), "BSQ-KEY-010", "fail"),
        ] {
            let outcome = probe(answer);
            assert_eq!((outcome.codes(), outcome.word()), (vec![code], word));
        }
        let outcome = probe(refusal(500, "internal_server_error"));
        assert_eq!(
            outcome.titles(),
            ["a chat request to model mistral is answered 500"]
        );
        assert_eq!(
            causes(&outcome, "BSQ-KEY-010"),
            ["BSQ-MODEL-014", "BSQ-MODEL-015"]
        );
    }
}
