//! Workloads whose tracking names an application that is not there: deleted without them, or renamed.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;

use crate::objects::Application;
use crate::tracking::Standing;
use crate::workloads::Workload;

/// Workloads in a title or a finding.
const MOST: usize = 5;

pub(crate) fn tell(
    report: &mut Report,
    applications: &[Item<Application>],
    standings: &[(&Workload, Standing)],
) {
    // Another Argo CD, perhaps of another cluster, may deliver here too: its applications are not missing. What it tracks
    // differs in the installation, and where nothing is delivered from here, nothing can be said at all.
    let installations: BTreeSet<_> = standings
        .iter()
        .filter(|(_, standing)| *standing == Standing::Delivered)
        .map(|(workload, _)| workload.annotations.installation_id.as_str())
        .collect();
    let mut orphans: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for (workload, standing) in standings {
        if let Standing::Orphan(name) = standing
            && installations.contains(workload.annotations.installation_id.as_str())
        {
            orphans.entry(name).or_default().push(workload);
        }
    }
    for (name, workloads) in orphans {
        finding(report, applications, name, &workloads);
    }
}

fn finding(
    report: &mut Report,
    applications: &[Item<Application>],
    name: &str,
    workloads: &[&Workload],
) {
    let Some(first) = workloads.first() else {
        return;
    };
    let more = match workloads.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let verb = if workloads.len() == 1 { "is" } else { "are" };
    let title = format!(
        "{}{more} {verb} tracked by application {name}, which does not exist",
        first.subject
    );
    let subject = Named::new("application", name).with_read(first.read);
    let finding = report.finding("BSQ-GITOPS-002", subject, title);
    for workload in workloads.iter().take(MOST) {
        finding.evidence_from(
            workload.read,
            format!("argocd.argoproj.io/tracking-id of {}", workload.subject),
            &workload.annotations.tracking_id,
        );
    }
    // Where the application is missed, that is why.
    finding.caused_by(Named::new("application", name));
    let homes: BTreeSet<_> = applications.iter().map(Item::namespace).collect();
    for home in homes {
        let application = ObjectRef::new("argoproj.io/v1alpha1/Application", name);
        finding.caused_by(application.in_namespace(home));
    }
    finding.look([
        "kubectl",
        "get",
        "applications.argoproj.io",
        "--all-namespaces",
    ]);
    finding.advice(
        "nothing updates or removes them: bring the application back, or remove what it left",
    );
    finding.link("/docs/runtime/runtime-operating-model");
}
