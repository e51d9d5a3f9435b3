//! The check against routes to the CoreAI API and answers at its address.

use access_endpoint::the_right_endpoint_answers as check;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{Answer, FakeHost, Outcome};

const MANIFEST: &str = include_str!("../check.toml");

const API: &str = "---
apiVersion: v1
kind: Service
metadata: {name: llm-backend, namespace: coreai, creationTimestamp: '2026-11-01T00:00:00Z'}
---
apiVersion: v1
kind: Service
metadata: {name: litellm, namespace: coreai}
";

const INGRESS: &str = "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: llm-backend, namespace: coreai}
spec: {rules: [{host: llm-backend.site.test, http: {paths: [{path: /, backend: {service: {name: llm-backend}}}]}}]}
";

const PORTAL: &str = "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: portal, namespace: coreai}
spec: {rules: [{host: portal.site.test, http: {paths: [{path: /, backend: {service: {name: portal}}}]}}]}
";

const PAGE: &str = "<!doctype html><title>Portal</title>";

fn models() -> Answer {
    Answer::json(200, json!({"object": "list", "data": [{"id": "mistral"}]}))
        .header("server", "nginx")
}

fn host(objects: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&objects.concat())
}

/// The whole platform, and this answer to `GET /models`.
fn answered(answer: Answer) -> FakeHost {
    host(&[API, INGRESS, PORTAL]).answer("coreai", "/models", answer)
}

fn run(answer: Answer) -> Outcome {
    answered(answer).run(check)
}

#[test]
fn an_api_that_answers_is_well_even_where_it_refuses() {
    let refusal = |status| {
        Answer::json(
            status,
            json!({"error": {"message": "No.", "type": "auth_error"}}),
        )
    };
    for answer in [models(), refusal(401), refusal(403), refusal(429)] {
        let outcome = run(answer);
        assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
        assert!(
            outcome.summary.contains("https://llm-backend.site.test/v1"),
            "{}",
            outcome.summary
        );
    }
}

#[test]
fn what_answers_in_its_place_is_told_with_who_did() {
    let page = |status, server: &str| {
        Answer::text(status, PAGE)
            .header("content-type", "text/html")
            .header("server", server)
    };
    for (answer, code, title) in [
        (
            page(200, "nginx"),
            "BSQ-API-002",
            "the endpoint coreai answers with a web page instead of JSON (by NGINX)",
        ),
        (
            Answer::json(404, json!({"detail": "Not Found"})).header("server", "uvicorn"),
            "BSQ-API-002",
            "an API without a model list answers at the endpoint coreai (by the application itself)",
        ),
        (
            Answer::text(302, "")
                .header("location", "https://auth.site.test/realms/x?state=secret"),
            "BSQ-API-003",
            "the endpoint coreai is sent to a login (302 by something)",
        ),
        (
            page(404, "nginx"),
            "BSQ-API-004",
            "nothing is behind the endpoint coreai: NGINX answers 404",
        ),
        (
            Answer::json(404, json!({"error_msg": "404 Route Not Found"}))
                .header("server", "APISIX/3.9.1"),
            "BSQ-API-005",
            "the API gateway APISIX has no route for the endpoint coreai",
        ),
        (
            page(403, "nginx"),
            "BSQ-API-006",
            "NGINX answers 403 in the place of the CoreAI API",
        ),
        (
            Answer::json(401, json!({"message": "Missing API key in request"}))
                .header("server", "APISIX/3.9.1"),
            "BSQ-API-006",
            "APISIX answers 401 in the place of the CoreAI API",
        ),
    ] {
        let outcome = run(answer);
        assert_eq!(
            (outcome.codes(), outcome.titles()),
            (vec![code], vec![title])
        );
        assert_eq!(outcome.word(), "fail", "{code}");
        let finding = outcome.finding(code);
        assert_eq!(
            finding.fact("exposed as"),
            Some("https://llm-backend.site.test/v1")
        );
        assert!(
            finding
                .facts()
                .iter()
                .all(|fact| !fact.value.contains("secret"))
        );
    }
}

#[test]
fn an_address_without_the_version_is_told_by_what_answers_below() {
    for first in [
        Answer::json(404, json!({"detail": "Not Found"})),
        Answer::text(200, PAGE).header("content-type", "text/html"),
    ] {
        let outcome = answered(first)
            .answer("coreai", "/v1/models", models())
            .run(check);
        assert_eq!(
            outcome.titles(),
            ["the endpoint coreai lacks `/v1`: one level deeper the CoreAI API answers"]
        );
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec!["BSQ-API-001"], "warn")
        );
        assert_eq!(
            outcome.finding("BSQ-API-001").fact("GET /v1/models"),
            Some("an API answers")
        );
    }
}

