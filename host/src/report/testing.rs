//! Reports by hand, for tests: each builder begins with something plain, and a test says only what matters to it.

use std::collections::BTreeMap;

use super::model::{
    Cause, CheckRow, Counts, CoverageTable, EgressRow, Evidence, Finding, Group, Measured, Outcome,
    ReadRow, Report, Run, SCHEMA_VERSION, SkipReason, Step, Subject, Verdict, Window,
};
use crate::capability::Coverage;
use crate::manifest::{Follows, Layer, Severity};
use crate::run::graph::Graph;
use crate::run::groups::{Ground, Surroundings, group};
use crate::settings::graph::GraphSection;

pub(crate) fn named(kind: &str, name: &str) -> Subject {
    Subject::Named {
        kind: kind.to_owned(),
        name: name.to_owned(),
        attributes: BTreeMap::new(),
    }
}

pub(crate) fn object(
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
) -> Subject {
    Subject::Object {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        uid: None,
        container: None,
        attributes: BTreeMap::new(),
    }
}

pub(crate) fn pod(namespace: &str, name: &str, owner: Option<(&str, &str)>) -> Subject {
    let mut pod = object("v1", "Pod", Some(namespace), name);
    if let (Subject::Object { attributes, .. }, Some((kind, name))) = (&mut pod, owner) {
        attributes.insert("owner-kind".to_owned(), kind.to_owned());
        attributes.insert("owner-name".to_owned(), name.to_owned());
    }
    pod
}

pub(crate) struct FindingBuilder(Finding);

/// A finding of high severity in the data layer, about a pod of its own name.
pub(crate) fn finding(fingerprint: &str, code: &str) -> FindingBuilder {
    FindingBuilder(Finding {
        code: code.to_owned(),
        meaning: "something is wrong".to_owned(),
        severity: Severity::High,
        layer: Layer::Data,
        subject: pod("data", fingerprint, None),
        title: format!("data/{fingerprint} is wrong"),
        since: None,
        evidence: Vec::new(),
        steps: Vec::new(),
        links: Vec::new(),
        caused_by: Vec::new(),
        follows: Vec::new(),
        attributes: BTreeMap::new(),
        fingerprint: fingerprint.to_owned(),
    })
}

impl FindingBuilder {
    pub(crate) fn build(self) -> Finding {
        self.0
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }

    pub(crate) fn follows(mut self, ways: &[Follows]) -> Self {
        self.0.follows = ways.to_vec();
        self
    }

    pub(crate) fn layer(mut self, layer: Layer) -> Self {
        self.0.layer = layer;
        self
    }

    pub(crate) fn subject(mut self, subject: Subject) -> Self {
        self.0.subject = subject;
        self
    }

    pub(crate) fn container(mut self, name: &str) -> Self {
        if let Subject::Object { container, .. } = &mut self.0.subject {
            *container = Some(name.to_owned());
        }
        self
    }

    pub(crate) fn title(mut self, title: &str) -> Self {
        self.0.title = title.to_owned();
        self
    }

    pub(crate) fn meaning(mut self, meaning: &str) -> Self {
        self.0.meaning = meaning.to_owned();
        self
    }

    pub(crate) fn since(mut self, since: &str) -> Self {
        self.0.since = Some(since.to_owned());
        self
    }

    pub(crate) fn evidence(mut self, read: u32, source: &str, value: &str) -> Self {
        self.0.evidence.push(Evidence {
            read: Some(read),
            unfounded: false,
            source: source.to_owned(),
            value: value.to_owned(),
            attributes: BTreeMap::new(),
        });
        self
    }

    pub(crate) fn unfounded(mut self, source: &str, value: &str) -> Self {
        self.0.evidence.push(Evidence {
            read: Some(99),
            unfounded: true,
            source: source.to_owned(),
            value: value.to_owned(),
            attributes: BTreeMap::new(),
        });
        self
    }

    pub(crate) fn look(mut self, command: &str) -> Self {
        self.0.steps.push(Step {
            text: String::new(),
            command: Some(command.to_owned()),
        });
        self
    }

    pub(crate) fn link(mut self, link: &str) -> Self {
        self.0.links.push(link.to_owned());
        self
    }

    pub(crate) fn caused_by_code(mut self, code: &str) -> Self {
        self.0.caused_by.push(Cause {
            code: Some(code.to_owned()),
            subject: None,
        });
        self
    }

    pub(crate) fn caused_by_subject(mut self, subject: Subject) -> Self {
        self.0.caused_by.push(Cause {
            code: None,
            subject: Some(subject),
        });
        self
    }
}

pub(crate) struct RowBuilder(CheckRow);

