//! The check against traces as Tempo answers them.
#![allow(clippy::indexing_slicing)]

use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Point, Series, TraceSummary};
use bsq_sdk::testing::{FakeHost, Outcome};
use trace_flow::requests_reach_their_end as check;

const MANIFEST: &str = include_str!("../check.toml");

/// 06:02:04, ten minutes before the frozen time of the fake host, in nanoseconds.
const START: u64 = 1_795_413_724 * 1_000_000_000;

fn summary(id: &str, duration_ms: u64) -> TraceSummary {
    TraceSummary {
        trace_id: id.to_owned(),
        root_service: "portal".to_owned(),
        root_name: "POST /chat".to_owned(),
        start: START,
        duration_ms,
        attributes: Vec::new(),
    }
}

/// A span of a service: id, parent, name, kind, status, length in milliseconds.
fn span(id: &str, parent: &str, name: &str, kind: &str, status: &str, length: u64) -> Value {
    let mut span = json!({
        "spanId": id, "parentSpanId": parent, "name": name, "kind": format!("SPAN_KIND_{kind}"),
        "startTimeUnixNano": START.to_string(), "endTimeUnixNano": (START + length * 1_000_000).to_string(),
        "status": {},
    });
    if !status.is_empty() {
        span["status"] = json!({"code": format!("STATUS_CODE_{status}")});
    }
    span
}

fn with(mut span: Value, name: &str, value: &str) -> Value {
    span["attributes"] = json!([{"key": name, "value": {"stringValue": value}}]);
    span
}

fn saying(mut span: Value, message: &str) -> Value {
    span["status"]["message"] = json!(message);
    span
}

fn batch(service: &str, spans: Vec<Value>) -> Value {
    json!({
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": service}},
            {"key": "k8s.namespace.name", "value": {"stringValue": "coreai"}},
            {"key": "k8s.deployment.name", "value": {"stringValue": service}},
        ]},
        "scopeSpans": [{"spans": spans}],
    })
}

/// Portal calls the backend, which calls the gateway; how the three parts ended.
fn chat(portal: &str, backend: &str, gateway: &str) -> Value {
    let call = |id, parent, to| {
        with(
            span(id, parent, "POST", "CLIENT", backend, 90),
            "server.address",
            to,
        )
    };
    json!({"batches": [
        batch("portal", vec![span("1", "", "POST /chat", "SERVER", portal, 100), span("2", "1", "POST", "CLIENT", "", 95)]),
        batch("llm-backend", vec![span("3", "2", "POST /v1/chat", "SERVER", backend, 94), call("4", "3", "litellm.coreai:4000")]),
        batch("litellm", vec![saying(span("5", "4", "POST /chat/completions", "SERVER", gateway, 80), "no healthy deployment")]),
    ]})
}

/// The same, of which the gateway shows nothing.
fn silent() -> Value {
    let mut trace = chat("ERROR", "ERROR", "ERROR");
    if let Some(batches) = trace["batches"].as_array_mut() {
        batches.pop();
    }
    trace
}

fn host() -> FakeHost {
    FakeHost::new(MANIFEST)
        .traces("failing", [])
        .traces("slow", [])
        .traces("any", [])
        .traces("operation", [])
}

/// So many failing traces of one shape, among so many of the operation.
fn failing(count: usize, all: usize, trace: &Value) -> FakeHost {
    let id = |index: usize| format!("trace-{index}");
    let host = host()
        .traces("failing", (0..count).map(|index| summary(&id(index), 100)))
        .traces("operation", (0..all).map(|index| summary(&id(index), 100)));
    (0..count).fold(host, |host, index| host.trace(&id(index), trace.clone()))
}

fn calls(status: &str, number: f64) -> Series {
    let labels = [
        ("span_name", "POST /chat/completions"),
        ("status_code", status),
    ];
    let points = vec![Point {
        time: 0,
        value: number,
    }];
    Series {
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        points,
    }
}

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    let causes = outcome.finding(code).causes().iter();
    let named = causes.filter_map(|cause| cause.subject.as_ref());
    named.map(ToString::to_string).collect()
}

