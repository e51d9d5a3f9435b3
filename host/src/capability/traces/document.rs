//! One trace as OpenTelemetry JSON, whichever release of Tempo wrote it.
//!
//! Tempo writes `batches` where OpenTelemetry says `resourceSpans`, newer paths put the trace into an envelope, and ids
//! are base64 where OpenTelemetry says hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::capability::{ReadError, TraceAnswer, store};

/// Fields that hold ids, in spans and their links.
const IDS: [&str; 3] = ["traceId", "spanId", "parentSpanId"];

/// Read an answer of the trace store `name`.
pub(super) fn read(name: &str, reply: Value, is_partial: bool) -> Result<TraceAnswer, ReadError> {
    let no_trace = || store::invalid(name, "with what is no trace");
    let Value::Object(mut envelope) = reply else {
        return Err(no_trace());
    };
    let missing = partial(name, &envelope, is_partial);
    let mut trace = match envelope.remove("trace") {
        Some(Value::Object(trace)) => trace,
        Some(_) => return Err(no_trace()),
        None => envelope,
    };
    let spans = trace
        .remove("resourceSpans")
        .or_else(|| trace.remove("batches"));
    let Some(mut spans @ Value::Array(_)) = spans else {
        return Err(no_trace());
    };
    with_hexadecimal_ids(&mut spans);
    let mut document = Map::new();
    document.insert("resourceSpans".to_owned(), spans);
    Ok(TraceAnswer {
        json: Value::Object(document),
        missing,
    })
}

/// What the store says of a trace that is not whole.
fn partial(name: &str, envelope: &Map<String, Value>, is_partial: bool) -> Option<String> {
    let text = |key: &str| envelope.get(key).and_then(Value::as_str);
    let is_partial =
        is_partial || text("status").is_some_and(|status| status.eq_ignore_ascii_case("partial"));
    is_partial.then(|| match text("message") {
        Some(message) => format!("{name} gave a part of the trace: {}", store::words(message)),
        None => format!("{name} gave a part of the trace"),
    })
}

/// Recursive, as deep as the JSON was let in.
fn with_hexadecimal_ids(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_hexadecimal_ids),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(id) if IDS.contains(&key.as_str()) => {
                        if let Some(hexadecimal) = hexadecimal(id) {
                            *id = hexadecimal;
                        }
                    }
                    value => with_hexadecimal_ids(value),
                }
            }
        }
        _ => {}
    }
}

/// An id of 8 or 16 bytes from base64. Hexadecimal ones have another length, so they stay as they are.
fn hexadecimal(id: &str) -> Option<String> {
    let bytes = STANDARD.decode(id).ok()?;
    matches!(bytes.len(), 8 | 16).then(|| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_release_comes_to_the_same_document() {
        let spans = |trace: &str, span: &str| {
            json!([{"resource": {"attributes": []}, "scopeSpans": [{"spans": [
                {"traceId": trace, "spanId": span, "name": "GET /", "links": [{"traceId": trace, "spanId": span}]}
            ]}]}])
        };
        let plain = spans("2f3e0cee77ae5dc9c17ade3689eb2e54", "563d623c76514f8e");
        let encoded = spans("Lz4M7neuXcnBet42iesuVA==", "Vj1iPHZRT44=");
        for reply in [
            json!({"resourceSpans": plain}),
            json!({"batches": encoded}),
            json!({"trace": {"resourceSpans": encoded}, "metrics": {}}),
        ] {
            let trace = read("Tempo", reply, false).unwrap();
            assert_eq!(trace.json, json!({"resourceSpans": plain}));
            assert_eq!(trace.missing, None);
        }
    }

    #[test]
    fn a_part_of_a_trace_is_said_to_be_one() {
        let reply =
            json!({"trace": {"resourceSpans": []}, "status": "PARTIAL", "message": "too large"});
        let trace = read("Tempo", reply, false).unwrap();
        assert_eq!(
            trace.missing.as_deref(),
            Some("Tempo gave a part of the trace: too large")
        );
        let trace = read("Tempo", json!({"batches": []}), true).unwrap();
        assert!(trace.missing.is_some());
    }

    #[test]
    fn what_is_no_trace_is_invalid() {
        for reply in [
            json!([]),
            json!({}),
            json!({"trace": 1}),
            json!({"batches": {}}),
        ] {
            let error = read("Tempo", reply, false).unwrap_err();
            assert_eq!(error.message, "Tempo answered with what is no trace");
        }
    }
}
