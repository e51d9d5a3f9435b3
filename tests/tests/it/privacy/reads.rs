//! Secrets in every text of every answer: none passes to a check, and none into a recording.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bsq_host::capability::endpoint::Endpoints;
use bsq_host::capability::prune::Pruner;
use bsq_host::capability::record::{Header, Recorder, RecordingWriter};
use bsq_host::capability::redact::{Redact, Redactor};
use bsq_host::capability::{
    Answer, Body, ErrorCode, HttpAnswer, ListPage, LogLine, LogPage, Mask, MetricsAnswer, PodLog,
    ReadError, Reads, Request, Resource, Series, TraceAnswer, TraceSummary, TracesFound,
};
use bsq_host::component::{Loaded, inspect};
use serde_json::{Value, json};

use super::canaries::{Canary, seen, split, wrapped};
use crate::host::{components, repository};

/// Answers everything with the same.
struct Planted(Answer);

#[async_trait]
impl Reads for Planted {
    async fn read(&self, _: &Request) -> Answer {
        self.0.clone()
    }
}

/// What a recording holds of an answer that went through redaction, and the redactor.
fn recorded(answer: Answer) -> (String, Arc<Redactor>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bsqrec");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let redactor = Arc::new(Redactor::default());
    let endpoints = Endpoints::new(BTreeMap::new(), None, Arc::default());
    let redact = Redact::new(Planted(answer), Arc::new(endpoints), Arc::clone(&redactor));
    let recorder = Recorder::new(redact, Arc::clone(&writer));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let answer = runtime.block_on(recorder.read(&Request::Version));
    writer.finish(&redactor.hits()).unwrap();
    let recording = std::fs::read_to_string(&path).unwrap();
    (format!("{recording}\n{answer:?}"), redactor)
}

fn header() -> Header {
    serde_json::from_value(json!({
        "format": 2, "host-version": "0", "context": "c", "server-version": null, "time": "2026-11-23T06:12:04Z",
        "window": {"start": "", "end": ""},
        "scope": {"kind": "platform", "name": "", "namespaces": [], "excludedNamespaces": [], "selector": null},
        "symptom": null, "seed": 1, "checks": [], "grants": [], "kubectl": [], "endpoints": [],
    }))
    .unwrap()
}

fn none_is_seen(what: &str, answer: Answer) {
    let (text, _) = recorded(answer);
    if let Some(seen) = seen(&text) {
        panic!("{what}: {seen}");
    }
}

/// The fields that the shipped checks read, by kind.
fn masks() -> Vec<(Resource, Mask)> {
    let mut masks: BTreeMap<Resource, Mask> = BTreeMap::new();
    for component in components() {
        let bytes = std::fs::read(component).unwrap();
        let Ok(loaded) = Loaded::from_bytes(bytes) else {
            panic!("it is a component")
        };
        let manifest = inspect(&loaded.bytes).manifest.unwrap();
        for need in manifest.kubernetes {
            let resource = Resource::built_in(&need.kind).unwrap_or_else(|| Resource {
                plural: need.plural.clone().unwrap_or_default(),
                namespaced: need.namespaced.unwrap_or(true),
                kind: need.kind.clone(),
            });
            let mask = Mask::from_paths(&need.fields).unwrap();
            let known = masks.entry(resource).or_default();
            *known = known.union(&mask);
        }
    }
    assert!(masks.len() > 10, "{}", masks.len());
    masks.into_iter().collect()
}

/// An object that has a value in each field of a mask; a field for any key has one under several.
fn object(paths: &[String], value: &Value) -> Value {
    let mut object = json!({"metadata": {"name": "a", "namespace": "b"}});
    for path in paths {
        let mut at = &mut object;
        for key in path.split('.') {
            if !at.is_object() {
                break;
            }
            let key = if key == "*" || key == "[]" {
                "any"
            } else {
                key.trim_end_matches("[]")
            };
            at = at
                .as_object_mut()
                .unwrap()
                .entry(key.to_owned())
                .or_insert_with(|| json!({}));
        }
        if at.as_object().is_none_or(serde_json::Map::is_empty) {
            *at = value.clone();
        }
    }
    object
}

#[test]
fn none_in_any_field_of_any_kind_that_is_read() {
    let canaries = wrapped();
    let texts: Vec<&str> = canaries.iter().map(|canary| canary.text.as_str()).collect();
    let annotations: BTreeMap<String, &str> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("site.test/{number}"), *text))
        .collect();
    let value = json!({"list": texts, "map": annotations, "env": [{"name": "PLAIN", "value": texts.first()}]});
    for (resource, mask) in masks() {
        let object = object(&mask.paths(), &value);
        let kept = serde_json::to_string(&object).unwrap();
        let pruner = Pruner::new(&resource, &mask, true);
        let row = pruner.row(kept.as_bytes()).unwrap();
        let page = ListPage {
            rows: vec![row.clone()],
            resource_version: String::new(),
            next: None,
            truncated: false,
            invalid: 0,
        };
        let is_metadata_only = mask.is_metadata_only() || resource.kind.kind == "Secret";
        let is_planted = seen(row.json.get()).is_some();
        assert!(
            is_planted || is_metadata_only,
            "{} is not planted",
            resource.kind
        );
        none_is_seen(&resource.kind.to_string(), Ok(Body::List(page)));
        none_is_seen(&resource.kind.to_string(), Ok(Body::Object(row)));
    }
}

