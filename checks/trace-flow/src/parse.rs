//! OpenTelemetry JSON as spans. Tempo has written it in several forms over the years; all of them are read.

use bsq_sdk::ObjectRef;
use bsq_sdk::prelude::*;

use crate::span::{Kind, Span, Status};

/// Spans of one trace that are looked at: a batch job may write a million, and the first ones hold its frame.
const MOST: usize = 20_000;

/// The workloads that resource attributes name, and their kinds.
const WORKLOADS: &[(&str, &str)] = &[
    ("k8s.deployment.name", "apps/v1/Deployment"),
    ("k8s.statefulset.name", "apps/v1/StatefulSet"),
    ("k8s.daemonset.name", "apps/v1/DaemonSet"),
    ("k8s.pod.name", "v1/Pod"),
];

/// Attributes that name the other side of a call, the most telling first.
const PEERS: &[&str] = &[
    "server.address",
    "peer.service",
    "net.peer.name",
    "http.host",
    "db.system",
    "db.system.name",
    "messaging.system",
    "rpc.service",
];

/// Every span of a trace.
pub(crate) fn spans(json: &Value) -> Vec<Span> {
    let trace = json.get("trace").unwrap_or(json);
    let batches = list(trace, &["batches", "resourceSpans"]);
    let spans = batches.flat_map(|batch| {
        let resource = batch.get("resource").unwrap_or(&Value::Null);
        let scopes = list(batch, &["scopeSpans", "instrumentationLibrarySpans"]);
        scopes
            .flat_map(|scope| list(scope, &["spans"]))
            .map(move |json| span(json, resource))
    });
    spans.take(MOST).collect()
}

fn list<'a>(json: &'a Value, names: &'static [&'static str]) -> impl Iterator<Item = &'a Value> {
    let found = names.iter().filter_map(|name| json.get(*name)?.as_array());
    found.flatten()
}

fn span(json: &Value, resource: &Value) -> Span {
    let status = json.get("status").unwrap_or(&Value::Null);
    Span {
        id: text(json, "spanId"),
        parent: text(json, "parentSpanId"),
        service: attribute(resource, "service.name").unwrap_or_else(|| "unknown".to_owned()),
        workload: workload(resource),
        name: text(json, "name"),
        kind: kind(json.get("kind").unwrap_or(&Value::Null)),
        status: status_of(status.get("code").unwrap_or(&Value::Null)),
        message: message(json, status),
        peer: peer(json),
        start: nanoseconds(json, "startTimeUnixNano"),
        end: nanoseconds(json, "endTimeUnixNano"),
    }
}

fn workload(resource: &Value) -> Option<ObjectRef> {
    let namespace = attribute(resource, "k8s.namespace.name")?;
    WORKLOADS.iter().find_map(|(name, kind)| {
        let name = attribute(resource, name)?;
        Some(ObjectRef::new(kind, name).in_namespace(&namespace))
    })
}

fn kind(value: &Value) -> Kind {
    match (value.as_str(), value.as_u64()) {
        (Some("SPAN_KIND_CLIENT" | "SPAN_KIND_PRODUCER"), _) | (_, Some(3 | 4)) => Kind::Calls,
        (Some("SPAN_KIND_SERVER" | "SPAN_KIND_CONSUMER"), _) | (_, Some(2 | 5)) => Kind::IsCalled,
        _ => Kind::Internal,
    }
}

fn status_of(value: &Value) -> Status {
    match (value.as_str(), value.as_u64()) {
        (Some("STATUS_CODE_ERROR"), _) | (_, Some(2)) => Status::Error,
        (Some("STATUS_CODE_OK"), _) | (_, Some(1)) => Status::Ok,
        _ => Status::Unset,
    }
}

/// What the span says of its failure: its status, else the exception that it recorded, else the status of HTTP.
fn message(json: &Value, status: &Value) -> String {
    let said = text(status, "message");
    if !said.is_empty() {
        return said;
    }
    let exception = list(json, &["events"]).find_map(|event| {
        attribute(event, "exception.message").or_else(|| attribute(event, "exception.type"))
    });
    let code = || {
        attribute(json, "http.response.status_code")
            .or_else(|| attribute(json, "http.status_code"))
            .map(|code| format!("HTTP {code}"))
    };
    exception.or_else(code).unwrap_or_default()
}

/// `litellm.coreai:4000`.
fn peer(json: &Value) -> Option<String> {
    let name = PEERS.iter().find_map(|name| attribute(json, name))?;
    let port = attribute(json, "server.port").or_else(|| attribute(json, "net.peer.port"));
    match port {
        Some(port) if !name.contains(':') => Some(format!("{name}:{port}")),
        _ => Some(name),
    }
}

fn attribute(holder: &Value, name: &str) -> Option<String> {
    let attributes = holder.get("attributes")?.as_array()?;
    let found = attributes
        .iter()
        .find(|pair| pair.get("key").and_then(Value::as_str) == Some(name))?;
    let value = found.get("value")?;
    let text = value.get("stringValue").and_then(Value::as_str);
    let number = || match value.get("intValue")? {
        Value::String(number) => Some(number.clone()),
        number => Some(number.to_string()),
    };
    text.map(str::to_owned)
        .or_else(number)
        .filter(|text| !text.is_empty())
}

fn text(json: &Value, name: &str) -> String {
    let text = json.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A 64-bit number is text in this JSON; some write a number all the same.
fn nanoseconds(json: &Value, name: &str) -> u64 {
    let value = json.get(name).unwrap_or(&Value::Null);
    let text = value.as_str().and_then(|text| text.parse().ok());
    text.or_else(|| value.as_u64()).unwrap_or_default()
}
