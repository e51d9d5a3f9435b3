//! Loki's `query_range`, asked through the endpoint `loki`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::logql;
use crate::capability::endpoint::Endpoints;
use crate::capability::{
    ErrorCode, HttpAnswer, HttpRequest, LogLine, LogPage, LogsRequest, ReadError, store,
};

/// The name under `[endpoint.NAME]` that stands for the log store.
pub const ENDPOINT: &str = "loki";

/// What messages call it.
const NAME: &str = "Loki";

const PATH: &str = "/loki/api/v1/query_range";

/// Loki's own default limit; it refuses a larger one instead of cutting.
const MAX_LINES: u32 = 5_000;

/// Five thousand lines of 1.6 KiB with their labels. It bounds what one query holds in memory.
const BODY_CAP: usize = 8 << 20;

/// A stack trace on one line has a few kibibytes. What is longer is cut and marked.
const LINE_CAP: usize = 16 << 10;

/// Where lines are so long that the answer passes the cap, ask again for an eighth, then for a sixty-fourth.
const TRIES: u32 = 3;
const SHRINK: u32 = 8;

/// Read log lines; lines that did not fit are marked as truncated.
pub(super) async fn query(
    endpoints: &Endpoints,
    request: &LogsRequest,
) -> Result<LogPage, ReadError> {
    let mut limit = request.limit.clamp(1, MAX_LINES);
    let mut is_shrunk = limit < request.limit;
    for _ in 0..TRIES {
        let answer = endpoints
            .send(&http_request(request, limit)?, BODY_CAP)
            .await?;
        if !answer.truncated || answer.status != 200 {
            let mut page = parse(&answer, request.backward)?;
            page.truncated |= is_shrunk && page.lines.len() >= limit as usize;
            return Ok(page);
        }
        limit = (limit / SHRINK).max(1);
        is_shrunk = true;
    }
    Err(ReadError::new(
        ErrorCode::TooLarge,
        format!("Loki's answer is larger than {BODY_CAP} bytes even for {limit} lines"),
    ))
}

fn http_request(request: &LogsRequest, limit: u32) -> Result<HttpRequest, ReadError> {
    let query = logql::build(request)
        .map_err(|error| ReadError::new(ErrorCode::Invalid, error.to_string()))?;
    let direction = if request.backward {
        "backward"
    } else {
        "forward"
    };
    let pairs = [
        ("query", query),
        ("start", nanoseconds(&request.start)?.to_string()),
        ("end", nanoseconds(&request.end)?.to_string()),
        ("limit", limit.to_string()),
        ("direction", direction.to_owned()),
    ];
    Ok(store::get(ENDPOINT, PATH, pairs.into()))
}

/// Nanoseconds since 1970 of an RFC 3339 time.
pub(super) fn nanoseconds(time: &str) -> Result<u64, ReadError> {
    u64::try_from(store::time(time)?.as_nanosecond())
        .map_err(|_| ReadError::new(ErrorCode::Invalid, format!("`{time}` is too far away")))
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
    /// A query that was answered in part says so here.
    #[serde(default)]
    warnings: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    #[serde(default)]
    result: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    stream: BTreeMap<String, String>,
    values: Vec<Entry>,
}

/// `["<nanoseconds>", "line"]`, and in some releases structured metadata as a third.
#[derive(Deserialize)]
struct Entry(
    String,
    String,
    #[expect(dead_code, reason = "read over, so that an entry may have it")]
    #[serde(default)]
    Option<serde::de::IgnoredAny>,
);

fn parse(answer: &HttpAnswer, backward: bool) -> Result<LogPage, ReadError> {
    if answer.status != 200 {
        return Err(store::refusal(NAME, answer));
    }
    let invalid = |what: &str| store::invalid(NAME, what);
    let parsed: Answer = store::json(NAME, answer)?;
    if parsed.data.result_type != "streams" {
        return Err(invalid("with another type than `streams`"));
    }
    let is_partial = !parsed.warnings.is_empty();
    let mut page =
        sorted(parsed.data.result, backward).ok_or_else(|| invalid("a time that is none"))?;
    page.truncated |= is_partial;
    Ok(page)
}

/// Loki sends streams in no order; a page has one, so that equal answers are equal pages.
fn sorted(mut result: Vec<Stream>, backward: bool) -> Option<LogPage> {
    result.sort_by(|left, right| left.stream.cmp(&right.stream));
    let mut page = LogPage {
        streams: Vec::with_capacity(result.len()),
        lines: Vec::new(),
        truncated: false,
        backend: "loki".to_owned(),
    };
    for (index, stream) in result.into_iter().enumerate() {
        page.streams.push(stream.stream);
        for Entry(time, text, _) in stream.values {
            let (text, is_cut) = cut(text);
            page.truncated |= is_cut;
            page.lines.push(LogLine {
                time: time.parse().ok()?,
                stream: u32::try_from(index).ok()?,
                text,
            });
        }
    }
    order(&mut page.lines, backward);
    Some(page)
}

