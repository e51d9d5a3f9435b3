//! The rungs that follow a sync: is what the application consists of there and healthy, and what of it is not.

use bsq_platform::command;
use bsq_sdk::{Severity, prelude::*};

use crate::Tolerance;
use crate::causes;
use crate::delivery::Delivery;
use crate::objects::{Application, Resource};
use crate::tell;
use crate::workloads::Workloads;

/// A resource that fails, and what says so.
pub(crate) struct Failing {
    pub(crate) subject: ObjectRef,
    /// The read that it was seen in, where that is not the application's.
    pub(crate) read: Option<u32>,
    pub(crate) source: String,
    pub(crate) value: String,
}

pub(crate) fn tell(
    report: &mut Report,
    workloads: &mut Workloads<'_>,
    application: &Item<Application>,
    delivery: &Delivery<'_>,
    tolerance: &Tolerance,
    now: Timestamp,
) {
    if application.deleted().is_some() {
        return;
    }
    match application.status.health.status.as_str() {
        "Degraded" => unhealthy(
            report,
            workloads,
            application,
            "BSQ-ARGO-015",
            "is unhealthy",
        ),
        "Missing" if !delivery.explains_unready() => missing(report, application, tolerance, now),
        "Progressing"
            if !delivery.explains_unready()
                && tolerance.is_over(now, progressing_since(application)) =>
        {
            unhealthy(
                report,
                workloads,
                application,
                "BSQ-ARGO-017",
                "does not become ready",
            );
        }
        "Suspended" => suspended(report, application),
        "Unknown" if !delivery.explains_unready() => unknown(report, application),
        _ => {}
    }
}

/// Older Argo CD has no transition time; what runs cannot have been progressing for longer than since the last sync.
fn progressing_since(application: &Application) -> Option<Timestamp> {
    let operation = application.status.operation_state.as_ref();
    application
        .status
        .health
        .last_transition_time
        .or_else(|| operation.and_then(|it| it.finished_at))
}

fn unhealthy(
    report: &mut Report,
    workloads: &mut Workloads<'_>,
    application: &Item<Application>,
    code: &str,
    what: &str,
) {
    let failing = failing(workloads, application);
    let title = match failing.as_slice() {
        [] => format!("application {} {what}", application.name()),
        [only] => format!(
            "application {} {what}: {}",
            application.name(),
            only.subject
        ),
        [first, rest @ ..] => {
            format!(
                "application {} {what}: {} and {} more",
                application.name(),
                first.subject,
                rest.len()
            )
        }
    };
    let finding = report.finding(code, application, title);
    finding.since(progressing_since(application));
    for resource in failing.iter().take(tell::MOST) {
        match resource.read {
            Some(read) => finding.evidence_from(read, resource.source.clone(), &resource.value),
            None => finding.evidence(resource.source.clone(), &resource.value),
        };
    }
    for resource in &failing {
        finding.caused_by(resource.subject.clone());
    }
    if code == "BSQ-ARGO-017" {
        causes::prerequisites(finding, application);
    }
    if !application.status.health.message.is_empty() {
        finding.evidence("status.health.message", &application.status.health.message);
    }
    tell::facts(finding, application);
    if let Some(first) = failing.first() {
        let kind = first.subject.kind().to_lowercase();
        finding.look(command::describe(
            first.subject.namespace(),
            &kind,
            first.subject.name(),
        ));
    }
    tell::look(finding, application);
    finding.link("/docs/troubleshooting");
}

/// As Argo CD stores it, else as the workloads themselves say.
fn failing(workloads: &mut Workloads<'_>, application: &Item<Application>) -> Vec<Failing> {
    let resources = &application.status.resources;
    if resources.iter().all(|resource| resource.health.is_none()) {
        return workloads.failing(resources);
    }
    let wanted = if application.status.health.status == "Degraded" {
        ["Degraded", "Missing"]
    } else {
        ["Progressing", "Missing"]
    };
    resources
        .iter()
        .filter(|resource| wanted.contains(&resource.health()))
        .map(stored)
        .collect()
}

fn stored(resource: &Resource) -> Failing {
    let message = resource
        .health
        .as_ref()
        .map_or("", |health| &health.message);
    let value = if message.is_empty() {
        resource.health().to_owned()
    } else {
        format!("{}: {message}", resource.health())
    };
    Failing {
        subject: resource.reference(),
        read: None,
        source: format!("status.resources[{}].health", resource.label()),
        value,
    }
}

fn missing(
    report: &mut Report,
    application: &Item<Application>,
    tolerance: &Tolerance,
    now: Timestamp,
) {
    let status = &application.status;
    // A sync that is about to begin finds nothing yet.
    if status
        .operation_state
        .as_ref()
        .is_some_and(|it| it.phase == "Running")
        || !tolerance.is_over(now, application.created())
    {
        return;
    }
    let never = status.operation_state.is_none() && status.history.is_empty();
    let absent: Vec<_> = status
        .resources
        .iter()
        .filter(|it| it.health() == "Missing")
        .map(Resource::label)
        .collect();
    let absent: Vec<_> = absent.iter().map(String::as_str).collect();
    let what = match (never, absent.is_empty()) {
        (true, _) => "was never synced".to_owned(),
        (false, true) => "has resources that are not in the cluster".to_owned(),
        (false, false) => format!(
            "is not in the cluster with {}",
            tell::some(&absent, "resources")
        ),
    };
    let policy = if application.is_automated() {
        ""
    } else {
        ", and is synced by hand"
    };
    let title = format!("application {} {what}{policy}", application.name());
    let finding = report.finding("BSQ-ARGO-016", application, title);
    if never && !application.is_automated() {
        finding.severity(Severity::Medium);
    }
    finding.since(status.health.last_transition_time);
    causes::unexpected(finding, application);
    tell::facts(finding, application);
    tell::look(finding, application);
    finding.link("/docs/troubleshooting");
}

fn suspended(report: &mut Report, application: &Item<Application>) {
    let title = format!("application {} is suspended", application.name());
    let finding = report.finding("BSQ-ARGO-019", application, title);
    finding
        .severity(Severity::Info)
        .since(application.status.health.last_transition_time);
    tell::facts(finding, application);
    tell::look(finding, application);
}

fn unknown(report: &mut Report, application: &Item<Application>) {
    let title = format!(
        "application {}: Argo CD does not know its health",
        application.name()
    );
    let finding = report.finding("BSQ-ARGO-020", application, title);
    finding.since(application.status.health.last_transition_time);
    tell::facts(finding, application);
    tell::look(finding, application);
}
