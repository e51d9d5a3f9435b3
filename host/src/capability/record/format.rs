//! The lines of a recording and the hash chain over them.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::capability::{Answer, Request};
use crate::manifest::Symptom;
use crate::report::model::{CheckRow, RedactionHits, Run, Scope, Window};
use crate::settings::file::EnvSection;
use crate::settings::graph::GraphSection;

/// The version of this format. A reader refuses a newer one and reads every older one.
pub const FORMAT: u32 = 2;

/// One line. A page of 500 large objects has a few mebibytes; a line beyond this is no recording of this host, and would
/// be held in memory as a whole.
pub(super) const MAX_LINE_BYTES: u64 = 64 << 20;

/// The whole file, which a replay holds in memory. Ten thousand pods and what belongs to them take a tenth of it.
pub(super) const MAX_BYTES: u64 = 1 << 30;

const BEFORE_HASH: &[u8] = b"{\"hash\":\"";
const BEFORE_LINE: &[u8] = b"\",\"line\":";
const AFTER_LINE: &[u8] = b"}";

/// Whether a line that is not sound was written as one of a recording: one wrong byte leaves the beginning of the line or
/// that of its content.
pub(super) fn is_of_recording(line: &[u8]) -> bool {
    let has = |part: &[u8]| line.windows(part.len()).any(|window| window == part);
    line.starts_with(BEFORE_HASH) || has(BEFORE_LINE)
}

/// What a replay needs to know of the run, but for its reads.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    pub format: u32,
    pub host_version: String,
    /// Who recorded it: the name that they were logged in by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
    /// The kubeconfig context's name.
    pub context: String,
    pub server_version: Option<String>,
    /// The run's frozen clock, RFC 3339.
    pub time: String,
    pub window: Window,
    pub scope: Scope,
    pub symptom: Option<Symptom>,
    /// Of the randomness that components get.
    pub seed: u64,
    pub checks: Vec<RecordedCheck>,
    /// What the grants allowed, in words.
    pub grants: Vec<String>,
    /// What a printed `kubectl` command carries to reach the same cluster as the same user.
    pub kubectl: Vec<String>,
    /// Names of the configured endpoints, without their addresses.
    pub endpoints: Vec<String>,
    /// What the site added to the dependency graph.
    #[serde(default, skip_serializing_if = "GraphSection::is_empty")]
    pub graph: GraphSection,
    /// The site's environments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, EnvSection>,
    /// Texts went through redaction.
    #[serde(default = "yes")]
    pub redacted: bool,
    /// Names, hosts and addresses are tokens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pseudonymised: bool,
}

fn yes() -> bool {
    true
}

/// One check of the run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordedCheck {
    pub id: String,
    pub version: Option<String>,
    pub digest: Option<String>,
    /// The settings that it got.
    pub settings: serde_json::Value,
}

/// What a line holds.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one exists at a time, and nearly all are reads"
)]
pub(super) enum Line {
    Header(Box<Header>),
    Read {
        request: Request,
        answer: Answer,
    },
    Outcome(Box<CheckRow>),
    Environment(Box<Run>),
    Trailer {
        reads: u64,
        outcomes: u64,
        #[serde(default)]
        redaction: Vec<RedactionHits>,
    },
    /// What a later minor version adds; this one lives without.
    #[serde(skip)]
    Unknown,
}

/// The kinds of lines that this version knows, as they are written.
const KINDS: [&str; 5] = ["header", "read", "outcome", "environment", "trailer"];

impl Line {
    pub(super) fn of(content: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(content).or_else(|error| {
            let kinds: BTreeMap<String, serde::de::IgnoredAny> = serde_json::from_slice(content)?;
            match kinds.keys().next() {
                Some(kind) if !KINDS.contains(&kind.as_str()) => Ok(Self::Unknown),
                _ => Err(error),
            }
        })
    }
}

/// The same, borrowed, to be written.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineRef<'a> {
    Header(&'a Header),
    Read {
        request: &'a Request,
        answer: &'a Answer,
    },
    Outcome(&'a CheckRow),
    /// What was seen of another environment.
    Environment(&'a Run),
    Trailer {
        reads: u64,
        outcomes: u64,
        /// What redaction found, by place and rule.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        redaction: &'a [RedactionHits],
    },
}

/// The first line, as far as every version of the format has it.
#[derive(Deserialize)]
pub(super) struct Peek {
    pub(super) header: PeekHeader,
}

#[derive(Deserialize)]
pub(super) struct PeekHeader {
    pub(super) format: u32,
}

/// The running hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain([u8; 32]);

impl Chain {
    /// Add a line; its hash in hexadecimal.
    fn add(&mut self, content: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(content);
        self.0 = hash.finalize().into();
        self.hash()
    }

    /// The hash over all lines so far, in hexadecimal.
    pub(super) fn hash(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Write one line with its hash, at once, so that an interrupted file ends with a whole line wherever it can.
    pub(super) fn write(&mut self, out: &mut impl Write, line: &LineRef<'_>) -> io::Result<()> {
        self.write_content(out, serde_json::to_vec(line)?)
    }

    /// The same for what is a line already.
    pub(super) fn write_content(
        &mut self,
        out: &mut impl Write,
        mut content: Vec<u8>,
    ) -> io::Result<()> {
        // Between the tokens of an object's text there may be line breaks; within its strings there cannot.
        for byte in &mut content {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        let hash = self.add(&content);
        let parts = [
            BEFORE_HASH,
            hash.as_bytes(),
            BEFORE_LINE,
            &content,
            AFTER_LINE,
            b"\n",
        ];
        out.write_all(&parts.concat())
    }

    /// Whether the line's hash is that of its content and of all before it.
    pub(super) fn accepts(&mut self, framed: &Framed<'_>) -> bool {
        self.add(framed.content).as_bytes() == framed.hash
    }
}

/// A line taken apart.
pub(super) struct Framed<'a> {
    hash: &'a [u8],
    pub(super) content: &'a [u8],
}

impl<'a> Framed<'a> {
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(BEFORE_HASH)?;
        let (hash, rest) = rest.split_at_checked(64)?;
        let content = rest.strip_prefix(BEFORE_LINE)?.strip_suffix(AFTER_LINE)?;
        Some(Self { hash, content })
    }
}

/// One raw line.
pub(super) enum RawLine {
    Whole(Vec<u8>),
    /// The file ends within it.
    Cut,
    TooLong,
    End,
}

/// The next line, without its line break.
pub(super) fn next_line(reader: &mut impl BufRead) -> io::Result<RawLine> {
    let mut line = Vec::new();
    reader
        .by_ref()
        .take(MAX_LINE_BYTES + 1)
        .read_until(b'\n', &mut line)?;
    Ok(match line.pop() {
        None => RawLine::End,
        Some(b'\n') => RawLine::Whole(line),
        Some(_) if line.len() as u64 >= MAX_LINE_BYTES => RawLine::TooLong,
        Some(_) => RawLine::Cut,
    })
}
