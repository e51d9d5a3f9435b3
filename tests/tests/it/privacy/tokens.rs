//! A recording with tokens says what the one with names says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bsq_host::capability::record::{look, rewrite};
use bsq_host::cmd::with_tokens;
use bsq_host::pseudonym::{Collected, KeyFile, Tokens, reveal};
use serde_json::Value;
use tempfile::TempDir;

use crate::host::{Ended, Host, repository};

/// Of each layer one: pods, a database, delivery, the network, storage.
const INCIDENTS: [&str; 5] = [
    "combined-database-down",
    "database-full",
    "delivery-not-ready",
    "network-broken-paths",
    "missing-secret",
];

fn replay(home: &Path, recording: &Path, arguments: &[&str]) -> Ended {
    Host::at(home)
        .args(["run", "-o", "json", "--replay"])
        .arg(recording)
        .args(arguments)
        .checks()
        .end()
}

/// Check, code and severity of every finding, and how each check ended.
fn told(report: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for row in report["runs"][0]["checks"].as_array().unwrap() {
        told.push(format!("{} {}", row["id"], row["verdict"]));
        for finding in row["findings"].as_array().unwrap() {
            told.push(format!(
                "{} {} {}",
                row["id"], finding["code"], finding["severity"]
            ));
        }
    }
    told.sort();
    told
}

/// The test's platform is called as everyone's is: a component gets a name that only one site has.
fn renamed(from: &Path, to: &Path) {
    rewrite(from, to, |line| {
        let text = line.to_string().replace("mlflow", "moonshot7");
        *line = serde_json::from_str(&text).unwrap();
    })
    .unwrap();
}

#[test]
fn a_replay_with_tokens_finds_what_a_replay_with_names_finds() {
    let home = TempDir::new().unwrap();
    let mut key = KeyFile::open_or_make(&home.path().join("key")).unwrap();
    let mut tokens_seen = BTreeSet::new();
    for incident in INCIDENTS {
        let case = repository()
            .join("tests/cases")
            .join(incident)
            .join("recording.bsqrec");
        let named = home.path().join("named.bsqrec");
        renamed(&case, &named);
        let mut collected = Collected::default();
        look(&named, |line| collected.look(&line)).unwrap();
        let mut tokens = Tokens::new(&mut key, collected);
        let veiled = home.path().join("veiled.bsqrec");
        rewrite(&named, &veiled, |line| with_tokens(&mut tokens, line)).unwrap();
        let text = fs::read_to_string(&veiled).unwrap();
        assert!(text.contains("\"pseudonymised\":true"), "{incident}");
        let left = text.find("moonshot7");
        let left = left.map(|at| &text[at.saturating_sub(80)..(at + 80).min(text.len())]);
        assert_eq!(left, None, "{incident}");
        let named = replay(home.path(), &named, &[]);
        let veiled = replay(home.path(), &veiled, &[]);
        let (veiled_told, named_told) = (told(&veiled.report()), told(&named.report()));
        let only = |these: &[String], others: &[String]| -> Vec<String> {
            let mut others = others.to_vec();
            let is_other = |one: &&String| match others.iter().position(|other| other == *one) {
                Some(at) => {
                    others.remove(at);
                    false
                }
                None => true,
            };
            these.iter().filter(is_other).cloned().collect()
        };
        let differ = (
            only(&veiled_told, &named_told),
            only(&named_told, &veiled_told),
        );
        assert_eq!(differ, (Vec::new(), Vec::new()), "{incident}");
        assert_eq!(veiled.code, named.code, "{incident}");
        let revealed = reveal(&key, &veiled.stdout);
        tokens_seen.insert(revealed != veiled.stdout);
    }
    assert!(tokens_seen.contains(&true), "no report had a token");
}

