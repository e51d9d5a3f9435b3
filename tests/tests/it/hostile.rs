//! Components that mean harm, each beside one that does not.
//!
//! Each ends as stated, within its deadline, and the check beside it passes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bsq_tests::hostile;
use bsq_tests::http::{Answer, FaultServer};
use bsq_tests::world::World;
use rstest::rstest;
use serde_json::{Value, json};

use crate::host::Ended;
use crate::lab::{Lab, with};

/// What the manifests ask for, in milliseconds: short, so that the tests are.
const CPU: u64 = 500;
const WALL: u64 = 1_500;

/// How much later than its deadline an execution may end.
const LATE: u64 = 200;

/// What the host may hold at most, two components of 64 MiB and the compiler included.
const MEMORY: u64 = 300 << 20;

fn limited(id: &str) -> Value {
    with(id, json!({"limits": {"cpu-ms": CPU, "wall-ms": WALL}}))
}

/// Runs components beside an honest one on the shared world, and checks what holds whatever they do.
fn beside_well(lab: &Lab, components: &[PathBuf]) -> Ended {
    let world = World::shared().unwrap();
    let mut all = components.to_vec();
    all.push(lab.hostile("well"));
    let ended = lab.run(world.kubeconfig("reader").unwrap(), &all).end();
    let report = ended.report();
    assert_valid(&report);
    assert_eq!(rows(&report).len(), all.len(), "{}", ended.stdout);
    assert_eq!(ended.row("well")["verdict"], "pass", "{}", ended.stdout);
    let measured = &report["runs"][0]["measured"];
    let memory = measured["peakMemoryBytes"].as_u64().unwrap();
    assert!(memory < MEMORY, "the host held {} MiB", memory >> 20);
    for (id, check) in measured["checks"].as_object().unwrap() {
        let took = check["durationMs"].as_u64().unwrap();
        assert!(took <= WALL + LATE, "{id} took {took} ms");
    }
    ended
}

fn rows(report: &Value) -> &Vec<Value> {
    report["runs"][0]["checks"].as_array().unwrap()
}

/// The report is what `bsq-host schema` says a report is.
pub(crate) fn assert_valid(report: &Value) {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let printed = Lab::new().host().arg("schema").end();
        serde_json::from_str(&printed.stdout).unwrap()
    });
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// How the guest's execution ended, in one word or two.
fn outcome(row: &Value) -> String {
    let outcome = &row["outcome"];
    let limit = outcome["limit"]
        .as_str()
        .map(|limit| format!(" {limit}"))
        .unwrap_or_default();
    outcome["kind"].as_str().unwrap().to_owned() + &limit
}

#[rstest]
#[case("endless-loop", "out-of-time cpu")]
#[case("endless-start", "out-of-time cpu")]
#[case("endless-recursion", "over-limit stack")]
#[case("memory-bomb", "out-of-memory")]
#[case("table-bomb", "over-limit table elements")]
#[case("trap", "trapped")]
#[case("million-findings", "trapped")]
#[case("many-findings", "over-limit bytes in one host call")]
#[case("call-flood", "over-limit host calls")]
fn ends_as_an_error(#[case] name: &str, #[case] expected: &str) {
    let lab = Lab::new();
    let ended = beside_well(&lab, &[lab.component(name, &limited(name))]);
    let row = ended.row(name);
    assert_eq!(outcome(&row), expected, "{row:#}");
    assert_eq!(
        (&row["verdict"], &row["complete"]),
        (&json!("error"), &json!(false))
    );
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let measured = &ended.report()["runs"][0]["measured"]["checks"][name];
    assert!(
        measured["cpuMs"].as_u64().unwrap() <= CPU + LATE,
        "{measured}"
    );
}

#[test]
fn a_hundred_megabytes_of_text_are_not_lifted() {
    let lab = Lab::new();
    let limits = json!({"limits": {"cpu-ms": 1_000, "wall-ms": WALL, "memory-mib": 128}});
    let ended = beside_well(
        &lab,
        &[lab.component("huge-string", &with("huge-string", limits))],
    );
    assert_eq!(
        outcome(&ended.row("huge-string")),
        "over-limit bytes in one host call"
    );
}

