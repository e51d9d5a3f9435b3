//! Every reader of bytes that others wrote, fed with bytes that nobody meant. `make fuzz` does it for longer.

mod feed;

use std::fs;

use bsq_host::capability::prune::{ListReader, Pruner};
use bsq_host::capability::record::{RecordingReader, Replay, contents};
use bsq_host::capability::{Mask, Resource};
use bsq_host::component::inspect;
use bsq_host::manifest::Manifest;
use bsq_host::report::model::Report;
use bsq_tests::hostile;

use self::feed::fuzz;
use crate::host::repository;

fn seed(path: &str) -> Vec<u8> {
    fs::read(repository().join(path)).unwrap()
}

/// The first lines of a recording, which name every kind of line's shape and stay small.
fn recording() -> Vec<u8> {
    let whole = seed("examples/database-full.bsqrec");
    let end = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(3)
        .unwrap()
        .0;
    whole[..=end].to_vec()
}

/// A changed recording is an error or is not whole; it never passes for one that is.
#[test]
fn recordings() {
    let seeds = [recording(), seed("examples/database-full.bsqrec")];
    let whole = seeds[1].clone();
    let count = fuzz(&seeds, |bytes| {
        if let Ok(replay) = RecordingReader::new(bytes, "fuzz").and_then(Replay::of) {
            assert!(!replay.is_complete() || bytes == whole);
        }
        if let Ok(contents) = RecordingReader::new(bytes, "fuzz").and_then(contents) {
            assert!(!contents.complete || bytes == whole);
        }
    });
    assert!(count > 10);
}

/// What is no component is a row of the report, with its reasons.
#[test]
fn components() {
    let small = hostile::component("well", &hostile::manifest("well")).unwrap();
    let count = fuzz(&[small, b"\0asm\x0d\0\x01\0".to_vec()], |bytes| {
        if let Err(misfits) = inspect(bytes).fit {
            assert!(!misfits.is_empty());
        }
    });
    assert!(count > 10);
}

#[test]
fn manifests_of_authors() {
    let seeds = [
        seed("checks/pod-triage/check.toml"),
        seed("checks/metrics-health/check.toml"),
    ];
    let count = fuzz(&seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Err(problems) = Manifest::from_check_toml(text, None) {
            assert!(!problems.is_empty());
        }
    });
    assert!(count > 10);
}

/// What a server says is a page, or an error; what it says is never invented.
#[test]
fn lists_of_servers() {
    let page = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"next"},"items":[
        {"metadata":{"name":"a","namespace":"data","labels":{"app":"x"}},"spec":{"nodeName":"n"},"status":{"phase":"Running"}},
        {"metadata":{"name":"b"},"status":{"conditions":[{"type":"Ready","status":"False"}]}}]}"#;
    let resource = Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap();
    let mask = Mask::from_paths(["metadata.labels", "status"]).unwrap();
    let pruner = Pruner::new(&resource, &mask, false);
    let count = fuzz(&[page.to_vec()], |bytes| {
        let mut reader = ListReader::new(&pruner);
        // In two frames, as they come from a wire.
        let (first, second) = bytes.split_at(bytes.len() / 2);
        if reader
            .feed(first)
            .and_then(|()| reader.feed(second))
            .is_err()
        {
            return;
        }
        if let Ok(page) = reader.finish() {
            for row in page.rows {
                assert!(serde_json::from_str::<serde_json::Value>(row.json.get()).is_ok());
            }
        }
    });
    assert!(count > 10);
}

#[test]
fn reports() {
    let report = br#"{"schemaVersion":1,"runs":[]}"#.to_vec();
    let count = fuzz(&[report], |bytes| {
        let _ = serde_json::from_slice::<Report>(bytes);
    });
    assert!(count > 10);
}

#[test]
fn field_paths() {
    let seeds = [
        b"metadata.annotations[\"a.b/c\"].d".to_vec(),
        b"spec.*.x".to_vec(),
    ];
    let count = fuzz(&seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(mask) = Mask::from_paths(text.split('\n')) {
            assert_eq!(Mask::from_paths(mask.paths()).unwrap(), mask);
        }
    });
    assert!(count > 10);
}
