//! A hook that failed or does not end, told of the hook itself: applications that wait for it follow from it.

use bsq_platform::application::Step;
use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Sources;
use crate::jobs::Lookup;
use crate::objects::Application;
use crate::prerequisites::Needs;
use crate::steps;
use crate::tell::{self, Diagnosis};

pub(crate) fn tell(
    sources: &Sources<'_>,
    report: &mut Report,
    needs: &mut Needs,
    application: &Item<Application>,
    step: &Step,
) {
    if step.group != "batch" || step.kind != "Job" {
        return other(report, application, step);
    }
    match sources.jobs.find(&step.namespace, &step.name) {
        Lookup::Found(job) => {
            needs.add_hook(application, step, job);
            running(
                sources,
                report,
                application,
                step,
                &Diagnosis::of(sources, job),
            );
        }
        // A failed hook may be deleted by its own policy, and Argo CD has its message.
        Lookup::Gone(read) if !step.is_failed_hook() => gone(report, application, step, read),
        Lookup::Gone(_) | Lookup::Unknown => other(report, application, step),
    }
}

fn running(
    sources: &Sources<'_>,
    report: &mut Report,
    application: &Item<Application>,
    step: &Step,
    diagnosis: &Diagnosis<'_>,
) {
    let code = diagnosis
        .reason
        .map_or("BSQ-SYNC-005", crate::sso::Reason::code);
    let title = format!(
        "{} hook {} of application {} {}",
        step.hook_type,
        step.label(),
        application.name(),
        diagnosis.told()
    );
    let finding = report.finding(code, diagnosis.job, title);
    finding.since(diagnosis.since().or_else(|| steps::began(application)));
    diagnosis.tell(sources, finding);
    of_application(finding, application, step);
}

/// Argo CD waits for an object that is not there: deleted by hand, or by `ttlSecondsAfterFinished` before Argo CD saw its
/// end.
fn gone(report: &mut Report, application: &Item<Application>, step: &Step, read: Option<u32>) {
    let title = format!(
        "application {} waits for {} hook {}, which does not exist any more",
        application.name(),
        step.hook_type,
        step.label()
    );
    let finding = report.finding(
        "BSQ-SYNC-006",
        step.reference().with_read(application.read()),
        title,
    );
    finding.since(steps::began(application));
    if let Some(read) = read {
        finding.evidence_from(read, step.label(), "absent");
    }
    of_application(finding, application, step);
    finding.advice("terminate the sync and start it again; a job that removes itself (`ttlSecondsAfterFinished`) can be gone before Argo CD sees that it ended");
}

/// A hook of another kind, or a job that cannot be read: what Argo CD says of it is all there is.
fn other(report: &mut Report, application: &Item<Application>, step: &Step) {
    let what = if step.is_failed_hook() {
        "failed"
    } else {
        "does not come to its end"
    };
    let title = format!(
        "{} hook {} of application {} {what}",
        step.hook_type,
        step.label(),
        application.name()
    );
    let finding = report.finding(
        "BSQ-SYNC-005",
        step.reference().with_read(application.read()),
        title,
    );
    finding.since(steps::began(application));
    of_application(finding, application, step);
    let kind = step.kind.to_lowercase();
    finding.look(command::describe(&step.namespace, &kind, &step.name));
}

fn of_application(finding: &mut Finding, application: &Item<Application>, step: &Step) {
    let read = application.read();
    finding.evidence_from(
        read,
        format!(
            "status.operationState of application {}",
            application.name()
        ),
        format!(
            "{} hook, {}: {}",
            step.hook_type, step.hook_phase, step.message
        ),
    );
    let held = application
        .status
        .resources
        .iter()
        .filter(|it| it.status == "OutOfSync")
        .count();
    if held > 0 && step.hook_type == "PreSync" {
        finding.evidence_from(
            read,
            format!("status.resources of application {}", application.name()),
            format!("{held} resources are not applied until it ends"),
        );
    }
    finding.attribute("application", application.name());
    tell::application(finding, application.namespace(), application.name());
    finding.link("/docs/deployment/playbooks/deployment-sequence");
}