/// By time; lines of one time stay in the order of their streams, and of one stream as they came.
pub(super) fn order(lines: &mut [LogLine], backward: bool) {
    if backward {
        lines.sort_by_key(|line| std::cmp::Reverse(line.time));
    } else {
        lines.sort_by_key(|line| line.time);
    }
}

/// A line within the cap, and whether it was cut.
pub(super) fn cut(mut text: String) -> (String, bool) {
    if text.len() <= LINE_CAP {
        return (text, false);
    }
    text.truncate(text.floor_char_boundary(LINE_CAP));
    (text, true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: vec![("retry-after".to_owned(), "3".to_owned())],
            body: body.as_bytes().to_vec(),
            truncated: false,
            redirects: 0,
        }
    }

    #[test]
    fn lines_of_all_streams_are_in_the_order_of_their_time() {
        let body = r#"{"status":"success","data":{"resultType":"streams","result":[
            {"stream":{"pod":"b"},"values":[["30","b3"],["10","b1",{"trace":"x"}]]},
            {"stream":{"pod":"a"},"values":[["20","a2"]]}],"stats":{}}}"#;
        let texts = |backward| {
            let page = parse(&answer(200, body), backward).unwrap();
            assert_eq!(page.streams[0]["pod"], "a");
            assert!(!page.truncated);
            let texts: Vec<_> = page.lines.into_iter().map(|line| line.text).collect();
            texts.join(" ")
        };
        assert_eq!(texts(true), "b3 a2 b1");
        assert_eq!(texts(false), "b1 a2 b3");
    }

    #[test]
    fn refusals_are_typed() {
        for (status, body, code, words) in [
            (
                400,
                "parse error at line 1",
                ErrorCode::Invalid,
                "Loki answered 400: parse error at line 1",
            ),
            (
                401,
                "no org id",
                ErrorCode::Forbidden,
                "Loki answered 401: no org id",
            ),
            (403, "", ErrorCode::Forbidden, "Loki answered 403"),
            (
                404,
                "404 page not found\n",
                ErrorCode::Invalid,
                "Loki answered 404: 404 page not found",
            ),
            (
                429,
                "too many\n requests",
                ErrorCode::Throttled,
                "Loki answered 429: too many requests",
            ),
            (
                500,
                "boom",
                ErrorCode::Unavailable,
                "Loki answered 500: boom",
            ),
            (
                502,
                "<html><h1>Bad",
                ErrorCode::Unavailable,
                "Loki answered 502 with HTML",
            ),
            (504, "", ErrorCode::Timeout, "Loki answered 504"),
            (302, "", ErrorCode::Invalid, "Loki answered 302"),
            (
                200,
                "<!doctype html>",
                ErrorCode::Invalid,
                "Loki answered with HTML: is the address that of a gateway?",
            ),
            (
                200,
                "{\"status\":",
                ErrorCode::Invalid,
                "Loki answered with what is not its JSON",
            ),
            (
                200,
                r#"{"data":{"resultType":"matrix"}}"#,
                ErrorCode::Invalid,
                "Loki answered with another type than `streams`",
            ),
            (
                200,
                r#"{"data":{"resultType":"streams","result":[{"stream":{},"values":[["x","y"]]}]}}"#,
                ErrorCode::Invalid,
                "Loki answered a time that is none",
            ),
        ] {
            let error = parse(&answer(status, body), true).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (code, words));
        }
        let error = parse(&answer(429, ""), true).unwrap_err();
        assert_eq!(error.retry_after_ms, Some(3_000));
    }

    #[test]
    fn an_answer_in_part_and_a_line_that_was_cut_are_truncated() {
        let partial = r#"{"data":{"resultType":"streams","result":[]},"warnings":["x"]}"#;
        assert!(parse(&answer(200, partial), true).unwrap().truncated);
        let long = format!(
            r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{}},"values":[["1","{}"]]}}]}}}}"#,
            "ä".repeat(LINE_CAP)
        );
        let page = parse(&answer(200, &long), true).unwrap();
        assert!(page.truncated && page.lines[0].text.len() <= LINE_CAP);
    }

    #[test]
    fn times_are_nanoseconds() {
        assert_eq!(
            nanoseconds("2026-11-23T06:12:04.5Z").unwrap(),
            1_795_414_324_500_000_000
        );
        assert!(nanoseconds("yesterday").is_err());
        assert!(nanoseconds("1960-01-01T00:00:00Z").is_err());
    }
}
