//! Whether two subjects are one thing, and what thing that is.

use crate::report::model::{Cause, Finding, Subject};

/// Whether a cause points at this finding.
pub fn is_caused_by(cause: &Cause, finding: &Finding) -> bool {
    let code = cause.code.as_ref().map(|code| *code == finding.code);
    let subject = cause
        .subject
        .as_ref()
        .map(|subject| is_same(subject, &finding.subject));
    // A cause that names nothing points at nothing.
    (code.is_some() || subject.is_some()) && code.unwrap_or(true) && subject.unwrap_or(true)
}

/// Whether two subjects are one thing. A pod and the controller that made it are: whoever names the controller means its
/// pods too.
fn is_same(cause: &Subject, found: &Subject) -> bool {
    match (cause, found) {
        (
            Subject::Named {
                kind: one_kind,
                name: one,
                ..
            },
            Subject::Named { kind, name, .. },
        ) => one_kind == kind && one == name,
        (Subject::Object { .. }, Subject::Object { .. }) => is_same_object(cause, found),
        _ => false,
    }
}

fn is_same_object(cause: &Subject, found: &Subject) -> bool {
    let (Some(one), Some(other)) = (Identity::of(cause), Identity::of(found)) else {
        return false;
    };
    if one.namespace != other.namespace {
        return false;
    }
    // A cause that names no container means any.
    if one.container.is_some() && one.container != other.container {
        return false;
    }
    let is_itself = one.kind == other.kind
        && one.name == other.name
        && one
            .group_of()
            .is_none_or(|group| other.group_of().is_none_or(|other| group == other));
    is_itself
        || other.owner == Some((one.kind, one.name))
        || one.owner == Some((other.kind, other.name))
        || is_behind(&one, &other)
}

/// Who cannot reach a Service names the Service, not what stands behind it. Here a workload stands behind the Service of
/// its name; where another does, the finding keeps a group of its own.
fn is_behind(service: &Identity<'_>, found: &Identity<'_>) -> bool {
    let owner = found.owner.map(|(_, name)| name);
    let is_workload = matches!(found.kind, "StatefulSet" | "Deployment" | "DaemonSet");
    service.kind == "Service"
        && (owner == Some(service.name) || is_workload && found.name == service.name)
}

struct Identity<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    container: Option<&'a str>,
    owner: Option<(&'a str, &'a str)>,
}

impl<'a> Identity<'a> {
    fn of(subject: &'a Subject) -> Option<Self> {
        let Subject::Object {
            api_version,
            kind,
            namespace,
            name,
            container,
            attributes,
            ..
        } = subject
        else {
            return None;
        };
        let attribute = |key: &str| attributes.get(key).map(String::as_str);
        Some(Self {
            api_version,
            kind,
            namespace: namespace.as_deref(),
            name,
            container: container.as_deref(),
            owner: attribute("owner-kind").zip(attribute("owner-name")),
        })
    }

    /// The group without its version, which a server may serve in several; `None` where it is not told.
    fn group_of(&self) -> Option<&'a str> {
        match self.api_version {
            "" => None,
            version => Some(version.split_once('/').map_or("", |(group, _)| group)),
        }
    }
}
