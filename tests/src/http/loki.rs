//! Loki's query interface over lines that a test supplies.
//!
//! It understands one stream selector (`=`, `!=`, `=~`, `!~`) and line filters (`|=`, `!=`, `|~`, `!~`), honours time
//! range, limit and direction, and refuses what Loki refuses, as plain text. Of anything else it says 400.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use regex::Regex;
use serde_json::{Value, json};

use super::answer::Answer;
use super::received::Received;
use super::route::{Script, matches};
use super::server::Server;

/// Loki's default `max_entries_limit_per_query`: a larger limit is an error there, not clipped.
const LIMIT_CAP: usize = 5000;

/// Labels, and lines with their times.
#[derive(Clone, Debug)]
struct Stream {
    labels: BTreeMap<String, String>,
    lines: Vec<(i128, String)>,
}

#[derive(Debug, Default)]
struct Store {
    streams: Vec<Stream>,
    tenant: Option<String>,
}

/// A well-behaved Loki. Paths can be made to misbehave by [`on`](Self::on).
#[derive(Debug)]
pub struct Loki {
    server: Server,
    store: Arc<Mutex<Store>>,
    script: Script,
}

impl Loki {
    /// Starts one without any lines.
    pub fn start() -> Result<Self> {
        let store = Arc::new(Mutex::new(Store::default()));
        let script = Script::default();
        let (state, faults) = (Arc::clone(&store), script.clone());
        let server = Server::answering(false, move |request| {
            faults.next(request).unwrap_or_else(|| {
                state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .answer(request)
            })
        })?;
        Ok(Self {
            server,
            store,
            script,
        })
    }

    /// The base URL, without a final slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Adds lines to the stream with these labels.
    pub fn stream<'text>(
        &self,
        labels: &[(&str, &str)],
        lines: impl IntoIterator<Item = (Timestamp, &'text str)>,
    ) -> &Self {
        let stream = Stream {
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            lines: lines
                .into_iter()
                .map(|(at, text)| (at.as_nanosecond(), text.to_owned()))
                .collect(),
        };
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .streams
            .push(stream);
        self
    }

    /// Requires `X-Scope-OrgID` with this value.
    pub fn tenant(&self, tenant: &str) -> &Self {
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tenant = Some(tenant.to_owned());
        self
    }

    /// Scripts the answers of a path, as [`FaultServer::on`](super::FaultServer::on) does.
    pub fn on(&self, pattern: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.script.add(pattern, answers);
        self
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Received> {
        self.server.journal().requests()
    }

    /// How many requests so far match a pattern.
    pub fn count(&self, pattern: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| matches(pattern, request))
            .count()
    }
}

impl Store {
    fn answer(&self, request: &Received) -> Answer {
        if request.path == "/ready" {
            return Answer::text(200, "ready\n");
        }
        let tenant = request.header("x-scope-orgid");
        if self.tenant.is_some() && tenant.is_empty() {
            return Answer::text(401, "no org id\n");
        }
        // Another tenant's logs are not forbidden, they are simply not there.
        let is_own = self.tenant.as_deref().is_none_or(|own| own == tenant);
        let streams: &[Stream] = if is_own { &self.streams } else { &[] };
        let label = request
            .path
            .strip_prefix("/loki/api/v1/label/")
            .and_then(|rest| rest.strip_suffix("/values"));
        match (request.path.as_str(), label) {
            ("/loki/api/v1/query_range", _) => query_range(streams, request)
                .unwrap_or_else(|error| Answer::text(400, format!("{error:#}\n"))),
            ("/loki/api/v1/query", _) => Answer::text(
                400,
                "log queries are not supported as an instant query type, please change your query to a range query type\n",
            ),
            ("/loki/api/v1/status/buildinfo", _) => Answer::json(200, &json!({"version": "3.7.8"})),
            ("/loki/api/v1/labels", _) => {
                names(streams.iter().flat_map(|stream| stream.labels.keys()))
            }
            (_, Some(label)) => names(streams.iter().filter_map(|stream| stream.labels.get(label))),
            _ => Answer::text(404, "404 page not found\n"),
        }
    }
}

fn names<'text>(names: impl Iterator<Item = &'text String>) -> Answer {
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    Answer::json(200, &json!({"status": "success", "data": names}))
}

