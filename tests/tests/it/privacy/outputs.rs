//! Secrets in a recording that was never redacted: the report and what is said on stderr are looked at once more.

use std::fs;

use bsq_host::capability::record::rewrite;
use serde_json::Value;
use tempfile::TempDir;

use super::canaries::{raw, seen};
use super::formats_in;
use crate::host::{Host, repository};

/// Fields whose text a finding may quote.
const QUOTED: [&str; 3] = ["message", "text", "note"];

/// Put a secret behind every text that a finding may quote.
fn plant(value: &mut Value, secret: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    // Bodies that are JSON stay so.
                    Value::String(text)
                        if QUOTED.contains(&key.as_str()) && !text.starts_with(['{', '[']) =>
                    {
                        *text = text
                            .lines()
                            .map(|line| format!("{line} {secret}\n"))
                            .collect::<String>();
                    }
                    value => plant(value, secret),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, secret)),
        _ => {}
    }
}

#[test]
fn no_report_and_no_line_of_talk_shows_a_secret() {
    let case = repository().join("tests/cases/database-full/recording.bsqrec");
    let home = TempDir::new().unwrap();
    let mut quoted = 0;
    for canary in raw()
        .iter()
        .filter(|canary| !canary.text.contains('\n'))
        .take(4)
    {
        let recording = home.path().join("planted.bsqrec");
        rewrite(&case, &recording, |line| plant(line, &canary.text)).unwrap();
        assert!(seen(&fs::read_to_string(&recording).unwrap()).is_some());
        let file = |name: &str| home.path().join(name);
        let ended = Host::at(home.path())
            .args(["run", "-vv", "--trace", "pod-triage", "--replay"])
            .arg(&recording)
            .args(["-o", "json"])
            .args(formats_in(home.path()))
            .checks()
            .end();
        let read = |name: &str| fs::read_to_string(file(name)).unwrap();
        let outputs = [
            ended.stdout,
            ended.stderr,
            read("table"),
            read("wide"),
            read("short"),
        ];
        for (number, output) in outputs.iter().enumerate() {
            quoted += output.matches("[redacted:").count();
            if let Some(seen) = seen(output) {
                panic!("output {number} shows {}: {seen}", canary.what);
            }
        }
    }
    assert!(
        quoted > 0,
        "no finding quotes a text in which a secret was planted"
    );
}
