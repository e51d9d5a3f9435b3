//! One finding for each component and kind of failure that is more than a stray line.

use bsq_platform::lines::time;
use bsq_sdk::{Severity, prelude::*};

use crate::Threshold;
use crate::signal::Signal;
use crate::tally::{Component, Errors, Tally};

/// Findings of one run: beyond this the logs say that everything fails, which the first ones say too.
const MOST: usize = 50;

/// Patterns that one finding shows.
const PATTERNS: usize = 3;

pub(crate) fn tell(cx: &Context, report: &mut Report, tally: &Tally, threshold: &Threshold) {
    let enough = |signal: Signal| {
        if signal == Signal::Other {
            threshold.min_other_lines
        } else {
            threshold.min_lines
        }
    };
    let mut told: Vec<_> = tally
        .errors()
        .filter(|(_, signal, errors)| errors.count >= enough(*signal))
        .collect();
    // The known before the unknown, and the frequent before the rare, so that the cut takes the least.
    told.sort_by(|one, other| {
        (one.1 == Signal::Other)
            .cmp(&(other.1 == Signal::Other))
            .then(other.2.count.cmp(&one.2.count))
    });
    if told.len() > MOST {
        report.attribute("left-out", told.len() - MOST);
    }
    for (component, signal, errors) in told.into_iter().take(MOST) {
        finding(cx, report, tally, component, signal, errors);
    }
}

fn finding(
    cx: &Context,
    report: &mut Report,
    tally: &Tally,
    component: &Component,
    signal: Signal,
    errors: &Errors,
) {
    let Component { namespace, name } = component;
    let target = errors.target();
    let is_over = tally.is_over(errors);
    let more = if errors.is_cut { "at least " } else { "" };
    let lines = if errors.count == 1 { "line" } else { "lines" };
    let last = time(errors.last)
        .filter(|_| is_over)
        .map(|time| format!(", the last at {time}"))
        .unwrap_or_default();
    let title = format!(
        "{namespace}/{name} {} ({more}{} {lines}{last})",
        signal.fact(target),
        errors.count
    );
    let subject = Named::new("component", format!("{namespace}/{name}")).with_read(errors.read);
    let finding = report.finding(signal.code(), subject, title);
    if is_over {
        finding.severity(Severity::Low);
    }
    finding.since(tally.onset(errors));
    for (pattern, count) in errors.patterns().into_iter().take(PATTERNS) {
        finding.evidence("pattern", format!("{count} × {pattern}"));
    }
    finding.evidence("log", &errors.example);
    for (source, nanoseconds) in [("first line", errors.first), ("last line", errors.last)] {
        if let Some(time) = time(nanoseconds) {
            finding.evidence(source, time);
        }
    }
    if let Some(target) = target {
        finding.attribute("target", target);
        if let Some(service) = crate::target::service(target, namespace) {
            finding.caused_by(service);
        }
    }
    causes(finding, component, signal, errors);
    steps(cx, finding, namespace, errors);
    finding.link(signal.page());
    finding.link("/docs/runtime/runtime-observability-model");
}

/// What another check may know of it: the workload whose volume is full, the keys that the object store does not take.
fn causes(finding: &mut Finding, component: &Component, signal: Signal, errors: &Errors) {
    let Component { namespace, name } = component;
    match signal {
        Signal::DiskFull => {
            finding.caused_by(ObjectRef::new("v1/Service", name).in_namespace(namespace));
        }
        // A private authority that a component lacks is another matter.
        Signal::Certificate if errors.example.contains("expired") => {
            finding.caused_by_code("BSQ-TLS-001");
        }
        Signal::Connections => {
            finding.caused_by_code("BSQ-BACK-003");
        }
        Signal::ObjectStore => {
            finding.caused_by(Named::new("s3-credentials", format!("{namespace}/{name}")));
        }
        _ => {}
    }
}

fn steps(cx: &Context, finding: &mut Finding, namespace: &str, errors: &Errors) {
    let since = format!("--since-time={}", cx.window().start);
    match &errors.pod {
        Some(pod) => finding.look([
            "kubectl",
            "-n",
            namespace,
            "logs",
            pod,
            "--all-containers",
            &since,
        ]),
        None => finding.look(["kubectl", "-n", namespace, "get", "pods"]),
    };
}
