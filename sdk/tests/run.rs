//! What a run comes to: what an early end keeps, what did not decode, what is not declared.
#![allow(clippy::unwrap_used, dead_code)]

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{Answer, Coverage, FakeHost};
use bsq_sdk::{CheckResult, Scope};

const MANIFEST: &str = r#"
id = "claims"
title = "Claims are bound"
docs = ["/docs/runtime/storage-model"]
[[kubernetes]]
why = "find claims"
kind = "v1/PersistentVolumeClaim"
verbs = ["list", "get"]
[[kubernetes]]
why = "know their volumes"
kind = "v1/PersistentVolume"
verbs = ["list"]
optional = true
[[http]]
why = "list models"
endpoint = "coreai"
paths = ["/models"]
[[logs]]
name = "errors"
why = "see errors"
labels = ["namespace"]
lines = 10
[[finding]]
code = "BSQ-STO-001"
title = "a claim is not bound"
severity = "medium"
layer = "data"
[settings.patience]
type = "duration"
default = "2d"
"#;

const CLAIMS: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {namespace: data, name: a, labels: {app: x}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: u, controller: true}]}
spec: {storageClassName: fast}
status: {phase: Pending}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {namespace: iam, name: b}
status: {phase: Bound}
";

#[derive(Object)]
#[object(kind = "v1/PersistentVolumeClaim")]
struct Claim {
    status: Option<Status>,
}

#[derive(Object)]
struct Status {
    phase: String,
}

#[derive(Object)]
#[object(kind = "v1/PersistentVolume")]
struct Volume {}

#[derive(Settings)]
struct Patience {
    patience: Duration,
}

fn host() -> FakeHost {
    FakeHost::new(MANIFEST).objects(CLAIMS)
}

fn pending(cx: &Context, report: &mut Report) -> Result<()> {
    for claim in cx.list::<Claim>()? {
        if claim
            .status
            .as_ref()
            .is_some_and(|status| status.phase == "Pending")
        {
            report
                .finding(
                    "BSQ-STO-001",
                    &claim,
                    format!("claim {}\nis not bound", claim.name()),
                )
                .evidence("status.phase", "Pending");
        }
    }
    Ok(())
}

fn claims(cx: &Context) -> Result<Report> {
    let mut report = Report::new("claims are bound");
    pending(cx, &mut report)?;
    report.or_not_applicable("no claims")
}

fn claims_then_volumes(cx: &Context) -> Result<Report> {
    let mut report = Report::new("claims are bound");
    pending(cx, &mut report)?;
    cx.list::<Volume>()?;
    report.pass()
}

#[test]
fn a_question_mark_keeps_what_was_found() {
    let outcome = host()
        .denied("v1/PersistentVolume")
        .run(claims_then_volumes);
    assert_eq!((outcome.word(), outcome.complete), ("warn", false));
    assert_eq!(outcome.summary, "claims are bound");
    assert!(outcome.failure.unwrap().is_denied());
}

#[test]
fn an_earlier_run_leaves_nothing_behind() {
    drop(
        host()
            .denied("v1/PersistentVolume")
            .run(claims_then_volumes),
    );
    let outcome = host().denied("v1/PersistentVolumeClaim").run(claims);
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(outcome.word(), "skip: unknown");
}

#[test]
fn evidence_cites_the_read_and_the_owner_stands_for_the_object() {
    let outcome = host().run(claims);
    let finding = outcome.finding("BSQ-STO-001");
    assert_eq!(finding.title(), "claim a is not bound");
    assert_eq!(finding.facts().first().unwrap().read, Some(1));
    let object = finding.subject().object().unwrap();
    assert_eq!(
        (object.api_version(), object.kind(), object.owner()),
        ("v1", "PersistentVolumeClaim", Some(("StatefulSet", "db")))
    );
}

#[test]
fn only_declared_fields_arrive() {
    #[derive(Object)]
    #[object(kind = "v1/PersistentVolumeClaim")]
    struct Whole {
        metadata: Value,
    }
    let outcome = host().run(|cx| {
        let narrow = cx.get::<Claim>("data", "a")?;
        assert_eq!(narrow.owner().map(|owner| owner.name.as_str()), Some("db"));
        let metadata = cx.get::<Whole>("data", "a")?.into_object().metadata;
        assert_eq!(metadata.get("labels"), Some(&json!({"app": "x"})));
        Report::new("read").pass()
    });
    assert_eq!(outcome.word(), "pass");
}

#[test]
fn what_does_not_decode_is_told_and_left_out() {
    let odd = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "odd"}, "status": {"phase": 7}});
    let outcome = host().object(odd).run(claims);
    assert_eq!(outcome.codes(), ["BSQ-STO-001"]);
    let told = "1:1:v1/PersistentVolumeClaim: `status.phase` is a number, not text";
    assert_eq!(
        outcome.attributes,
        [("invalid".to_owned(), told.to_owned())]
    );
    assert_eq!(outcome.reads.first().unwrap().coverage, Coverage::Invalid);
}