#[test]
fn requests_that_all_reach_their_end_are_no_finding() {
    // Failures that a caller made good, and one that is rare, are what a healthy platform has too.
    let recovered = chat("OK", "OK", "ERROR");
    for host in [
        host().traces("any", [summary("a", 20)]),
        failing(9, 9, &recovered),
        failing(2, 4, &chat("ERROR", "ERROR", "ERROR")),
        failing(5, 20, &chat("ERROR", "ERROR", "ERROR")).metric(
            "calls",
            [
                calls("STATUS_CODE_UNSET", 9990.0),
                calls("STATUS_CODE_ERROR", 10.0),
            ],
        ),
    ] {
        let outcome = host.run(check);
        assert_eq!(outcome.titles(), [""; 0]);
        assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    }
}

#[test]
fn a_break_is_told_where_it_is_deepest() {
    let outcome = failing(12, 20, &chat("ERROR", "ERROR", "ERROR")).run(check);
    assert_eq!(
        outcome.titles(),
        ["12 requests break in litellm at POST /chat/completions (12 of 20 sampled)"]
    );
    let finding = outcome.finding("BSQ-TRACE-001");
    assert_eq!(finding.fact("way"), Some("portal → llm-backend → litellm"));
    assert_eq!(
        finding.fact("status.message"),
        Some("no healthy deployment")
    );
    assert_eq!(finding.fact("trace"), Some("trace-0"));
    assert_eq!(finding.began(), "2026-11-23T06:02:04Z".parse().ok());
    assert_eq!(
        causes(&outcome, "BSQ-TRACE-001"),
        ["Deployment coreai/litellm"]
    );
    assert_eq!(outcome.word(), "fail");
}

#[test]
fn spans_that_say_nothing_lie_between_and_one_that_is_well_ends_the_way() {
    let through = failing(9, 9, &chat("ERROR", "", "ERROR")).run(check);
    assert!(
        through
            .finding("BSQ-TRACE-001")
            .title()
            .contains("in litellm")
    );
    let stopped = failing(9, 9, &chat("ERROR", "OK", "ERROR")).run(check);
    assert!(
        stopped
            .finding("BSQ-TRACE-001")
            .title()
            .contains("in portal at POST /chat")
    );
}

#[test]
fn a_call_without_another_side_names_who_does_not_answer() {
    let outcome = failing(6, 6, &silent()).run(check);
    assert_eq!(
        outcome.titles(),
        [
            "6 requests break where llm-backend calls litellm.coreai:4000 for POST /v1/chat (6 of 6 sampled): \
             nothing of the other side is seen"
        ]
    );
    assert_eq!(
        causes(&outcome, "BSQ-TRACE-002"),
        ["Service coreai/litellm", "Deployment coreai/llm-backend"]
    );
}

#[test]
fn the_share_decides_how_bad_it_is() {
    let broken = chat("ERROR", "ERROR", "ERROR");
    for (host, word, told) in [
        (failing(4, 20, &broken), "warn", "(4 of 20 sampled)"),
        (failing(18, 20, &broken), "fail", "(18 of 20 sampled)"),
        (
            failing(4, 20, &broken).setting("error-share", 30),
            "pass",
            "(4 of 20 sampled)",
        ),
        (
            failing(4, 20, &broken).setting("error-share-high", 20),
            "fail",
            "(4 of 20 sampled)",
        ),
        (
            failing(4, 20, &broken).metric(
                "calls",
                [
                    calls("STATUS_CODE_UNSET", 60.0),
                    calls("STATUS_CODE_ERROR", 40.0),
                ],
            ),
            "warn",
            "(40 % of 100 in an hour)",
        ),
    ] {
        let outcome = host.run(check);
        assert_eq!(outcome.word(), word, "{told}");
        assert!(outcome.finding("BSQ-TRACE-001").title().ends_with(told));
    }
}

