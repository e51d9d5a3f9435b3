//! `bsq:traces`: search by template, and one trace by its id.

use super::bindings::bsq::traces::query::{self, Error, Found, Summary, Trace};
use super::metrics::{told, whole_or};
use super::parameters::{self, Parameters};
use super::pipeline::{Got, other_body};
use super::text;
use crate::capability::{
    Body, ErrorCode, ReadError, Request, TraceAnswer, TraceSummary, TracesFound, TracesRequest,
};
use crate::engine::{RunContext, State};
use crate::grant::Call;

/// Sixteen bytes in hexadecimal. Some stores leave zeros at the beginning out.
const MAX_ID: usize = 32;

impl query::Host for State {
    async fn search(
        &mut self,
        template: String,
        parameters: Parameters,
    ) -> wasmtime::Result<Result<Found, Error>> {
        let text = parameters::describe("traces", &template, &parameters);
        let decoded = parameters::check(&parameters).map(|()| Call::Trace {
            template: &template,
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = match self.run.fill(&admitted.allowed.query, &parameters) {
            Ok(query) => self.run.traces(query).await,
            Err(error) => Err(error),
        };
        Ok(match self.settle(admitted, answer) {
            Ok((read, found)) => Ok(Found {
                read,
                attributes: told(found.missing.as_ref()),
                truncated: found.missing.is_some(),
                traces: found.traces.into_iter().map(encode).collect(),
            }),
            Err(failure) => Err(failure.into()),
        })
    }

    async fn get(
        &mut self,
        template: String,
        trace_id: String,
    ) -> wasmtime::Result<Result<Trace, Error>> {
        let text = format!("trace {trace_id} of `{template}`");
        let decoded = check_id(&trace_id).map(|()| Call::Trace {
            template: &template,
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = self.run.trace(trace_id.to_ascii_lowercase()).await;
        Ok(match self.settle(admitted, answer) {
            Ok((read, (json, missing))) => Ok(Trace {
                read,
                json,
                truncated: missing.is_some(),
                attributes: told(missing.as_ref()),
            }),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    async fn traces(&self, query: String) -> Result<Got<TracesFound>, ReadError> {
        let read = TracesRequest {
            query,
            start: self.window.start.to_string(),
            end: self.window.end.to_string(),
        };
        let asked = self.ask(Request::Traces(read)).await;
        let found = match asked.value? {
            Body::Traces(found) => found,
            other => return Err(other_body(other)),
        };
        Ok(Got {
            bytes: found.traces.iter().map(size).sum(),
            came: whole_or(found.missing.as_deref()),
            value: found,
            is_shared: asked.is_shared,
        })
    }

    async fn trace(&self, id: String) -> Result<Got<(String, Option<String>)>, ReadError> {
        let asked = self.ask(Request::Trace { id }).await;
        let TraceAnswer { json, missing } = match asked.value? {
            Body::Trace(trace) => trace,
            other => return Err(other_body(other)),
        };
        let json = json.to_string();
        Ok(Got {
            bytes: json.len() as u64,
            came: whole_or(missing.as_deref()),
            value: (json, missing),
            is_shared: asked.is_shared,
        })
    }
}

/// An id becomes a segment of an address.
fn check_id(id: &str) -> Result<(), ReadError> {
    if (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    let id = text::line(id, 80);
    Err(ReadError::new(
        ErrorCode::Invalid,
        format!("`{id}` cannot be the id of a trace"),
    ))
}

fn encode(trace: TraceSummary) -> Summary {
    Summary {
        trace_id: trace.id,
        root_service: trace.root_service,
        root_name: trace.root_name,
        start: trace.start,
        duration_ms: trace.duration_ms,
        attributes: trace.attributes.into_iter().collect(),
    }
}

fn size(trace: &TraceSummary) -> u64 {
    let attributes = trace.attributes.iter();
    let attributes: usize = attributes
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let texts = trace.id.len() + trace.root_service.len() + trace.root_name.len();
    (texts + attributes + 16) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_hexadecimal() {
        for id in ["2f3e0cee77ae5dc9c17ade3689eb2e54", "ABCDEF", "1"] {
            assert!(check_id(id).is_ok(), "{id}");
        }
        for id in ["", "../x", "a/b", "xyz", "%2e", &"a".repeat(33)] {
            assert!(check_id(id).is_err(), "{id}");
        }
    }
}
