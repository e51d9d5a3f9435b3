//! What a recording holds, line by line: for the people who decide whether to send it, and for those who open it.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Serialize;
use serde_json::{Value, json};

use super::format::{Header, Line};
use super::reader::RecordingReader;
use super::replay::describe;
use crate::capability::{Answer, Body, Coverage, Request};
use crate::report::model::{CheckRow, Run};
use crate::ui::Fault;

/// Everything that a recording holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    pub header: Header,
    pub items: Vec<Item>,
    /// It was not cut off.
    pub complete: bool,
    /// The hash over all lines.
    pub hash: String,
    pub bytes: u64,
}

/// One line behind the header.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The line's number in the file; the header is 1.
    pub line: u64,
    /// `the list of v1/Pod`.
    pub what: String,
    /// What came of the read; of other lines there is none.
    pub coverage: Option<Coverage>,
    /// Objects, log lines or series.
    pub count: Option<usize>,
    pub bytes: u64,
    #[serde(skip)]
    taken: Taken,
}

/// What a line holds, whole.
#[derive(Clone, Debug)]
pub enum Taken {
    Read(Box<(Request, Answer)>),
    /// An execution that time or memory ended.
    Outcome(Box<CheckRow>),
    /// What was seen of another environment.
    Environment(Box<Run>),
    /// The trailer, or what a later version adds.
    Other(Value),
}

/// Read a recording to its last whole line.
pub fn contents(mut reader: RecordingReader<impl BufRead>) -> Result<Contents, Fault> {
    let mut items = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        items.push(Item::of(entry.number, entry.bytes, entry.line));
    }
    Ok(Contents {
        header: reader.header().clone(),
        complete: reader.is_complete(),
        hash: reader.hash(),
        bytes: reader.bytes(),
        items,
    })
}

impl Contents {
    /// Bytes and number of reads by what was read.
    pub fn by_kind(&self) -> BTreeMap<&str, (usize, u64)> {
        let mut kinds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
        for item in self.items.iter().filter(|item| item.coverage.is_some()) {
            let (reads, bytes) = kinds.entry(&item.what).or_default();
            *reads += 1;
            *bytes += item.bytes;
        }
        kinds
    }
}

impl Item {
    fn of(line: u64, bytes: u64, content: Line) -> Self {
        let item = |what: String, taken| Self {
            line,
            what,
            coverage: None,
            count: None,
            bytes,
            taken,
        };
        match content {
            Line::Read { request, answer } => Self {
                coverage: Some(coverage(&answer)),
                count: answer.as_ref().ok().and_then(count),
                ..item(describe(&request), Taken::Read(Box::new((request, answer))))
            },
            Line::Outcome(row) => item(format!("how {} ended", row.id), Taken::Outcome(row)),
            Line::Environment(run) => item(
                format!("the report of {}", run.context),
                Taken::Environment(run),
            ),
            Line::Trailer {
                reads,
                outcomes,
                redaction,
            } => {
                let end = json!({ "reads": reads, "outcomes": outcomes, "redaction": redaction });
                item("the end".to_owned(), Taken::Other(end))
            }
            Line::Unknown => item("of a later version".to_owned(), Taken::Other(Value::Null)),
            Line::Header(header) => item("the header".to_owned(), Taken::Other(value(&header))),
        }
    }

    /// What the line holds.
    pub fn taken(&self) -> &Taken {
        &self.taken
    }
}

impl Taken {
    /// As one JSON value. Objects come as the API server gave them, pruned.
    pub fn json(&self) -> Value {
        match self {
            Self::Other(value) => value.clone(),
            Self::Outcome(row) => value(row),
            Self::Environment(run) => value(run),
            Self::Read(read) => {
                let (request, answer) = read.as_ref();
                json!({ "request": value(request), "answer": value(answer) })
            }
        }
    }
}

fn value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn coverage(answer: &Answer) -> Coverage {
    match answer {
        Ok(body) if is_cut(body) => Coverage::Truncated,
        Ok(Body::List(page)) if page.invalid > 0 => Coverage::Invalid,
        Ok(_) => Coverage::Complete,
        Err(error) => error.code.coverage(),
    }
}

fn is_cut(body: &Body) -> bool {
    match body {
        Body::List(page) => page.truncated,
        Body::PodLog(log) => log.truncated,
        Body::Http(answer) => answer.truncated,
        Body::Logs(page) => page.truncated,
        _ => false,
    }
}

fn count(body: &Body) -> Option<usize> {
    match body {
        Body::List(page) => Some(page.rows.len()),
        Body::Object(_) => Some(1),
        Body::PodLog(log) => Some(log.text.lines().count()),
        Body::Logs(page) => Some(page.lines.len()),
        Body::Metrics(answer) => Some(answer.series.len()),
        Body::Traces(found) => Some(found.traces.len()),
        _ => None,
    }
}
