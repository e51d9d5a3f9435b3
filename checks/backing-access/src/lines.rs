//! Lines in which a server says that it is full, or an object store refuses someone. One query over all namespaces, for
//! phrases that nothing else writes. Other errors, and the same ones without a log store, are another check's.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_platform::lines::time;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{LogLine, LogPage};

use crate::objects::Pod;
use crate::server::{Product, Server};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Full,
    Connections,
    Keys,
    Bucket,
    Federated,
}

const PHRASES: &[(Said, &[&str])] = &[
    (
        Said::Full,
        &["no space left on device", "minimum free drive threshold"],
    ),
    (
        Said::Connections,
        &[
            "too many clients already",
            "remaining connection slots",
            "too many connections for role",
        ],
    ),
    (Said::Federated, &["assumerolewithwebidentity"]),
    (Said::Keys, &["invalidaccesskeyid", "signaturedoesnotmatch"]),
    (
        Said::Bucket,
        &[
            "nosuchbucket",
            "(accessdenied)",
            "<code>accessdenied</code>",
        ],
    ),
];

/// Namespaces of one query: the host bounds how much a selector may hold.
const NAMESPACES: usize = 50;

/// What one component said of one kind.
struct Lines<'a> {
    read: u32,
    count: usize,
    first: u64,
    last: u64,
    example: &'a str,
    pod: Option<&'a str>,
}

type Tally<'a> = BTreeMap<(Said, String, String), Lines<'a>>;

/// Whether there was a log store to ask.
pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    pods: &[Item<Pod>],
    servers: &[Server<'_>],
    least: usize,
) -> bool {
    let pages = read(cx, pods);
    let mut tally = count(&pages);
    tally.retain(|_, lines| lines.count >= least);
    let refused: Vec<String> = tally
        .keys()
        .filter(|(said, ..)| *said == Said::Keys)
        .map(|(_, namespace, name)| format!("{namespace}/{name}"))
        .collect();
    let mut exhausted = BTreeSet::new();
    for ((said, namespace, name), lines) in &tally {
        let who = format!("{namespace}/{name}");
        match said {
            Said::Full => full(cx, report, servers, namespace, lines),
            Said::Connections => {
                if let Some(server) = database(servers, namespace, lines)
                    && exhausted.insert(server.name())
                {
                    connections(cx, report, server, &who, lines);
                }
            }
            Said::Keys => keys(cx, report, &who, lines, &refused),
            Said::Bucket => bucket(cx, report, &who, lines),
            Said::Federated => federated(cx, report, &who, lines),
        }
    }
    !pages.is_empty()
}

/// One page for so many namespaces. What fails once would fail again.
fn read(cx: &Context, pods: &[Item<Pod>]) -> Vec<LogPage> {
    let namespaces: BTreeSet<_> = pods.iter().map(|pod| pod.namespace()).collect();
    let namespaces: Vec<_> = namespaces.into_iter().collect();
    let query = |namespaces: &[&str]| {
        let words = PHRASES.iter().flat_map(|(_, phrases)| phrases.iter());
        let query = cx.logs("refusals").label_in("namespace", namespaces);
        query.containing(words).read().ok()
    };
    namespaces.chunks(NAMESPACES).map_while(query).collect()
}

fn count(pages: &[LogPage]) -> Tally<'_> {
    let mut tally: Tally<'_> = BTreeMap::new();
    let lines = pages
        .iter()
        .flat_map(|page| page.lines.iter().map(move |line| (page, line)));
    for (page, line) in lines {
        let text = line.text.to_lowercase();
        let known = PHRASES
            .iter()
            .find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase)));
        let Some((said, _)) = known else { continue };
        let namespace = page.label(line, "namespace").unwrap_or_default().to_owned();
        let key = (*said, namespace, page.component(line));
        let lines = tally.entry(key).or_insert_with(|| Lines::new(page, line));
        lines.count += 1;
        lines.first = lines.first.min(line.time);
        lines.last = lines.last.max(line.time);
    }
    tally
}

impl<'a> Lines<'a> {
    fn new(page: &'a LogPage, line: &'a LogLine) -> Self {
        Self {
            read: page.read,
            count: 0,
            first: line.time,
            last: line.time,
            example: line.text.trim(),
            pod: page.label(line, "pod"),
        }
    }

    fn facts(&self, cx: &Context, finding: &mut Finding) {
        let first = time(self.first);
        // What was there when the window began was there before.
        let window = cx.window();
        let early = window.end.duration_since(window.start) / 20;
        finding.since(first.filter(|first| first.duration_since(window.start) > early));
        if time(self.last).is_some_and(|last| window.end.duration_since(last) > early * 5) {
            finding.severity(Severity::Low);
        }
        let example: String = self.example.chars().take(300).collect();
        finding.evidence_from(self.read, "log", example);
        finding.evidence_from(self.read, "lines", self.count);
        if let Some(last) = time(self.last) {
            finding.evidence_from(self.read, "last line", last);
        }
    }
}

