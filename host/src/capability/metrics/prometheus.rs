//! Prometheus' `query` and `query_range`, asked through the endpoint `prometheus`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::capability::endpoint::Endpoints;
use crate::capability::{
    ErrorCode, HttpAnswer, HttpRequest, MetricsAnswer, MetricsRequest, Point, ReadError, Series,
    When, store,
};

/// The name under `[endpoint.NAME]` that stands for the metric store.
pub const ENDPOINT: &str = "prometheus";

/// What messages call it.
const NAME: &str = "Prometheus";

const INSTANT: &str = "/api/v1/query";
const RANGE: &str = "/api/v1/query_range";

/// Five thousand series of 1.6 KiB, or the points below. It bounds what one query holds in memory.
const BODY_CAP: usize = 8 << 20;

/// One series for each pod of a large platform. A query that gives more has forgotten to aggregate.
const MAX_SERIES: usize = 5_000;

/// Points of all series together, of which each takes some 30 bytes: an hour in steps of 15 s for 800 series.
const MAX_POINTS: usize = 200_000;

/// Prometheus refuses more points of one series.
const MAX_STEPS: i64 = 11_000;

/// Warnings that are kept; a store that has more says the same of each of its parts.
const MAX_WARNINGS: usize = 20;

/// Ask, and keep what the caps leave; what they cut is said in the answer.
pub(super) async fn query(
    endpoints: &Endpoints,
    request: &MetricsRequest,
) -> Result<MetricsAnswer, ReadError> {
    let answer = endpoints.send(&http_request(request)?, BODY_CAP).await?;
    if answer.status == 200 && answer.truncated {
        return Err(store::too_large(NAME, BODY_CAP));
    }
    parse(&answer)
}

fn http_request(request: &MetricsRequest) -> Result<HttpRequest, ReadError> {
    let mut query = vec![("query", request.query.clone())];
    // A newer Prometheus cuts by itself and warns of it; an older one does not know the parameter.
    let limit = ("limit", MAX_SERIES.to_string());
    let path = match &request.when {
        When::At(time) => {
            query.extend([("time", time.clone()), limit]);
            INSTANT
        }
        When::Over {
            start,
            end,
            step_seconds,
        } => {
            check_steps(start, end, *step_seconds)?;
            query.extend([
                ("start", start.clone()),
                ("end", end.clone()),
                ("step", step_seconds.to_string()),
                limit,
            ]);
            RANGE
        }
    };
    Ok(store::get(ENDPOINT, path, query))
}

fn check_steps(start: &str, end: &str, step_seconds: u32) -> Result<(), ReadError> {
    if step_seconds == 0 {
        return Err(ReadError::new(
            ErrorCode::Invalid,
            "a step has at least a second",
        ));
    }
    let span = store::time(end)?.as_second() - store::time(start)?.as_second();
    let steps = span / i64::from(step_seconds) + 1;
    if steps > MAX_STEPS {
        let message = format!(
            "{steps} points of each series are asked for; at most {MAX_STEPS} are given, so take longer steps"
        );
        return Err(ReadError::new(ErrorCode::TooLarge, message));
    }
    Ok(())
}

/// What Prometheus answers, whatever the status.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status: String,
    data: Option<Data>,
    error_type: Option<String>,
    error: Option<String>,
    warnings: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Instant>),
    Matrix(Vec<Range>),
    Scalar(Sample),
    String(IgnoredAny),
}

/// Seconds, and the value as text.
#[derive(Deserialize)]
struct Sample(f64, String);

/// One series of a vector. Native histograms have `histogram` in place of `value`.
#[derive(Deserialize)]
struct Instant {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<Sample>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Sample>,
    histograms: Option<IgnoredAny>,
}

fn parse(answer: &HttpAnswer) -> Result<MetricsAnswer, ReadError> {
    if answer.status != 200 {
        return Err(refusal(answer));
    }
    let reply: Reply = store::json(NAME, answer)?;
    if reply.status != "success" {
        return Err(refusal(answer));
    }
    let Some(data) = reply.data else {
        return Err(store::invalid(NAME, "without data"));
    };
    let mut missing = Vec::new();
    let warnings = warnings(reply.warnings.unwrap_or_default(), &mut missing);
    let mut series = data.series(&mut missing)?;
    series.sort_by(|one, other| one.labels.cmp(&other.labels));
    cut(&mut series, &mut missing);
    Ok(MetricsAnswer {
        series,
        warnings,
        missing: (!missing.is_empty()).then(|| missing.join("; ")),
    })
}