#[test]
fn none_in_logs_answers_metrics_traces_and_errors() {
    for Canary { what, text } in wrapped() {
        let text = text.as_str();
        let labels: BTreeMap<String, String> = [("a".to_owned(), text.to_owned())].into();
        let http = |body: String| {
            Ok(Body::Http(HttpAnswer {
                status: 200,
                headers: vec![("x-said".to_owned(), text.to_owned())],
                body: body.into_bytes(),
                truncated: false,
                redirects: 0,
            }))
        };
        let log = PodLog {
            text: format!("before\n2026-11-23T06:12:04Z {text}\nafter"),
            truncated: false,
        };
        let trace = json!({"resourceSpans": [{"attributes": [{"key": "http.url", "value": {"stringValue": text}}]}]});
        let summary = TraceSummary {
            id: "ab".to_owned(),
            root_service: text.to_owned(),
            root_name: text.to_owned(),
            start: 0,
            duration_ms: 1,
            attributes: labels.clone(),
        };
        let missing = Some(text.to_owned());
        let answers: Vec<Answer> = vec![
            http(format!("<p>{text}</p>")),
            http(json!({"said": text, "more": [text]}).to_string()),
            http(serde_json::to_string_pretty(&json!({"said": {"a": text}})).unwrap()),
            Ok(Body::PodLog(log)),
            Ok(Body::Logs(page(vec![labels.clone()], &[text]))),
            Ok(Body::Metrics(MetricsAnswer {
                series: vec![Series {
                    labels,
                    points: Vec::new(),
                }],
                warnings: vec![text.to_owned()],
                missing: missing.clone(),
            })),
            Ok(Body::Traces(TracesFound {
                traces: vec![summary],
                missing: missing.clone(),
            })),
            Ok(Body::Trace(TraceAnswer {
                json: trace,
                missing,
            })),
            Err(ReadError::new(ErrorCode::Other, text).because(text)),
        ];
        for answer in answers {
            none_is_seen(&format!("{what} in {text}"), answer);
        }
    }
}

#[test]
fn none_that_lies_on_two_lines_of_a_log() {
    for (canary, [first, second]) in split() {
        let what = format!("{} on two lines", canary.what);
        for after in ["", " and so on"] {
            let second = format!("{second}{after}");
            let log = |time: &str| {
                Ok(Body::PodLog(PodLog {
                    text: format!("{time}before\n{time}{first}\n{time}{second}\n{time}after"),
                    truncated: false,
                }))
            };
            none_is_seen(&what, log(""));
            none_is_seen(&what, log("2026-11-23T06:12:04.5Z "));
            let lines = ["before", &first, &second, "after"];
            none_is_seen(&what, Ok(Body::Logs(page(Vec::new(), &lines))));
        }
    }
}

#[test]
fn hits_are_counted_by_place_and_rule_and_stand_in_the_trailer() {
    let (recording, redactor) = recorded(Err(ReadError::new(
        ErrorCode::Other,
        "password=hunter2 glpat-0123456789abcdef01",
    )));
    let hits: Vec<(String, String, u64)> = redactor
        .hits()
        .into_iter()
        .map(|row| (row.place, row.rule, row.hits))
        .collect();
    let row = |rule: &str| ("server".to_owned(), rule.to_owned(), 1);
    assert_eq!(hits, [row("assignment"), row("key")]);
    assert!(recording.contains(r#""redaction":[{"place":"server","rule":"assignment","hits":1}"#));
}

fn page(streams: Vec<BTreeMap<String, String>>, lines: &[&str]) -> LogPage {
    let lines = lines.iter().zip(1..).map(|(text, time)| LogLine {
        time,
        stream: 0,
        text: (*text).to_owned(),
    });
    LogPage {
        streams,
        lines: lines.collect(),
        truncated: false,
        backend: "loki".to_owned(),
    }
}

#[test]
fn texts_of_the_incidents_are_left_as_they_are() {
    let redactor = Redactor::default();
    let case = repository().join("tests/cases/healthy/recording.bsqrec");
    let text = std::fs::read_to_string(case).unwrap();
    for line in text.lines() {
        assert_eq!(redactor.json(line), line);
    }
}
