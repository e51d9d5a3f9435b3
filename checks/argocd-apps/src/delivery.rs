//! The rungs from Git to the cluster: deletion, specification, comparison, operation, sync status.

use bsq_platform::application::{Condition, Operation, Step};
use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::causes;
use crate::drift;
use crate::fault::{self, Fault};
use crate::objects::Application;
use crate::operation::{Standing, told};
use crate::repositories::Repositories;
use crate::tell;

/// The first rung that does not hold.
pub(crate) enum Delivery<'a> {
    Well,
    Deleting,
    Comparison(&'a Condition),
    Unknown,
    HookFailed(&'a Operation, &'a Step),
    Failed(&'a Operation, Vec<&'a Step>),
    Waiting(&'a Operation, Vec<&'a Step>),
    OutOfSync,
}

impl<'a> Delivery<'a> {
    pub(crate) fn of(
        application: &'a Item<Application>,
        tolerance: &Tolerance,
        now: Timestamp,
    ) -> Self {
        let is_over = |since| tolerance.is_over(now, since);
        let status = &application.status;
        if application.deleted().is_some() {
            return if is_over(application.deleted()) {
                Self::Deleting
            } else {
                Self::Well
            };
        }
        if let Some(condition) = application.condition(&["InvalidSpecError", "ComparisonError"]) {
            return Self::Comparison(condition);
        }
        if let Some(operation) = &status.operation_state {
            match Standing::of(operation, is_over) {
                Standing::HookFailed(hook) => return Self::HookFailed(operation, hook),
                Standing::Failed(steps) => return Self::Failed(operation, steps),
                Standing::Waiting(steps) => return Self::Waiting(operation, steps),
                Standing::Well if operation.phase == "Running" => return Self::Well,
                Standing::Well => {}
            }
        }
        match status.sync.status.as_str() {
            "OutOfSync" => Self::OutOfSync,
            "Unknown" | "" if is_over(application.created()) => Self::Unknown,
            _ => Self::Well,
        }
    }

    /// Whether a missing or unready resource is only what this rung leads to.
    pub(crate) fn explains_unready(&self) -> bool {
        !matches!(self, Self::Well | Self::OutOfSync)
    }

    pub(crate) fn tell(
        &self,
        cx: &Context,
        report: &mut Report,
        repositories: &mut Repositories<'a>,
        application: &'a Item<Application>,
    ) {
        match self {
            Self::Well => {}
            Self::Deleting => deleting(report, application),
            Self::Comparison(condition) => comparison(report, repositories, application, condition),
            Self::Unknown => unknown(report, application),
            Self::HookFailed(operation, hook) => hook_failed(report, application, operation, hook),
            Self::Failed(operation, steps) => failed(report, application, operation, steps),
            Self::Waiting(operation, steps) => waiting(report, application, operation, steps),
            Self::OutOfSync => drift::tell(cx, report, application),
        }
    }
}

fn deleting(report: &mut Report, application: &Item<Application>) {
    let hooks = application
        .metadata
        .finalizers
        .iter()
        .any(|it| it.starts_with("post-delete-finalizer.argocd.argoproj.io"));
    let waits = if hooks {
        ": its PostDelete hook has not ended"
    } else {
        ""
    };
    let title = format!(
        "application {} is being deleted and does not go{waits}",
        application.name()
    );
    let finding = report.finding("BSQ-ARGO-018", application, title);
    finding.since(application.deleted());
    finding.evidence(
        "metadata.finalizers",
        application.metadata.finalizers.join(", "),
    );
    if let Some(condition) = application.condition(&["DeletionError"]) {
        finding.evidence("status.conditions.message", &condition.message);
    }
    tell::facts(finding, application);
    if hooks {
        causes::clean_up(finding, application);
        let namespace = application.spec.destination.namespace.as_str();
        finding.step(
            "the clean-up job of the application is the hook to look at",
            ["kubectl", "-n", namespace, "get", "jobs"],
        );
        finding.link("/docs/runtime/components/keycloak");
    }
    tell::look(finding, application);
}

