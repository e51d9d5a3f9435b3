//! Workloads that differ from Git because someone wrote them after the last sync.
//!
//! Only what Argo CD itself says is out of sync counts: a write that Git has no word on, such as a restart, changes
//! nothing that is declared.

use bsq_platform::application::is_asked_for;
use bsq_sdk::{Severity, prelude::*};

use crate::objects::{Application, Resource, Writer};
use crate::workloads::Workload;

/// Argo CD's own writes, by any of its names.
const ARGO_CD: &str = "argocd";
/// Writes the revision of a rollout into the object, which is no change of it.
const BOOK_KEEPER: &str = "kube-controller-manager";
/// Words in the names of tools that people run.
const TOOLS: &[&str] = &[
    "kubectl",
    "helm",
    "terraform",
    "k9s",
    "lens",
    "rancher",
    "dashboard",
];

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    applications: &[Item<Application>],
    workloads: &[Workload],
) {
    let asked = applications
        .iter()
        .filter(|it| it.is_of_this_cluster() && is_asked_for(cx, it));
    for application in asked {
        let Some(synced) = application.last_synced() else {
            continue;
        };
        let differing = application
            .status
            .resources
            .iter()
            .filter(|it| it.status == "OutOfSync");
        for workload in differing.filter_map(|it| find(workloads, it)) {
            let writer = workload
                .writers
                .iter()
                .filter(|it| is_outside(it) && it.time.is_some_and(|time| time > synced))
                .max_by_key(|it| it.time);
            if let Some(writer) = writer {
                finding(report, application, workload, writer, synced);
            }
        }
    }
}

fn find<'a>(workloads: &'a [Workload], resource: &Resource) -> Option<&'a Workload> {
    let key = (
        resource.kind.as_str(),
        resource.namespace.as_str(),
        resource.name.as_str(),
    );
    workloads
        .iter()
        .find(|it| resource.group == "apps" && it.key() == key)
}

/// Whether a write is of what Git declares: the object itself or its replicas, by anyone but Argo CD.
fn is_outside(writer: &Writer) -> bool {
    let is_declared = match writer.subresource.as_str() {
        "" => writer.manager != BOOK_KEEPER,
        "scale" => true,
        _ => false,
    };
    is_declared && !writer.manager.starts_with(ARGO_CD)
}

fn finding(
    report: &mut Report,
    application: &Item<Application>,
    workload: &Workload,
    writer: &Writer,
    synced: Timestamp,
) {
    let manager = writer.manager.to_lowercase();
    let is_tool = TOOLS.iter().any(|tool| manager.contains(tool));
    let what = if writer.subresource == "scale" {
        "scaled"
    } else {
        "changed"
    };
    let title = format!(
        "{} was {what} by {} after the last sync of application {}, and differs from Git",
        workload.subject,
        writer.manager,
        application.name()
    );
    let finding = report.finding("BSQ-GITOPS-003", workload.subject.clone(), title);
    // A controller, such as an autoscaler, does what it was told: Git should then not name the field.
    if !is_tool {
        finding.severity(Severity::Info);
    }
    finding.since(writer.time);
    let time = writer.time.map(|time| time.to_string());
    finding.evidence(
        "metadata.managedFields",
        format!("{} at {}", writer.manager, time.unwrap_or_default()),
    );
    finding.evidence_from(
        application.read(),
        format!("last sync of application {}", application.name()),
        synced,
    );
    finding.attribute("application", application.name());
    let kind = workload.subject.kind().to_lowercase();
    finding.look([
        "kubectl",
        "-n",
        workload.subject.namespace(),
        "get",
        &kind,
        workload.subject.name(),
        "-o",
        "yaml",
        "--show-managed-fields",
    ]);
    finding.advice(if is_tool {
        "bring the change into Git, or sync the application to undo it"
    } else {
        "leave the field out of Git, or have Argo CD ignore it, if a controller is to set it"
    });
    finding.link("/docs/troubleshooting");
}