#[test]
fn a_flood_of_log_lines_is_cut_and_counted() {
    let lab = Lab::new();
    let ended = beside_well(&lab, &[lab.component("log-flood", &limited("log-flood"))]);
    let row = ended.row("log-flood");
    assert_eq!(row["verdict"], "pass", "{row:#}");
    let kept = row["log"].as_array().unwrap().len() as u64;
    assert!(kept <= 1_000, "{kept}");
    assert_eq!(row["logDropped"].as_u64().unwrap() + kept, 5_000);
}

#[test]
fn a_call_that_is_never_answered_ends_with_its_deadline() {
    let server = FaultServer::start().unwrap();
    server.on("*", [Answer::hang()]);
    let lab = Lab::new();
    lab.config(&format!("[endpoint.coreai]\nurl = \"{}\"\n", server.url()));
    let parts = json!({
        "http": [{"why": "wait for ever", "endpoint": "coreai", "paths": ["/models"]}],
        "limits": {"wall-ms": 1_000},
    });
    let ended = beside_well(
        &lab,
        &[lab.component("sleep-in-call", &with("sleep-in-call", parts))],
    );
    assert_eq!(outcome(&ended.row("sleep-in-call")), "out-of-time wall");
    let took = ended.report()["runs"][0]["measured"]["checks"]["sleep-in-call"]["durationMs"]
        .as_u64()
        .unwrap();
    assert!((1_000..=1_000 + LATE).contains(&took), "{took} ms");
    assert_eq!(server.count("GET /models"), 1);
}

#[test]
fn an_undeclared_call_behind_a_declared_import_is_denied() {
    let lab = Lab::new();
    let ended = beside_well(&lab, &[lab.hostile("undeclared-call")]);
    let row = ended.row("undeclared-call");
    assert_eq!(
        (&row["verdict"], &row["skipReason"]),
        (&json!("skip"), &json!("unknown")),
        "{row:#}"
    );
    assert_eq!(row["guestVerdict"], "pass");
    let read = &row["coverage"]["reads"][0];
    assert_eq!(read["coverage"], "denied");
    assert!(
        read["call"].as_str().unwrap().contains("v1/Secret"),
        "{read}"
    );
    assert!(read["hint"].is_string(), "{read}");
}

#[test]
fn what_wasi_brings_along_is_empty() {
    let lab = Lab::new();
    let ended = beside_well(&lab, &[lab.hostile("environment")]);
    assert_eq!(
        ended.row("environment")["verdict"],
        "pass",
        "{}",
        ended.stdout
    );
}

#[test]
fn terminal_escapes_reach_no_output() {
    let lab = Lab::new();
    let component = lab.hostile("escapes");
    beside_well(&lab, std::slice::from_ref(&component));
    for format in ["table", "wide", "short", "json"] {
        let ended = lab
            .host()
            .args(["run", "-v", "--kubeconfig"])
            .arg(World::shared().unwrap().kubeconfig("reader").unwrap())
            .args(["-o", format, "--grant-declared"])
            .args([&component, &component])
            .end();
        assert!(
            ended.stdout.contains("red"),
            "{format}: the text itself stays: {}",
            ended.stdout
        );
        for text in [&ended.stdout, &ended.stderr] {
            let bad = text.chars().find(|c| is_dangerous(*c));
            assert_eq!(bad, None, "{format}: {text:?}");
        }
        // A JSON reader gets it as data, and prints it.
        if format == "json" {
            let row = ended.row("escapes").to_string();
            assert!(
                !row.contains("\\u001b") && !row.contains('\u{202e}'),
                "{row}"
            );
        }
    }
}

