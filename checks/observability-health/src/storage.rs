//! Can Loki and Tempo store what they hold? Both run and answer for a while when the object store refuses them, and lose
//! what was not flushed with the next restart. Their logs say it, and are read from the pods: the log store is what is in
//! doubt.

use bsq_platform::cluster;
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::objects::{Pod, is_ready};
use crate::product::Product;
use crate::workload::Workload;

/// What tells that a line is about storing data.
const STORING: &[&str] = &[
    "flush",
    "put chunk",
    "put object",
    "putobject",
    "upload",
    "write block",
    "writing block",
];

/// What tells that it did not work.
const FAILING: &[&str] = &[
    "level=error",
    "\"level\":\"error\"",
    "level=warn",
    "failed",
    "error",
];

/// Parts of names of workloads that write; where none bears one, each may.
const WRITERS: &[&str] = &["write", "ingester", "compactor"];

pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes, all: &[Workload]) {
    let mut left = wishes.log_reads;
    for product in [Product::Loki, Product::Tempo] {
        for workload in writers(all, product) {
            for pod in workload.pods.iter().filter(|pod| is_ready(pod)) {
                if left == 0 {
                    return;
                }
                left -= 1;
                if look(cx, report, wishes, workload, pod) {
                    // One pod speaks for its workload.
                    break;
                }
            }
        }
    }
}

fn writers(all: &[Workload], product: Product) -> Vec<&Workload> {
    let of: Vec<_> = all.iter().filter(|it| it.product == product).collect();
    let writes = |it: &&&Workload| WRITERS.iter().any(|part| it.subject.name().contains(part));
    let named: Vec<_> = of.iter().filter(writes).copied().collect();
    if named.is_empty() { of } else { named }
}

/// Read one log; whether it was worth a finding.
fn look(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    workload: &Workload,
    pod: &Item<Pod>,
) -> bool {
    let log = cx
        .pod_log(pod.namespace(), pod.name())
        .container(&workload.container);
    let Ok(log) = log.read() else { return false };
    let lines: Vec<(Timestamp, &str)> = log
        .lines()
        .filter(|line| is_failure(line))
        .filter_map(|line| Some((time(line)?, line)))
        .filter(|(time, _)| cx.window().holds(*time))
        .collect();
    match lines.last() {
        Some((_, last)) if lines.len() >= wishes.flush_errors => {
            let since = lines.iter().map(|(time, _)| *time).min();
            finding(report, workload, pod, log.read, (lines.len(), since, last));
            true
        }
        _ => false,
    }
}

fn is_failure(line: &str) -> bool {
    let line = line.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    has(STORING) && has(FAILING)
}

/// The time that a line bears: `ts=…` or `"ts":"…"`.
fn time(line: &str) -> Option<Timestamp> {
    let (_, rest) = line
        .split_once("ts=")
        .or_else(|| line.split_once("\"ts\":\""))?;
    rest.split([' ', '"']).next()?.parse().ok()
}

fn finding(
    report: &mut Report,
    workload: &Workload,
    pod: &Item<Pod>,
    read: u32,
    (count, since, last): (usize, Option<Timestamp>, &str),
) {
    let product = workload.product.title();
    let what = if workload.product == Product::Loki {
        "logs"
    } else {
        "traces"
    };
    let title = format!(
        "{product} ({}) cannot store {what} ({count} lines in the window): what it holds is lost when it restarts",
        workload.told()
    );
    let finding = report.finding("BSQ-OBS-008", workload.subject.clone(), title);
    finding.since(since);
    finding.evidence_from(read, format!("log of pod {}", pod.name()), last);
    if let Some(service) = service(last) {
        finding.caused_by(service);
    }
    // The object store that is down, with those that depend on it.
    finding.caused_by_code("BSQ-DEP-002");
    let target = format!("pod/{}", pod.name());
    finding.look([
        "kubectl",
        "-n",
        pod.namespace(),
        "logs",
        &target,
        "-c",
        &workload.container,
        "--tail=200",
    ]);
    finding.advice("see whether the object store answers, and whether the credentials and the bucket are those of its user");
    finding.link("/docs/runtime/storage-model");
    finding.link("/docs/runtime/components/minio");
}

/// The Service inside the cluster that a line names: `http://minio.data:9000/…`, `lookup minio.data.svc on …`.
fn service(line: &str) -> Option<ObjectRef> {
    let (_, rest) = line
        .split_once("://")
        .or_else(|| line.split_once("lookup "))?;
    let host = rest.split(['/', ':', ' ', '"', '\\']).next()?;
    if host.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    cluster::service_object(host, None)
}

#[cfg(test)]
mod tests {
    use super::{is_failure, service, time};

    const LINE: &str = "level=error ts=2026-11-23T06:10:01.5Z caller=flush.go:261 component=ingester msg=\"failed to flush\" err=\"failed to flush chunks: store put chunk: Put \\\"http://minio.data.svc:9000/loki/x\\\": dial tcp 10.0.0.1:9000: connect: connection refused\"";

    #[test]
    fn a_failed_flush_is_known_with_its_time_and_the_store() {
        assert!(is_failure(LINE));
        assert_eq!(time(LINE), "2026-11-23T06:10:01.5Z".parse().ok());
        let service = service(LINE).map(|it| it.to_string());
        assert_eq!(service.as_deref(), Some("Service data/minio"));
    }

    #[test]
    fn a_flush_that_works_is_none_and_an_address_is_no_service() {
        assert!(!is_failure(
            "level=info ts=2026-11-23T06:10:01Z caller=flush.go:176 msg=\"flushing stream\""
        ));
        assert_eq!(service("Put \"http://10.0.0.1:9000/x\""), None);
        assert_eq!(service("Put \"https://s3.site.example.org/x\""), None);
    }
}
