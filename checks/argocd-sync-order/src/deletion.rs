//! Clean-up: an application that is deleted and waits for its PostDelete job, and clean-up jobs that failed and left
//! behind what they should have removed.

use bsq_sdk::prelude::*;

use crate::Sources;
use crate::job::Job;
use crate::objects::Application;
use crate::tell::{self, Diagnosis};

const CODE: &str = "BSQ-SYNC-007";
const FINALIZER: &str = "post-delete-finalizer.argocd.argoproj.io";

/// An application whose deletion waits for its clean-up.
pub(crate) fn tell(sources: &Sources<'_>, report: &mut Report, application: &Item<Application>) {
    let finalizers = &application.metadata.finalizers;
    let waits = finalizers.iter().any(|it| it.starts_with(FINALIZER));
    let is_over = sources
        .tolerance
        .is_over(sources.cx.now(), application.deleted());
    if !waits || !is_over {
        return;
    }
    let jobs = sources.jobs.all().iter();
    let jobs: Vec<_> = jobs
        .filter(|job| job.is_clean_up() && is_of(job, application))
        .collect();
    if jobs.is_empty() {
        return without_job(report, application);
    }
    for job in jobs {
        let diagnosis = Diagnosis::of(sources, job);
        let title = format!(
            "application {} is deleted and does not go: PostDelete hook Job {}/{} {}",
            application.name(),
            job.namespace(),
            job.name(),
            diagnosis.told()
        );
        let finding = report.finding(CODE, application, title);
        finding.since(application.deleted());
        finding.evidence("metadata.finalizers", finalizers.join(", "));
        diagnosis.tell(sources, finding);
        finding.attribute("job", format!("{}/{}", job.namespace(), job.name()));
        tell::application(finding, application.namespace(), application.name());
        finding.link("/docs/runtime/components/keycloak");
    }
}

fn without_job(report: &mut Report, application: &Item<Application>) {
    let title = format!(
        "application {} is deleted and does not go: its clean-up has not begun",
        application.name()
    );
    let finding = report.finding(CODE, application, title);
    finding.since(application.deleted());
    finding.evidence(
        "metadata.finalizers",
        application.metadata.finalizers.join(", "),
    );
    for condition in &application.status.conditions {
        finding.evidence(
            format!("status.conditions[{}]", condition.kind),
            &condition.message,
        );
    }
    finding.step(
        "the manifests must still be readable from Git for Argo CD to make the clean-up job",
        [
            "kubectl",
            "-n",
            &application.spec.destination.namespace,
            "get",
            "jobs",
        ],
    );
    tell::application(finding, application.namespace(), application.name());
    finding.link("/docs/runtime/components/keycloak");
}

/// Argo CD lets an application go whose clean-up failed: the job is all that is left to say so.
pub(crate) fn tell_left_over(
    sources: &Sources<'_>,
    report: &mut Report,
    applications: &[Item<Application>],
) {
    // A narrower scope does not see every application, so it cannot say that one is gone.
    if sources.cx.scope().kind != "platform" {
        return;
    }
    let failed = sources
        .jobs
        .all()
        .iter()
        .filter(|job| job.is_clean_up() && job.failure().is_some());
    for job in failed.filter(|job| !applications.iter().any(|it| is_of(job, it))) {
        let Some(name) = job.application() else {
            continue;
        };
        let diagnosis = Diagnosis::of(sources, job);
        let title = format!(
            "application {name} is gone, and its clean-up Job {}/{} failed: what it set up is left behind{}",
            job.namespace(),
            job.name(),
            diagnosis.reason.map_or_else(String::new, |reason| format!(
                " (the job {})",
                reason.told()
            ))
        );
        let finding = report.finding(CODE, job, title);
        finding.severity(Severity::Low);
        finding.since(diagnosis.since());
        diagnosis.tell(sources, finding);
        finding.advice("an SSO clean-up leaves a client, groups and roles in the realm: remove them, then the job");
        finding.link("/docs/runtime/components/keycloak");
    }
}

/// Tracking names the application, with its namespace where that is not Argo CD's own.
fn is_of(job: &Item<Job>, application: &Item<Application>) -> bool {
    let qualified = format!("{}_{}", application.namespace(), application.name());
    job.application()
        .is_some_and(|name| name == application.name() || name == qualified)
}
