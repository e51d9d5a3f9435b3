//! The check against a monitoring stack.

#![allow(clippy::unwrap_used)]

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Point, Series};
use bsq_sdk::testing::{Answer, FakeHost, Outcome};
use observability_health::signals_can_be_relied_on as check;

const MANIFEST: &str = include_str!("../check.toml");
const LONG_AGO: &str = "2026-11-23T05:30:00Z";
const NOW: i64 = 1_795_414_324;

fn host(parts: &[String]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[String]) -> Outcome {
    host(parts).run(check)
}

/// A StatefulSet of one pod, with the pod; `since` is when it ceased to be ready.
fn workload(name: &str, since: Option<&str>) -> String {
    let ready = u8::from(since.is_none());
    format!(
        "---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: {name}, namespace: monitoring, labels: {{app.kubernetes.io/name: {name}}}}}
spec: {{replicas: 1, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: {name}, image: 'registry.site.test/x:1'}}]}}}}}}
status: {{readyReplicas: {ready}}}
{}",
        pod("StatefulSet", name, &format!("{name}-0"), "node-a", since)
    )
}

fn pod(kind: &str, owner: &str, name: &str, node: &str, since: Option<&str>) -> String {
    let status = if since.is_none() { "True" } else { "False" };
    let since = since.unwrap_or("2026-11-20T00:00:00Z");
    format!(
        "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: monitoring
  creationTimestamp: '2026-11-20T00:00:00Z'
  ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: {owner}, uid: r, controller: true}}]
spec: {{nodeName: {node}}}
status: {{phase: Running, conditions: [{{type: Ready, status: '{status}', lastTransitionTime: '{since}'}}]}}
"
    )
}

fn well(name: &str) -> String {
    workload(name, None)
}

/// Alloy as a DaemonSet that wants so many pods, with nodes; each pod is on a node, ready or not.
fn alloy(wanted: usize, nodes: &[&str], pods: &[(&str, bool)]) -> String {
    let ready = pods.iter().filter(|(_, ready)| *ready).count();
    let mut yaml = format!(
        "---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: alloy, namespace: monitoring}}
spec: {{template: {{spec: {{containers: [{{name: alloy, image: 'grafana/alloy:v1'}}]}}}}}}
status: {{desiredNumberScheduled: {wanted}, numberReady: {ready}}}
"
    );
    for node in nodes {
        yaml += &format!("---\napiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\n");
    }
    for (node, ready) in pods {
        let since = Some(LONG_AGO).filter(|_| !ready);
        yaml += &pod("DaemonSet", "alloy", &format!("alloy-{node}"), node, since);
    }
    yaml
}

fn stack() -> Vec<String> {
    let mut stack: Vec<_> = ["prometheus", "loki", "tempo", "grafana"].map(well).into();
    stack.push(alloy(
        2,
        &["node-a", "node-b"],
        &[("node-a", true), ("node-b", true)],
    ));
    stack
}

fn state<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    let found = outcome.attributes.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn series(labels: &[(&str, &str)], points: impl IntoIterator<Item = (i64, f64)>) -> Series {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let point = |(minutes, value): (i64, f64)| Point {
        time: u64::try_from((NOW - minutes * 60) * 1000).unwrap(),
        value,
    };
    Series {
        labels: labels.iter().map(owned).collect(),
        points: points.into_iter().map(point).collect(),
    }
}

/// A store with so many targets of a job, and those that were down in these minutes before now.
fn targets(total: f64, down: &[(&str, Vec<i64>)]) -> FakeHost {
    let job = [("namespace", "flow"), ("job", "temporal")];
    let down = down.iter().map(|(pod, minutes)| {
        let labels = [&job[..], &[("instance", "10.0.0.1:9090"), ("pod", pod)]].concat();
        series(&labels, minutes.iter().map(|minute| (*minute, 0.0)))
    });
    host(&stack())
        .metric("targets", [series(&job, [(0, total)])])
        .metric("down", down)
}

#[test]
fn a_healthy_stack_has_no_findings() {
    let outcome = run(&stack());
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert_eq!(
        outcome.summary,
        "metrics: works, logs: works, traces: works, dashboards: works"
    );
    let asked = host(&stack())
        .answer(
            "prometheus",
            "/-/ready",
            Answer::text(200, "Prometheus Server is Ready.\n"),
        )
        .answer("loki", "/ready", Answer::text(200, "ready\n"))
        .answer(
            "loki",
            "/loki/api/v1/labels",
            Answer::json(200, json!({"status": "success", "data": ["namespace"]})),
        )
        .answer("tempo", "/ready", Answer::text(200, "ready\n"))
        .answer(
            "grafana",
            "/api/health",
            Answer::json(200, json!({"database": "ok", "version": "12"})),
        )
        .metric("targets", [series(&[("job", "node")], [(0, 3.0)])])
        .metric("down", [])
        .run(check);
    assert_eq!((asked.titles(), asked.word()), (vec![], "pass"));
}