fn comparison<'a>(
    report: &mut Report,
    repositories: &mut Repositories<'a>,
    application: &'a Item<Application>,
    condition: &'a Condition,
) {
    let fault = match Fault::of(&condition.message) {
        Fault::Other if condition.kind == "InvalidSpecError" => Fault::Project,
        fault => fault,
    };
    if fault.is_of_repository() && application.sources().next().is_some() {
        return repositories.add(
            fault,
            application,
            &condition.message,
            condition.last_transition_time,
        );
    }
    let finding = report.finding(
        fault.code(),
        application,
        fault.title(application, &condition.message),
    );
    finding.since(condition.last_transition_time);
    finding.evidence(
        format!("status.conditions[{}]", condition.kind),
        &condition.message,
    );
    match (fault, fault::source(application, &condition.message)) {
        (Fault::Kind, _) => causes::kind(finding, &condition.message),
        (Fault::Path, Some(source)) => causes::unreadable(finding, source),
        _ => {}
    }
    tell::facts(finding, application);
    tell::look(finding, application);
    finding.link(if fault == Fault::Other {
        "/docs/troubleshooting"
    } else {
        "/docs/deployment/configuration-model"
    });
}

fn unknown(report: &mut Report, application: &Item<Application>) {
    let title = format!(
        "application {}: Argo CD has not compared it with Git",
        application.name()
    );
    let finding = report.finding("BSQ-ARGO-020", application, title);
    causes::not_looked_at(finding, application);
    tell::facts(finding, application);
    tell::look(finding, application);
}

fn hook_failed(
    report: &mut Report,
    application: &Item<Application>,
    operation: &Operation,
    hook: &Step,
) {
    let title = format!(
        "application {}: {} failed",
        application.name(),
        told(hook, application)
    );
    let finding = report.finding("BSQ-ARGO-011", application, title);
    finding.since(operation.finished_at.or(operation.started_at));
    finding.evidence(
        "status.operationState.syncResult",
        format!("{}: {}", told(hook, application), hook.message),
    );
    tell::facts(finding, application);
    finding.caused_by(hook.reference());
    hook_steps(finding, hook);
    tell::look(finding, application);
    finding.link("/docs/deployment/playbooks/deployment-sequence");
}

fn hook_steps(finding: &mut Finding, hook: &Step) {
    let resource = hook.kind.to_lowercase();
    finding.look(command::describe(&hook.namespace, &resource, &hook.name));
    if hook.kind == "Job" {
        let job = format!("job/{}", hook.name);
        finding.look(command::logs(&hook.namespace, &job));
        finding.link("/docs/runtime/components/keycloak");
    }
}

fn failed(
    report: &mut Report,
    application: &Item<Application>,
    operation: &Operation,
    steps: &[&Step],
) {
    let message = steps
        .first()
        .map_or(operation.message.as_str(), |step| step.message.as_str());
    let fault = Fault::of(message);
    let own = matches!(fault, Fault::Kind | Fault::Forbidden | Fault::Project);
    let title = match steps.first() {
        _ if own => fault.title(application, message),
        Some(step) => format!(
            "application {}: sync failed at {}",
            application.name(),
            told(step, application)
        ),
        None => format!("application {}: sync failed", application.name()),
    };
    let finding = report.finding(
        if own { fault.code() } else { "BSQ-ARGO-012" },
        application,
        title,
    );
    finding.since(operation.finished_at.or(operation.started_at));
    for step in steps.iter().take(tell::MOST) {
        finding.evidence(
            "status.operationState.syncResult",
            format!("{}: {}", told(step, application), step.message),
        );
    }
    causes::kind(finding, message);
    if operation.retry_count > 0 {
        finding.evidence("status.operationState.retryCount", operation.retry_count);
    }
    tell::facts(finding, application);
    tell::look(finding, application);
    finding.link("/docs/troubleshooting");
}

fn waiting(
    report: &mut Report,
    application: &Item<Application>,
    operation: &Operation,
    steps: &[&Step],
) {
    let name = application.name();
    let title = match steps {
        [] => format!(
            "application {name}: its sync does not end: {}",
            operation.message
        ),
        [only] => format!("application {name} waits for {}", told(only, application)),
        [first, rest @ ..] => format!(
            "application {name} waits for {} and {} more",
            told(first, application),
            rest.len()
        ),
    };
    let finding = report.finding("BSQ-ARGO-013", application, title);
    finding.since(operation.started_at);
    finding.evidence("status.operationState.message", &operation.message);
    for step in steps.iter().take(tell::MOST) {
        finding.evidence(
            "status.operationState.syncResult",
            format!("{}: {}", told(step, application), step.message),
        );
        finding.caused_by(step.reference());
    }
    if steps.is_empty() {
        causes::awaited(finding, application, &operation.message);
    }
    tell::facts(finding, application);
    if let Some(step) = steps.first() {
        hook_steps(finding, step);
    }
    tell::look(finding, application);
    finding.link("/docs/deployment/playbooks/deployment-sequence");
}
