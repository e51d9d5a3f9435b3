//! The one result model. Every format is a pure function of it, and its JSON is the public shape of a report.
//!
//! What may differ between a live run and its replay lives in [`Measured`] and nowhere else.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Coverage;
use crate::manifest::{Follows, Layer, ScopeKind, Severity, Symptom};

/// Grows by additions only; a removal or a change of meaning raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// What `-o json` prints.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub schema_version: u32,
    pub runs: Vec<Run>,
}

/// One run of checks against one cluster or recording.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The kubeconfig context's name, or that of the recording.
    pub context: String,
    /// The API server's version, where it said one.
    pub server_version: Option<String>,
    /// The run's frozen clock, RFC 3339.
    pub time: String,
    pub window: Window,
    pub scope: Scope,
    pub symptom: Option<Symptom>,
    /// What the lock's grants allow, in words.
    pub grants: Vec<String>,
    /// Nothing that a check asked for is unknown.
    pub complete: bool,
    pub interrupted: bool,
    /// Texts went through redaction; `--no-redact` leaves them as they are.
    #[serde(default = "yes")]
    pub redacted: bool,
    /// What is failing; absent where nothing is.
    pub extent: Option<Extent>,
    /// One row per check, sorted by id, version and digest.
    pub checks: Vec<CheckRow>,
    pub groups: Vec<Group>,
    /// What changed, where `--changes` asked for it alone.
    #[serde(default)]
    pub changes: Option<Changes>,
    /// What the host read for itself: onsets, changes, what belongs together. No verdict depends on it; absent where
    /// nothing asked for it.
    #[serde(default)]
    pub host_reads: Option<CoverageTable>,
    /// Ignore rules that are over their date, or that nothing matches any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale_ignores: Vec<String>,
    /// How it stands beside the baseline, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    pub counts: Counts,
    /// What differs between a run and its replay.
    pub measured: Measured,
}

#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    pub start: String,
    pub end: String,
}

/// The part of the world that was looked at.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    pub kind: ScopeKind,
    /// Empty for the platform.
    pub name: String,
    /// Empty means every namespace that context and grants let see.
    pub namespaces: Vec<String>,
    pub excluded_namespaces: Vec<String>,
    pub selector: Option<String>,
}

/// How far a failure reaches.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    pub kind: ExtentKind,
    /// Empty for the platform.
    pub names: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtentKind {
    Application,
    Service,
    Namespace,
    Environment,
    Platform,
    /// What is in no namespace: a node, a model, an endpoint.
    Thing,
}

/// What one check came to.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRow {
    /// The manifest's id; the file's name where there is no manifest.
    pub id: String,
    pub version: Option<String>,
    /// `sha256:…` of the component's bytes.
    pub digest: Option<String>,
    /// What the operator named: a path.
    pub source: String,
    pub title: Option<String>,
    pub verdict: Verdict,
    pub skip_reason: Option<SkipReason>,
    /// What the component said of itself, where it said something.
    pub guest_verdict: Option<Verdict>,
    pub outcome: Outcome,
    /// No read of this check is unknown, and it ran to its end.
    pub complete: bool,
    pub summary: String,
    /// What the component says that it does not know, beside what it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// What would mend a row that is refused, incompatible, denied or not configured.
    pub hints: Vec<String>,
    pub findings: Vec<Finding>,
    /// Findings that someone decided to live with; they decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    pub coverage: CoverageTable,
    /// The grant that applied: `lock`, `grants`, `declared` or none.
    pub granted_by: Option<String>,
    /// Lines of the check's own log at level warn and error, and its panic message.
    pub log: Vec<String>,
    pub log_dropped: u64,
}

#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Warn,
    Fail,
    Skip,
    Error,
}

#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    NotApplicable,
    NotConfigured,
    Inconclusive,
    Unknown,
}

/// How the execution ended.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    Completed,
    /// The check said that it could not finish.
    Failed {
        code: Option<String>,
        message: String,
    },
    /// Trap or panic.
    Trapped {
        message: String,
    },
    OutOfTime {
        limit: TimeLimit,
        milliseconds: u64,
    },
    OutOfMemory {
        limit_mib: u64,
    },
    /// Another limit: table, host-call fuel, host calls.
    OverLimit {
        limit: String,
    },
    /// It does not fit this host.
    Incompatible {
        misfits: Vec<Misfit>,
    },
    /// No grant, or one that may not be used.
    Refused {
        reason: String,
    },
    /// A required need has no grant: not started.
    NotStarted {
        reason: String,
    },
    Cancelled,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeLimit {
    Cpu,
    Wall,
}

/// One reason why a component cannot run here, and what would fix it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Misfit {
    /// `BSQ0203`.
    pub code: String,
    pub problem: String,
    pub fix: String,
}