/// Control characters other than line breaks, and what turns the direction of text.
fn is_dangerous(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Files that never start, with the code of the reason.
#[rstest]
#[case("wrong-world", "BSQ0215")]
#[case("undeclared-import", "BSQ0214")]
#[case("newer-contract", "BSQ0213")]
#[case("no-manifest", "BSQ0207")]
#[case("nested-manifest", "BSQ0208")]
#[case("two-manifests", "BSQ0209")]
#[case("oversized-manifest", "BSQ0210")]
#[case("manifest-of-another-kind", "BSQ0211")]
#[case("truncated", "BSQ0205")]
#[case("core-module", "BSQ0204")]
#[case("text", "BSQ0203")]
#[case("empty", "BSQ0203")]
#[case("huge", "BSQ0206")]
fn does_not_start(#[case] name: &str, #[case] code: &str) {
    let lab = Lab::new();
    let path = unfit(&lab, name);
    let ended = beside_well(&lab, &[path]);
    let row = ended.row(name);
    assert_eq!(outcome(&row), "incompatible", "{row:#}");
    let codes: Vec<&str> = row["outcome"]["misfits"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|misfit| misfit["code"].as_str())
        .collect();
    assert!(codes.contains(&code), "{row:#}");
    assert_eq!(
        (&row["verdict"], &row["complete"]),
        (&json!("error"), &json!(false))
    );
    assert!(!row["hints"].as_array().unwrap().is_empty(), "{row:#}");
    assert_eq!(ended.code, 5, "{}", ended.stderr);
}

fn unfit(lab: &Lab, name: &str) -> PathBuf {
    let manifest = hostile::manifest(name);
    let section = serde_json::to_vec(&manifest).unwrap();
    let well = |sections: &[&[u8]]| {
        let mut bytes = hostile::bare("well").unwrap();
        sections
            .iter()
            .for_each(|section| hostile::append_section(&mut bytes, hostile::MANIFEST, section));
        bytes
    };
    let bytes = match name {
        "wrong-world" | "undeclared-import" => hostile::component(name, &manifest).unwrap(),
        "newer-contract" => hostile::newer("well", &manifest).unwrap(),
        "no-manifest" => well(&[]),
        "nested-manifest" => hostile::nested("well", &manifest).unwrap(),
        "two-manifests" => well(&[&section, &section]),
        "oversized-manifest" => well(&[&[&section[..], &vec![b' '; 300 << 10]].concat()]),
        "manifest-of-another-kind" => well(&[b"{\"id\": 7}"]),
        "truncated" => {
            let whole = well(&[&section]);
            whole[..whole.len() / 2].to_vec()
        }
        "core-module" => b"\0asm\x01\0\0\0".to_vec(),
        "text" => b"#!/bin/sh\necho hello\n".to_vec(),
        "empty" => Vec::new(),
        "huge" => return sparse(&lab.file("huge.wasm", b"\0asm\x0d\0\x01\0"), 70 << 20),
        other => panic!("no file `{other}`"),
    };
    lab.file(&format!("{name}.wasm"), bytes)
}

fn sparse(path: &Path, bytes: u64) -> PathBuf {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(bytes)
        .unwrap();
    path.to_owned()
}

#[test]
fn all_at_once_are_rows_of_one_report() {
    let lab = Lab::new();
    let names = [
        "endless-loop",
        "endless-start",
        "endless-recursion",
        "memory-bomb",
        "table-bomb",
        "trap",
        "call-flood",
        "million-findings",
    ];
    let mut components: Vec<PathBuf> = names
        .iter()
        .map(|name| lab.component(name, &limited(name)))
        .collect();
    components.extend(["text", "truncated", "two-manifests"].map(|name| unfit(&lab, name)));
    let ended = beside_well(&lab, &components);
    let report = ended.report();
    let passed: Vec<&Value> = rows(&report)
        .iter()
        .filter(|row| row["verdict"] == "pass")
        .collect();
    assert_eq!(passed.len(), 1, "{}", ended.stdout);
    assert_eq!(ended.code, 5);
}