/// The server whose pod wrote the lines.
fn writer<'a, 'p>(
    servers: &'a [Server<'p>],
    namespace: &str,
    lines: &Lines<'_>,
) -> Option<&'a Server<'p>> {
    let pod = lines.pod?;
    servers.iter().find(|server| server.has_pod(namespace, pod))
}

/// The database that has no connections left: the one that says so, else the only one there is.
fn database<'a, 'p>(
    servers: &'a [Server<'p>],
    namespace: &str,
    lines: &Lines<'_>,
) -> Option<&'a Server<'p>> {
    let mut databases = servers
        .iter()
        .filter(|server| server.product == Product::PostgreSql);
    let only = databases.next().filter(|_| databases.next().is_none());
    writer(servers, namespace, lines)
        .filter(|it| it.product == Product::PostgreSql)
        .or(only)
}

fn full(
    cx: &Context,
    report: &mut Report,
    servers: &[Server<'_>],
    namespace: &str,
    lines: &Lines<'_>,
) {
    // Of others it is their own volume, and log and pod say so.
    let Some(server) = writer(servers, namespace, lines) else {
        return;
    };
    let title = format!(
        "{} {} has no space left on its volume",
        server.product.name(),
        server.name()
    );
    let finding = report.finding("BSQ-BACK-002", &server.workload, title);
    lines.facts(cx, finding);
    // That its pod is not ready comes from it; that its pod says the same does not.
    finding.caused_by_finding("BSQ-POD-007", &server.workload);
    finding.look(["kubectl", "-n", namespace, "get", "pvc"]);
    if let Some(pod) = lines.pod {
        finding.look(command::describe(namespace, "pod", pod));
    }
    finding.advice("enlarge the claim, or remove what may go; a database that cannot write its log takes no connections");
    finding.link("/docs/runtime/storage-model");
}

fn connections(
    cx: &Context,
    report: &mut Report,
    server: &Server<'_>,
    who: &str,
    lines: &Lines<'_>,
) {
    let title = format!("PostgreSQL {} has no connections left", server.name());
    let finding = report.finding("BSQ-BACK-003", &server.workload, title);
    lines.facts(cx, finding);
    finding.evidence_from(lines.read, "said by", who);
    finding.advice("see who holds connections (`pg_stat_activity`), and compare pools and replicas of its users with `max_connections`");
    finding.look(["kubectl", "-n", server.workload.namespace(), "get", "pods"]);
    finding.link("/docs/runtime/components/postgresql");
}

fn keys(cx: &Context, report: &mut Report, who: &str, lines: &Lines<'_>, refused: &[String]) {
    let title = format!(
        "the object store does not take the keys of {who} ({} lines)",
        lines.count
    );
    let finding = report.finding("BSQ-BACK-006", credentials(who), title);
    lines.facts(cx, finding);
    let others: Vec<_> = refused
        .iter()
        .filter(|other| *other != who)
        .map(String::as_str)
        .collect();
    let told = if others.is_empty() {
        "none".to_owned()
    } else {
        others.join(", ")
    };
    finding.evidence_from(lines.read, "other components that it refuses", told);
    steps(finding, who, lines);
    finding.advice(if others.is_empty() {
        "only this component is refused: compare its Secret with its user in the object store"
    } else {
        "several are refused: see whether the object store has lost or renewed its users"
    });
    finding.link("/docs/runtime/components/minio");
}

fn bucket(cx: &Context, report: &mut Report, who: &str, lines: &Lines<'_>) {
    let is_missing = lines.example.to_lowercase().contains("nosuchbucket");
    let what = if is_missing {
        "uses a bucket that does not exist"
    } else {
        "may not use its bucket"
    };
    let title = format!("{who} {what} ({} lines)", lines.count);
    let finding = report.finding("BSQ-BACK-007", credentials(who), title);
    lines.facts(cx, finding);
    steps(finding, who, lines);
    finding.advice("compare the bucket and the policy of the component's user in the object store with its configuration");
    finding.link("/docs/runtime/components/minio");
}

fn federated(cx: &Context, report: &mut Report, who: &str, lines: &Lines<'_>) {
    let title = format!(
        "{who} asks for S3 access by web identity, which is not active on this release ({} lines)",
        lines.count
    );
    let finding = report.finding("BSQ-BACK-010", credentials(who), title);
    lines.facts(cx, finding);
    steps(finding, who, lines);
    finding.advice("static keys are the active path: `sts=false`");
    finding.link("/docs/runtime/components/rook-ceph");
}

fn credentials(who: &str) -> Named {
    Named::new("s3-credentials", who)
}

fn steps(finding: &mut Finding, who: &str, lines: &Lines<'_>) {
    if let (Some((namespace, _)), Some(pod)) = (who.split_once('/'), lines.pod) {
        finding.look([
            "kubectl",
            "-n",
            namespace,
            "logs",
            pod,
            "--all-containers",
            "--tail=100",
        ]);
    }
}