/// A warning says that the answer is partial.
fn warnings(warnings: Vec<String>, missing: &mut Vec<String>) -> Vec<String> {
    let count = warnings.len();
    let kept: Vec<String> = warnings
        .iter()
        .take(MAX_WARNINGS)
        .map(|text| store::words(text))
        .collect();
    if let Some(first) = kept.first() {
        let more = match count {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        missing.push(format!("{NAME} warns: {first}{more}"));
    }
    kept
}

impl Data {
    fn series(self, missing: &mut Vec<String>) -> Result<Vec<Series>, ReadError> {
        let mut histograms = 0_usize;
        let series: Result<Vec<Series>, ReadError> = match self {
            Self::Vector(found) => {
                let all = found.len();
                let of_values = found
                    .into_iter()
                    .filter_map(|one| Some((one.metric, vec![one.value?])));
                let series: Result<Vec<Series>, ReadError> = of_values.map(series).collect();
                histograms = all - series.as_ref().map_or(all, Vec::len);
                series
            }
            Self::Matrix(found) => {
                histograms = found.iter().filter(|one| one.histograms.is_some()).count();
                let of_values = found.into_iter().filter(|one| !one.values.is_empty());
                of_values
                    .map(|one| series((one.metric, one.values)))
                    .collect()
            }
            Self::Scalar(value) => series((BTreeMap::new(), vec![value])).map(|one| vec![one]),
            Self::String(_) => Err(store::invalid(NAME, "with a text, which is no series")),
        };
        if histograms > 0 {
            missing.push(format!(
                "{histograms} series of native histograms are left out"
            ));
        }
        series
    }
}

fn series((labels, samples): (BTreeMap<String, String>, Vec<Sample>)) -> Result<Series, ReadError> {
    let points: Result<Vec<Point>, ReadError> = samples.into_iter().map(point).collect();
    Ok(Series {
        labels,
        points: points?,
    })
}

fn point(Sample(seconds, value): Sample) -> Result<Point, ReadError> {
    // `NaN` and `+Inf` are numbers to both.
    if value.parse::<f64>().is_err() {
        return Err(store::invalid(NAME, "a value that is no number"));
    }
    let milliseconds = (seconds * 1_000.0).round();
    // A time past the year 9999 is none, and before it every millisecond has its own number.
    if !(0.0..253_402_300_800_000.0).contains(&milliseconds) {
        return Err(store::invalid(NAME, "a time that is none"));
    }
    Ok(Point {
        time: milliseconds as u64,
        value,
    })
}

/// Keep what the caps leave, from the first series on.
fn cut(series: &mut Vec<Series>, missing: &mut Vec<String>) {
    let all = series.len();
    let mut points = 0;
    let fitting = series.iter().take(MAX_SERIES).take_while(|one| {
        points += one.points.len();
        points <= MAX_POINTS
    });
    let kept = fitting.count();
    if kept < all {
        series.truncate(kept);
        missing.push(format!("{kept} of {all} series are kept"));
    }
}

/// An error in Prometheus' own words, or what a gateway says in its place.
fn refusal(answer: &HttpAnswer) -> ReadError {
    let reply = serde_json::from_slice::<Reply>(&answer.body).ok();
    let kind = reply
        .as_ref()
        .filter(|reply| reply.status == "error")
        .and_then(|reply| reply.error_type.clone());
    let (Some(reply), Some(kind)) = (reply, kind) else {
        return store::refusal(NAME, answer);
    };
    let said = store::words(&reply.error.unwrap_or_default());
    let code = match (answer.status, kind.as_str()) {
        (401 | 403 | 429, _) => store::code(answer.status),
        (_, "bad_data" | "not_found") => ErrorCode::Invalid,
        (_, "timeout") => ErrorCode::Timeout,
        // The query is sound and cannot be carried out: too much of it, or a store behind the store fails.
        (_, "execution") if said.contains("too many samples") => ErrorCode::TooLarge,
        (_, "execution" | "canceled" | "internal" | "unavailable") => ErrorCode::Unavailable,
        (200, _) => ErrorCode::Unavailable,
        (status, _) => store::code(status),
    };
    let mut error = ReadError::new(code, format!("{NAME} answered {kind}: {said}"));
    error.retry_after_ms = store::retry_after(answer);
    error
        .attributes
        .insert("error-type".to_owned(), store::words(&kind));
    error
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
