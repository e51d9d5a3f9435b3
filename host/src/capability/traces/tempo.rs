//! Tempo's search and trace by id, asked through the endpoint `tempo`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::document;
use crate::capability::endpoint::Endpoints;
use crate::capability::{
    ErrorCode, HttpAnswer, HttpRequest, ReadError, TraceAnswer, TraceSummary, TracesFound,
    TracesRequest, store,
};

/// The name under `[endpoint.NAME]` that stands for the trace store.
pub const ENDPOINT: &str = "tempo";

/// What messages call it.
const NAME: &str = "Tempo";

const SEARCH: &str = "/api/search";
const TRACES: &str = "/api/traces";

/// Tempo itself refuses traces of more than 5 MB; its JSON is larger than that.
const BODY_CAP: usize = 8 << 20;

/// Traces of one search. Whoever looks for a broken request reads some of them, and their number says the rest.
const MAX_TRACES: usize = 500;

/// Services of one trace that are named; a request passes a dozen.
const MAX_SERVICES: usize = 50;

/// Search in the window; what the cap cuts is said in the answer.
pub(super) async fn search(
    endpoints: &Endpoints,
    request: &TracesRequest,
) -> Result<TracesFound, ReadError> {
    let answer = endpoints.send(&search_request(request)?, BODY_CAP).await?;
    if answer.status == 200 && answer.truncated {
        return Err(store::too_large(NAME, BODY_CAP));
    }
    found(&answer)
}

/// One trace.
pub(super) async fn get(endpoints: &Endpoints, id: &str) -> Result<TraceAnswer, ReadError> {
    let request = store::get(ENDPOINT, &format!("{TRACES}/{id}"), Vec::new());
    let answer = endpoints.send(&request, BODY_CAP).await?;
    match answer.status {
        200 | 206 if answer.truncated => Err(store::too_large(NAME, BODY_CAP)),
        200 | 206 => {
            let is_partial = answer.status == 206;
            document::read(NAME, store::json(NAME, &answer)?, is_partial)
        }
        404 if says_no_trace(&answer) => Err(ReadError::new(
            ErrorCode::Absent,
            format!("{NAME} has no trace {id}"),
        )),
        _ => Err(store::refusal(NAME, &answer)),
    }
}

/// Tempo says it with an empty body or in words. Whoever does not know the path at all says it otherwise, and then
/// nothing is known of the trace.
fn says_no_trace(answer: &HttpAnswer) -> bool {
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    text.trim().is_empty() || (text.contains("trace") && !store::is_html(&answer.body))
}

fn search_request(request: &TracesRequest) -> Result<HttpRequest, ReadError> {
    let start = store::time(&request.start)?;
    let end = store::time(&request.end)?;
    // Whole seconds: the window's last one counts in full.
    let end = end.as_second() + i64::from(end.subsec_nanosecond() > 0);
    let query = vec![
        ("q", request.query.clone()),
        ("start", start.as_second().to_string()),
        ("end", end.to_string()),
        // One more than is kept tells whether there are more.
        ("limit", (MAX_TRACES + 1).to_string()),
        ("spss", "1".to_owned()),
    ];
    Ok(store::get(ENDPOINT, SEARCH, query))
}

/// Fields that are empty are left out, numbers of 64 bits are texts.
#[derive(Deserialize)]
struct Reply {
    traces: Option<Vec<Found>>,
    metrics: Option<Progress>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    completed_jobs: Option<u64>,
    total_jobs: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(default)]
    root_service_name: String,
    #[serde(default)]
    root_trace_name: String,
    start_time_unix_nano: Option<Number>,
    duration_ms: Option<Number>,
    #[serde(default)]
    span_sets: Vec<SpanSet>,
    #[serde(default)]
    service_stats: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct SpanSet {
    #[serde(default)]
    matched: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    #[serde(default)]
    span_count: u64,
    #[serde(default)]
    error_count: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Text(String),
}

