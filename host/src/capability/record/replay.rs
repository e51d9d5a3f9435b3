//! Answer from a recording. Nothing here can reach a network.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::format::{
    Chain, FORMAT, Framed, Header, Line, MAX_BYTES, MAX_LINE_BYTES, Peek, RawLine, next_line,
};
use crate::capability::{
    Answer, Body, ErrorCode, ListPage, ListRequest, Mask, ObjectRequest, ReadError, Reads, Request,
    Row,
};
use crate::report::model::{CheckRow, RedactionHits, Run};
use crate::ui::Fault;

/// Pages of one list that a replay follows: a thousand pages are half a million objects, and a recording whose cursors
/// form a circle ends here.
const MAX_PAGES: usize = 1_000;

/// A recording, ready to answer.
#[derive(Debug)]
pub struct Replay {
    header: Header,
    is_complete: bool,
    reads: HashMap<Request, Answers>,
    outcomes: Vec<CheckRow>,
    environments: Vec<Run>,
    redaction: Vec<RedactionHits>,
}

/// The answers to one request, in their order; the last one is repeated.
#[derive(Debug, Default)]
struct Answers {
    recorded: Vec<Recorded>,
    given: AtomicUsize,
}

#[derive(Debug)]
struct Recorded {
    mask: Mask,
    facts: bool,
    answer: Answer,
}

