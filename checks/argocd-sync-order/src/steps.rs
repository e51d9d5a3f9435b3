//! The steps of the last sync that hold it: hooks that failed or run for too long, resources that a wave waits for.

use bsq_platform::application::{Operation, Step};
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::objects::Application;

/// Empty for a sync that ended well, or is as young as a sync may be.
pub(crate) fn of(application: &Application, tolerance: &Tolerance, now: Timestamp) -> Vec<Step> {
    let Some(operation) = &application.status.operation_state else {
        return Vec::new();
    };
    let failed = || {
        let steps = operation.sync_result.resources.iter();
        steps.filter(|step| step.is_hook() && step.is_failed_hook())
    };
    match operation.phase.as_str() {
        "Failed" | "Error" => failed().cloned().collect(),
        "Running" | "Terminating" => {
            let is_over = operation.retry_count > 0 || tolerance.is_over(now, operation.started_at);
            let waited = waited_for(application, operation);
            // A hook that failed has failed, however young the sync is.
            failed()
                .cloned()
                .chain(waited.into_iter().filter(|_| is_over))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What the result says is running; else what the message names, since a wave is told there alone by some versions.
fn waited_for(application: &Application, operation: &Operation) -> Vec<Step> {
    let running = operation.sync_result.resources.iter().filter(|step| {
        matches!(step.hook_phase.as_str(), "Running" | "Terminating")
            || step.hook_phase == "Pending"
    });
    let running: Vec<_> = running.cloned().collect();
    if running.is_empty() {
        return named(application, &operation.message).into_iter().collect();
    }
    // Where the message names one, it is the one; the others of its wave are applied and may be well.
    match named(application, &operation.message) {
        Some(named) if running.iter().any(|step| step.label() == named.label()) => running
            .into_iter()
            .filter(|step| step.is_hook() || step.label() == named.label())
            .collect(),
        // Where it names none, what is not a workload cannot be told to be unhealthy.
        _ => running
            .into_iter()
            .filter(|step| step.is_hook() || step.group == "apps")
            .collect(),
    }
}

/// `waiting for completion of hook batch/Job/x and 2 more hooks`, `waiting for healthy state of apps/StatefulSet/x`.
fn named(application: &Application, message: &str) -> Option<Step> {
    let (rest, is_hook) = match message.split_once("completion of hook ") {
        Some((_, rest)) => (rest, true),
        None => (message.split_once("healthy state of ")?.1, false),
    };
    let place = rest.split_whitespace().next()?;
    let mut parts = place.rsplit('/');
    let (name, kind) = (parts.next()?, parts.next()?);
    let group = parts.next().unwrap_or_default();
    let known = application
        .status
        .operation_state
        .iter()
        .flat_map(|it| &it.sync_result.resources)
        .find(|step| step.name == name && step.kind == kind);
    if let Some(known) = known {
        return Some(known.clone());
    }
    let resource = application
        .status
        .resources
        .iter()
        .find(|it| it.name == name && it.kind == kind);
    Some(Step {
        group: group.to_owned(),
        version: resource.map_or_else(|| "v1".to_owned(), |it| it.version.clone()),
        kind: kind.to_owned(),
        namespace: resource.map_or_else(
            || application.spec.destination.namespace.clone(),
            |it| it.namespace.clone(),
        ),
        name: name.to_owned(),
        status: String::new(),
        message: message.to_owned(),
        hook_type: if is_hook {
            "Sync".to_owned()
        } else {
            String::new()
        },
        hook_phase: "Running".to_owned(),
    })
}

/// When the sync began to wait.
pub(crate) fn began(application: &Application) -> Option<Timestamp> {
    let operation = application.status.operation_state.as_ref()?;
    match operation.phase.as_str() {
        "Running" | "Terminating" => operation.started_at,
        _ => operation.finished_at.or(operation.started_at),
    }
}