fn query_range(streams: &[Stream], request: &Received) -> Result<Answer> {
    let query = Query::parse(&request.parameter("query").unwrap_or_default())?;
    let limit: usize = request
        .parameter("limit")
        .map_or(Ok(100), |limit| limit.parse())
        .context("read `limit`")?;
    if limit > LIMIT_CAP {
        bail!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {LIMIT_CAP})"
        );
    }
    let now = Timestamp::now().as_nanosecond();
    let end = request
        .parameter("end")
        .map_or(Ok(now), |text| nanoseconds(&text))?;
    let start = request
        .parameter("start")
        .map_or(Ok(end - 3_600_000_000_000), |text| nanoseconds(&text))?;
    if end < start {
        bail!("end timestamp must not be before or equal to start time");
    }
    let is_forward = request
        .parameter("direction")
        .is_some_and(|direction| direction.eq_ignore_ascii_case("forward"));

    let mut entries: Vec<(&Stream, i128, &str)> = streams
        .iter()
        .filter(|stream| query.selects(stream))
        .flat_map(|stream| {
            stream
                .lines
                .iter()
                .map(move |(at, text)| (stream, *at, text.as_str()))
        })
        .filter(|(_, at, text)| (start..end).contains(at) && query.keeps(text))
        .collect();
    entries.sort_by_key(|(_, at, _)| if is_forward { *at } else { -*at });
    entries.truncate(limit);

    let mut result: BTreeMap<&BTreeMap<String, String>, Vec<Value>> = BTreeMap::new();
    for (stream, at, text) in entries {
        result
            .entry(&stream.labels)
            .or_default()
            .push(json!([at.to_string(), text]));
    }
    let result: Vec<Value> = result
        .into_iter()
        .map(|(labels, values)| json!({"stream": labels, "values": values}))
        .collect();
    Ok(Answer::json(
        200,
        &json!({"status": "success", "data": {"resultType": "streams", "result": result, "stats": {}}}),
    ))
}

/// Loki takes whole nanoseconds, seconds with a fraction, and RFC 3339.
fn nanoseconds(text: &str) -> Result<i128> {
    if let Ok(whole) = text.parse::<i128>() {
        return Ok(if text.len() <= 10 {
            whole * 1_000_000_000
        } else {
            whole
        });
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Ok((seconds * 1e9) as i128);
    }
    Ok(text
        .parse::<Timestamp>()
        .with_context(|| format!("could not parse `{text}` as a time"))?
        .as_nanosecond())
}

/// A comparison with a text or a pattern, as labels and lines have it.
#[derive(Debug)]
enum Test {
    Is(String, bool),
    Contains(String, bool),
    Matches(Regex, bool),
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(other, wanted) => (text == other) == *wanted,
            Self::Contains(other, wanted) => text.contains(other) == *wanted,
            Self::Matches(pattern, wanted) => pattern.is_match(text) == *wanted,
        }
    }
}

#[derive(Debug)]
struct Query {
    labels: Vec<(String, Test)>,
    lines: Vec<Test>,
}

impl Query {
    fn parse(text: &str) -> Result<Self> {
        let pair =
            Regex::new(r#"^[\s,]*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)"#)?;
        let filter = Regex::new(r#"^\s*(\|=|!=|\|~|!~)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)"#)?;
        let mut query = Self {
            labels: Vec::new(),
            lines: Vec::new(),
        };
        let start = text.trim().strip_prefix('{');
        let mut rest = start.with_context(|| {
            format!("parse error at line 1, col 1: syntax error: unexpected `{text}`")
        })?;
        // A label's value may hold braces, so the end of the selector is found only by reading it.
        let mut rest = loop {
            if let Some(lines) = rest.trim_start_matches([' ', ',']).strip_prefix('}') {
                break lines;
            }
            let [name, operator, value] = take(&pair, &mut rest)?;
            let test = match operator.as_str() {
                "=" | "!=" => Test::Is(unquote(&value)?, operator == "="),
                _ => Test::Matches(
                    Regex::new(&format!("^(?:{})$", unquote(&value)?))?,
                    operator == "=~",
                ),
            };
            query.labels.push((name, test));
        };
        if query.labels.is_empty() {
            bail!(
                "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value"
            );
        }
        while !rest.trim().is_empty() {
            let [operator, value] = take(&filter, &mut rest)?;
            query.lines.push(match operator.as_str() {
                "|=" | "!=" => Test::Contains(unquote(&value)?, operator == "|="),
                _ => Test::Matches(Regex::new(&unquote(&value)?)?, operator == "|~"),
            });
        }
        Ok(query)
    }

    fn selects(&self, stream: &Stream) -> bool {
        self.labels
            .iter()
            .all(|(name, test)| test.holds(stream.labels.get(name).map_or("", String::as_str)))
    }

    fn keeps(&self, line: &str) -> bool {
        self.lines.iter().all(|test| test.holds(line))
    }
}

/// Takes one match off the front of `text` and returns its groups.
fn take<const GROUPS: usize>(pattern: &Regex, text: &mut &str) -> Result<[String; GROUPS]> {
    let found = pattern
        .captures(text)
        .with_context(|| format!("parse error: syntax error: unexpected `{}`", text.trim()))?;
    let groups: Vec<String> = found
        .iter()
        .skip(1)
        .flatten()
        .map(|group| group.as_str().to_owned())
        .collect();
    let length = found.get(0).map_or(0, |whole| whole.end());
    *text = text.get(length..).unwrap_or_default();
    groups.try_into().ok().context("parse error: syntax error")
}

fn unquote(text: &str) -> Result<String> {
    match text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
    {
        Some(raw) => Ok(raw.to_owned()),
        None => serde_json::from_str(text)
            .with_context(|| format!("parse error: invalid string {text}")),
    }
}
