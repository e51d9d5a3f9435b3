//! The last sync operation: what of it failed, and what it waits for.

use bsq_platform::application::{Operation, Step};
use bsq_sdk::prelude::*;

use crate::objects::Application;

/// Where an operation stands.
pub(crate) enum Standing<'a> {
    /// It ended well, was never run, or runs as it should.
    Well,
    /// A hook failed.
    HookFailed(&'a Step),
    /// Resources were not applied, or the operation failed as a whole.
    Failed(Vec<&'a Step>),
    /// It runs, and has for long enough to say so.
    Waiting(Vec<&'a Step>),
}

impl<'a> Standing<'a> {
    pub(crate) fn of(
        operation: &'a Operation,
        is_over: impl Fn(Option<Timestamp>) -> bool,
    ) -> Self {
        let steps = &operation.sync_result.resources;
        let failed_hook = steps.iter().find(|step| step.is_hook() && has_failed(step));
        match operation.phase.as_str() {
            "Failed" | "Error" => match failed_hook {
                Some(hook) => Self::HookFailed(hook),
                None => Self::Failed(steps.iter().filter(|step| has_failed(step)).collect()),
            },
            "Running" | "Terminating" => match failed_hook {
                Some(hook) => Self::HookFailed(hook),
                // A sync that is tried again has failed before, however young this try is.
                None if operation.retry_count > 0 && steps.iter().any(has_failed) => {
                    Self::Failed(steps.iter().filter(|step| has_failed(step)).collect())
                }
                None if is_over(operation.started_at) => Self::Waiting(waited_for(operation)),
                None => Self::Well,
            },
            _ => Self::Well,
        }
    }
}

/// Argo CD leaves whatever it applied in this operation at `Running`, healthy or not; which of it is waited for, only its
/// message says. Hooks do end, so those that run beside a named one are waited for too.
fn waited_for(operation: &Operation) -> Vec<&Step> {
    let steps = operation.sync_result.resources.iter();
    let running: Vec<_> = steps.filter(|step| is_waited_for(step)).collect();
    let mut words = operation.message.split_whitespace();
    let Some(named) =
        words.find_map(|word| running.iter().copied().find(|step| is_named_by(step, word)))
    else {
        return running;
    };
    let beside = running
        .into_iter()
        .filter(|step| named.is_hook() && step.is_hook() && !std::ptr::eq(*step, named));
    std::iter::once(named).chain(beside).collect()
}

/// `apps/StatefulSet/milvus`, and `/ConfigMap/settings` of the core group.
fn is_named_by(step: &Step, word: &str) -> bool {
    word == format!("{}/{}/{}", step.group, step.kind, step.name)
}

fn has_failed(step: &Step) -> bool {
    step.status == "SyncFailed" || step.is_failed_hook()
}

/// A hook that runs, or a resource that was applied and whose wave may wait until it is healthy.
fn is_waited_for(step: &Step) -> bool {
    matches!(step.hook_phase.as_str(), "Running" | "Terminating")
}

/// `PreSync hook Job iam/superset-sso-setup`, or the resource with its wave.
pub(crate) fn told(step: &Step, application: &Application) -> String {
    if step.is_hook() {
        return format!("{} hook {}", step.hook_type, step.label());
    }
    let same = |it: &&crate::objects::Resource| {
        it.kind == step.kind
            && it.name == step.name
            && it.namespace == step.namespace
            && it.group == step.group
    };
    match application.status.resources.iter().find(same) {
        Some(resource) if resource.sync_wave != 0 => {
            format!("{} of sync wave {}", step.label(), resource.sync_wave)
        }
        _ => step.label(),
    }
}
