//! A resource that its sync wave waits for: what it waits for in turn, and what the later waves hold back.

use bsq_platform::application::Step;
use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Sources;
use crate::objects::Application;
use crate::{steps, tell};

pub(crate) fn tell(
    sources: &Sources<'_>,
    report: &mut Report,
    application: &Item<Application>,
    step: &Step,
) {
    let resource = application.resource(step);
    let wave = resource.map_or(0, |resource| resource.sync_wave);
    let workload = sources
        .workloads
        .find(&step.group, &step.kind, &step.namespace, &step.name);
    // A wave whose workload is ready in the meantime goes on by itself.
    if workload.is_some_and(|workload| !workload.is_short()) {
        return;
    }
    let held: Vec<_> = application
        .status
        .resources
        .iter()
        .filter(|it| it.sync_wave > wave && it.status == "OutOfSync")
        .collect();
    let state = workload.map_or_else(
        || "is not healthy".to_owned(),
        |workload| format!("has {}", workload.told()),
    );
    let behind = match held.len() {
        0 => String::new(),
        1 => "; 1 resource of a later wave is held back".to_owned(),
        count => format!("; {count} resources of later waves are held back"),
    };
    let title = format!(
        "sync wave {wave} of application {} waits for {}, which {state}{behind}",
        application.name(),
        step.label()
    );
    let subject = step.reference().with_read(application.read());
    let finding = report.finding("BSQ-SYNC-008", subject.clone(), title);
    finding.since(steps::began(application));
    finding.evidence("status.operationState.message", &step.message);
    if let Some(workload) = workload {
        finding.evidence_from(
            workload.read,
            format!("status of {}", step.label()),
            workload.told(),
        );
    }
    for resource in held.iter().take(tell::MOST) {
        finding.evidence(
            format!("held back in wave {}", resource.sync_wave),
            resource.reference(),
        );
    }
    // The pods of a workload, or the application that the resource is, say why.
    finding.caused_by(subject);
    finding.attribute("application", application.name());
    let kind = step.kind.to_lowercase();
    let kind = if step.group == "argoproj.io" {
        format!("{kind}s.argoproj.io")
    } else {
        kind
    };
    finding.look(command::describe(&step.namespace, &kind, &step.name));
    tell::application(finding, application.namespace(), application.name());
    finding.link("/docs/deployment/playbooks/deployment-sequence");
}
