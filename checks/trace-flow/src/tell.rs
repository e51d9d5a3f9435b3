//! A finding for each place where requests break.

use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::group::{Group, Groups, Place};
use crate::share::{Sample, Share};

/// Places of one run: beyond this everything breaks, which the first ones say too. Each takes up to two queries.
const MOST: usize = 10;

/// Traces that a finding names.
const NAMED: usize = 3;

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    groups: &Groups,
    sample: &Sample,
    wishes: &Wishes,
) {
    let frequent = groups.by_count().into_iter();
    let frequent = frequent.filter(|(_, group)| group.traces.len() >= wishes.min_traces.max(1));
    for (place, group) in frequent.take(MOST) {
        let share = sample.share(cx, place, group);
        match severity(share, wishes) {
            Some(severity) => {
                let finding = finding(report, place, group, share, severity);
                finding.since(sample.onset(cx.window(), group));
            }
            None => {
                let told = share.map(Share::told).unwrap_or_default();
                let (service, operation, _) = place;
                report.attribute("below-threshold", format!("{service} {operation}: {told}"));
            }
        }
    }
}

/// Information where the share is unknown; nothing where it is known to be small.
fn severity(share: Option<Share>, wishes: &Wishes) -> Option<Severity> {
    let Some(share) = share else {
        return Some(Severity::Info);
    };
    let percent = share.percent();
    if percent >= f64::from(wishes.error_share_high) {
        Some(Severity::High)
    } else if percent >= f64::from(wishes.error_share) {
        Some(Severity::Medium)
    } else if share.is_sampled {
        // At least so many, perhaps more.
        Some(Severity::Info)
    } else {
        None
    }
}

fn finding<'a>(
    report: &'a mut Report,
    place: &Place,
    group: &Group,
    share: Option<Share>,
    severity: Severity,
) -> &'a mut Finding {
    let (code, name, title) = fact(place, group.traces.len(), share);
    let subject = Named::new("operation", name).with_read(group.read);
    let finding = report.finding(code, subject, title).severity(severity);
    if let Some(message) = group.message() {
        finding.evidence("status.message", message);
    }
    finding.evidence("way", group.way.join(" → "));
    for (source, time) in [("first", group.first), ("last", group.last)] {
        if let Some(time) = time_of(time) {
            finding.evidence(source, time);
        }
    }
    for trace in group.traces.iter().take(NAMED) {
        finding.evidence("trace", trace);
    }
    match share {
        Some(share) => finding.evidence_from(share.read, "failed", share.told()),
        None => finding.attribute(
            "share",
            "unknown: no span metrics, and too few requests sampled",
        ),
    };
    causes(finding, group, place.2.as_deref());
    finding.link("/docs/runtime/runtime-observability-model");
    finding.link("/docs/runtime/components/grafana-tempo")
}

/// The code, what it is about, and the fact.
fn fact(place: &Place, count: usize, share: Option<Share>) -> (&'static str, String, String) {
    let (service, operation, peer) = place;
    let of = share
        .map(|share| format!(" ({})", share.told()))
        .unwrap_or_default();
    let requests = match count {
        1 => "1 request breaks".to_owned(),
        more => format!("{more} requests break"),
    };
    match peer {
        Some(peer) => (
            "BSQ-TRACE-002",
            format!("{service} {operation} to {peer}"),
            format!(
                "{requests} where {service} calls {peer} for {operation}{of}: nothing of the other side is seen"
            ),
        ),
        None => (
            "BSQ-TRACE-001",
            format!("{service} {operation}"),
            format!("{requests} in {service} at {operation}{of}"),
        ),
    }
}

fn causes(finding: &mut Finding, group: &Group, peer: Option<&str>) {
    if let Some(service) = peer.and_then(service) {
        finding.caused_by(service);
    }
    if let Some(workload) = &group.workload {
        finding.caused_by(workload);
        let target = format!("{}/{}", workload.kind().to_lowercase(), workload.name());
        finding.look([
            "kubectl",
            "-n",
            workload.namespace(),
            "logs",
            &target,
            "--all-containers",
        ]);
    }
    if let Some(trace) = group.traces.first() {
        finding.advice(format!("open trace {trace} in Grafana's view of Tempo"));
    }
}

/// The Service that an in-cluster name stands for: `litellm.coreai:4000`, `litellm.coreai.svc.cluster.local`.
fn service(peer: &str) -> Option<ObjectRef> {
    let host = peer.split(':').next()?;
    let mut labels = host.split('.');
    let (name, namespace) = (labels.next()?, labels.next()?);
    let is_inside = labels.next().is_none_or(|next| next == "svc");
    let is_name = |label: &str| !label.is_empty() && !label.bytes().all(|b| b.is_ascii_digit());
    (is_inside && is_name(name) && is_name(namespace))
        .then(|| ObjectRef::new("v1/Service", name).in_namespace(namespace))
}

pub(crate) fn time_of(nanoseconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).ok()?;
    (seconds > 0)
        .then(|| Timestamp::from_second(seconds).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn a_name_inside_the_cluster_is_a_service() {
        for (peer, wanted) in [
            ("litellm.coreai:4000", Some("Service coreai/litellm")),
            ("minio.data.svc.cluster.local", Some("Service data/minio")),
            ("huggingface.co.example.test", None),
            ("10.96.0.1:443", None),
            ("postgresql", None),
        ] {
            let found = service(peer).map(|service| service.to_string());
            assert_eq!(found.as_deref(), wanted, "{peer}");
        }
    }
}
