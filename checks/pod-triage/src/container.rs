//! What one container's status says, with the events that explain it.

use bsq_sdk::prelude::*;

use crate::events::Events;
use crate::objects::{ContainerStatus, Event, Pod, Terminated, Waiting};
use crate::tolerance::Tolerance;
use crate::trouble::Trouble;

/// The troubles of all containers of a pod: init containers, sidecars, containers, ephemeral ones.
pub(crate) fn diagnose<'a>(
    pod: &'a Item<Pod>,
    events: &Events,
    tolerance: &Tolerance,
) -> Vec<Trouble<'a>> {
    let look = |status: &'a ContainerStatus, role| {
        Look {
            pod,
            status,
            role,
            events,
            tolerance,
        }
        .diagnose()
    };
    let init = pod
        .status
        .init_container_statuses
        .iter()
        .filter_map(|status| {
            let role = if pod.is_sidecar(&status.name) {
                Role::Sidecar
            } else {
                Role::Init
            };
            look(status, role)
        });
    let main = pod
        .status
        .container_statuses
        .iter()
        .filter_map(|status| look(status, Role::Main));
    let ephemeral = pod
        .status
        .ephemeral_container_statuses
        .iter()
        .filter_map(|status| look(status, Role::Ephemeral));
    init.chain(main).chain(ephemeral).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Init,
    Sidecar,
    Main,
    Ephemeral,
}

/// One container with what explains it.
pub(crate) struct Look<'a, 'b> {
    pub(crate) pod: &'a Item<Pod>,
    pub(crate) status: &'a ContainerStatus,
    pub(crate) role: Role,
    pub(crate) events: &'b Events,
    pub(crate) tolerance: &'b Tolerance,
}

impl<'a> Look<'a, '_> {
    pub(crate) fn diagnose(&self) -> Option<Trouble<'a>> {
        let state = &self.status.state;
        let trouble = match (&state.waiting, &state.terminated, &state.running) {
            (Some(waiting), ..) => self.waiting(waiting),
            (_, Some(terminated), _) => self.ended(terminated),
            (.., Some(running)) => self.running(running.started_at),
            _ => None,
        }?;
        // Someone looks into the pod with it; that it fails is not the platform's trouble.
        Some(if self.role == Role::Ephemeral {
            trouble.severity(Severity::Low)
        } else {
            trouble
        })
    }

    pub(crate) fn waiting(&self, waiting: &Waiting) -> Option<Trouble<'a>> {
        let age = self.pod.created();
        let is_young = !self
            .tolerance
            .is_over(age, self.tolerance.settings.starting_after);
        match waiting.reason.as_str() {
            "" | "ContainerCreating" | "PodInitializing" => None,
            "CrashLoopBackOff" => Some(self.crash(waiting.reason.as_str())),
            // The kubelet tries again: what is young may find its image or Secret in a moment.
            "ErrImagePull" | "CreateContainerConfigError" | "CreateContainerError" if is_young => {
                None
            }
            "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "ImageInspectError"
            | "RegistryUnavailable" => Some(self.image(waiting)),
            "CreateContainerConfigError" => Some(self.config(waiting)),
            _ => Some(self.creation(&waiting.reason, &waiting.message)),
        }
    }

    pub(crate) fn ended(&self, terminated: &Terminated) -> Option<Trouble<'a>> {
        let is_well = terminated.exit_code == 0 || self.role == Role::Ephemeral;
        (!is_well).then(|| self.crash(&terminated.reason))
    }

    pub(crate) fn running(&self, started: Option<Timestamp>) -> Option<Trouble<'a>> {
        let settings = &self.tolerance.settings;
        let is_over = self.tolerance.is_over(started, settings.starting_after);
        match self.role {
            Role::Ephemeral => None,
            Role::Init if is_over => Some(self.long_init(started)),
            Role::Init => None,
            Role::Main | Role::Sidecar if self.status.ready => self.restarted(),
            // Between two crashes a container runs for a moment.
            Role::Main | Role::Sidecar if !is_over && self.crashed_lately() => {
                Some(self.crash("Running"))
            }
            Role::Main | Role::Sidecar if is_over => Some(self.unready(started)),
            Role::Main | Role::Sidecar => None,
        }
    }

    pub(crate) fn trouble(&self, code: &'static str, title: impl Into<String>) -> Trouble<'a> {
        let name = self.status.name.as_str();
        let title = match self.role {
            Role::Init => format!("(init container {name}) {}", title.into()),
            Role::Sidecar => format!("(sidecar {name}) {}", title.into()),
            Role::Ephemeral => format!("(ephemeral container {name}) {}", title.into()),
            Role::Main if self.pod.status.container_statuses.len() > 1 => {
                format!("(container {name}) {}", title.into())
            }
            Role::Main => title.into(),
        };
        Trouble::new(self.pod, Some(name), code, title)
    }

    pub(crate) fn unhealthy(&self, probes: &[&str]) -> Option<&Item<Event>> {
        let unhealthy = self
            .events
            .of(self.pod)
            .filter(|event| event.reason == "Unhealthy");
        unhealthy
            .filter(|event| {
                event
                    .concerned()
                    .is_none_or(|known| known == self.status.name)
            })
            .find(|event| probes.iter().any(|probe| event.message.starts_with(probe)))
    }
}