impl Replay {
    /// Open a recording.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let shown = path.display().to_string();
        let cannot = |error: std::io::Error| {
            Fault::new("BSQ0501", format!("cannot read the recording `{shown}`"))
                .because(error)
                .hint(format!("check the path with `ls -l {shown}`"))
        };
        let file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if !metadata.is_file() {
            return Err(no_recording(&shown));
        }
        if metadata.len() > MAX_BYTES {
            return Err(too_large(&shown));
        }
        Self::read_from(BufReader::with_capacity(1 << 16, file), &shown)
    }

    /// Read a recording; `shown` names it in errors.
    pub fn read_from(mut reader: impl BufRead, shown: &str) -> Result<Self, Fault> {
        let mut chain = Chain::default();
        let mut replay = Self::begin(&mut reader, &mut chain, shown)?;
        let mut number = 1_u64;
        let mut reads = 0_u64;
        loop {
            number += 1;
            let raw = next_line(&mut reader).map_err(|error| unreadable(shown, error))?;
            let line = match raw {
                RawLine::Whole(line) => line,
                RawLine::Cut | RawLine::End => return Ok(replay),
                RawLine::TooLong => return Err(too_large(shown)),
            };
            if replay.is_complete {
                return Err(edited(shown, number));
            }
            let framed = Framed::of(&line).filter(|framed| chain.accepts(framed));
            let framed = framed.ok_or_else(|| edited(shown, number))?;
            let line = serde_json::from_slice(framed.content)
                .map_err(|error| undecodable(shown, number, error))?;
            match line {
                Line::Header(_) => return Err(edited(shown, number)),
                Line::Read { request, answer } => {
                    reads += 1;
                    replay.keep(&request, answer);
                }
                Line::Outcome(row) => replay.outcomes.push(*row),
                Line::Environment(run) => replay.environments.push(*run),
                Line::Trailer {
                    reads: counted,
                    outcomes,
                    redaction,
                } => {
                    if counted != reads || outcomes != replay.outcomes.len() as u64 {
                        return Err(edited(shown, number));
                    }
                    replay.redaction = redaction;
                    replay.is_complete = true;
                }
            }
        }
    }

    /// The first line.
    fn begin(reader: &mut impl BufRead, chain: &mut Chain, shown: &str) -> Result<Self, Fault> {
        let raw = next_line(reader).map_err(|error| unreadable(shown, error))?;
        let RawLine::Whole(line) = raw else {
            return Err(no_recording(shown));
        };
        let framed = Framed::of(&line).ok_or_else(|| no_recording(shown))?;
        let peek: Peek = serde_json::from_slice(framed.content).map_err(|_| no_recording(shown))?;
        if peek.header.format > FORMAT {
            return Err(newer(shown, peek.header.format));
        }
        if !chain.accepts(&framed) {
            return Err(edited(shown, 1));
        }
        let line =
            serde_json::from_slice(framed.content).map_err(|error| undecodable(shown, 1, error))?;
        match line {
            Line::Header(header) => Ok(Self {
                header: *header,
                is_complete: false,
                reads: HashMap::new(),
                outcomes: Vec::new(),
                environments: Vec::new(),
                redaction: Vec::new(),
            }),
            _ => Err(no_recording(shown)),
        }
    }

    fn keep(&mut self, request: &Request, answer: Answer) {
        let (key, mask, facts) = key(request);
        self.reads.entry(key).or_default().recorded.push(Recorded {
            mask,
            facts,
            answer,
        });
    }

    /// What the run was.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The recording was not cut off: what it lacks was not asked for.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The row of an execution of this component that time or memory ended.
    pub fn outcome(&self, id: &str, digest: &str) -> Option<&CheckRow> {
        self.outcomes
            .iter()
            .find(|row| row.id == id && row.digest.as_deref() == Some(digest))
    }

    /// What redaction found when it was recorded; nothing where it was cut off.
    pub fn redaction(&self) -> &[RedactionHits] {
        &self.redaction
    }

    /// Other environments that were looked at in the same run.
    pub fn environments(&self) -> &[Run] {
        &self.environments
    }

    fn answer(&self, request: &Request) -> Answer {
        let (key, mask, facts) = key(request);
        if let Some(recorded) = self.reads.get(&key).and_then(Answers::next) {
            return if recorded.covers(&mask, facts) {
                recorded.answer.clone()
            } else {
                Err(not_collected(request, "holds fewer fields of"))
            };
        }
        let derived = match request {
            Request::Get(request) => self.object_of_list(request),
            Request::List(request) => self.part_of_list(request),
            _ => None,
        };
        derived.unwrap_or_else(|| Err(not_collected(request, "does not hold")))
    }

    /// An object that was not read by itself, from a whole list of its kind.
    fn object_of_list(&self, request: &ObjectRequest) -> Option<Answer> {
        let list = |namespace: Option<&String>| {
            self.whole_list(&ListRequest {
                resource: request.resource.clone(),
                namespace: namespace.cloned(),
                mask: request.mask.clone(),
                facts: request.facts,
                cursor: None,
            })
        };
        let rows = list(None).or_else(|| list(Some(request.namespace.as_ref()?)))?;
        let row = rows.into_iter().find(|row| {
            *row.name == *request.name && row.namespace.as_deref() == request.namespace.as_deref()
        });
        Some(match row {
            Some(row) => Ok(Body::Object(row.clone())),
            None => Err(ReadError::new(
                ErrorCode::Absent,
                format!("{} {} does not exist", request.resource.kind, request.name),
            )),
        })
    }

    /// The list of one namespace, from a whole list of the cluster.
    fn part_of_list(&self, request: &ListRequest) -> Option<Answer> {
        let namespace = request.namespace.as_deref()?;
        if request.cursor.is_some() {
            return None;
        }
        let rows = self.whole_list(&ListRequest {
            namespace: None,
            ..request.clone()
        })?;
        let rows = rows
            .into_iter()
            .filter(|row| row.namespace.as_deref() == Some(namespace))
            .cloned()
            .collect();
        Some(Ok(Body::List(ListPage {
            rows,
            resource_version: String::new(),
            next: None,
            truncated: false,
            invalid: 0,
        })))
    }

    /// All rows of a list, if all of its pages are there, whole and with the asked fields.
    fn whole_list(&self, request: &ListRequest) -> Option<Vec<&Row>> {
        let mut rows = Vec::new();
        let mut request = request.clone();
        for _ in 0..MAX_PAGES {
            let (key, mask, facts) = key(&Request::List(request.clone()));
            let recorded = self.reads.get(&key)?.recorded.last()?;
            let Ok(Body::List(page)) = &recorded.answer else {
                return None;
            };
            if page.truncated || page.invalid > 0 || !recorded.covers(&mask, facts) {
                return None;
            }
            rows.extend(&page.rows);
            match &page.next {
                Some(next) => request.cursor = Some(next.clone()),
                None => return Some(rows),
            }
        }
        None
    }
}

impl Answers {
    fn next(&self) -> Option<&Recorded> {
        let index = self.given.fetch_add(1, Ordering::Relaxed);
        self.recorded.get(index).or_else(|| self.recorded.last())
    }
}

