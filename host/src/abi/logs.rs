//! `bsq:logs`: log lines by structured selector.
//!
//! The host adds to the selector what the grant and the run's scope leave of the namespaces. Where the site has no log
//! store, [`super::pod_logs`] reads the logs of containers instead.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use jiff::Timestamp;

use super::bindings::bsq::logs::query::{self, Direction, Error, MatchKind as GuestMatch, Page};
use super::calls::Came;
use super::pipeline::{Got, other_body};
use crate::capability::view::{Asked, out_of_scope};
use crate::capability::{
    Body, Coverage, ErrorCode, LabelMatch, LogPage, LogsRequest, MatchKind, ReadError, Request,
    TextMatch,
};
use crate::engine::{RunContext, Span, State};
use crate::grant::{Allowed, Call, Gate, Namespaces};

/// The label by which log stores and grants tell namespaces apart.
const NAMESPACE_LABEL: &str = "namespace";

/// Matches and words of one selector. A query of more than these is generated, not written.
const MAX_MATCHES: usize = 100;
const MAX_SELECTOR_BYTES: usize = 8 << 10;

impl query::Host for State {
    async fn query(&mut self, request: query::Request) -> wasmtime::Result<Result<Page, Error>> {
        let text = format!(
            "logs `{}` where {}",
            request.source,
            describe(&request.selector)
        );
        let (labels, words) = selector(&request.selector);
        let decoded = check(&request).map(|()| Call::Logs {
            source: &request.source,
            labels: &labels,
            text: &words,
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let read = self
            .run
            .log_read(&admitted.allowed, &request, labels, words);
        let answer = match read {
            Ok(read) => self.run.log_page(read, &admitted.allowed, &self.gate).await,
            Err(error) => Err(error),
        };
        let has_withheld = admitted.has_withheld();
        Ok(match self.settle(admitted, answer) {
            Ok((read, page)) => Ok(Page {
                truncated: page.truncated || has_withheld,
                ..encode(read, page)
            }),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    /// The read within grant, scope and window.
    fn log_read(
        &self,
        allowed: &Allowed,
        request: &query::Request,
        mut labels: Vec<LabelMatch>,
        text: Vec<TextMatch>,
    ) -> Result<LogsRequest, ReadError> {
        let granted = allowed.namespaces.as_ref().unwrap_or(&Namespaces::All);
        let (kind, names) = match self.scope.narrow(granted) {
            Some(names) if names.is_empty() => {
                return Err(out_of_scope(&format!("logs `{}`", request.source)));
            }
            Some(names) => (MatchKind::OneOf, names),
            None => (MatchKind::NoneOf, self.scope.excluded.clone()),
        };
        if !names.is_empty() {
            labels.push(LabelMatch {
                name: NAMESPACE_LABEL.to_owned(),
                kind,
                values: names.into_iter().collect(),
            });
        }
        let (start, end) = narrow(&self.window, request)?;
        let limit = match request.limit {
            0 => allowed.lines,
            limit => limit.min(allowed.lines),
        };
        Ok(LogsRequest {
            labels,
            text,
            start,
            end,
            backward: matches!(request.direction, Direction::Backward),
            limit,
        })
    }

    async fn log_page(
        &self,
        read: LogsRequest,
        allowed: &Allowed,
        gate: &Gate,
    ) -> Result<Got<LogPage>, ReadError> {
        let asked = self.ask(Request::Logs(read.clone())).await;
        let Asked { value, is_shared } = asked;
        let page = match value {
            Ok(Body::Logs(page)) => page,
            Ok(other) => return Err(other_body(other)),
            Err(error) if error.code == ErrorCode::NotConfigured => {
                let granted = allowed.namespaces.as_ref().unwrap_or(&Namespaces::All);
                self.logs_of_pods(&read, granted, gate, error).await?
            }
            Err(error) => return Err(error),
        };
        let came = if page.truncated {
            let detail = format!("{} lines came, and there are more", page.lines.len());
            Came::partly(Coverage::Truncated, detail)
        } else {
            Came::complete()
        };
        Ok(Got {
            bytes: size(&page),
            value: page,
            came,
            is_shared,
        })
    }
}

/// A time as the contract writes it.
pub(super) fn time(what: &str, text: &str) -> Result<Timestamp, ReadError> {
    Timestamp::from_str(text).map_err(|_| {
        let text = super::text::line(text, 64);
        ReadError::new(
            ErrorCode::Invalid,
            format!("`{what}` is `{text}`, which is no RFC 3339 time"),
        )
    })
}

/// The part of the run's window that is asked for.
fn narrow(window: &Span, request: &query::Request) -> Result<(String, String), ReadError> {
    let start = time("start", &request.start)?.max(window.start);
    let end = time("end", &request.end)?.min(window.end);
    if start >= end {
        let message = "the time that is asked for lies outside of the run's window";
        return Err(ReadError::new(ErrorCode::Invalid, message));
    }
    Ok((start.to_string(), end.to_string()))
}

fn check(request: &query::Request) -> Result<(), ReadError> {
    let labels = &request.selector.labels;
    let text = &request.selector.text;
    let values = labels.iter().flat_map(|label| &label.values);
    let words = text.iter().flat_map(|text| &text.words);
    let all: Vec<usize> = values.chain(words).map(String::len).collect();
    let names: usize = labels.iter().map(|label| label.name.len()).sum();
    let is_large = all.len() + labels.len() + text.len() > MAX_MATCHES
        || all.iter().sum::<usize>() + names > MAX_SELECTOR_BYTES;
    if is_large {
        let message = format!(
            "a selector has at most {MAX_MATCHES} values and words, and {MAX_SELECTOR_BYTES} bytes"
        );
        return Err(ReadError::new(ErrorCode::Invalid, message));
    }
    time("start", &request.start)?;
    time("end", &request.end)?;
    Ok(())
}

fn selector(selector: &query::Selector) -> (Vec<LabelMatch>, Vec<TextMatch>) {
    let labels = selector.labels.iter().map(|label| LabelMatch {
        name: label.name.clone(),
        kind: match label.match_ {
            GuestMatch::Equal => MatchKind::Equal,
            GuestMatch::NotEqual => MatchKind::NotEqual,
            GuestMatch::OneOf => MatchKind::OneOf,
            GuestMatch::NoneOf => MatchKind::NoneOf,
        },
        values: label.values.clone(),
    });
    let text = selector.text.iter().map(|text| TextMatch {
        words: text.words.clone(),
        negate: text.negate,
    });
    (labels.collect(), text.collect())
}

/// The selector in a few words.
fn describe(selector: &query::Selector) -> String {
    let labels = selector.labels.iter().map(|label| {
        let sign = match label.match_ {
            GuestMatch::Equal | GuestMatch::OneOf => "=",
            GuestMatch::NotEqual | GuestMatch::NoneOf => "!=",
        };
        format!("{}{sign}{}", label.name, label.values.join("|"))
    });
    let text = selector.text.iter().map(|text| {
        let sign = if text.negate { "without " } else { "with " };
        format!("{sign}{}", text.words.join("|"))
    });
    labels.chain(text).collect::<Vec<_>>().join(", ")
}

fn encode(read: u32, page: LogPage) -> Page {
    Page {
        read,
        streams: page
            .streams
            .into_iter()
            .map(|labels| labels.into_iter().collect())
            .collect(),
        lines: page
            .lines
            .into_iter()
            .map(|line| query::Line {
                time: line.time,
                stream: line.stream,
                text: line.text,
            })
            .collect(),
        truncated: page.truncated,
        backend: page.backend,
        attributes: Vec::new(),
    }
}

fn size(page: &LogPage) -> u64 {
    let lines: usize = page.lines.iter().map(|line| line.text.len() + 16).sum();
    let labels: usize = page
        .streams
        .iter()
        .flatten()
        .map(|(name, value)| name.len() + value.len() + 16)
        .sum();
    (lines + labels) as u64
}

/// Namespaces that a selector comes down to, where it names some.
pub(super) fn named_namespaces(labels: &[LabelMatch]) -> Option<BTreeSet<String>> {
    labels
        .iter()
        .filter(|label| label.name == NAMESPACE_LABEL)
        .filter(|label| matches!(label.kind, MatchKind::Equal | MatchKind::OneOf))
        .map(|label| label.values.iter().cloned().collect::<BTreeSet<_>>())
        .reduce(|one, other| one.intersection(&other).cloned().collect())
}