impl Number {
    /// A number that is left out is 0.
    fn value(number: Option<Self>) -> Result<u64, ReadError> {
        match number {
            None => Ok(0),
            Some(Self::Number(number)) => Ok(number),
            Some(Self::Text(text)) => text
                .parse()
                .map_err(|_| store::invalid(NAME, "a number that is none")),
        }
    }
}

fn found(answer: &HttpAnswer) -> Result<TracesFound, ReadError> {
    if answer.status != 200 {
        return Err(store::refusal(NAME, answer));
    }
    let reply: Reply = store::json(NAME, answer)?;
    // Any object would do otherwise, and would say that there are no traces.
    if reply.traces.is_none() && reply.metrics.is_none() {
        return Err(store::invalid(NAME, "with what is not its JSON"));
    }
    let traces: Result<Vec<TraceSummary>, ReadError> = reply
        .traces
        .unwrap_or_default()
        .into_iter()
        .map(summary)
        .collect();
    let mut traces = traces?;
    traces.sort_by(|one, other| (other.start, &one.id).cmp(&(one.start, &other.id)));
    let missing = if traces.len() > MAX_TRACES {
        traces.truncate(MAX_TRACES);
        Some(format!("there are more than {MAX_TRACES} traces"))
    } else {
        reply.metrics.unwrap_or_default().missing()
    };
    Ok(TracesFound { traces, missing })
}

impl Progress {
    /// Parts of the store that were not searched.
    fn missing(&self) -> Option<String> {
        let (done, all) = (self.completed_jobs?, self.total_jobs?);
        (done < all).then(|| format!("{NAME} searched {done} of {all} parts"))
    }
}