#[test]
fn part_of_a_stack_is_well_and_the_rest_is_not_deployed() {
    let outcome = run(&[well("prometheus")]);
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
    assert_eq!(
        (state(&outcome, "metrics"), state(&outcome, "traces")),
        ("works", "not deployed")
    );
}

#[test]
fn a_store_without_ready_pod_makes_its_signal_blind() {
    for (name, code, signal, title) in [
        (
            "prometheus",
            "BSQ-OBS-001",
            "metrics",
            "Prometheus does not work, so no metric now means nothing: StatefulSet monitoring/prometheus has 0 of 1 pods ready",
        ),
        (
            "loki",
            "BSQ-OBS-002",
            "logs",
            "Loki does not work, so no log line now means nothing: StatefulSet monitoring/loki has 0 of 1 pods ready",
        ),
        (
            "tempo",
            "BSQ-OBS-003",
            "traces",
            "Tempo does not work, so no trace now means nothing: StatefulSet monitoring/tempo has 0 of 1 pods ready",
        ),
        (
            "grafana",
            "BSQ-OBS-004",
            "dashboards",
            "Grafana does not work, so its dashboards cannot be looked at: StatefulSet monitoring/grafana has 0 of 1 pods ready",
        ),
    ] {
        let outcome = run(&[workload(name, Some(LONG_AGO)), well("alloy")]);
        assert_eq!(
            (outcome.codes(), outcome.titles()),
            (vec![code], vec![title])
        );
        let finding = outcome.finding(code);
        assert_eq!(finding.began(), LONG_AGO.parse().ok());
        let said = format!("{finding:?}");
        assert!(said.contains(&format!("name: \"{name}-0\"")), "{said}");
        assert_eq!(state(&outcome, signal), "blind");
    }
    let starting = run(&[workload("loki", Some("2026-11-23T06:10:00Z"))]);
    let looping = workload("loki", Some("2026-11-23T06:10:00Z")).replace(
        "status: {phase: Running,",
        "status: {phase: Running, containerStatuses: [{restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}}],",
    );
    assert_eq!(run(&[looping]).codes(), ["BSQ-OBS-002"]);
    assert_eq!(
        (starting.titles(), state(&starting, "logs")),
        (vec![], "unknown")
    );
}

#[test]
fn what_says_that_it_is_not_ready_is_believed() {
    let unready = Answer::text(503, "Ingester not ready: too many unhealthy instances\n");
    let outcome = host(&stack())
        .answer("loki", "/ready", unready.clone())
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["Loki does not work, so no log line now means nothing: it says that it is not ready"]
    );
    let fact = outcome
        .finding("BSQ-OBS-002")
        .fact("GET /ready of endpoint loki");
    assert_eq!(
        fact,
        Some("503 Ingester not ready: too many unhealthy instances")
    );
    // It has just started.
    let starting = [workload("loki", Some("2026-11-23T06:10:00Z"))];
    let outcome = host(&starting).answer("loki", "/ready", unready).run(check);
    assert_eq!(outcome.titles(), [""; 0]);
}

#[test]
fn a_gateway_that_does_not_know_the_path_says_nothing() {
    for status in [401, 403, 404, 302] {
        let outcome = host(&stack())
            .answer("loki", "/ready", Answer::text(status, "<html>"))
            .run(check);
        assert_eq!(outcome.titles(), [""; 0], "{status}");
        assert_eq!(state(&outcome, "logs"), "unknown");
    }
}

#[test]
fn grafana_without_its_database_is_told_apart_from_grafana_down() {
    let answer = Answer::json(503, json!({"database": "failing", "version": "12"}));
    let outcome = host(&stack())
        .answer("grafana", "/api/health", answer)
        .run(check);
    let finding = outcome.finding("BSQ-OBS-007");
    assert_eq!(outcome.codes(), ["BSQ-OBS-007"]);
    assert!(format!("{finding:?}").contains("BSQ-DEP-001"));
    assert_eq!(outcome.word(), "fail");
}

