//! Every text of an answer, and of an error in place of one.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

use super::own::OwnCredentials;
use super::pass::{Pass, Span};
use super::{names_a_secret, objects};
use crate::capability::{
    Body, HttpAnswer, LogPage, MetricsAnswer, ReadError, Row, TlsProblem, TracesFound,
};

/// Walks through one answer.
pub(super) struct Cleaner<'a> {
    /// None where the operator wants texts as they are.
    pub(super) pass: Option<&'a Pass>,
    pub(super) credentials: &'a OwnCredentials,
    /// Hits by rule.
    pub(super) hits: BTreeMap<usize, u64>,
}

impl Cleaner<'_> {
    pub(super) fn text(&mut self, text: &mut String) {
        self.credentials.strip(text);
        if let Some((marked, spans)) = self.pass.and_then(|pass| pass.text(text)) {
            self.note(&spans);
            *text = marked;
        }
    }

    fn note(&mut self, spans: &[Span]) {
        for span in spans {
            *self.hits.entry(span.rule).or_default() += 1;
        }
    }

    pub(super) fn body(&mut self, body: &mut Body) {
        match body {
            Body::PodLog(log) => self.text(&mut log.text),
            Body::Http(answer) => self.http(answer),
            Body::Logs(page) => self.logs(page),
            Body::Metrics(answer) => self.metrics(answer),
            Body::Traces(found) => self.traces(found),
            Body::Trace(trace) => {
                self.json(&mut trace.json);
                self.some(trace.missing.as_mut());
            }
            Body::Handshake(shaken) => {
                for certificate in &mut shaken.chain {
                    self.text(&mut certificate.subject);
                    self.text(&mut certificate.issuer);
                    certificate
                        .names
                        .iter_mut()
                        .for_each(|name| self.text(name));
                }
                let words = shaken
                    .problem
                    .as_mut()
                    .map(|TlsProblem { words, .. }| words);
                self.some(words);
            }
            Body::List(page) => page.rows.iter_mut().for_each(|row| self.row(row)),
            Body::Object(row) => self.row(row),
            Body::Version { version } => self.text(version),
            // No free text.
            Body::Kinds { .. } | Body::Credential(_) | Body::Addresses(_) => {}
        }
    }

    /// An object, which pruning has taken apart by structure.
    fn row(&mut self, row: &mut Row) {
        if let Some(json) = self.raw_json(row.json.get())
            && let Ok(json) = RawValue::from_string(json)
        {
            row.json = json;
        }
    }

    /// The JSON with marks, where it needs any.
    fn raw_json(&mut self, json: &str) -> Option<String> {
        let stripped = self.credentials.stripped(json);
        let text = stripped.as_deref().unwrap_or(json);
        let swept = self
            .pass
            .map(|pass| objects::sweep(pass, text))
            .unwrap_or_default();
        for hit in swept.hits {
            *self.hits.entry(hit).or_default() += 1;
        }
        swept.json.or(stripped)
    }

    fn http(&mut self, answer: &mut HttpAnswer) {
        for (name, value) in &mut answer.headers {
            if self.pass.is_some() && names_a_secret(name) {
                *value = "[redacted]".to_owned();
            }
            self.text(value);
        }
        // What is not text is made text, so that it can be searched; an image is nothing that a check reads.
        let mut text = match String::from_utf8(std::mem::take(&mut answer.body)) {
            Ok(text) => text,
            Err(error) => {
                answer.truncated = true;
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        let is_json = text.trim_start().starts_with(['{', '['])
            && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        if !is_json {
            self.text(&mut text);
        } else if let Some(json) = self.raw_json(&text) {
            text = json;
        }
        answer.body = text.into_bytes();
    }

    /// The lines of each stream, in the order of time, are one text: a secret may lie on several.
    fn logs(&mut self, page: &mut LogPage) {
        let values = page.streams.iter_mut().flat_map(BTreeMap::values_mut);
        values.for_each(|text| self.text(text));
        for line in &mut page.lines {
            self.credentials.strip(&mut line.text);
        }
        let Some(pass) = self.pass else {
            return;
        };
        let mut streams: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, line) in page.lines.iter().enumerate() {
            streams.entry(line.stream).or_default().push(index);
        }
        for lines in streams.into_values() {
            let lines = in_time(page, lines);
            self.stream(pass, page, &lines);
        }
    }

    /// The lines of one stream, by their indices.
    fn stream(&mut self, pass: &Pass, page: &mut LogPage, lines: &[usize]) {
        let mut joined = String::new();
        let mut places: Vec<(usize, Range<usize>)> = Vec::with_capacity(lines.len());
        for index in lines {
            let text = page.lines.get(*index).map_or("", |line| line.text.as_str());
            let start = joined.len();
            joined.push_str(text);
            places.push((*index, start..joined.len()));
            joined.push('\n');
        }
        let spans = pass.spans(&joined);
        self.note(&spans);
        for (index, marked) in marked_lines(pass, &joined, &places, &spans) {
            if let Some(line) = page.lines.get_mut(index) {
                line.text = marked;
            }
        }
    }

    fn some(&mut self, text: Option<&mut String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn metrics(&mut self, answer: &mut MetricsAnswer) {
        let labels = answer
            .series
            .iter_mut()
            .flat_map(|one| one.labels.values_mut());
        labels.for_each(|text| self.text(text));
        answer.warnings.iter_mut().for_each(|text| self.text(text));
        self.some(answer.missing.as_mut());
    }

    fn traces(&mut self, found: &mut TracesFound) {
        for trace in &mut found.traces {
            self.text(&mut trace.root_service);
            self.text(&mut trace.root_name);
            // Their names hold those of services.
            let attributes = std::mem::take(&mut trace.attributes).into_iter();
            trace.attributes = attributes
                .map(|(mut name, mut value)| {
                    self.text(&mut name);
                    self.text(&mut value);
                    (name, value)
                })
                .collect();
        }
        self.some(found.missing.as_mut());
    }

    /// The texts of a trace, each by itself, so that the JSON around them stays one. Attributes hold headers and
    /// parameters of requests: what is named like a secret is one, whatever it looks like.
    fn json(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                let key = fields.get("key").and_then(Value::as_str);
                if self.pass.is_some()
                    && key.is_some_and(names_a_secret)
                    && let Some(text) = fields
                        .get_mut("value")
                        .and_then(|value| value.get_mut("stringValue"))
                {
                    *text = Value::from("[redacted]");
                }
                fields.values_mut().for_each(|value| self.json(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    pub(super) fn error(&mut self, error: &mut ReadError) {
        self.text(&mut error.message);
        error
            .attributes
            .values_mut()
            .for_each(|value| self.text(value));
    }
}

/// Lines of one stream in the order of time. Where all have the same time, the marks of a key tell.
fn in_time(page: &LogPage, mut lines: Vec<usize>) -> Vec<usize> {
    let line = |index: Option<&usize>| page.lines.get(*index?);
    let time = |index: Option<&usize>| line(index).map(|line| line.time);
    let is_end_first = || {
        let mut texts = lines.iter().filter_map(|index| page.lines.get(*index));
        let mark = texts.find_map(|line| {
            let is_end = line.text.contains("-----END ");
            (is_end || line.text.contains("-----BEGIN ")).then_some(is_end)
        });
        mark == Some(true)
    };
    let is_backward = match time(lines.first()).cmp(&time(lines.last())) {
        Ordering::Greater => true,
        Ordering::Equal => is_end_first(),
        Ordering::Less => false,
    };
    if is_backward {
        lines.reverse();
    }
    lines
}

/// The lines that lose something, each with a mark for its part of a span.
fn marked_lines(
    pass: &Pass,
    joined: &str,
    places: &[(usize, Range<usize>)],
    spans: &[Span],
) -> Vec<(usize, String)> {
    let mut marked = Vec::new();
    let mut first = 0;
    for (index, place) in places {
        while spans
            .get(first)
            .is_some_and(|span| span.range.end <= place.start)
        {
            first += 1;
        }
        let of_line = spans.iter().skip(first);
        let of_line = of_line.take_while(|span| span.range.start < place.end);
        let within: Vec<Span> = of_line
            .map(|span| Span {
                range: span.range.start.max(place.start) - place.start
                    ..span.range.end.min(place.end) - place.start,
                rule: span.rule,
            })
            .filter(|span| !span.range.is_empty())
            .collect();
        if !within.is_empty() {
            let text = joined.get(place.clone()).unwrap_or_default();
            marked.push((*index, pass.marked(text, &within)));
        }
    }
    marked
}
