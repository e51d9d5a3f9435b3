//! What a component says, and what of it a report holds.

use serde_json::json;

use super::*;
use crate::abi::calls::Came;
use crate::capability::Coverage;

fn manifest() -> Manifest {
    serde_json::from_value(json!({
        "id": "example",
        "version": "1.0.0",
        "title": "all is well",
        "docs": ["/docs/troubleshooting"],
        "finding": [
            {"code": "BSQ-T-001", "title": "a volume is full", "severity": "high", "layer": "data",
             "docs": ["/docs/runtime/storage-model"]},
            {"code": "BSQ-T-002", "title": "a remark", "severity": "info", "layer": "data"},
        ],
    }))
    .unwrap()
}

fn finding(code: &str) -> guest::Finding {
    guest::Finding {
        code: code.to_owned(),
        severity: None,
        subject: guest::Subject::Object(pod("postgresql-0", "StatefulSet")),
        title: "data/postgresql-0 cannot start".to_owned(),
        since: Some("2026-11-23T06:03:00Z".to_owned()),
        evidence: Vec::new(),
        steps: Vec::new(),
        links: Vec::new(),
        caused_by: Vec::new(),
        attributes: Vec::new(),
    }
}

fn pod(name: &str, owner: &str) -> guest::ObjectRef {
    guest::ObjectRef {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: Some("data".to_owned()),
        name: name.to_owned(),
        uid: Some(format!("uid-of-{name}")),
        container: None,
        attributes: vec![
            ("owner-kind".to_owned(), owner.to_owned()),
            ("owner-name".to_owned(), "postgresql".to_owned()),
        ],
    }
}

fn report(findings: Vec<guest::Finding>) -> guest::Report {
    guest::Report {
        verdict: guest::Verdict::Fail,
        skip_reason: None,
        summary: "looked".to_owned(),
        findings,
        attributes: Vec::new(),
    }
}

fn take_with(calls: &mut CallLog, report: guest::Report) -> GuestReport {
    let commands = CommandDecorator {
        context: Some("prod-eu".to_owned()),
        ..CommandDecorator::default()
    };
    Desk {
        manifest: &manifest(),
        commands: &commands,
        calls,
    }
    .take(report)
}

fn take(findings: Vec<guest::Finding>) -> GuestReport {
    take_with(&mut CallLog::new(false), report(findings))
}

#[test]
fn meaning_severity_and_layer_come_from_the_manifest() {
    let taken = take(vec![finding("BSQ-T-001")]);
    let finding = &taken.findings[0];
    assert_eq!(finding.meaning, "a volume is full");
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(finding.since.as_deref(), Some("2026-11-23T06:03:00Z"));
}

#[test]
fn an_undeclared_code_is_dropped_and_named() {
    let taken = take(vec![finding("BSQ-T-001"), finding("BSQ-OTHER-1")]);
    assert_eq!(taken.findings.len(), 1);
    assert_eq!(taken.unknown_codes, ["BSQ-OTHER-1"]);
}

#[test]
fn links_are_the_manifest_s_pages_or_the_code_s_own() {
    let mut linked = finding("BSQ-T-001");
    linked.links = vec![
        "https://elsewhere.test".to_owned(),
        "/docs/troubleshooting".to_owned(),
    ];
    let taken = take(vec![linked, finding("BSQ-T-001")]);
    assert_eq!(
        taken.findings[0].links,
        ["https://docs.bullsequana.ai/docs/troubleshooting"]
    );
    assert_eq!(
        taken.findings[1].links,
        ["https://docs.bullsequana.ai/docs/runtime/storage-model"]
    );
}

#[test]
fn evidence_of_a_read_that_was_not_made_is_marked() {
    let mut calls = CallLog::new(false);
    calls.note("list v1/Pod", Came::complete());
    let evidence = |read| guest::Evidence {
        read,
        source: "status.phase".to_owned(),
        value: "Pending".to_owned(),
        attributes: Vec::new(),
    };
    let mut cited = finding("BSQ-T-001");
    cited.evidence = vec![evidence(Some(1)), evidence(Some(2)), evidence(None)];
    let taken = take_with(&mut calls, report(vec![cited]));
    let marks: Vec<bool> = taken.findings[0]
        .evidence
        .iter()
        .map(|evidence| evidence.unfounded)
        .collect();
    assert_eq!(marks, [false, true, false]);
}

#[test]
fn objects_that_did_not_decode_make_their_read_invalid() {
    let mut calls = CallLog::new(false);
    calls.note("list v1/Pod", Came::complete());
    let mut said = report(Vec::new());
    said.attributes = vec![("invalid".to_owned(), "1:3:v1/Pod: spec.nodeName".to_owned())];
    take_with(&mut calls, said);
    let (table, _) = calls.finish();
    assert_eq!(table.reads[0].coverage, Coverage::Invalid);
    let detail = table.reads[0].detail.as_deref().unwrap();
    assert_eq!(detail, "3 objects did not decode: v1/Pod: spec.nodeName");
}

#[test]
fn a_replaced_pod_keeps_its_fingerprint_and_another_owner_has_its_own() {
    let of = |name: &str, owner: &str, code: &str| {
        let mut finding = finding(code);
        finding.subject = guest::Subject::Object(pod(name, owner));
        take(vec![finding]).findings[0].fingerprint.clone()
    };
    let one = of("web-5d9c7-abcde", "ReplicaSet", "BSQ-T-001");
    assert_eq!(one, of("web-5d9c7-fghij", "ReplicaSet", "BSQ-T-001"));
    assert_ne!(one, of("web-5d9c7-abcde", "StatefulSet", "BSQ-T-001"));
    assert_ne!(one, of("web-5d9c7-abcde", "ReplicaSet", "BSQ-T-002"));
    assert_eq!(one.len(), 32);
}

#[test]
fn commands_are_quoted_and_look_at_the_run_s_cluster() {
    let mut looked = finding("BSQ-T-001");
    looked.steps = vec![guest::Step {
        text: "look".to_owned(),
        command: ["kubectl", "describe", "pvc", "a; reboot"]
            .map(str::to_owned)
            .into(),
        attributes: Vec::new(),
    }];
    let taken = take(vec![looked]);
    assert_eq!(
        taken.findings[0].steps[0].command.as_deref(),
        Some("kubectl --context prod-eu describe pvc 'a; reboot'")
    );
}

#[test]
fn of_too_many_findings_the_worst_are_kept_in_their_order() {
    let mut findings: Vec<_> = (0..MAX_FINDINGS + 10)
        .map(|_| finding("BSQ-T-002"))
        .collect();
    findings.push(finding("BSQ-T-001"));
    let taken = take(findings);
    assert_eq!(taken.findings.len(), MAX_FINDINGS);
    assert_eq!(taken.dropped, 11);
    assert_eq!(taken.worst, Some(Severity::High));
    assert_eq!(taken.findings.last().unwrap().severity, Severity::High);
}

#[test]
fn a_time_that_is_none_is_left_out() {
    let mut dated = finding("BSQ-T-001");
    dated.since = Some("yesterday".to_owned());
    assert_eq!(take(vec![dated]).findings[0].since, None);
}