#[test]
fn a_store_that_holds_no_log_is_not_a_quiet_platform() {
    let ready = |labels: Value| {
        host(&stack())
            .answer("loki", "/ready", Answer::text(200, "ready"))
            .answer("loki", "/loki/api/v1/labels", Answer::json(200, labels))
            .run(check)
    };
    for empty in [
        json!({"status": "success"}),
        json!({"status": "success", "data": []}),
    ] {
        let outcome = ready(empty);
        assert_eq!(
            (outcome.codes(), state(&outcome, "logs")),
            (vec!["BSQ-OBS-012"], "blind")
        );
    }
    assert_eq!(
        ready(json!({"status": "success", "data": ["app"]})).titles(),
        [""; 0]
    );
    assert_eq!(ready(json!({"detail": "no org id"})).titles(), [""; 0]);
}

/// Loki itself is ready all the while: a run with several tenants once passed.
#[test]
fn logs_that_loki_keeps_to_itself_are_unknown() {
    for (status, text) in [(401, "no org id"), (403, "forbidden")] {
        let outcome = host(&stack())
            .answer("loki", "/ready", Answer::text(200, "ready"))
            .answer("loki", "/loki/api/v1/labels", Answer::text(status, text))
            .run(check);
        assert_eq!(outcome.word(), "skip: unknown", "{}", outcome.summary);
        assert!(outcome.summary.contains(text), "{}", outcome.summary);
        assert_eq!(state(&outcome, "logs"), "unknown");
    }
}

#[test]
fn alloy_that_lacks_a_node_is_a_gap() {
    let outcome = run(&[alloy(
        3,
        &["a", "b", "c"],
        &[("a", true), ("b", true), ("c", false)],
    )]);
    assert_eq!(
        outcome.titles(),
        [
            "Alloy (DaemonSet monitoring/alloy) runs on 2 of 3 nodes (c): what the others would collect is missing"
        ]
    );
    let finding = outcome.finding("BSQ-OBS-005");
    assert_eq!(finding.began(), LONG_AGO.parse().ok());
    assert_eq!(finding.attribute_value("nodes"), Some("c"));
    assert_eq!(state(&outcome, "collection"), "has gaps");
    assert_eq!(outcome.word(), "warn");
}

#[test]
fn a_node_that_no_alloy_is_meant_for_is_only_said() {
    let outcome = run(&[alloy(1, &["a", "gpu"], &[("a", true)])]);
    assert_eq!(
        outcome.titles(),
        ["no Alloy is meant for 1 of 2 nodes (gpu): nothing is collected there"]
    );
    assert_eq!(
        outcome.severity(outcome.finding("BSQ-OBS-006")),
        Severity::Info
    );
    assert_eq!(outcome.word(), "pass");
    // One that is not bound to nodes collects over the network.
    let outcome = run(&[
        well("alloy"),
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: b}\n".to_owned(),
    ]);
    assert_eq!(outcome.titles(), [""; 0]);
}

#[test]
fn targets_that_are_down_are_one_finding_a_job() {
    let outcome = targets(
        2.0,
        &[
            ("a", (0..20).rev().collect()),
            ("b", (0..15).rev().collect()),
        ],
    )
    .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "Prometheus cannot scrape any of the 2 targets of job temporal in flow: their metrics are missing"
        ]
    );
    let finding = outcome.finding("BSQ-OBS-009");
    assert_eq!(
        finding.began().map(Timestamp::as_second),
        Some(NOW - 19 * 60)
    );
    assert!(format!("{finding:?}").contains("name: \"a\""));
    let part = targets(3.0, &[("a", (0..20).rev().collect())]).run(check);
    assert_eq!(
        part.titles(),
        ["Prometheus cannot scrape 1 of 3 targets of job temporal in flow"]
    );
    assert_eq!(part.severity(part.finding("BSQ-OBS-009")), Severity::Low);
    // Down for longer than the window: no beginning is known.
    let long = targets(1.0, &[("a", (0..=60).rev().collect())]).run(check);
    assert_eq!(long.finding("BSQ-OBS-009").began(), None);
}

#[test]
fn a_target_that_is_new_up_again_or_skipped_is_well() {
    for minutes in [(0..5).rev().collect::<Vec<_>>(), (5..40).rev().collect()] {
        assert_eq!(targets(1.0, &[("a", minutes)]).run(check).titles(), [""; 0]);
    }
    let flapping = [(20..40).rev().collect::<Vec<_>>(), (0..3).rev().collect()].concat();
    assert_eq!(
        targets(1.0, &[("a", flapping)]).run(check).titles(),
        [""; 0]
    );
    let skipped =
        targets(1.0, &[("a", (0..20).rev().collect())]).setting("skip-jobs", json!(["temporal"]));
    assert_eq!(skipped.run(check).titles(), [""; 0]);
}

