#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::capability::{
    Addresses, Answer, Body, Certificate, ErrorCode, Handshake, HttpAnswer, ListPage, ListRequest,
    Mask, MetricsAnswer, MetricsRequest, ObjectRequest, Point, ReadError, Reads, Request, Resource,
    Row, Series, TlsProblem, TraceAnswer, TraceSummary, TracesFound, TracesRequest, Vantage, When,
};
use crate::manifest::ScopeKind;
use crate::report::model::{Scope, Window};

fn header() -> Header {
    Header {
        format: FORMAT,
        host_version: "0.1.0".to_owned(),
        recorded_by: Some("jane".to_owned()),
        context: "prod".to_owned(),
        server_version: Some("v1.34.0".to_owned()),
        time: "2026-11-23T06:12:04Z".to_owned(),
        window: Window {
            start: "2026-11-23T05:12:04Z".to_owned(),
            end: "2026-11-23T06:12:04Z".to_owned(),
        },
        scope: Scope {
            kind: ScopeKind::Platform,
            name: String::new(),
            namespaces: Vec::new(),
            excluded_namespaces: Vec::new(),
            selector: None,
        },
        symptom: None,
        seed: 7,
        checks: vec![RecordedCheck {
            id: "pod-triage".to_owned(),
            version: Some("0.1.0".to_owned()),
            digest: Some("sha256:00".to_owned()),
            settings: serde_json::json!({"after": "10m"}),
        }],
        grants: vec!["cluster reads".to_owned()],
        kubectl: vec!["--context".to_owned(), "prod".to_owned()],
        endpoints: vec!["loki".to_owned()],
        graph: crate::settings::graph::GraphSection::default(),
        environments: std::collections::BTreeMap::new(),
        redacted: true,
        pseudonymised: false,
    }
}

fn resource() -> Resource {
    Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap()
}

fn list(namespace: Option<&str>, fields: &[&str], cursor: Option<&str>) -> Request {
    Request::List(ListRequest {
        resource: resource(),
        namespace: namespace.map(str::to_owned),
        mask: Mask::from_paths(fields).unwrap(),
        facts: false,
        cursor: cursor.map(str::to_owned),
    })
}

fn get(namespace: &str, name: &str, fields: &[&str]) -> Request {
    Request::Get(ObjectRequest {
        resource: resource(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        mask: Mask::from_paths(fields).unwrap(),
        facts: false,
    })
}

fn row(namespace: &str, name: &str) -> Row {
    // Line breaks between tokens must not break the line of the recording.
    let json = format!("{{\n  \"metadata\": {{\"name\": \"{name}\"}}\r\n}}");
    Row {
        namespace: Some(namespace.into()),
        name: name.into(),
        json: RawValue::from_string(json).unwrap(),
    }
}

fn page(rows: Vec<Row>, next: Option<&str>) -> Answer {
    Ok(Body::List(ListPage {
        rows,
        resource_version: "41".to_owned(),
        next: next.map(str::to_owned),
        truncated: false,
        invalid: 0,
    }))
}

/// Two pages of pods; everything else fails.
struct Cluster;

#[async_trait]
impl Reads for Cluster {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::List(request) if request.cursor.is_none() => {
                page(vec![row("data", "a"), row("iam", "b")], Some("next"))
            }
            Request::List(_) => page(vec![row("data", "c")], None),
            Request::Version => Ok(Body::Version {
                version: "v1.34.0".to_owned(),
            }),
            Request::Kinds => Ok(Body::Http(HttpAnswer {
                status: 200,
                headers: vec![("a".to_owned(), "b".to_owned())],
                body: vec![0xff, 0x00, b'\n'],
                truncated: false,
                redirects: 0,
            })),
            _ => Err(ReadError::new(ErrorCode::Unavailable, "no kubelet").because("refused")),
        }
    }
}

const FIELDS: [&str; 2] = ["spec.nodeName", "status"];

fn requests() -> Vec<Request> {
    vec![
        Request::Version,
        Request::Kinds,
        list(None, &FIELDS, None),
        list(None, &FIELDS, Some("next")),
        get("data", "missing", &FIELDS),
    ]
}

async fn record(path: &Path) -> Vec<Answer> {
    let writer = RecordingWriter::create(path, &header()).unwrap();
    let recorder = Recorder::new(Cluster, Arc::clone(&writer));
    let mut answers = Vec::new();
    for request in requests() {
        answers.push(recorder.read(&request).await);
    }
    writer.finish(&[]).unwrap();
    answers
}

