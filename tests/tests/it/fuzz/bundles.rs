//! What other tools collected: archives, and the files in them.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use bsq_host::capability::bundle::Bundle;
use bsq_host::capability::{
    Body, Coverage, ListRequest, Mask, PodLogRequest, Reads as _, Request, Resource,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::Value;

use super::feed::fuzz;
use super::seed;

/// Those that the real Troubleshoot made, and a small one that is not packed, so that what is changed is not a checksum's
/// to find.
#[test]
fn archives() {
    let whole = seed("tests/cases/database-full/support-bundle.tar.gz");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    fuzz(&[whole, dump(PODS), gzip(&dump(PODS))], |bytes| {
        fs::write(&path, bytes).unwrap();
        read(&path);
    });
}

/// A list that is answered as whole has as many objects as its file.
#[test]
fn lists_in_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.tar");
    fuzz(&[PODS.to_vec()], |bytes| {
        fs::write(&path, dump(bytes)).unwrap();
        if let Some((pods, Coverage::Complete)) = read(&path) {
            let there = objects(bytes).unwrap_or(pods);
            assert_eq!(pods, there, "{}", bytes.escape_ascii());
        }
    });
}

/// The objects of a file: those of its lists, and those that stand alone. None where a number is too large to tell.
fn objects(bytes: &[u8]) -> Option<usize> {
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let count = |document: Value| match (document.as_array(), document.get("items")) {
        (Some(items), _) | (None, Some(Value::Array(items))) => items.len(),
        (None, None) if document.is_object() => 1,
        _ => 0,
    };
    documents.map(|document| Some(count(document.ok()?))).sum()
}

const PODS: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","items":[
    {"metadata":{"name":"db-0","namespace":"data","labels":{"app":"db"}},"status":{"phase":"Running"}},
    {"metadata":{"name":"web","namespace":"data","creationTimestamp":"2026-11-23T06:12:04Z"}}]}"#;

/// As kubectl dumps a cluster, with these bytes for the pods of a namespace.
fn dump(pods: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let files: [(&str, &[u8]); 4] = [
        ("nodes.json", br#"{"kind":"NodeList","apiVersion":"v1","items":[]}"#),
        ("data/pods.json", pods),
        ("data/replication-controllers.json", br#"{"kind":"ReplicationControllerList","apiVersion":"v1","items":[]}"#),
        ("data/db-0/logs.txt", b"==== START logs for container db of pod data/db-0 ====\nno space left\n==== END logs for container db of pod data/db-0 ====\n"),
    ];
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Open it and ask for everything once; how many pods of the namespace there are, and whether those are all.
fn read(path: &Path) -> Option<(usize, Coverage)> {
    let bundle = Bundle::open(path, Timestamp::now()).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut cursor = None;
    let mut count = 0;
    let coverage = loop {
        match runtime.block_on(bundle.read(&pods(cursor))) {
            Ok(Body::List(page)) => {
                count += page.rows.len();
                cursor = page.next;
                let worst = if page.invalid > 0 {
                    Coverage::Invalid
                } else {
                    Coverage::Complete
                };
                if cursor.is_none() {
                    break worst;
                }
            }
            Ok(body) => panic!("no list: {body:?}"),
            Err(error) => break error.code.coverage(),
        }
    };
    let log = PodLogRequest {
        namespace: "data".to_owned(),
        pod: "db-0".to_owned(),
        container: Some("db".to_owned()),
        previous: false,
        since: None,
        tail: 100,
        limit: 1 << 16,
        timestamps: false,
    };
    let _ = runtime.block_on(bundle.read(&Request::PodLog(log)));
    let _ = runtime.block_on(bundle.read(&Request::Kinds));
    Some((count, coverage))
}

fn pods(cursor: Option<String>) -> Request {
    Request::List(ListRequest {
        resource: Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap(),
        namespace: Some("data".to_owned()),
        mask: Mask::from_paths(["metadata.labels", "status"]).unwrap(),
        facts: false,
        cursor,
    })
}