#[test]
fn litellm_at_the_address_is_told_from_litellm_behind_the_api() {
    let passed_on = || answered(models().header("x-litellm-version", "1.106.2"));
    assert_eq!(passed_on().run(check).titles(), [""; 0]);
    let outcome = passed_on()
        .answer(
            "coreai",
            "/health/liveliness",
            Answer::json(200, json!("I'm alive!")),
        )
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["the endpoint coreai is LiteLLM itself, not the CoreAI API"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-API-009"], "warn")
    );
}

#[test]
fn a_failure_decides_nothing_about_the_address() {
    for answer in [
        Answer::text(502, PAGE).header("server", "nginx"),
        Answer::text(401, "Unauthorized"),
    ] {
        let outcome = run(answer);
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![], "skip: inconclusive")
        );
    }
}

#[test]
fn an_api_that_nothing_leads_to_is_found() {
    let closed = || host(&[API, PORTAL]);
    let title = "nothing leads to the CoreAI API: no ingress or gateway route names Service coreai/llm-backend or a host llm-backend.<platform-domain>";
    let outcome = closed().run(check);
    assert_eq!((outcome.titles(), outcome.word()), (vec![title], "fail"));

    let outcome = closed()
        .answer(
            "coreai",
            "/models",
            Answer::text(404, "default backend - 404"),
        )
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-API-004", "BSQ-API-007"]);
    assert!(
        format!("{:?}", outcome.finding("BSQ-API-004")).contains("code: Some(\"BSQ-API-007\")")
    );
}

#[test]
fn an_api_that_is_exposed_in_another_way_is_well() {
    assert_eq!(
        host(&[API, PORTAL])
            .answer("coreai", "/models", models())
            .run(check)
            .titles(),
        [""; 0]
    );
    let balanced = API.replacen(
        "creationTimestamp: '2026-11-01T00:00:00Z'}",
        "creationTimestamp: '2026-11-01T00:00:00Z'}\nspec: {type: LoadBalancer}",
        1,
    );
    assert_eq!(host(&[&balanced, PORTAL]).run(check).titles(), [""; 0]);
    let young = API.replacen("2026-11-01T00:00:00Z", "2026-11-23T06:05:00Z", 1);
    assert_eq!(host(&[&young, PORTAL]).run(check).titles(), [""; 0]);
    // Without any ingress the site has another way in, which is not seen.
    assert_eq!(host(&[API]).run(check).titles(), [""; 0]);
    let routes = [
        "---
apiVersion: apisix.apache.org/v2
kind: ApisixRoute
metadata: {name: api, namespace: coreai}
spec: {http: [{match: {hosts: [llm-backend.site.test]}, backends: [{serviceName: llm-backend}]}]}
",
        "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: api, namespace: gateways}
spec: {hostnames: [llm-backend.site.test], rules: [{backendRefs: [{name: llm-backend, namespace: coreai}]}]}
",
    ];
    for route in routes {
        let outcome = host(&[API, PORTAL, route]).run(check);
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![], "skip: not-configured")
        );
    }
}

#[test]
fn a_route_that_cannot_be_seen_is_not_missing() {
    let outcome = host(&[API, PORTAL])
        .forbidden("apisix.apache.org/v2/ApisixRoute")
        .run(check);
    assert_eq!(
        (outcome.titles(), outcome.word()),
        (vec![], "skip: unknown")
    );
}

#[test]
fn a_host_name_that_leads_to_litellm_is_found() {
    let crossed = INGRESS.replace("service: {name: llm-backend}", "service: {name: litellm}");
    let outcome = host(&[API, &crossed])
        .answer("coreai", "/models", models())
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["llm-backend.site.test leads to LiteLLM (coreai/litellm), not to the CoreAI API"]
    );
    assert_eq!(
        outcome.finding("BSQ-API-008").subject().to_string(),
        "Ingress coreai/llm-backend"
    );
}

#[test]
fn another_host_name_than_the_documented_one_is_information() {
    let other = INGRESS.replace("llm-backend.site.test", "api.site.test");
    let outcome = host(&[API, &other])
        .answer("coreai", "/models", models())
        .run(check);
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-API-010"], "pass")
    );
}

#[test]
fn what_is_not_configured_or_not_there_is_skipped_with_the_reason() {
    let outcome = host(&[API, INGRESS]).run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-configured", true)
    );
    assert!(outcome.summary.contains("https://llm-backend.site.test/v1"));
    let outcome = host(&[PORTAL]).run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for what in [
        "coreai",
        "v1/Service",
        "networking.k8s.io/v1/Ingress",
        "apisix.apache.org/v2/ApisixRoute",
        "gateway.networking.k8s.io/v1/HTTPRoute",
    ] {
        let outcome = answered(models()).denied(what).run(check);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: unknown", false),
            "{what}"
        );
    }
    let outcome = run(Answer::text(404, PAGE)).codes().len();
    assert_eq!(outcome, 1);
    let outcome = answered(Answer::text(404, PAGE))
        .denied("v1/Service")
        .run(check);
    assert_eq!(
        outcome.codes(),
        ["BSQ-API-004"],
        "what was found before the denial stays"
    );
}
