//! Do the controllers take up what is changed? One that does not leaves every workload of its kind as it was, so it is one
//! finding for a kind.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::workload::Workload;

const MOST_SHOWN: usize = 5;

pub(crate) fn tell(report: &mut Report, tolerance: &Tolerance, workloads: &[Workload]) {
    let mut ignored: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for workload in workloads {
        // Without the time of the change it may be a moment old.
        let lags = workload.observed < workload.generation;
        if lags
            && workload
                .changed
                .is_some_and(|it| tolerance.is_unobserved(it))
        {
            ignored
                .entry(workload.subject.kind())
                .or_default()
                .push(workload);
        }
    }
    for (kind, workloads) in ignored {
        finding(report, kind, &workloads);
    }
}

fn finding(report: &mut Report, kind: &str, workloads: &[&Workload]) {
    let Some(first) = workloads.iter().min_by_key(|it| it.changed) else {
        return;
    };
    let title = match workloads.len() {
        1 => format!(
            "the change of {} is not taken up by its controller",
            first.told()
        ),
        count => format!(
            "changes of {count} {kind}s ({}, …) are not taken up by their controller",
            first.told()
        ),
    };
    let subject = Named::new("controller", kind.to_lowercase()).with_read(first.read());
    let finding = report.finding("BSQ-SVC-005", subject, title);
    finding.since(first.changed);
    for workload in workloads.iter().take(MOST_SHOWN) {
        let value = format!(
            "generation {}, observed {}",
            workload.generation, workload.observed
        );
        finding.evidence_from(workload.read(), workload.told(), value);
    }
    finding.attribute("count", workloads.len());
    finding.step(
        "see whether the controller manager runs",
        command::pods_with("kube-system", "component=kube-controller-manager"),
    );
    finding.look(["kubectl", "-n", "kube-system", "get", "leases"]);
    finding.link("/docs/troubleshooting");
}