/// Every read of a check, and what is known of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageTable {
    pub complete: bool,
    /// Reads by coverage.
    pub counts: BTreeMap<Coverage, u32>,
    pub reads: Vec<ReadRow>,
    /// Rows left out beyond the host's cap; they are counted above.
    pub omitted: u32,
}

#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadRow {
    /// The number that evidence cites.
    pub read: u32,
    /// `list v1/Pod in data`.
    pub call: String,
    pub coverage: Coverage,
    /// What was said, where it is not complete.
    pub detail: Option<String>,
    /// The line or command that would mend it.
    pub hint: Option<String>,
    /// How often the same call was denied.
    pub times: u32,
}

#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub code: String,
    /// The manifest's words for the code.
    pub meaning: String,
    pub severity: Severity,
    pub layer: Layer,
    pub subject: Subject,
    pub title: String,
    /// RFC 3339.
    pub since: Option<String>,
    pub evidence: Vec<Evidence>,
    pub steps: Vec<Step>,
    /// Whole addresses.
    pub links: Vec<String>,
    pub caused_by: Vec<Cause>,
    /// What it may come from where nothing says more, of the manifest's code.
    #[serde(default)]
    pub follows: Vec<Follows>,
    pub attributes: BTreeMap<String, String>,
    /// Stable over runs: check, code, subject with the owner in place of a generated name, container.
    pub fingerprint: String,
}

/// A finding that is ignored, and why.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// `rule 3` of the file of ignore rules, or `annotation`.
    pub by: String,
    pub reason: String,
    pub finding: Finding,
}

#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Subject {
    #[serde(rename_all = "camelCase")]
    Object {
        api_version: String,
        kind: String,
        namespace: Option<String>,
        name: String,
        uid: Option<String>,
        container: Option<String>,
        attributes: BTreeMap<String, String>,
    },
    Named {
        kind: String,
        name: String,
        attributes: BTreeMap<String, String>,
    },
}

#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    pub read: Option<u32>,
    /// The read that it cites does not exist.
    pub unfounded: bool,
    pub source: String,
    pub value: String,
    pub attributes: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub text: String,
    /// Quoted for a shell, with the run's context, kubeconfig and impersonation.
    pub command: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    pub code: Option<String>,
    pub subject: Option<Subject>,
}

/// How a run differs from the one that it was held against. It changes neither counts nor verdicts.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    pub context: String,
    /// RFC 3339.
    pub time: String,
    /// Fingerprints of findings that it does not have.
    pub new: Vec<String>,
    /// Findings that it has and this run, which could see, has not.
    pub gone: Vec<Finding>,
    /// Findings that it has and this run could not look for.
    pub unknown: Vec<Finding>,
}

/// A root finding with its consequences, by fingerprint.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    pub root: String,
    pub consequences: Vec<String>,
    pub since: Option<String>,
    /// What changed just before, by time.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// Everything that changed in a span.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// RFC 3339.
    pub since: String,
    /// By time.
    pub list: Vec<Change>,
}

/// One change of one object, known from metadata alone.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// RFC 3339.
    pub time: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    /// `application postgresql synced 4f1c2d3`.
    pub text: String,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub pass: u32,
    pub warn: u32,
    pub fail: u32,
    pub skip: u32,
    pub error: u32,
    pub findings: u32,
    /// Findings that are ignored; they are not among the others.
    #[serde(default)]
    pub ignored: u32,
}

/// Durations, requests, bytes, memory and cache hits.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    pub host_version: String,
    pub replayed: bool,
    pub duration_ms: u64,
    pub requests: u64,
    pub bytes: u64,
    pub peak_memory_bytes: Option<u64>,
    pub checks: BTreeMap<String, MeasuredCheck>,
    /// Every request that left the host.
    pub egress: Vec<EgressRow>,
    /// What redaction found while this was read live, by place and rule.
    #[serde(default)]
    pub redaction: Vec<RedactionHits>,
}

/// How often a rule of redaction found something in one kind of place.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedactionHits {
    /// A kind, `pod logs`, `endpoint NAME`.
    pub place: String,
    pub rule: String,
    pub hits: u64,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeasuredCheck {
    pub duration_ms: u64,
    pub cpu_ms: u64,
    pub host_calls: u64,
    pub bytes_in: u64,
    /// Reads answered without a new request.
    pub shared_reads: u64,
    pub peak_memory_bytes: u64,
    pub compiled_from_cache: bool,
}

/// Requests of one kind to one place.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EgressRow {
    /// `https://10.0.0.1:6443`.
    pub origin: String,
    pub method: String,
    /// Without query and continue tokens.
    pub path: String,
    pub requests: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// HTTP status codes, what a look-up or a handshake came to, or `failed`, and how often.
    pub answers: BTreeMap<String, u64>,
}