#[test]
fn a_prometheus_without_targets_measures_nothing() {
    let outcome = host(&stack())
        .metric("targets", [])
        .metric("down", [])
        .run(check);
    assert_eq!(
        (outcome.codes(), state(&outcome, "metrics")),
        (vec!["BSQ-OBS-010"], "blind")
    );
}

fn monitor(kind: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: monitoring.coreos.com/v1\nkind: {kind}\nmetadata: {{name: m, namespace: monitoring}}\nspec: {spec}\n"
    )
}

const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: tempo, namespace: monitoring, labels: {tier: traces}}
spec: {selector: {app: tempo}}
";

#[test]
fn a_documented_monitor_that_is_missing_is_a_blind_spot() {
    let other = monitor("ServiceMonitor", "{selector: {matchLabels: {tier: other}}}");
    let outcome = run(&[well("tempo"), SERVICE.to_owned(), other.clone()]);
    assert_eq!(
        outcome.titles(),
        [
            "no ServiceMonitor selects Tempo (StatefulSet monitoring/tempo): its metrics are a blind spot"
        ]
    );
    assert_eq!(
        outcome.severity(outcome.finding("BSQ-OBS-011")),
        Severity::Low
    );
    let temporal = run(&[well("temporal"), other]);
    assert_eq!(
        temporal.titles(),
        [
            "no ServiceMonitor selects Temporal (StatefulSet monitoring/temporal): its metrics are a blind spot"
        ]
    );
}

#[test]
fn a_monitor_that_selects_it_in_any_way_is_well() {
    for monitors in [
        monitor(
            "ServiceMonitor",
            "{selector: {matchLabels: {tier: traces}}}",
        ),
        monitor(
            "ServiceMonitor",
            "{selector: {}, namespaceSelector: {any: true}}",
        ),
        monitor(
            "ServiceMonitor",
            "{selector: {matchExpressions: [{key: tier, operator: Exists}]}, namespaceSelector: {matchNames: [monitoring]}}",
        ),
        monitor("ServiceMonitor", "{selector: {matchLabels: {tier: other}}}")
            + &monitor("PodMonitor", "{selector: {matchLabels: {app: tempo}}}"),
        // The platform scrapes in another way.
        String::new(),
    ] {
        let outcome = run(&[well("tempo"), SERVICE.to_owned(), monitors.clone()]);
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![], "pass"),
            "{monitors}"
        );
    }
}

fn flush(minutes: &[u32]) -> String {
    let line = |minute: &u32| {
        format!(
            "level=error ts=2026-11-23T06:{minute:02}:00Z caller=flush.go:261 component=ingester msg=\"failed to flush\" err=\"store put chunk: Put \\\"http://minio.data.svc:9000/loki\\\": connection refused\""
        )
    };
    minutes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_store_that_cannot_flush_is_told_before_it_loses_anything() {
    let outcome = host(&stack())
        .pod_log("monitoring/loki-0/loki", &flush(&[1, 4, 9]))
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "Loki (StatefulSet monitoring/loki) cannot store logs (3 lines in the window): what it holds is lost when it restarts"
        ]
    );
    let finding = outcome.finding("BSQ-OBS-008");
    assert_eq!(finding.began(), "2026-11-23T06:01:00Z".parse().ok());
    let said = format!("{finding:?}");
    assert!(
        said.contains("name: \"minio\"") && said.contains("BSQ-DEP-002"),
        "{said}"
    );
    // A stray line, and lines of another day.
    for log in [flush(&[1]), flush(&[1, 4, 9]).replace("11-23", "11-20")] {
        assert_eq!(
            host(&stack())
                .pod_log("monitoring/loki-0/loki", &log)
                .run(check)
                .titles(),
            [""; 0]
        );
    }
}

#[test]
fn without_any_part_of_a_stack_there_is_no_question() {
    let outcome = run(&[well("shop")]);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn what_cannot_be_read_is_never_green() {
    for what in [
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet",
        "v1/Pod",
        "pod-logs",
        "loki",
        "targets",
    ] {
        let outcome = host(&stack()).denied(what).run(check);
        assert_eq!(
            outcome.word(),
            "skip: unknown",
            "{what} {:?}",
            outcome.titles()
        );
    }
    let refused = Error::new("unavailable", "connection refused");
    let outcome = host(&stack()).failed("tempo", refused).run(check);
    assert_eq!(
        (outcome.word(), state(&outcome, "traces")),
        ("error", "unknown")
    );
}