impl Recorded {
    fn covers(&self, mask: &Mask, facts: bool) -> bool {
        // What is not an object has no fields that could lack.
        let has_objects = matches!(self.answer, Ok(Body::List(_) | Body::Object(_)));
        !has_objects || (self.mask.covers(mask) && (self.facts || !facts))
    }
}

#[async_trait]
impl Reads for Replay {
    async fn read(&self, request: &Request) -> Answer {
        self.answer(request)
    }
}

/// A request without its mask: another set of checks asks for another union of fields of the same objects. The names of a
/// log query are a set; a check sorts them, and tokens in place of names sort differently.
fn key(request: &Request) -> (Request, Mask, bool) {
    let mut key = request.clone();
    let (mask, facts) = match &mut key {
        Request::List(request) => (
            std::mem::take(&mut request.mask),
            std::mem::take(&mut request.facts),
        ),
        Request::Get(request) => (
            std::mem::take(&mut request.mask),
            std::mem::take(&mut request.facts),
        ),
        Request::Logs(request) => {
            let labels = request.labels.iter_mut();
            labels.for_each(|label| label.values.sort());
            (Mask::default(), false)
        }
        _ => (Mask::default(), false),
    };
    (key, mask, facts)
}

fn not_collected(request: &Request, how: &str) -> ReadError {
    ReadError::new(
        ErrorCode::NotCollected,
        format!("the recording {how} {}", describe(request)),
    )
}

fn describe(request: &Request) -> String {
    let place = |namespace: Option<&String>| {
        namespace.map_or_else(String::new, |namespace| format!(" in {namespace}"))
    };
    match request {
        Request::List(request) => format!(
            "the list of {}{}",
            request.resource.kind,
            place(request.namespace.as_ref())
        ),
        Request::Get(request) => format!(
            "{} {}{}",
            request.resource.kind,
            request.name,
            place(request.namespace.as_ref())
        ),
        Request::Kinds => "the served kinds".to_owned(),
        Request::Version => "the server's version".to_owned(),
        Request::PodLog(request) => {
            format!("this log of pod {} in {}", request.pod, request.namespace)
        }
        Request::Http(request) => {
            format!(
                "{} {} of {}",
                request.method, request.path, request.endpoint
            )
        }
        Request::Credential { endpoint } => format!("the credential facts of {endpoint}"),
        Request::Logs(_) => "this log query".to_owned(),
        Request::Metrics(request) => format!("the metric query `{}`", request.query),
        Request::Traces(request) => format!("the trace search `{}`", request.query),
        Request::Trace { id } => format!("trace {id}"),
        Request::Resolve { host } => format!("the addresses of {host}"),
        Request::Handshake { host, port } => format!("the handshake with {host}:{port}"),
    }
}

fn unreadable(shown: &str, error: std::io::Error) -> Fault {
    Fault::new("BSQ0501", format!("cannot read the recording `{shown}`"))
        .because(error)
        .hint(format!("copy `{shown}` again from where it was made"))
}

fn no_recording(shown: &str) -> Fault {
    Fault::new("BSQ0501", format!("`{shown}` is no recording"))
        .hint("make one with `bsq-host run --record FILE`")
}

fn newer(shown: &str, format: u32) -> Fault {
    Fault::new(
        "BSQ0502",
        format!("`{shown}` has format {format}; this host reads up to {FORMAT}"),
    )
    .hint("replay it with the bsq-host that made it, or a newer one")
}

fn edited(shown: &str, line: u64) -> Fault {
    Fault::new(
        "BSQ0503",
        format!("`{shown}` was changed after it was recorded: line {line} does not match its hash"),
    )
    .hint(format!(
        "copy `{shown}` again from where it was made, or record again"
    ))
}

fn undecodable(shown: &str, line: u64, error: serde_json::Error) -> Fault {
    Fault::new("BSQ0503", format!("`{shown}` line {line} does not decode"))
        .because(error)
        .hint("replay it with the bsq-host that made it")
}

fn too_large(shown: &str) -> Fault {
    Fault::new(
        "BSQ0504",
        format!(
            "`{shown}` is larger than a recording can be ({} MiB, {} MiB a line)",
            MAX_BYTES >> 20,
            MAX_LINE_BYTES >> 20
        ),
    )
    .hint("record again with a narrower scope, such as `-n NAMESPACE`")
}
