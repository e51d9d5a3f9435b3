//! The last sync operation: what of it failed, and what it waits for.

use bsq_sdk::prelude::*;

use crate::objects::{Application, Operation, Synced};

/// Where an operation stands.
pub(crate) enum Standing<'a> {
    /// It ended well, was never run, or runs as it should.
    Well,
    /// A hook failed.
    HookFailed(&'a Synced),
    /// Resources were not applied, or the operation failed as a whole.
    Failed(Vec<&'a Synced>),
    /// It runs, and has for long enough to say so.
    Waiting(Vec<&'a Synced>),
}

impl<'a> Standing<'a> {
    pub(crate) fn of(
        operation: &'a Operation,
        is_over: impl Fn(Option<Timestamp>) -> bool,
    ) -> Self {
        let steps = &operation.sync_result.resources;
        let failed_hook = steps
            .iter()
            .find(|step| step.is_hook() && step.has_failed());
        match operation.phase.as_str() {
            "Failed" | "Error" => match failed_hook {
                Some(hook) => Self::HookFailed(hook),
                None => Self::Failed(steps.iter().filter(|step| step.has_failed()).collect()),
            },
            "Running" | "Terminating" => match failed_hook {
                Some(hook) => Self::HookFailed(hook),
                // A sync that is tried again has failed before, however young this try is.
                None if operation.retry_count > 0 && steps.iter().any(Synced::has_failed) => {
                    Self::Failed(steps.iter().filter(|step| step.has_failed()).collect())
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
fn waited_for(operation: &Operation) -> Vec<&Synced> {
    let steps = operation.sync_result.resources.iter();
    let running: Vec<_> = steps.filter(|step| step.is_waited_for()).collect();
    let mut words = operation.message.split_whitespace();
    let Some(named) =
        words.find_map(|word| running.iter().copied().find(|step| step.is_named_by(word)))
    else {
        return running;
    };
    let beside = running
        .into_iter()
        .filter(|step| named.is_hook() && step.is_hook() && !std::ptr::eq(*step, named));
    std::iter::once(named).chain(beside).collect()
}

impl Synced {
    /// `apps/StatefulSet/milvus`, and `/ConfigMap/settings` of the core group.
    fn is_named_by(&self, word: &str) -> bool {
        word == format!("{}/{}/{}", self.group, self.kind, self.name)
    }

    pub(crate) fn is_hook(&self) -> bool {
        !self.hook_type.is_empty()
    }

    fn has_failed(&self) -> bool {
        self.status == "SyncFailed" || matches!(self.hook_phase.as_str(), "Failed" | "Error")
    }

    /// A hook that runs, or a resource that was applied and whose wave may wait until it is healthy.
    fn is_waited_for(&self) -> bool {
        matches!(self.hook_phase.as_str(), "Running" | "Terminating")
    }

    /// `PreSync hook Job iam/superset-sso-setup`, or the resource with its wave.
    pub(crate) fn told(&self, application: &Application) -> String {
        if self.is_hook() {
            return format!("{} hook {}", self.hook_type, self.label());
        }
        let same = |it: &&crate::objects::Resource| {
            it.kind == self.kind
                && it.name == self.name
                && it.namespace == self.namespace
                && it.group == self.group
        };
        match application.status.resources.iter().find(same) {
            Some(resource) if resource.sync_wave != 0 => {
                format!("{} of sync wave {}", self.label(), resource.sync_wave)
            }
            _ => self.label(),
        }
    }
}