#[test]
fn a_break_whose_share_is_unknown_is_information() {
    let outcome = failing(4, 0, &chat("ERROR", "ERROR", "ERROR")).run(check);
    assert_eq!(
        outcome.titles(),
        ["4 requests break in litellm at POST /chat/completions"]
    );
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn other_forms_of_the_same_trace_are_read() {
    let whole = chat("ERROR", "ERROR", "ERROR");
    let renamed = json!({"trace": {"resourceSpans": whole["batches"]}});
    let text = whole.to_string();
    let numbers = text
        .replace("\"SPAN_KIND_SERVER\"", "2")
        .replace("\"SPAN_KIND_CLIENT\"", "3")
        .replace("\"STATUS_CODE_ERROR\"", "2")
        .replace("scopeSpans", "instrumentationLibrarySpans");
    let numbers = serde_json(&numbers);
    for trace in [renamed, numbers] {
        let outcome = failing(6, 6, &trace).run(check);
        assert_eq!(outcome.codes(), ["BSQ-TRACE-001"]);
        assert!(
            outcome
                .finding("BSQ-TRACE-001")
                .title()
                .contains("in litellm")
        );
    }
}

fn serde_json(text: &str) -> Value {
    bsq_sdk::serde_json::from_str(text).unwrap_or_default()
}

#[test]
fn a_trace_that_is_no_tree_does_not_hang() {
    let circle = json!({"batches": [batch("portal", vec![
        span("1", "", "a", "SERVER", "ERROR", 9),
        span("2", "1", "b", "INTERNAL", "ERROR", 9),
        span("2", "2", "c", "INTERNAL", "ERROR", 9),
        span("2", "2", "d", "INTERNAL", "ERROR", 9),
    ])]});
    for trace in [
        circle,
        json!({}),
        json!({"batches": [7, {"scopeSpans": "x"}]}),
        json!(null),
    ] {
        let outcome = failing(6, 6, &trace).run(check);
        assert!(
            matches!(outcome.word(), "pass" | "fail"),
            "{}",
            outcome.word()
        );
    }
}

#[test]
fn slow_requests_are_information_with_where_the_time_goes() {
    let slow = |count: u64, duration| {
        let traces = (0..count).map(|index| summary(&format!("slow-{index}"), duration + index));
        let host = host().traces("slow", traces);
        (0..count).fold(host, |host, index| {
            host.trace(&format!("slow-{index}"), chat("OK", "OK", "OK"))
        })
    };
    let outcome = slow(4, 90_000).run(check);
    assert_eq!(
        outcome.titles(),
        [
            "4 requests of portal POST /chat take up to 90.0 s, most of it in litellm POST /chat/completions"
        ]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-TRACE-003"], "pass")
    );
    assert_eq!(slow(4, 20_000).run(check).titles(), [""; 0]);
    assert_eq!(slow(2, 90_000).run(check).titles(), [""; 0]);
    let sooner = slow(4, 20_000).setting("slow-after", "15s").run(check);
    assert_eq!(sooner.codes(), ["BSQ-TRACE-003"]);
}

#[test]
fn no_trace_at_all_is_not_the_same_as_no_errors() {
    let outcome = host().run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
    assert!(outcome.summary.contains("MLflow"), "{}", outcome.summary);
    let without = FakeHost::new(MANIFEST).run(check);
    assert_eq!(
        (without.word(), without.complete),
        ("skip: not-configured", true)
    );
}

#[test]
fn traces_that_come_in_are_not_searched_for() {
    let received = host()
        .metric("received", [calls("", 9000.0)])
        .truncated("any");
    let outcome = received.run(check);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for template in ["failing", "slow", "any"] {
        for host in [
            host().denied(template),
            host().forbidden(template),
            host().truncated(template),
        ] {
            let outcome = host.traces("any", [summary("a", 20)]).run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{template}"
            );
        }
    }
    let down = host()
        .failed("failing", Error::new("unavailable", "Tempo answered 502"))
        .run(check);
    assert_eq!((down.word(), down.complete), ("error", false));
    let unread = host().traces("failing", [summary("gone", 20)]).run(check);
    assert_eq!(unread.word(), "skip: unknown");
}
