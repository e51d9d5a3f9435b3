//! A container that does not come to run, or runs and does not get ready.

use bsq_platform::command;
use bsq_platform::image::registry;
use bsq_sdk::prelude::*;

use crate::container::Look;
use crate::exit;
use crate::image::{self, Shared};
use crate::mount;
use crate::objects::Waiting;
use crate::trouble::{LogWish, Trouble};

impl<'a> Look<'a, '_> {
    pub(crate) fn image(&self, waiting: &Waiting) -> Trouble<'a> {
        let failed =
            self.events
                .of_container(self.pod, &self.status.name, &["Failed", "InspectFailed"]);
        let failed = failed
            .filter(|event| event.message.contains("pull") || event.message.contains("image"));
        let said = format!(
            "{} {} {}",
            waiting.reason,
            waiting.message,
            failed.map_or("", |event| &event.message)
        );
        let image = &self.status.image;
        let registry = registry(image);
        let pull = image::classify(&said, image);
        let title = match pull.shared {
            Shared::Image => format!("cannot pull {image}: {}", pull.what),
            Shared::Registry | Shared::RegistryInNamespace => {
                format!("cannot pull from {registry}: {}", pull.what)
            }
        };
        let trouble = self.trouble(pull.code, title);
        let trouble = match pull.shared {
            Shared::Image => trouble.shared(format!("{}/{image}", self.pod.namespace())),
            Shared::RegistryInNamespace => {
                trouble.shared(format!("{}/{registry}", self.pod.namespace()))
            }
            Shared::Registry => trouble.shared(format!("{registry}: {}", pull.what)),
        };
        let first = failed
            .and_then(|event| event.first_seen())
            .or(self.pod.created());
        // What another check finds of the registry, of the namespace's credentials for it, or of the image.
        let registry_itself = || Named::new("registry", registry);
        let trouble = match (pull.shared, pull.code) {
            (Shared::Registry, "BSQ-POD-011") => trouble
                .caused_by_finding("BSQ-REG-007", registry_itself())
                .caused_by_finding("BSQ-REG-008", registry_itself()),
            (Shared::Registry, _) => trouble.caused_by_finding("BSQ-REG-010", registry_itself()),
            (Shared::RegistryInNamespace, _) => {
                let place = format!("{}/{registry}", self.pod.namespace());
                trouble.caused_by(Named::new("pull-credentials", place))
            }
            (Shared::Image, "BSQ-POD-010") => trouble
                .caused_by(Named::new("image", image))
                .caused_by_finding("BSQ-REG-006", registry_itself()),
            (Shared::Image, _) => trouble,
        };
        trouble
            .since(first)
            .fact(
                "state.waiting",
                format!("{}: {}", waiting.reason, waiting.message),
            )
            .fact("image", image)
            .event(failed)
            .attribute("registry", registry)
            .advice(pull.advice)
            .look(command::describe(
                self.pod.namespace(),
                "pod",
                self.pod.name(),
            ))
    }

    pub(crate) fn config(&self, waiting: &Waiting) -> Trouble<'a> {
        let message = waiting.message.trim();
        let lower = message.to_lowercase();
        let trouble = if let Some((key, place)) = mount::missing_key(message) {
            let trouble = self.trouble(
                "BSQ-POD-003",
                format!("needs key {key}, which is missing in {place}"),
            );
            trouble
                .shared(format!("{place}/{key}"))
                .attribute("missing", format!("{place} key {key}"))
        } else if let Some(object) = mount::missing(&lower) {
            let trouble = self.trouble(
                "BSQ-POD-003",
                format!("needs {object}, which does not exist"),
            );
            let trouble = trouble.shared(format!("{}/{object}", self.pod.namespace()));
            mount::with_cause(trouble.attribute("missing", &object), &object)
        } else {
            self.trouble("BSQ-POD-018", format!("cannot be made: {message}"))
        };
        trouble
            .since(self.pod.created())
            .fact("state.waiting", format!("{}: {message}", waiting.reason))
            .look(command::describe(
                self.pod.namespace(),
                "pod",
                self.pod.name(),
            ))
    }

    pub(crate) fn creation(&self, reason: &str, message: &str) -> Trouble<'a> {
        let event = self
            .events
            .of_container(self.pod, &self.status.name, &["Failed"]);
        let said = match (message, event) {
            ("", Some(event)) => event.message.as_str(),
            (message, _) => message,
        };
        let code = self
            .last_end()
            .map(|ended| exit::describe(ended.exit_code))
            .unwrap_or_default();
        // A container that never ran has no log, and asking for it is an error.
        let log = if self.status.restart_count > 0 {
            LogWish::Previous
        } else {
            LogWish::None
        };
        let why = if said.is_empty() { &code } else { said };
        self.trouble(
            "BSQ-POD-018",
            format!("cannot be started: {}", shortened(why)),
        )
        .since(self.onset())
        .fact("state", format!("{reason}: {said}"))
        .fact("lastState.terminated", code)
        .event(event)
        .log(log)
        .look(command::describe(
            self.pod.namespace(),
            "pod",
            self.pod.name(),
        ))
    }

    pub(crate) fn long_init(&self, started: Option<Timestamp>) -> Trouble<'a> {
        self.trouble(
            "BSQ-POD-020",
            "does not come to its end, and the pod waits for it",
        )
        .since(started)
        .fact("status.initContainerStatuses.state", "running")
        .log(LogWish::Current)
        .look([
            "kubectl",
            "-n",
            self.pod.namespace(),
            "logs",
            self.pod.name(),
            "-c",
            &self.status.name,
        ])
    }

    pub(crate) fn unready(&self, started: Option<Timestamp>) -> Trouble<'a> {
        let unhealthy = self.unhealthy(&["Readiness", "Startup", "Liveness"]);
        let title = match unhealthy {
            Some(event) => format!(
                "runs and is not ready: {}",
                lower_first(event.message.trim())
            ),
            None => "runs and is not ready".to_owned(),
        };
        let ready = self
            .pod
            .condition("Ready")
            .filter(|condition| condition.status == "False");
        let since = ready
            .and_then(|ready| ready.last_transition_time)
            .or(started);
        let trouble = self
            .trouble("BSQ-POD-006", title)
            .since(since)
            .event(unhealthy);
        let trouble = trouble
            .fact("status.containerStatuses.ready", "false")
            .log(LogWish::Current);
        trouble.look(command::describe(
            self.pod.namespace(),
            "pod",
            self.pod.name(),
        ))
    }
}

fn lower_first(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

/// Runtime errors repeat themselves; the end says what it is.
fn shortened(message: &str) -> &str {
    message
        .rsplit(": ")
        .find(|part| part.split_whitespace().count() > 2)
        .unwrap_or(message)
        .trim()
}
