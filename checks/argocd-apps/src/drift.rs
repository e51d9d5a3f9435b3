//! The cluster differs from Git, and nothing failed: by how much, and whether someone is to sync it by hand or a window of
//! the project holds the sync back.

use bsq_sdk::{Severity, prelude::*};

use crate::causes;
use crate::objects::{Application, Project};
use crate::tell;

pub(crate) fn tell(cx: &Context, report: &mut Report, application: &Item<Application>) {
    let differing: Vec<_> = application
        .status
        .resources
        .iter()
        .filter(|it| it.status == "OutOfSync")
        .collect();
    let only_pruning = !differing.is_empty() && differing.iter().all(|it| it.requires_pruning);
    let labels: Vec<_> = differing.iter().map(|it| it.label()).collect();
    let labels: Vec<_> = labels.iter().map(String::as_str).collect();
    let what = match (labels.is_empty(), only_pruning) {
        (true, _) => "differs from Git".to_owned(),
        (false, true) => format!(
            "has what Git no longer has ({})",
            tell::some(&labels, "resources")
        ),
        (false, false) => format!("differs from Git in {}", tell::some(&labels, "resources")),
    };
    let policy = if application.is_automated() {
        ""
    } else {
        ", and is synced by hand"
    };
    let title = format!("application {} {what}{policy}", application.name());
    let finding = report.finding("BSQ-ARGO-014", application, title);
    match (
        application.is_automated(),
        application.status.health.status.as_str(),
    ) {
        (false, "Healthy") => finding.severity(Severity::Info),
        (_, _) if only_pruning => finding.severity(Severity::Low),
        _ => finding.severity(Severity::Medium),
    };
    causes::missing(finding, application);
    causes::changed(finding, &differing);
    causes::unexpected(finding, application);
    tell::facts(finding, application);
    if let Some(deployed) = application.last_deployed() {
        finding.evidence("status.history.deployedAt", deployed);
    }
    if application.is_automated() {
        sync_windows(cx, finding, application);
    }
    tell::look(finding, application);
    finding.link("/docs/troubleshooting");
}

/// An automated sync that does not come may be held back by a window of the project.
fn sync_windows(cx: &Context, finding: &mut Finding, application: &Item<Application>) {
    let Ok(project) = cx.get::<Project>(application.namespace(), &application.spec.project) else {
        return;
    };
    for window in project.spec.sync_windows.iter().take(tell::MOST) {
        let value = format!(
            "{} {} for {}",
            window.kind, window.schedule, window.duration
        );
        finding.evidence_from(
            project.read(),
            format!("spec.syncWindows of project {}", project.name()),
            value,
        );
    }
}
