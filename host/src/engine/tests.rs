//! Executions of small components against reads that are made up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::*;
use crate::abi::command::CommandDecorator;
use crate::capability::view::{RunScope, View, ViewPlan};
use crate::capability::{
    Answer, Body, Coverage, ErrorCode, ListPage, ReadError, Reads, Request, Row,
};
use crate::component::compile::compile;
use crate::component::{CodeCache, Loaded, inspect};
use crate::grant::{Gate, Grant};
use crate::manifest::ScopeKind;
use crate::report::model::{Outcome, Scope, TimeLimit, Verdict, Window};

/// One namespace, and endpoints that never answer.
struct FakeReads;

#[async_trait]
impl Reads for FakeReads {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::List(_) => Ok(Body::List(ListPage {
                rows: vec![namespace("data")],
                resource_version: "7".to_owned(),
                next: None,
                truncated: false,
                invalid: 0,
            })),
            Request::Http(_) => std::future::pending().await,
            _ => Err(ReadError::new(ErrorCode::Unavailable, "not made up")),
        }
    }
}

fn namespace(name: &str) -> Row {
    let object = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "labels": {}},
        "status": {"phase": "Active"},
    });
    Row {
        namespace: None,
        name: name.into(),
        json: serde_json::value::to_raw_value(&object).unwrap(),
    }
}

fn run() -> Arc<RunContext> {
    let now = "2026-11-23T06:12:04Z".parse().unwrap();
    let start = "2026-11-23T05:12:04Z".parse().unwrap();
    Arc::new(RunContext {
        view: Arc::new(View::new(Arc::new(FakeReads), ViewPlan::default())),
        scope: RunScope::default(),
        now,
        window: Span { start, end: now },
        seed: 7,
        commands: CommandDecorator::default(),
        progress: None,
        trace: None,
    })
}

fn input() -> CheckInput {
    CheckInput {
        scope: Scope {
            kind: ScopeKind::Platform,
            name: String::new(),
            namespaces: Vec::new(),
            excluded_namespaces: Vec::new(),
            selector: None,
        },
        symptom: None,
        window: Window {
            start: "2026-11-23T05:12:04Z".to_owned(),
            end: "2026-11-23T06:12:04Z".to_owned(),
        },
        settings: "{}".to_owned(),
        attributes: Vec::new(),
        results: Arc::default(),
    }
}

fn granted() -> Grant {
    serde_json::from_value(json!({
        "kubernetes": [{"kind": "v1/Namespace", "namespaces": ["*"]}],
        "http": [{"endpoint": "coreai", "paths": ["/models"]}],
    }))
    .unwrap()
}

/// A manifest that wants short limits.
fn manifest(name: &str, more: Value) -> Value {
    let mut manifest = bsq_tests::hostile::manifest(name);
    manifest["limits"] = json!({"cpu-ms": 300, "wall-ms": 1_000});
    let object = manifest.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    manifest
}

async fn prepare(sandbox: &Sandbox, name: &str, more: Value, grant: Grant) -> Prepared {
    let bytes = bsq_tests::hostile::component(name, &manifest(name, more)).unwrap();
    let loaded = Loaded::from_bytes(bytes).unwrap();
    let inspection = inspect(&loaded.bytes);
    let fit = inspection.fit.unwrap();
    let manifest = inspection.manifest.unwrap();
    let limits = Limits::for_check(&manifest.limits, &Limits::caps());
    let cache = Arc::new(CodeCache::disabled());
    let compiled = compile(sandbox.engine(), &cache, &loaded).await.unwrap();
    let gate = Arc::new(Gate::new(manifest, grant));
    Prepared::new(
        sandbox.engine(),
        &compiled,
        &fit,
        gate,
        limits,
        &loaded.digest,
    )
    .unwrap()
}