fn summary(found: Found) -> Result<TraceSummary, ReadError> {
    let is_id = !found.trace_id.is_empty() && found.trace_id.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_id {
        return Err(store::invalid(NAME, "an id that is none"));
    }
    let mut attributes = BTreeMap::new();
    let matched: u64 = found.span_sets.iter().map(|set| set.matched).sum();
    if matched > 0 {
        attributes.insert("matched".to_owned(), matched.to_string());
    }
    for (name, service) in found.service_stats.into_iter().take(MAX_SERVICES) {
        attributes.insert(format!("spans.{name}"), service.span_count.to_string());
        if service.error_count > 0 {
            attributes.insert(format!("errors.{name}"), service.error_count.to_string());
        }
    }
    Ok(TraceSummary {
        id: found.trace_id,
        root_service: found.root_service_name,
        root_name: found.root_trace_name,
        start: Number::value(found.start_time_unix_nano)?,
        duration_ms: Number::value(found.duration_ms)?,
        attributes,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            truncated: false,
            redirects: 0,
        }
    }

    #[test]
    fn traces_are_newest_first_and_missing_fields_are_empty() {
        let body = r#"{"traces":[
            {"traceID":"a1","startTimeUnixNano":"100","durationMs":7,"rootServiceName":"portal","rootTraceName":"GET /"},
            {"traceID":"b2","startTimeUnixNano":"1795414324500000000","spanSets":[{"spans":[],"matched":2},{"matched":1}],
             "serviceStats":{"api":{"spanCount":5,"errorCount":1},"db":{"spanCount":2}}}],
            "metrics":{"inspectedBytes":"12"}}"#;
        let found = found(&answer(200, body)).unwrap();
        assert_eq!(found.missing, None);
        let newest = &found.traces[0];
        assert_eq!(
            (
                newest.id.as_str(),
                newest.start,
                newest.duration_ms,
                newest.root_name.as_str()
            ),
            ("b2", 1_795_414_324_500_000_000, 0, "")
        );
        let attributes: Vec<String> = newest
            .attributes
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            attributes,
            ["errors.api=1", "matched=3", "spans.api=5", "spans.db=2"]
        );
        assert_eq!(found.traces[1].root_service, "portal");
    }

    #[test]
    fn nothing_found_is_known_only_where_tempo_says_it() {
        for body in [r#"{"traces":[],"metrics":{}}"#, r#"{"metrics":{}}"#] {
            assert!(found(&answer(200, body)).unwrap().traces.is_empty());
        }
        let error = found(&answer(200, r#"{"status":"ok"}"#)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
    }

    #[test]
    fn more_than_the_cap_and_parts_not_searched_are_missing() {
        let many: Vec<String> = (0..=MAX_TRACES)
            .map(|number| format!(r#"{{"traceID":"{number}"}}"#))
            .collect();
        let body = format!(r#"{{"traces":[{}]}}"#, many.join(","));
        let all = found(&answer(200, &body)).unwrap();
        assert_eq!(all.traces.len(), MAX_TRACES);
        assert_eq!(
            all.missing.as_deref(),
            Some("there are more than 500 traces")
        );
        let part = r#"{"traces":[],"metrics":{"completedJobs":3,"totalJobs":9}}"#;
        let part = found(&answer(200, part)).unwrap();
        assert_eq!(part.missing.as_deref(), Some("Tempo searched 3 of 9 parts"));
    }

    #[test]
    fn refusals_are_typed() {
        for (status, body, code, words) in [
            (
                400,
                "invalid TraceQL query: parse error at line 1\n",
                ErrorCode::Invalid,
                "Tempo answered 400: invalid TraceQL query: parse error at line 1",
            ),
            (
                401,
                "no org id",
                ErrorCode::Forbidden,
                "Tempo answered 401: no org id",
            ),
            (
                404,
                "404 page not found\n",
                ErrorCode::Invalid,
                "Tempo answered 404: 404 page not found",
            ),
            (429, "", ErrorCode::Throttled, "Tempo answered 429"),
            (
                500,
                "error finding ring: empty ring",
                ErrorCode::Unavailable,
                "Tempo answered 500: error finding ring: empty ring",
            ),
            (
                502,
                "<html>",
                ErrorCode::Unavailable,
                "Tempo answered 502 with HTML",
            ),
            (504, "", ErrorCode::Timeout, "Tempo answered 504"),
            (
                200,
                "<html>",
                ErrorCode::Invalid,
                "Tempo answered with HTML: is the address that of a gateway?",
            ),
            (
                200,
                r#"{"traces":[{"trace"#,
                ErrorCode::Invalid,
                "Tempo answered with what is not its JSON",
            ),
            (
                200,
                r#"{"traces":[{"rootServiceName":"a"}]}"#,
                ErrorCode::Invalid,
                "Tempo answered with what is not its JSON",
            ),
            (
                200,
                r#"{"traces":[{"traceID":"a","startTimeUnixNano":"soon"}]}"#,
                ErrorCode::Invalid,
                "Tempo answered a number that is none",
            ),
            (
                200,
                r#"{"traces":[{"traceID":"../x"}]}"#,
                ErrorCode::Invalid,
                "Tempo answered an id that is none",
            ),
        ] {
            let error = found(&answer(status, body)).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (code, words));
        }
    }

    #[test]
    fn only_tempos_own_words_say_that_there_is_no_trace() {
        for (body, is_said) in [
            ("", true),
            ("trace not found\n", true),
            ("404 page not found", false),
            ("<html>no trace of it</html>", false),
            (r#"{"message":"no Route matched"}"#, false),
        ] {
            assert_eq!(says_no_trace(&answer(404, body)), is_said, "{body}");
        }
    }

    #[test]
    fn the_window_is_asked_for_in_seconds() {
        let request = TracesRequest {
            query: "{ status = error }".to_owned(),
            start: "2026-11-23T05:00:00.5Z".to_owned(),
            end: "2026-11-23T06:00:00.5Z".to_owned(),
        };
        let sent = search_request(&request).unwrap();
        assert_eq!(sent.query[1].1, "1795410000");
        assert_eq!(sent.query[2].1, "1795413601");
        let bad = TracesRequest {
            start: "soon".to_owned(),
            ..request
        };
        assert!(search_request(&bad).is_err());
    }
}