#[test]
fn absence_and_missing_configuration_are_known() {
    let absent = host().run(|cx| {
        cx.get::<Claim>("data", "none")?;
        Report::new("there").pass()
    });
    assert_eq!(
        (absent.word(), absent.complete),
        ("skip: not-applicable", true)
    );
    let found = host().run(|cx| {
        assert!(cx.get::<Claim>("data", "none").or_absent()?.is_none());
        Report::new("there").pass()
    });
    assert_eq!(found.word(), "pass");
    let endpoint = host().run(|cx| {
        cx.http("coreai").get("/models")?;
        Report::new("there").pass()
    });
    assert_eq!(
        (endpoint.word(), endpoint.complete),
        ("skip: not-configured", true)
    );
}

#[test]
fn what_is_not_declared_is_named() {
    let outcome = host()
        .answer("coreai", "/keys", Answer::json(200, json!({})))
        .run_unchecked(|cx| {
            let mut report = Report::new("declared");
            cx.http("coreai").get("/keys").err();
            report
                .finding("BSQ-STO-009", Named::new("model", "m"), "t")
                .link("/docs/guess");
            report.pass()
        });
    assert_eq!(
        outcome.undeclared,
        [
            "GET coreai /keys",
            "finding code BSQ-STO-009",
            "page /docs/guess"
        ]
    );
}

#[test]
fn settings_have_the_defaults_of_the_manifest() {
    let read = |host: FakeHost| {
        let mut patience = Duration::ZERO;
        let _ = host.run(|cx| {
            patience = cx.settings::<Patience>()?.patience;
            Report::new("settings").pass()
        });
        patience
    };
    assert_eq!(read(host()), Duration::from_secs(2 * 86_400));
    assert_eq!(
        read(host().setting("patience", "90s")),
        Duration::from_secs(90)
    );
}

#[test]
fn lists_are_read_to_the_last_page_and_to_the_scope() {
    let outcome = host().page_size(1).run(claims);
    assert_eq!(outcome.reads.len(), 2);
    let scoped = host().scope(Scope::namespace("iam")).run(claims);
    assert_eq!(scoped.word(), "pass");
    let selected = host().run(|cx| {
        assert_eq!(cx.select::<Claim>().labels("app=x").list()?.len(), 1);
        Report::new("selected").pass()
    });
    assert_eq!(selected.word(), "pass");
}

#[test]
fn log_lines_are_those_of_window_and_selector() {
    let host = host()
        .log_line("2026-11-23T06:00:00Z", &[("namespace", "iam")], "ERROR one")
        .log_line(
            "2026-11-23T04:00:00Z",
            &[("namespace", "iam")],
            "ERROR before the window",
        )
        .log_line(
            "2026-11-23T06:01:00Z",
            &[("namespace", "data")],
            "ERROR elsewhere",
        );
    let outcome = host.run(|cx| {
        let page = cx
            .logs("errors")
            .label("namespace", "iam")
            .containing(["error"])
            .read()?;
        let lines: Vec<_> = page
            .lines
            .iter()
            .map(|line| (page.label(line, "namespace"), line.text.as_str()))
            .collect();
        assert_eq!(lines, [(Some("iam"), "ERROR one")]);
        Report::new("logs").pass()
    });
    assert_eq!(outcome.word(), "pass");
}

#[test]
fn a_correlator_reads_results() {
    fn several(_: &Context, results: &[CheckResult]) -> Result<Report> {
        let mut report = Report::new("no check fails");
        for result in results
            .iter()
            .filter(|result| result.verdict == Some(Verdict::Fail))
        {
            report.finding("BSQ-STO-001", Named::new("check", &result.id), "fails");
        }
        report.pass()
    }
    let result = CheckResult {
        environment: "prod".into(),
        id: "x".into(),
        version: "1.0.0".into(),
        verdict: Some(Verdict::Fail),
        complete: true,
        findings: Vec::new(),
        attributes: Vec::new(),
    };
    assert_eq!(host().correlate(&[result], several).word(), "warn");
    assert_eq!(host().correlate(&[], several).word(), "pass");
}

#[test]
fn maps_and_lists_decode() {
    #[derive(Object)]
    struct Outer {
        map: BTreeMap<String, Vec<Status>>,
        number: Option<f64>,
    }
    let outer = <Outer as bsq_sdk::object::Decode>::decode(
        json!({"map": {"a": [{"phase": "x"}, {}]}, "number": null}),
    )
    .unwrap();
    assert_eq!(outer.map.get("a").map(Vec::len), Some(2));
    assert_eq!(outer.number, None);
}

/// A host that knows a name, and a check that declares the hosts below `.site.test` and looks it up.
fn resolved(name: &'static str) -> Vec<Coverage> {
    let network = "[[network]]\nwhy = \"names resolve\"\nhosts = [\".site.test\"]\n";
    let manifest = MANIFEST.replace("[[finding]]", &format!("{network}[[finding]]"));
    let outcome = FakeHost::new(&manifest)
        .addresses(name, &["10.0.0.1"])
        .run(move |cx| {
            cx.resolve(name)?;
            Report::new("the name resolves").pass()
        });
    outcome.reads.iter().map(|read| read.coverage).collect()
}

#[test]
fn a_declared_suffix_stands_for_the_hosts_that_end_with_it() {
    assert_eq!(resolved("portal.site.test"), [Coverage::Complete]);
}

#[test]
#[should_panic(expected = "resolve site.test")]
fn a_declared_suffix_does_not_stand_for_itself() {
    resolved("site.test");
}

#[test]
#[should_panic(expected = "resolve evilsite.test")]
fn a_declared_suffix_begins_at_its_dot() {
    resolved("evilsite.test");
}
