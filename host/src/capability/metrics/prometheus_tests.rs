//! What Prometheus and the gateways before it answer, and what is made of it.

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

fn good(data: &str) -> Result<MetricsAnswer, ReadError> {
    parse(&answer(
        200,
        &format!(r#"{{"status":"success","data":{data}}}"#),
    ))
}

#[test]
fn vectors_matrices_and_scalars_are_series_in_one_order() {
    let found = good(
        r#"{"resultType":"vector","result":[
            {"metric":{"pod":"b"},"value":[1795414324.781,"NaN"]},
            {"metric":{"pod":"a"},"value":[1795414324,"1.5"]}]}"#,
    )
    .unwrap();
    assert_eq!(found.missing, None);
    assert_eq!(found.series[0].labels["pod"], "a");
    let point = &found.series[1].points[0];
    assert_eq!(
        (point.time, point.value.as_str()),
        (1_795_414_324_781, "NaN")
    );

    let found = good(
        r#"{"result":[{"metric":{},"values":[[1,"+Inf"],[2,"0"]]}],"resultType":"matrix","stats":{}}"#,
    );
    assert_eq!(found.unwrap().series[0].points.len(), 2);
    let found = good(r#"{"resultType":"scalar","result":[1,"2"]}"#).unwrap();
    assert!(found.series[0].labels.is_empty());
}

#[test]
fn warnings_histograms_and_caps_make_an_answer_partial() {
    let body = r#"{"status":"success","data":{"resultType":"vector","result":[]},
        "warnings":["store 10.0.0.1:10901\n is away","another"],"infos":["a hint"]}"#;
    let found = parse(&answer(200, body)).unwrap();
    assert_eq!(
        found.missing.as_deref(),
        Some("Prometheus warns: store 10.0.0.1:10901 is away (and 1 more)")
    );
    assert_eq!(found.warnings.len(), 2);

    let infos = r#"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":null,"infos":["a"]}"#;
    assert_eq!(parse(&answer(200, infos)).unwrap().missing, None);

    let histogram =
        r#"{"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1,{"count":"2"}]}]}"#;
    let found = good(histogram).unwrap();
    assert!(found.series.is_empty());
    assert_eq!(
        found.missing.as_deref(),
        Some("1 series of native histograms are left out")
    );

    let many: Vec<String> = (0..=MAX_SERIES)
        .map(|number| format!(r#"{{"metric":{{"pod":"{number}"}},"value":[1,"1"]}}"#))
        .collect();
    let found = good(&format!(
        r#"{{"resultType":"vector","result":[{}]}}"#,
        many.join(",")
    ))
    .unwrap();
    assert_eq!(found.series.len(), MAX_SERIES);
    assert_eq!(
        found.missing.as_deref(),
        Some("5000 of 5001 series are kept")
    );

    let long = r#"[1,"1"]"#.to_owned() + &r#",[1,"1"]"#.repeat(MAX_POINTS / 2);
    let found = good(&format!(
        r#"{{"resultType":"matrix","result":[
            {{"metric":{{"pod":"a"}},"values":[{long}]}},{{"metric":{{"pod":"b"}},"values":[{long}]}}]}}"#
    ))
    .unwrap();
    assert_eq!(found.missing.as_deref(), Some("1 of 2 series are kept"));
}

