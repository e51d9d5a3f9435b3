//! Workloads that no application delivers: a finding where the site says that all are, information where they are the
//! exception.

use std::collections::BTreeMap;

use bsq_platform::words;
use bsq_sdk::{Severity, prelude::*};

use crate::Settings;
use crate::ignored::Ignored;
use crate::tracking::Standing;
use crate::workloads::Workload;

/// Workloads in a title or a finding: beyond this a person reads the cluster.
const MOST: usize = 5;

/// Fewer delivered workloads than this make no rule that another is an exception to.
const RULE: usize = 2;

/// Why a workload should have been delivered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Configured,
    UseCase,
    Exception,
}

#[derive(Default)]
struct Place<'a> {
    delivered: usize,
    untracked: Vec<&'a Workload>,
    /// Some could not be decided.
    is_open: bool,
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    settings: &Settings,
    standings: &[(&Workload, Standing)],
    ignored: &Ignored<'_>,
) {
    let mut places: BTreeMap<&str, Place<'_>> = BTreeMap::new();
    for (workload, standing) in standings {
        let place = places.entry(workload.subject.namespace()).or_default();
        match standing {
            Standing::Delivered => place.delivered += 1,
            Standing::Untracked if !settings.is_young(cx.now(), workload.created) => {
                place.untracked.push(workload);
            }
            Standing::Unknown => place.is_open = true,
            Standing::Untracked | Standing::Orphan(_) => {}
        }
    }
    for (namespace, place) in &places {
        let is_configured = settings.namespaces.iter().any(|it| it == namespace);
        let is_exception =
            place.delivered >= RULE && place.delivered > place.untracked.len() && !place.is_open;
        let (why, workloads): (_, Vec<_>) = if is_configured {
            (Why::Configured, place.untracked.clone())
        } else if is_exception {
            (Why::Exception, place.untracked.clone())
        } else {
            let use_cases = place.untracked.iter().filter(|it| it.coreai.is_some());
            (Why::UseCase, use_cases.copied().collect())
        };
        if !workloads.is_empty() {
            let finding = finding(report, namespace, why, place.delivered, &workloads);
            for workload in &workloads {
                let name = workload.subject.name();
                for application in ignored.meant_for(namespace, name) {
                    finding.caused_by_finding("BSQ-GITOPS-004", application);
                }
            }
        }
    }
}

fn finding<'r>(
    report: &'r mut Report,
    namespace: &str,
    why: Why,
    delivered: usize,
    workloads: &[&Workload],
) -> &'r mut Finding {
    let names: Vec<_> = workloads.iter().map(|it| it.subject.to_string()).collect();
    let shown = words::some(&names, MOST);
    let because = match why {
        Why::Configured => String::new(),
        Why::UseCase => " (it calls the CoreAI API, as use cases do)".to_owned(),
        Why::Exception => format!(", which delivers {delivered} others there"),
    };
    let verb = if names.len() == 1 { "is" } else { "are" };
    let title = format!("{shown} {verb} not delivered by Argo CD{because}");
    let read = workloads.first().map_or(0, |it| it.read);
    let subject = ObjectRef::new("v1/Namespace", namespace).with_read(read);
    let finding = report.finding("BSQ-GITOPS-001", subject, title);
    if why != Why::Configured {
        finding.severity(Severity::Info);
    }
    if why == Why::Configured {
        finding.evidence("settings.namespaces", namespace);
    }
    finding.since(workloads.iter().filter_map(|it| it.created).min());
    for workload in workloads.iter().take(MOST) {
        finding.evidence_from(
            workload.read,
            format!("tracking of {}", workload.subject),
            "listed by no application, no tracking-id, no label of an application",
        );
        if let Some(variable) = &workload.coreai {
            finding.evidence_from(
                workload.read,
                format!("variables of {}", workload.subject),
                variable,
            );
        }
        if let Some(writer) = workload.first_writer() {
            finding.evidence_from(
                workload.read,
                format!("metadata.managedFields of {}", workload.subject),
                &writer.manager,
            );
        }
        if !workload.labels.managed_by.is_empty() {
            finding.evidence_from(
                workload.read,
                format!("app.kubernetes.io/managed-by of {}", workload.subject),
                &workload.labels.managed_by,
            );
        }
    }
    finding.attribute("workloads", names.join(","));
    finding.look([
        "kubectl",
        "-n",
        namespace,
        "get",
        "deployments,statefulsets,daemonsets",
        "--show-labels",
    ]);
    finding
        .advice("a change of it is in no repository, and the next rollout does not bring it back");
    finding.link("/docs/runtime/runtime-operating-model")
}