async fn recording() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    record(&path).await;
    std::fs::read(path).unwrap()
}

fn replay(bytes: &[u8]) -> Result<Replay, crate::ui::Fault> {
    RecordingReader::new(bytes, "x.bsqrec").and_then(Replay::of)
}

fn code(answer: Answer) -> ErrorCode {
    answer.unwrap_err().code
}

#[tokio::test]
async fn a_read_that_ends_after_the_run_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let recorder = Recorder::new(Cluster, Arc::clone(&writer));
    recorder.read(&Request::Version).await.unwrap();
    writer.finish(&[]).unwrap();
    recorder.read(&Request::Kinds).await.unwrap();
    let replay = replay(&std::fs::read(path).unwrap()).unwrap();
    assert!(replay.is_complete());
    assert_eq!(
        code(replay.read(&Request::Kinds).await),
        ErrorCode::NotCollected
    );
}

#[tokio::test]
async fn a_replay_gives_the_recorded_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    let live = record(&path).await;
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!folder.path().join("x.bsqrec.part").exists());
    let replay = Replay::open(&path).unwrap();
    assert!(replay.is_complete());
    assert_eq!(replay.header(), &header());
    for (request, live) in requests().iter().zip(live) {
        let compact = |answer: &Answer| {
            let text = serde_json::to_string(answer).unwrap();
            text.replace(['\n', '\r'], " ")
        };
        assert_eq!(compact(&replay.read(request).await), compact(&live));
    }
}

#[tokio::test]
async fn an_interrupted_recording_is_read_to_its_last_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let recorder = Recorder::new(Cluster, writer);
    recorder.read(&Request::Version).await.unwrap();
    let replay = Replay::open(&folder.path().join("x.bsqrec.part")).unwrap();
    assert!(!replay.is_complete());
    assert!(replay.read(&Request::Version).await.is_ok());
    assert_eq!(
        code(replay.read(&Request::Kinds).await),
        ErrorCode::NotCollected
    );
}

#[tokio::test]
async fn a_mask_within_the_recorded_one_is_served_and_a_wider_one_is_not_collected() {
    let replay = replay(&recording().await).unwrap();
    for fields in [&["status.phase"][..], &["spec.nodeName"], &FIELDS] {
        assert!(
            replay.read(&list(None, fields, None)).await.is_ok(),
            "{fields:?}"
        );
    }
    for fields in [
        &["spec"][..],
        &["metadata.labels"],
        &["status", "spec.tolerations"],
    ] {
        let answer = replay.read(&list(None, fields, None)).await;
        assert_eq!(code(answer), ErrorCode::NotCollected, "{fields:?}");
    }
    let facts = Request::List(ListRequest {
        resource: resource(),
        namespace: None,
        mask: Mask::from_paths(FIELDS).unwrap(),
        facts: true,
        cursor: None,
    });
    assert_eq!(code(replay.read(&facts).await), ErrorCode::NotCollected);
}

#[tokio::test]
async fn a_whole_list_answers_for_its_objects_and_namespaces() {
    let replay = replay(&recording().await).unwrap();
    let found = replay.read(&get("data", "c", &["status"])).await.unwrap();
    assert!(matches!(found, Body::Object(row) if &*row.name == "c"));
    let none = replay.read(&get("data", "zz", &["status"])).await;
    assert_eq!(code(none), ErrorCode::Absent);
    let wider = replay.read(&get("data", "c", &["spec"])).await;
    assert_eq!(code(wider), ErrorCode::NotCollected);
    let Body::List(part) = replay
        .read(&list(Some("data"), &["status"], None))
        .await
        .unwrap()
    else {
        panic!("a list")
    };
    assert_eq!(part.rows.len(), 2);
}