/// A row that passed with one complete read.
pub(crate) fn row(id: &str) -> RowBuilder {
    RowBuilder(CheckRow {
        id: id.to_owned(),
        version: Some("0.1.0".to_owned()),
        digest: Some(format!("sha256:{:0<64}", "9f2c")),
        source: format!("checks/{id}.wasm"),
        title: Some(format!("all that {id} looks at is well")),
        verdict: Verdict::Pass,
        skip_reason: None,
        guest_verdict: Some(Verdict::Pass),
        outcome: Outcome::Completed,
        complete: true,
        summary: format!("all that {id} looks at is well"),
        hints: Vec::new(),
        findings: Vec::new(),
        unknown: None,
        ignored: Vec::new(),
        coverage: CoverageTable {
            complete: true,
            ..CoverageTable::default()
        },
        granted_by: Some("lock".to_owned()),
        log: Vec::new(),
        log_dropped: 0,
    })
    .read("list v1/Pod", Coverage::Complete, None)
}

impl RowBuilder {
    pub(crate) fn build(self) -> CheckRow {
        self.0
    }

    /// Adds findings; the verdict follows the worst.
    pub(crate) fn findings(mut self, findings: impl IntoIterator<Item = FindingBuilder>) -> Self {
        let findings = findings.into_iter().map(FindingBuilder::build);
        self.0.findings.extend(findings);
        let worst = self.0.findings.iter().map(|finding| finding.severity).max();
        self.0.verdict = worst.map_or(Verdict::Pass, Verdict::of);
        self
    }

    pub(crate) fn read(mut self, call: &str, coverage: Coverage, detail: Option<&str>) -> Self {
        let table = &mut self.0.coverage;
        *table.counts.entry(coverage).or_insert(0) += 1;
        table.complete &= coverage.is_complete();
        self.0.complete &= coverage.is_complete();
        let read = u32::try_from(table.reads.len()).unwrap_or(u32::MAX) + 1;
        table.reads.push(ReadRow {
            read,
            call: call.to_owned(),
            coverage,
            detail: detail.map(str::to_owned),
            hint: None,
            times: 1,
        });
        self
    }

    pub(crate) fn verdict(mut self, verdict: Verdict, summary: &str) -> Self {
        self.0.verdict = verdict;
        self.0.summary = summary.to_owned();
        self.0.complete &= verdict != Verdict::Error;
        self
    }

    pub(crate) fn skip(mut self, reason: SkipReason, summary: &str) -> Self {
        self.0.skip_reason = Some(reason);
        self.0.complete &= reason != SkipReason::Unknown;
        self.verdict(Verdict::Skip, summary)
    }

    pub(crate) fn outcome(mut self, outcome: Outcome) -> Self {
        if outcome != Outcome::Completed {
            self.0.complete = false;
            self.0.guest_verdict = None;
        }
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.0.hints.push(hint.to_owned());
        self
    }
}

/// A report of one run over these rows.
pub(crate) fn report(rows: impl IntoIterator<Item = RowBuilder>) -> Report {
    let mut checks: Vec<CheckRow> = rows.into_iter().map(RowBuilder::build).collect();
    checks.sort_by(|one, other| one.id.cmp(&other.id));
    let run = Run {
        context: "prod-eu".to_owned(),
        server_version: Some("v1.34.1".to_owned()),
        time: "2026-11-23T06:12:04Z".to_owned(),
        window: Window {
            start: "2026-11-23T05:12:04Z".to_owned(),
            end: "2026-11-23T06:12:04Z".to_owned(),
        },
        scope: crate::settings::platform(),
        symptom: None,
        grants: vec![
            "cluster reads".to_owned(),
            "pod logs of all namespaces".to_owned(),
            "GET coreai".to_owned(),
        ],
        complete: checks.iter().all(|row| row.complete),
        interrupted: false,
        redacted: true,
        extent: crate::run::extent::extent(&checks, &crate::settings::platform(), &BTreeMap::new()),
        groups: groups(&checks),
        changes: None,
        host_reads: None,
        stale_ignores: Vec::new(),
        baseline: None,
        counts: counts(&checks),
        checks,
        measured: Measured {
            host_version: "0.1.0".to_owned(),
            duration_ms: 2345,
            requests: 41,
            bytes: 12_345_678,
            egress: vec![EgressRow {
                origin: "https://10.0.0.1:6443".to_owned(),
                method: "GET".to_owned(),
                path: "/api/v1/pods".to_owned(),
                requests: 41,
                bytes_in: 12_345_678,
                bytes_out: 4_100,
                answers: BTreeMap::from([("200".to_owned(), 41)]),
            }],
            ..Measured::default()
        },
    };
    Report {
        schema_version: SCHEMA_VERSION,
        runs: vec![run],
    }
}

/// Folded as a run folds them, on the platform's own graph and without reads of the host.
fn groups(rows: &[CheckRow]) -> Vec<Group> {
    let graph = Graph::with(&GraphSection::default()).unwrap_or_default();
    let ground = Ground {
        graph: &graph,
        surroundings: &Surroundings::default(),
    };
    group(rows, ground)
}

fn counts(rows: &[CheckRow]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        let slot = match row.verdict {
            Verdict::Pass => &mut counts.pass,
            Verdict::Warn => &mut counts.warn,
            Verdict::Fail => &mut counts.fail,
            Verdict::Skip => &mut counts.skip,
            Verdict::Error => &mut counts.error,
        };
        *slot += 1;
        counts.findings += u32::try_from(row.findings.len()).unwrap_or(u32::MAX);
    }
    counts
}
