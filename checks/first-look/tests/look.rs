//! What the first look says of a platform in trouble, a healthy one and one that cannot be read.
#![allow(clippy::unwrap_used)]

use bsq_sdk::prelude::*;
use bsq_sdk::testing::FakeHost;
use first_look::first_look;

fn host() -> FakeHost {
    FakeHost::new(include_str!("../check.toml"))
}

fn trouble() -> FakeHost {
    host().objects(include_str!("fixtures/trouble.yaml"))
}

fn healthy() -> FakeHost {
    host().objects(include_str!("fixtures/healthy.yaml"))
}

#[test]
fn says_where_trouble_is() {
    let outcome = trouble().run(first_look);
    assert_eq!(
        outcome.titles(),
        [
            "Unhealthy on Pod coreai/portal-1",
            "FailedScheduling on Pod coreai/docling-1 (7 times)",
            "namespace old is being deleted and does not end",
            "coreai: 2 of 3 pods do not run or are not ready",
            "ingress coreai/api names class nginx-internal, which does not exist",
            "ingress coreai/portal has no address, so portal.site.test leads nowhere",
            "ingress data/superset has no class, and there is no default",
        ]
    );
    assert_eq!(outcome.word(), "warn", "an overview never fails");
    assert_eq!(
        outcome.summary,
        "2 namespaces, 3 pods, 3 ingresses; 3 warnings in the window"
    );
    let pods = outcome.finding("BSQ-LOOK-002");
    assert_eq!(pods.began().unwrap().to_string(), "2026-11-23T05:30:00Z");
    assert_eq!(pods.fact("status.phase"), Some("1 Pending, 1 Running"));
}

#[test]
fn events_are_those_of_the_window() {
    let outcome = trouble().window("5m").run(first_look);
    let warned: Vec<_> = outcome
        .findings
        .iter()
        .filter(|finding| finding.code() == "BSQ-LOOK-005")
        .collect();
    assert_eq!(warned.len(), 1);
    let latest = trouble().setting("events", 1).run(first_look);
    assert_eq!(
        latest.finding("BSQ-LOOK-005").title(),
        "Unhealthy on Pod coreai/portal-1"
    );
}

#[test]
fn the_latest_message_of_a_group_speaks() {
    let outcome = trouble().run(first_look);
    let group = outcome
        .findings
        .iter()
        .find(|finding| finding.title().starts_with("FailedScheduling"))
        .unwrap();
    assert_eq!(
        group.fact("message"),
        Some("0/3 nodes are available: 2 Insufficient cpu, 1 Insufficient memory.")
    );
    assert_eq!(group.fact("last seen"), Some("2026-11-23T06:05:00Z"));
}

#[test]
fn a_healthy_platform_passes() {
    let outcome = healthy().run(first_look);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!(outcome.word(), "pass");
}

#[test]
fn what_ingress_path_says_better_is_the_cause() {
    let outcome = trouble().run(first_look);
    for (code, cause) in [
        ("BSQ-LOOK-002", "Pod "),
        ("BSQ-LOOK-003", "BSQ-ING-003"),
        ("BSQ-LOOK-004", "BSQ-ING-001 of Ingress"),
    ] {
        let causes = outcome.finding(code).causes().iter();
        let causes: Vec<String> = causes.map(ToString::to_string).collect();
        assert!(
            causes.iter().any(|one| one.starts_with(cause)),
            "{causes:?}"
        );
    }
}

#[test]
fn warnings_alone_leave_a_pass() {
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "coreai", "name": "e"}, "type": "Warning",
        "reason": "Unhealthy", "message": "m", "lastTimestamp": "2026-11-23T06:11:00Z",
        "involvedObject": {"kind": "Pod", "namespace": "coreai", "name": "portal"}});
    assert_eq!(healthy().object(event).run(first_look).word(), "pass");
}

#[test]
fn a_list_that_cannot_be_read_costs_its_part_alone() {
    let outcome = trouble().denied("v1/Pod").run(first_look);
    assert_eq!((outcome.word(), outcome.complete), ("warn", false));
    assert!(outcome.codes().contains(&"BSQ-LOOK-003"));
    let classes = trouble()
        .forbidden("networking.k8s.io/v1/IngressClass")
        .run(first_look);
    assert!(
        !classes.codes().contains(&"BSQ-LOOK-004"),
        "a class that could not be read is not missing"
    );
    assert_eq!(
        healthy().denied("v1/Event").run(first_look).word(),
        "skip: unknown"
    );
}

#[test]
fn nothing_there_is_not_applicable() {
    assert_eq!(host().run(first_look).word(), "skip: not-applicable");
}