#[tokio::test]
async fn a_list_that_was_begun_again_replays_in_its_order() {
    struct Restarted(std::sync::atomic::AtomicUsize);
    #[async_trait]
    impl Reads for Restarted {
        async fn read(&self, _: &Request) -> Answer {
            let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Err(ReadError::new(ErrorCode::Expired, number.to_string()))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let recorder = Recorder::new(Restarted(0.into()), Arc::clone(&writer));
    for _ in 0..2 {
        recorder.read(&Request::Version).await.unwrap_err();
    }
    writer.finish(&[]).unwrap();
    let replay = Replay::open(&path).unwrap();
    for expected in ["0", "1", "1"] {
        let error = replay.read(&Request::Version).await.unwrap_err();
        assert_eq!(error.message, expected);
    }
}

/// One read of each kind that is no object, with an answer that has everything such an answer can have.
fn others() -> Vec<(Request, Answer)> {
    let missing = Some("a part is away".to_owned());
    let query = "up{a=\"b\"}".to_owned();
    let over = When::Over {
        start: "2026-11-23T05:12:04Z".to_owned(),
        end: "2026-11-23T06:12:04Z".to_owned(),
        step_seconds: 15,
    };
    let series = Series {
        labels: [("pod".to_owned(), "a".to_owned())].into(),
        points: vec![Point {
            time: 1_795_414_324_000,
            value: "NaN".to_owned(),
        }],
    };
    let metrics = |when| {
        Request::Metrics(MetricsRequest {
            query: query.clone(),
            when,
        })
    };
    let answer = |missing: Option<String>| {
        Ok(Body::Metrics(MetricsAnswer {
            series: vec![series.clone()],
            warnings: missing.clone().into_iter().collect(),
            missing,
        }))
    };
    let host = "portal.site.test".to_owned();
    vec![
        (
            metrics(When::At("2026-11-23T06:12:04Z".to_owned())),
            answer(None),
        ),
        (metrics(over), answer(missing.clone())),
        (
            Request::Traces(TracesRequest {
                query: "{ status = error }".to_owned(),
                start: "2026-11-23T05:12:04Z".to_owned(),
                end: "2026-11-23T06:12:04Z".to_owned(),
            }),
            Ok(Body::Traces(TracesFound {
                traces: vec![TraceSummary {
                    id: "ab".to_owned(),
                    root_service: "portal".to_owned(),
                    root_name: String::new(),
                    start: 1_795_414_324_500_000_000,
                    duration_ms: 8,
                    attributes: [("matched".to_owned(), "1".to_owned())].into(),
                }],
                missing: missing.clone(),
            })),
        ),
        (
            Request::Trace {
                id: "ab".to_owned(),
            },
            Ok(Body::Trace(TraceAnswer {
                json: serde_json::json!({"resourceSpans": [{"a": 1.5, "b": "x\ny"}]}),
                missing,
            })),
        ),
        (
            Request::Trace {
                id: "cd".to_owned(),
            },
            Err(ReadError::new(
                ErrorCode::NotConfigured,
                "no [endpoint.tempo] in bsq.toml",
            )),
        ),
        (
            Request::Resolve { host: host.clone() },
            Ok(Body::Addresses(Addresses {
                addresses: vec!["10.0.0.1".to_owned()],
                vantage: Vantage::InCluster,
            })),
        ),
        (
            Request::Resolve {
                host: "nothing.site.test".to_owned(),
            },
            Err(ReadError::new(ErrorCode::Absent, "no such host").because("dns-nxdomain")),
        ),
        (
            Request::Handshake { host, port: 443 },
            Ok(Body::Handshake(Handshake {
                chain: vec![Certificate {
                    subject: "CN=portal".to_owned(),
                    issuer: "CN=authority".to_owned(),
                    names: vec!["portal.site.test".to_owned()],
                    not_before: -1,
                    not_after: 1,
                }],
                problem: Some(TlsProblem {
                    code: "tls-expired".to_owned(),
                    words: "its certificate has expired".to_owned(),
                }),
                address: "10.0.0.1".to_owned(),
                vantage: Vantage::Operator,
            })),
        ),
    ]
}

#[tokio::test]
async fn metrics_traces_and_probes_replay_as_they_were_recorded() {
    struct Stores;
    #[async_trait]
    impl Reads for Stores {
        async fn read(&self, request: &Request) -> Answer {
            let mut others = others().into_iter();
            others.find(|(known, _)| known == request).unwrap().1
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let recorder = Recorder::new(Stores, Arc::clone(&writer));
    for (request, _) in others() {
        let _ = recorder.read(&request).await;
    }
    writer.finish(&[]).unwrap();
    let replay = Replay::open(&path).unwrap();
    let text = |answer: &Answer| serde_json::to_string(answer).unwrap();
    for (request, answer) in others() {
        assert_eq!(
            text(&replay.read(&request).await),
            text(&answer),
            "{request:?}"
        );
    }
    let other = Request::Handshake {
        host: "portal.site.test".to_owned(),
        port: 8443,
    };
    let error = replay.read(&other).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotCollected);
    assert_eq!(
        error.message,
        "the recording does not hold the handshake with portal.site.test:8443"
    );
    let lines = std::fs::read_to_string(&path).unwrap();
    for readable in [
        r#""read":"metrics","query":"up{a=\"b\"}","when":{"at":"2026-11-23T06:12:04Z"}"#,
        r#""points":[[1795414324000,"NaN"]]"#,
        r#""read":"handshake","host":"portal.site.test","port":443"#,
    ] {
        assert!(lines.contains(readable), "{readable}\n{lines}");
    }
}

#[tokio::test]
async fn what_is_no_recording_is_told_apart() {
    let bytes = recording().await;
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| format!("{}\n", lines.join("\n"));
    for (what, text, code) in [
        ("empty", String::new(), "BSQ0501"),
        ("text", "hello\n".to_owned(), "BSQ0501"),
        ("json", "{}\n".to_owned(), "BSQ0501"),
        ("no header", joined(&lines[1..]), "BSQ0503"),
        (
            "newer",
            text.replace("\"format\":2", "\"format\":3"),
            "BSQ0502",
        ),
        (
            "edited",
            text.replace("spec.nodeName", "spec.nodeNamf"),
            "BSQ0503",
        ),
        (
            "a line out",
            joined(&[&lines[..2], &lines[3..]].concat()),
            "BSQ0503",
        ),
        (
            "lines swapped",
            joined(&[lines[0], lines[2], lines[1]]),
            "BSQ0503",
        ),
        (
            "more after the end",
            format!("{text}{}\n", lines[1]),
            "BSQ0503",
        ),
    ] {
        let fault = replay(text.as_bytes()).expect_err(what);
        assert_eq!(fault.code, code, "{what}");
        assert!(!fault.hints.is_empty(), "{what}");
    }
    let edited = text.replace("spec.nodeName", "spec.nodeNamf");
    assert!(
        replay(edited.as_bytes())
            .unwrap_err()
            .cause
            .contains("line 4")
    );
}

#[test]
fn a_recording_that_cannot_be_written_is_a_fault() {
    let Err(fault) = RecordingWriter::create(Path::new("/nowhere/x.bsqrec"), &header()) else {
        panic!("there is no such folder")
    };
    assert_eq!(fault.code, "BSQ0505");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    std::fs::create_dir_all(path.join("in-the-way")).unwrap();
    assert_eq!(writer.finish(&[]).unwrap_err().code, "BSQ0505");
}

fn recorded() -> Vec<u8> {
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(recording())
}

#[test]
fn a_recording_cut_anywhere_is_incomplete_or_an_error() {
    let bytes = recorded();
    for length in 0..bytes.len() {
        match replay(&bytes[..length]) {
            Ok(replay) => assert!(!replay.is_complete(), "cut at {length}"),
            Err(fault) => assert!(!fault.hints.is_empty()),
        }
    }
}

/// Wherever the first line was changed, it is that of a recording still, and the fault names it.
#[test]
fn a_wrong_bit_in_the_first_line_is_an_edit_of_it() {
    let bytes = recorded();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    for at in 0..first {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let fault = replay(&changed).unwrap_err();
            let is_newer = fault.code == "BSQ0502" && bytes[at] == b'2';
            let names_it = fault.code == "BSQ0503" && fault.to_string().contains("line 1 ");
            assert!(is_newer || names_it, "bit {bit} at {at}: {fault}");
        }
    }
}

#[test]
fn whatever_stands_behind_the_end_is_an_edit() {
    for more in ["garbage", "garbage\n", "\n", " ", "{"] {
        let bytes = [&recorded()[..], more.as_bytes()].concat();
        let fault = replay(&bytes).unwrap_err();
        assert_eq!(fault.code, "BSQ0503", "{more:?}");
        assert!(
            fault.to_string().contains("stands behind its end"),
            "{fault}"
        );
    }
}

#[test]
fn lines_that_change_places_are_found() {
    let bytes = recorded();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for one in 0..lines.len() {
        for other in one + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(one, other);
            assert!(replay(&swapped.concat()).is_err(), "{one} and {other}");
        }
    }
}

proptest! {
    #[test]
    fn a_recording_with_a_changed_byte_is_incomplete_or_an_error(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        static BYTES: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(recorded);
        let mut bytes = BYTES.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(replay) = replay(&bytes) {
            prop_assert!(!replay.is_complete());
        }
    }
}
