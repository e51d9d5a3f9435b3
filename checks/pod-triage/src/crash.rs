//! A container that ended, or was ended: by itself, for its memory, or by a probe.

use bsq_sdk::prelude::*;

use crate::container::Look;
use crate::exit;
use crate::objects::{Event, Terminated};
use crate::trouble::{LogWish, Trouble};

impl<'a> Look<'a, '_> {
    pub(crate) fn crash(&self, state: &str) -> Trouble<'a> {
        let ended = self.last_end();
        let code = ended.map_or(0, |ended| ended.exit_code);
        let reason = ended.map_or("", |ended| ended.reason.as_str());
        let message = ended.map_or("", |ended| ended.message.trim());
        if reason == "OOMKilled" {
            return self
                .out_of_memory("is killed for its memory")
                .since(self.onset());
        }
        if matches!(reason, "ContainerCannotRun" | "StartError") || matches!(code, 126 | 127) {
            return self.creation(reason, message);
        }
        if let Some(kill) = self.probe_kill() {
            return self.killed_by_probe(kill);
        }
        let trouble = self.trouble(
            "BSQ-POD-001",
            format!("ends again and again: {}", exit::describe(code)),
        );
        self.with_crash_facts(trouble, state)
            .fact("lastState.terminated.message", message)
    }

    pub(crate) fn out_of_memory(&self, said: &str) -> Trouble<'a> {
        let limit = self
            .pod
            .memory_limit(&self.status.name)
            .map(ToString::to_string);
        let title = match &limit {
            Some(limit) => format!("{said}: limit {limit} (OOMKilled)"),
            None => format!("{said} (OOMKilled)"),
        };
        let trouble = self.trouble("BSQ-POD-005", title);
        let trouble = self.with_crash_facts(trouble, "OOMKilled");
        let trouble = trouble.fact(
            "spec.containers.resources.limits.memory",
            limit.unwrap_or_default(),
        );
        trouble.advice("raise the memory limit, or find what uses the memory")
    }

    pub(crate) fn killed_by_probe(&self, kill: &Item<Event>) -> Trouble<'a> {
        let unhealthy = self.unhealthy(&["Liveness", "Startup"]);
        let why = unhealthy.map_or(kill.message.as_str(), |event| event.message.as_str());
        let probe = if kill.message.contains("startup probe") {
            "startup"
        } else {
            "liveness"
        };
        let title = format!("is killed by its {probe} probe: {}", after_colon(why));
        let trouble = self.with_crash_facts(self.trouble("BSQ-POD-006", title), "killed");
        trouble
            .attribute("probe", probe)
            .event(unhealthy)
            .event(Some(kill))
    }

    pub(crate) fn restarted(&self) -> Option<Trouble<'a>> {
        let settings = &self.tolerance.settings;
        let ended = self.status.last_state.terminated.as_ref()?;
        if !self
            .tolerance
            .is_within(ended.finished_at, settings.restarts_within)
        {
            return None;
        }
        if ended.reason == "OOMKilled" {
            return Some(
                self.out_of_memory("was killed for its memory, and runs again")
                    .since(ended.finished_at)
                    .severity(Severity::Medium),
            );
        }
        if self.status.restart_count < settings.restarts {
            return None;
        }
        let count = self.status.restart_count;
        let title = format!(
            "restarted {count} times, and runs: {}",
            exit::describe(ended.exit_code)
        );
        let trouble = self
            .with_crash_facts(self.trouble("BSQ-POD-019", title), "Running")
            .since(ended.finished_at);
        Some(trouble.event(self.probe_kill()))
    }

    pub(crate) fn crashed_lately(&self) -> bool {
        let ended = self.status.last_state.terminated.as_ref();
        ended.is_some_and(|ended| {
            let is_recent = self
                .tolerance
                .is_within(ended.finished_at, self.tolerance.settings.restarts_within);
            is_recent && ended.exit_code != 0 && self.status.restart_count > 1
        })
    }

    pub(crate) fn with_crash_facts(&self, trouble: Trouble<'a>, state: &str) -> Trouble<'a> {
        let ended = self
            .last_end()
            .map(|ended| format!("{}, {}", ended.reason, exit::describe(ended.exit_code)));
        let back_off = self
            .events
            .of_container(self.pod, &self.status.name, &["BackOff"]);
        trouble
            .since(self.onset())
            .fact("state", state)
            .fact("restartCount", self.status.restart_count)
            .fact("lastState.terminated", ended.unwrap_or_default())
            .event(back_off)
            .log(self.log_wish())
            .look([
                "kubectl",
                "-n",
                self.pod.namespace(),
                "logs",
                self.pod.name(),
                "-c",
                &self.status.name,
                "--previous",
            ])
    }

    /// Without a restart there is no instance before this one.
    fn log_wish(&self) -> LogWish {
        if self.status.restart_count > 0 {
            LogWish::Previous
        } else {
            LogWish::Current
        }
    }

    /// When it began: the first back-off that is remembered, the loss of readiness, or the last end.
    pub(crate) fn onset(&self) -> Option<Timestamp> {
        let back_off = self
            .events
            .of_container(self.pod, &self.status.name, &["BackOff"]);
        let back_off = back_off.and_then(|event| event.first_seen());
        let unready = self
            .pod
            .condition("Ready")
            .filter(|condition| condition.status == "False");
        let unready = unready.and_then(|condition| condition.last_transition_time);
        let ended = self.last_end().and_then(|ended| ended.finished_at);
        [back_off, unready].into_iter().flatten().min().or(ended)
    }

    /// How the last instance ended.
    pub(crate) fn last_end(&self) -> Option<&'a Terminated> {
        self.status
            .state
            .terminated
            .as_ref()
            .or(self.status.last_state.terminated.as_ref())
    }

    pub(crate) fn probe_kill(&self) -> Option<&Item<Event>> {
        let kill = self
            .events
            .of_container(self.pod, &self.status.name, &["Killing"])?;
        let is_probe = kill.message.contains("failed liveness probe")
            || kill.message.contains("failed startup probe");
        is_probe.then_some(kill)
    }
}

fn after_colon(message: &str) -> &str {
    message
        .split_once(": ")
        .map_or(message, |(_, rest)| rest)
        .trim()
}