#[test]
fn a_report_with_tokens_is_revealed_by_its_key_alone() {
    let home = TempDir::new().unwrap();
    let named = home.path().join("named.bsqrec");
    renamed(
        &repository().join("tests/cases/missing-secret/recording.bsqrec"),
        &named,
    );
    let key = home.path().join("key");
    let arguments = ["--pseudonymise", "--key", key.to_str().unwrap()];
    let plain = replay(home.path(), &named, &[]).report();
    let veiled = replay(home.path(), &named, &arguments);
    assert!(!veiled.stdout.contains("moonshot7"));
    let report = home.path().join("report.json");
    fs::write(&report, &veiled.stdout).unwrap();
    let reveal = |key: &Path| {
        Host::at(home.path())
            .args(["reveal", report.to_str().unwrap(), "--key"])
            .arg(key)
            .end()
    };
    let revealed = reveal(&key);
    assert_eq!(revealed.code, 0, "{}", revealed.stderr);
    let without = |report: Value| crate::host::without_measured(report);
    assert_eq!(without(revealed.report()), without(plain));
    assert!(!revealed.stderr.contains("token"), "{}", revealed.stderr);
    let refused = reveal(&home.path().join("none"));
    assert!(refused.stderr.contains("BSQ0128"), "{}", refused.stderr);
    let other = home.path().join("other");
    KeyFile::open_or_make(&other).unwrap().save().unwrap();
    let foreign = reveal(&other);
    assert_eq!((foreign.code, &foreign.stdout), (0, &veiled.stdout));
    let said = &foreign.stderr;
    assert!(
        said.contains("does not know") && said.contains(" of the report"),
        "{said}"
    );
}

/// Of whoever recorded, as whom, and with which file.
const PERSON: [&str; 5] = ["jane", "zorg", ".kube/", "/home/", ":ops"];

fn recorded_by_jane(from: &Path, to: &Path) {
    rewrite(from, to, |line| {
        let Some(header) = line.get_mut("header") else {
            return;
        };
        header["recorded-by"] = "jane.zorgdoe".into();
        header["kubectl"] = serde_json::json!([
            "--kubeconfig",
            "/home/zorgdoe/.kube/config",
            "--context",
            "reader@world",
            "--as",
            "zorgbob",
            "--as-group",
            "zorg:ops",
        ]);
    })
    .unwrap();
}

#[test]
fn no_report_and_no_recording_with_tokens_says_who_looked() {
    let home = TempDir::new().unwrap();
    let named = home.path().join("named.bsqrec");
    let case = repository().join("tests/cases/missing-secret/recording.bsqrec");
    recorded_by_jane(&case, &named);
    let path = home.path().join("key");
    let tokens = ["--pseudonymise", "--key", path.to_str().unwrap()];
    let plain = replay(home.path(), &named, &[]);
    assert!(
        plain
            .stdout
            .contains("--kubeconfig /home/zorgdoe/.kube/config")
    );
    let mut outputs = Vec::new();
    for format in ["json", "table", "wide", "short"] {
        let ended = Host::at(home.path())
            .args(["run", "-o", format, "--replay"])
            .arg(&named)
            .args(tokens)
            .checks()
            .end();
        assert_eq!(ended.code, plain.code, "{}", ended.stderr);
        outputs.push(ended.stdout);
    }
    let report = home.path().join("report.json");
    fs::write(&report, &outputs[0]).unwrap();
    let revealed = Host::at(home.path())
        .args(["reveal", report.to_str().unwrap(), "--key"])
        .arg(&path)
        .end();
    let without = crate::host::without_measured;
    assert_eq!(without(revealed.report()), without(plain.report()));

    let mut key = KeyFile::open_or_make(&home.path().join("another")).unwrap();
    let mut collected = Collected::default();
    look(&named, |line| collected.look(&line)).unwrap();
    let mut tokens = Tokens::new(&mut key, collected);
    let veiled = home.path().join("veiled.bsqrec");
    rewrite(&named, &veiled, |line| with_tokens(&mut tokens, line)).unwrap();
    let recording = fs::read_to_string(&veiled).unwrap();
    outputs.push(recording.lines().next().unwrap().to_owned());
    for output in &outputs {
        for word in PERSON {
            let found = output.find(word);
            let found = found.map(|at| &output[at.saturating_sub(80)..(at + 80).min(output.len())]);
            assert_eq!(found, None, "{word}");
        }
    }
    let veiled = replay(home.path(), &veiled, &[]);
    assert_eq!(told(&veiled.report()), told(&plain.report()));
    assert!(veiled.stdout.contains("kubectl --kubeconfig /x"));
}

#[test]
fn a_recording_that_never_was_leaves_no_key() {
    let home = TempDir::new().unwrap();
    let file = |name: &str| home.path().join(name);
    let ended = Host::at(home.path())
        .args(["record", "--pseudonymise", "--to"])
        .arg(file("a.bsqrec"))
        .arg("--key")
        .arg(file("key"))
        .checks()
        .end();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(!file("key").exists() && !file("a.bsqrec").exists());
}
