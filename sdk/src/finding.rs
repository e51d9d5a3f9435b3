//! One fact that a check reports, with what carries it and what to do next.

use std::fmt::{self, Display};

use jiff::Timestamp;

use crate::subject::{ObjectRef, Subject};

/// How bad it is. `info` leaves a pass; `low` and `medium` warn; `high` and `critical` fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Needs a look some day.
    Low,
    /// Needs a look.
    Medium,
    /// Something is down or will be soon.
    High,
    /// Down, and others with it.
    Critical,
}

/// One fact that carries a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The number of the read that it comes from.
    pub read: Option<u32>,
    /// Where in the answer: a field path, a header, `log`, `event`.
    pub source: String,
    /// The value, as read.
    pub value: String,
}

/// One thing to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// One sentence; empty where the command says it.
    pub text: String,
    /// An argument list, which the host quotes.
    pub command: Vec<String>,
}

/// What a finding is a consequence of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The code of another finding.
    pub code: Option<String>,
    /// What the other finding is about.
    pub subject: Option<Subject>,
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.subject) {
            (Some(code), Some(subject)) => write!(f, "{code} of {subject}"),
            (Some(code), None) => code.fmt(f),
            (None, Some(subject)) => subject.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

/// One finding of a report. [`Report::finding`](crate::Report::finding) makes it; its methods add to it.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// let mut report = Report::new("every model is served");
/// report
///     .finding("BSQ-MODEL-001", Named::new("model", "llama-3"), "model llama-3 is listed but not served")
///     .severity(Severity::Medium)
///     .evidence("status.replicas.ready", 0)
///     .look(["kubectl", "get", "models", "-A"])
///     .link("/docs/runtime/inference-model");
/// assert_eq!(report.findings().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) subject: Subject,
    pub(crate) title: String,
    pub(crate) since: Option<Timestamp>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) steps: Vec<Step>,
    pub(crate) links: Vec<String>,
    pub(crate) caused_by: Vec<Cause>,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Finding {
    pub(crate) fn new(code: &str, subject: Subject, title: &str) -> Self {
        Self {
            code: code.to_owned(),
            severity: None,
            subject,
            title: one_line(title),
            since: None,
            evidence: Vec::new(),
            steps: Vec::new(),
            links: Vec::new(),
            caused_by: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Another severity than `check.toml` gives this code.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    /// When it began, where that is known.
    pub fn since(&mut self, since: impl Into<Option<Timestamp>>) -> &mut Self {
        self.since = since.into();
        self
    }

    /// A fact from the read that the subject came with.
    pub fn evidence(&mut self, source: impl Into<String>, value: impl Display) -> &mut Self {
        let read = self.subject.read();
        self.push(read, source.into(), &value)
    }

    /// A fact from another read.
    pub fn evidence_from(
        &mut self,
        read: u32,
        source: impl Into<String>,
        value: impl Display,
    ) -> &mut Self {
        self.push(Some(read), source.into(), &value)
    }

    fn push(&mut self, read: Option<u32>, source: String, value: &dyn Display) -> &mut Self {
        self.evidence.push(Evidence {
            read,
            source,
            value: value.to_string(),
        });
        self
    }

    /// A command to look with. The host quotes it and adds context, kubeconfig and impersonation to `kubectl`.
    pub fn look<A: AsRef<str>>(&mut self, command: impl IntoIterator<Item = A>) -> &mut Self {
        self.step("", command)
    }

    /// A thing to do next: one sentence, and the command if there is one.
    pub fn step<A: AsRef<str>>(
        &mut self,
        text: impl Into<String>,
        command: impl IntoIterator<Item = A>,
    ) -> &mut Self {
        let command = command
            .into_iter()
            .map(|argument| argument.as_ref().to_owned())
            .collect();
        self.steps.push(Step {
            text: text.into(),
            command,
        });
        self
    }

    /// A thing to do next that no command does.
    pub fn advice(&mut self, text: impl Into<String>) -> &mut Self {
        self.step(text, [""; 0])
    }

    /// A page to read, one of those that `check.toml` lists.
    pub fn link(&mut self, page: impl Into<String>) -> &mut Self {
        self.links.push(page.into());
        self
    }

    /// It follows from findings with this code.
    pub fn caused_by_code(&mut self, code: impl Into<String>) -> &mut Self {
        self.caused_by.push(Cause {
            code: Some(code.into()),
            subject: None,
        });
        self
    }

    /// It follows from what is wrong with this.
    pub fn caused_by(&mut self, subject: impl Into<Subject>) -> &mut Self {
        self.caused_by.push(Cause {
            code: None,
            subject: Some(subject.into()),
        });
        self
    }

    /// It follows from the finding with this code about this, and from no other about it.
    ///
    /// ```
    /// # use bsq_sdk::prelude::*;
    /// # let mut report = Report::new("every application is synced");
    /// let portal = ObjectRef::new("argoproj.io/v1alpha1/Application", "portal").in_namespace("argocd");
    /// let drift = report.finding("BSQ-ARGO-014", portal.clone(), "application portal differs from Git");
    /// drift.caused_by_finding("BSQ-GIT-002", portal);
    /// assert_eq!(drift.causes()[0].to_string(), "BSQ-GIT-002 of Application argocd/portal");
    /// ```
    pub fn caused_by_finding(
        &mut self,
        code: impl Into<String>,
        subject: impl Into<Subject>,
    ) -> &mut Self {
        self.caused_by.push(Cause {
            code: Some(code.into()),
            subject: Some(subject.into()),
        });
        self
    }

    /// The container that it is about.
    pub fn container(&mut self, name: impl Into<String>) -> &mut Self {
        self.object_mut(|object| object.container = Some(name.into()))
    }

    /// The owner that stands for a generated name, where it is another than the controller.
    pub fn owned_by(&mut self, kind: impl Into<String>, name: impl Into<String>) -> &mut Self {
        self.object_mut(|object| object.owner = Some((kind.into(), name.into())))
    }

    fn object_mut(&mut self, change: impl FnOnce(&mut ObjectRef)) -> &mut Self {
        if let Subject::Object(object) = &mut self.subject {
            change(object);
        }
        self
    }

    /// Anything else that a program may want to read.
    pub fn attribute(&mut self, name: impl Into<String>, value: impl Display) -> &mut Self {
        self.attributes.push((name.into(), value.to_string()));
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.since
    }

    /// The severity that the check gave it, if another than that of its code.
    #[must_use]
    pub fn own_severity(&self) -> Option<Severity> {
        self.severity
    }

    /// What carries it.
    #[must_use]
    pub fn facts(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The value of the first evidence with this source.
    #[must_use]
    pub fn fact(&self, source: &str) -> Option<&str> {
        self.evidence
            .iter()
            .find(|evidence| evidence.source == source)
            .map(|evidence| evidence.value.as_str())
    }

    /// What it is a consequence of.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.caused_by
    }

    /// What to do next.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute_value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Titles are one line in every renderer.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
