//! How many pods of each namespace run and are ready.

use std::collections::BTreeMap;

use bsq_platform::pod::Status;
use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "v1/Pod")]
struct Pod {
    status: Status,
}

/// As many names as a line holds.
const MOST_NAMES: usize = 10;

#[derive(Default)]
struct Count<'a> {
    expected: usize,
    troubled: Vec<&'a Item<Pod>>,
}

/// Report namespaces with trouble; says how many pods there are.
pub(crate) fn look(cx: &Context, report: &mut Report, tolerance: &Tolerance) -> usize {
    let pods = cx.list::<Pod>().or_empty();
    let mut counts: BTreeMap<&str, Count<'_>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| is_expected(pod)) {
        let count = counts.entry(pod.namespace()).or_default();
        count.expected += 1;
        if is_troubled(pod, tolerance) {
            count.troubled.push(pod);
        }
    }
    for (namespace, count) in counts
        .into_iter()
        .filter(|(_, count)| !count.troubled.is_empty())
    {
        write(report, namespace, &count);
    }
    pods.len()
}

/// What is done, failed for good or being deleted is not expected to run; the checks of pods and jobs look at those.
fn is_expected(pod: &Item<Pod>) -> bool {
    pod.deleted().is_none() && !pod.status.has_ended()
}

fn is_troubled(pod: &Item<Pod>, tolerance: &Tolerance) -> bool {
    let is_ready = pod.status.phase == "Running" && pod.status.is_ready();
    !is_ready && tolerance.is_over(unready_since(pod), tolerance.settings.starting_after)
}

fn unready_since(pod: &Item<Pod>) -> Option<Timestamp> {
    pod.status
        .ready()
        .and_then(|ready| ready.last_transition_time)
        .or(pod.created())
}

fn write(report: &mut Report, namespace: &str, count: &Count<'_>) {
    let (troubled, expected) = (count.troubled.len(), count.expected);
    let title = match (troubled, expected) {
        (1, 1) => format!("{namespace}: its only pod does not run or is not ready"),
        (1, _) => format!("{namespace}: 1 of {expected} pods does not run or is not ready"),
        _ => format!("{namespace}: {troubled} of {expected} pods do not run or are not ready"),
    };
    let read = count.troubled.first().map_or(0, |pod| pod.read());
    let subject = ObjectRef::new("v1/Namespace", namespace).with_read(read);
    let finding = report.finding("BSQ-LOOK-002", subject, title);
    finding.since(
        count
            .troubled
            .iter()
            .filter_map(|pod| unready_since(pod))
            .min(),
    );
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in &count.troubled {
        *phases.entry(pod.status.phase.as_str()).or_default() += 1;
    }
    let phases: Vec<String> = phases
        .into_iter()
        .map(|(phase, count)| format!("{count} {phase}"))
        .collect();
    finding.evidence("status.phase", phases.join(", "));
    let mut names: Vec<&str> = count
        .troubled
        .iter()
        .take(MOST_NAMES)
        .map(|pod| pod.name())
        .collect();
    if troubled > MOST_NAMES {
        names.push("…");
    }
    finding.evidence("metadata.name", names.join(", "));
    for pod in &count.troubled {
        finding.caused_by(*pod);
    }
    finding
        .attribute("troubled", troubled)
        .attribute("expected", expected);
    finding.look(["kubectl", "-n", namespace, "get", "pods"]);
}