#[test]
fn refusals_are_typed() {
    let error = |kind: &str, words: &str| {
        format!(r#"{{"status":"error","errorType":"{kind}","error":"{words}"}}"#)
    };
    let cases: [(u16, String, ErrorCode, &str); 18] = [
        (
            400,
            error("bad_data", "1:5: parse error"),
            ErrorCode::Invalid,
            "Prometheus answered bad_data: 1:5: parse error",
        ),
        (
            422,
            error("execution", "expanding series:\\n rpc error"),
            ErrorCode::Unavailable,
            "Prometheus answered execution: expanding series: rpc error",
        ),
        (
            422,
            error(
                "execution",
                "query processing would load too many samples into memory",
            ),
            ErrorCode::TooLarge,
            "Prometheus answered execution: query processing would load too many samples into memory",
        ),
        (
            503,
            error("timeout", "query timed out"),
            ErrorCode::Timeout,
            "Prometheus answered timeout: query timed out",
        ),
        (
            503,
            error("canceled", "query was canceled"),
            ErrorCode::Unavailable,
            "Prometheus answered canceled: query was canceled",
        ),
        (
            500,
            error("internal", "boom"),
            ErrorCode::Unavailable,
            "Prometheus answered internal: boom",
        ),
        (
            404,
            error("not_found", "no such path"),
            ErrorCode::Invalid,
            "Prometheus answered not_found: no such path",
        ),
        (
            429,
            error("too_many_requests", "slow down"),
            ErrorCode::Throttled,
            "Prometheus answered too_many_requests: slow down",
        ),
        // A proxy may keep the error and lose the status.
        (
            200,
            error("bad_data", "x"),
            ErrorCode::Invalid,
            "Prometheus answered bad_data: x",
        ),
        (
            401,
            String::new(),
            ErrorCode::Forbidden,
            "Prometheus answered 401",
        ),
        (
            502,
            "<html><h1>Bad".to_owned(),
            ErrorCode::Unavailable,
            "Prometheus answered 502 with HTML",
        ),
        (
            503,
            "no upstream".to_owned(),
            ErrorCode::Unavailable,
            "Prometheus answered 503: no upstream",
        ),
        (
            504,
            String::new(),
            ErrorCode::Timeout,
            "Prometheus answered 504",
        ),
        (
            302,
            String::new(),
            ErrorCode::Invalid,
            "Prometheus answered 302",
        ),
        (
            200,
            "<!doctype html>".to_owned(),
            ErrorCode::Invalid,
            "Prometheus answered with HTML: is the address that of a gateway?",
        ),
        (
            200,
            r#"{"status":"success","data":{"resultType":"vec"#.to_owned(),
            ErrorCode::Invalid,
            "Prometheus answered with what is not its JSON",
        ),
        (
            200,
            r#"{"status":"success"}"#.to_owned(),
            ErrorCode::Invalid,
            "Prometheus answered without data",
        ),
        (
            200,
            "{}".to_owned(),
            ErrorCode::Invalid,
            "Prometheus answered with what is not its JSON",
        ),
    ];
    for (status, body, code, words) in cases {
        let error = parse(&answer(status, &body)).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (code, words),
            "{status} {body}"
        );
    }
    let throttled = parse(&answer(429, &error("x", "y"))).unwrap_err();
    assert_eq!(throttled.retry_after_ms, Some(3_000));
    assert_eq!(throttled.attributes["error-type"], "x");
}

#[test]
fn what_is_no_series_is_invalid() {
    for (data, words) in [
        (r#"{"resultType":"string","result":[1,"a"]}"#, "no series"),
        (r#"{"resultType":"streams","result":[]}"#, "not its JSON"),
        (
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"much"]}]}"#,
            "no number",
        ),
        (
            r#"{"resultType":"vector","result":[{"metric":{},"value":[-1,"1"]}]}"#,
            "a time that is none",
        ),
        (
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}"#,
            "a time that is none",
        ),
        (
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}"#,
            "not its JSON",
        ),
    ] {
        let error = good(data).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
        assert!(error.message.contains(words), "{data}: {error}");
    }
}

#[test]
fn a_range_has_steps_that_prometheus_gives() {
    let request = |end: &str, step_seconds| MetricsRequest {
        query: "up".to_owned(),
        when: When::Over {
            start: "2026-11-23T05:00:00Z".to_owned(),
            end: end.to_owned(),
            step_seconds,
        },
    };
    let sent = http_request(&request("2026-11-23T06:00:00Z", 15)).unwrap();
    assert_eq!(sent.path, "/api/v1/query_range");
    assert!(sent.query.contains(&("step".to_owned(), "15".to_owned())));
    for (end, step, code) in [
        ("2026-11-23T06:00:00Z", 0, ErrorCode::Invalid),
        ("2026-11-24T06:00:00Z", 1, ErrorCode::TooLarge),
        ("soon", 1, ErrorCode::Invalid),
    ] {
        let error = http_request(&request(end, step)).unwrap_err();
        assert_eq!(error.code, code, "{end} {step}");
    }
}
