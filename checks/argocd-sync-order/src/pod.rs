//! The pod of a job: which of its containers speaks for it, and why none has started.

use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) status: PodStatus,
}

#[derive(Object)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
    pub(crate) container_statuses: Vec<ContainerStatus>,
}

#[derive(Object)]
pub(crate) struct ContainerStatus {
    pub(crate) name: String,
    pub(crate) restart_count: i64,
    pub(crate) state: State,
}

#[derive(Object)]
pub(crate) struct State {
    pub(crate) waiting: Option<Waiting>,
    pub(crate) running: Option<Running>,
    pub(crate) terminated: Option<Terminated>,
}

#[derive(Object)]
pub(crate) struct Waiting {
    pub(crate) reason: String,
}

#[derive(Object)]
pub(crate) struct Running {
    pub(crate) started_at: Option<Timestamp>,
}

#[derive(Object)]
pub(crate) struct Terminated {
    pub(crate) exit_code: i64,
}

impl Pod {
    fn containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        let status = &self.status;
        status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses)
    }

    /// The container that failed, else the first that runs or was started before. A pod that never started has none.
    pub(crate) fn speaker(&self) -> Option<&ContainerStatus> {
        let failed = self.containers().find(|it| {
            let ended = it.state.terminated.as_ref();
            ended.is_some_and(|ended| ended.exit_code != 0)
        });
        failed
            .or_else(|| self.containers().find(|it| it.state.running.is_some()))
            .or_else(|| self.containers().find(|it| it.restart_count > 0))
    }

    /// Why it has not started: `ImagePullBackOff`, `CreateContainerConfigError`, no node.
    pub(crate) fn blocked(&self) -> Option<String> {
        if self.speaker().is_some() {
            return None;
        }
        let reasons = self.containers().filter_map(|it| it.state.waiting.as_ref());
        let reason = reasons
            .map(|waiting| waiting.reason.as_str())
            .find(|reason| !matches!(*reason, "PodInitializing" | "ContainerCreating" | ""));
        match reason {
            Some(reason) => Some(reason.to_owned()),
            None if self.status.phase == "Pending" => Some("Pending".to_owned()),
            None => None,
        }
    }

    /// Since when its container runs.
    pub(crate) fn runs_since(&self) -> Option<Timestamp> {
        self.containers()
            .filter_map(|it| it.state.running.as_ref())
            .filter_map(|it| it.started_at)
            .min()
    }
}
