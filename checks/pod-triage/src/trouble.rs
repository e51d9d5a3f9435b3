//! What is wrong with one pod, before it is grouped with others of the same cause.

use bsq_sdk::prelude::*;

use crate::objects::{Event, Pod};
use crate::owner;

/// One trouble of one pod or of one of its containers.
pub(crate) struct Trouble<'a> {
    pub(crate) pod: &'a Item<Pod>,
    pub(crate) container: Option<&'a str>,
    pub(crate) code: &'static str,
    pub(crate) severity: Option<Severity>,
    /// What follows the pod's name in the title: `cannot start: no space left on device`.
    pub(crate) title: String,
    /// Troubles with the same code and key have one cause.
    pub(crate) key: String,
    pub(crate) since: Option<Timestamp>,
    pub(crate) evidence: Vec<Fact>,
    /// Whose log may say why.
    pub(crate) log: LogWish,
    pub(crate) steps: Vec<(String, Vec<String>)>,
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// What another check may find to be wrong, and this to be a consequence of.
    pub(crate) causes: Vec<(Option<&'static str>, Subject)>,
}

/// One line of evidence.
pub(crate) struct Fact {
    pub(crate) read: u32,
    pub(crate) source: String,
    pub(crate) value: String,
}

/// Which log to read for a trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogWish {
    None,
    /// The instance that runs, or is waited for.
    Current,
    /// The instance that ended, then the one that runs.
    Previous,
}

impl<'a> Trouble<'a> {
    /// A trouble that is one with those of the same owner and container.
    pub(crate) fn new(
        pod: &'a Item<Pod>,
        container: Option<&'a str>,
        code: &'static str,
        title: impl Into<String>,
    ) -> Self {
        let owner = owner::of(pod);
        let key = format!(
            "{}/{}/{}/{}",
            pod.namespace(),
            owner.kind,
            owner.name,
            container.unwrap_or_default()
        );
        Self {
            pod,
            container,
            code,
            severity: None,
            title: title.into(),
            key,
            since: None,
            evidence: Vec::new(),
            log: LogWish::None,
            steps: Vec::new(),
            attributes: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// One cause for all pods with this key, whoever owns them.
    pub(crate) fn shared(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    pub(crate) fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(crate) fn log(mut self, log: LogWish) -> Self {
        self.log = log;
        self
    }

    /// A fact of the pod itself; empty ones say nothing.
    pub(crate) fn fact(mut self, source: impl Into<String>, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.evidence.push(Fact {
                read: self.pod.read(),
                source: source.into(),
                value,
            });
        }
        self
    }

    /// What an event says, and how often.
    pub(crate) fn event(mut self, event: Option<&Item<Event>>) -> Self {
        if let Some(event) = event {
            let count = event
                .series
                .as_ref()
                .map_or(event.count, |series| series.count.max(event.count));
            let times = if count > 1 {
                format!(" ({count} times)")
            } else {
                String::new()
            };
            let value = format!("{}: {}{times}", event.reason, event.message.trim());
            self.evidence.push(Fact {
                read: event.read(),
                source: "event".to_owned(),
                value,
            });
        }
        self
    }

    pub(crate) fn look<const N: usize>(mut self, command: [&str; N]) -> Self {
        self.steps
            .push((String::new(), command.map(str::to_owned).to_vec()));
        self
    }

    pub(crate) fn advice(mut self, text: impl Into<String>) -> Self {
        self.steps.push((text.into(), Vec::new()));
        self
    }

    /// It follows from what is wrong with this.
    pub(crate) fn caused_by(mut self, subject: impl Into<Subject>) -> Self {
        self.causes.push((None, subject.into()));
        self
    }

    /// It follows from this finding of another check, and not from whatever else is wrong with its subject.
    pub(crate) fn caused_by_finding(
        mut self,
        code: &'static str,
        subject: impl Into<Subject>,
    ) -> Self {
        self.causes.push((Some(code), subject.into()));
        self
    }

    /// The claims that the pod mounts: any of them may be what it waits for.
    pub(crate) fn caused_by_claims(self) -> Self {
        let pod = self.pod;
        pod.claims().fold(self, |trouble, claim| {
            let claim = ObjectRef::new("v1/PersistentVolumeClaim", claim);
            trouble.caused_by(claim.in_namespace(pod.namespace()))
        })
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }
}