async fn execution(name: &str, more: Value) -> Execution {
    let sandbox = Sandbox::new().unwrap();
    let prepared = prepare(&sandbox, name, more, granted()).await;
    execute(&sandbox, &prepared, &run(), input()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_is_well_completes_with_its_reads() {
    let ended = execution("well", json!({})).await;
    assert_eq!(ended.outcome, Outcome::Completed);
    let report = ended.report.unwrap();
    assert_eq!(
        (report.verdict, report.summary.as_str()),
        (Verdict::Pass, "done")
    );
    assert!(ended.coverage.complete);
    assert_eq!(ended.coverage.reads[0].call, "list v1/Namespace");
    assert_eq!(ended.measured.host_calls, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correlator_reads_the_results_and_they_count_as_its_read() {
    let sandbox = Sandbox::new().unwrap();
    let no_needs = json!({"kubernetes": []});
    let prepared = prepare(&sandbox, "correlate", no_needs, Grant::default()).await;
    let environment = |name: &str| EnvironmentResults {
        environment: name.to_owned(),
        rows: vec![crate::report::testing::row("x").build()],
        roots: Default::default(),
    };
    let told = CheckInput {
        attributes: vec![("graph".to_owned(), "{}".to_owned())],
        results: Arc::new(vec![environment("prod"), environment("staging")]),
        ..input()
    };
    let ended = execute(&sandbox, &prepared, &run(), told).await;
    assert_eq!(ended.outcome, Outcome::Completed);
    assert_eq!(ended.report.unwrap().summary, "2 1", "results, attributes");
    assert!(ended.coverage.complete);
    assert_eq!(ended.coverage.reads[0].call, "results of 2 checks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_limit_ends_its_execution_in_time() {
    let sandbox = Sandbox::new().unwrap();
    let cpu = |milliseconds| Outcome::OutOfTime {
        limit: TimeLimit::Cpu,
        milliseconds,
    };
    let over = |limit: &str| Outcome::OverLimit {
        limit: limit.to_owned(),
    };
    for (name, expected) in [
        ("endless-loop", cpu(300)),
        ("endless-start", cpu(300)),
        ("endless-recursion", over("stack")),
        ("memory-bomb", Outcome::OutOfMemory { limit_mib: 64 }),
        ("table-bomb", over("table elements")),
        ("many-findings", over("bytes in one host call")),
        ("call-flood", over("host calls")),
    ] {
        let prepared = prepare(&sandbox, name, json!({}), granted()).await;
        let started = Instant::now();
        let ended = execute(&sandbox, &prepared, &run(), input()).await;
        assert_eq!(ended.outcome, expected, "{name}");
        assert!(started.elapsed() < Duration::from_millis(1_200), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_is_trapped() {
    let ended = execution("trap", json!({})).await;
    assert!(
        matches!(ended.outcome, Outcome::Trapped { .. }),
        "{:?}",
        ended.outcome
    );
    assert!(ended.report.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_never_answered_ends_with_the_wall_clock() {
    let http = json!({"http": [{"why": "wait", "endpoint": "coreai", "paths": ["/models"]}]});
    let started = Instant::now();
    let ended = execution("sleep-in-call", http).await;
    assert_eq!(
        ended.outcome,
        Outcome::OutOfTime {
            limit: TimeLimit::Wall,
            milliseconds: 1_000
        }
    );
    assert!(ended.measured.cpu_ms < 200, "waiting is not billed");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undeclared_call_is_denied_and_noted_though_the_guest_swallows_it() {
    let ended = execution("undeclared-call", json!({})).await;
    assert_eq!(ended.outcome, Outcome::Completed);
    assert!(!ended.coverage.complete);
    let read = &ended.coverage.reads[0];
    assert_eq!((read.coverage, read.times), (Coverage::Denied, 1));
    assert!(read.hint.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_lines_are_cut_and_counted() {
    let ended = execution("log-flood", json!({})).await;
    assert_eq!(ended.outcome, Outcome::Completed);
    assert_eq!(ended.log.entries.len(), limits::MAX_LOG_LINES);
    assert_eq!(ended.log.dropped, 4_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wasi_brings_nothing_along() {
    let ended = execution("environment", json!({})).await;
    assert_eq!(ended.outcome, Outcome::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_escape_is_left_in_any_text() {
    let ended = execution("escapes", json!({})).await;
    let report = ended.report.unwrap();
    assert_eq!(report.findings.len(), 1);
    let mut all = serde_json::to_string(&report.findings).unwrap();
    all.push_str(&report.summary);
    all.push_str(&ended.log.shown().join(""));
    assert!(all.contains("red"));
    for bad in ["\u{1b}", "\\u001b", "\\u0007", "\u{202e}", "\u{7}"] {
        assert!(!all.contains(bad), "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grant_every_read_is_denied() {
    let sandbox = Sandbox::new().unwrap();
    let prepared = prepare(&sandbox, "well", json!({}), Grant::default()).await;
    let ended = execute(&sandbox, &prepared, &run(), input()).await;
    assert_eq!(
        ended.coverage.counts.keys().collect::<Vec<_>>(),
        [&Coverage::Denied]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_check_does_not_slow_the_one_beside_it() {
    let sandbox = Sandbox::new().unwrap();
    let hostile = prepare(&sandbox, "endless-loop", json!({}), granted()).await;
    let well = prepare(&sandbox, "well", json!({}), granted()).await;
    let run = run();
    let (hostile, well) = tokio::join!(execute(&sandbox, &hostile, &run, input()), async {
        let started = Instant::now();
        (
            execute(&sandbox, &well, &run, input()).await,
            started.elapsed(),
        )
    });
    assert!(matches!(hostile.outcome, Outcome::OutOfTime { .. }));
    assert_eq!(well.0.outcome, Outcome::Completed);
    assert!(well.1 < Duration::from_millis(200), "{:?}", well.1);
}
