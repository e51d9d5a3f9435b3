//! Causes that no check names: what is known of the platform says them.
//!
//! Only a finding that may come from something else is given one, and by the ways that its code names. The cause has to
//! fail itself, must not begin clearly later, and is looked for nearby first: the same workload, its node, its volumes,
//! then what its component needs. Only direct needs count: what is further away shows by what is between.

use super::onset::{can_begin, onset, together};
use super::surroundings::{Key, Place};
use super::{Ground, Onset};
use crate::manifest::{Follows, Severity};
use crate::report::model::{Finding, Subject, Verdict};
use crate::run::graph::{Recognised, Traits};

/// All findings with what they are about.
pub(super) struct Scene<'a> {
    actors: Vec<Actor<'a>>,
    ground: Ground<'a>,
}

/// One finding.
struct Actor<'a> {
    finding: &'a Finding,
    onset: Onset,
    place: Place,
    /// The workload that it is about.
    workload: Option<Key>,
    component: Option<Recognised<'a>>,
    /// Components of what its check names as causes.
    blamed: Vec<&'a str>,
    kind: &'a str,
}

/// How near a cause is, the nearest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Way {
    SameWorkload,
    Node,
    Volume,
    /// A check names a thing of this component as the cause.
    Blamed,
    /// What the component of a cause needs that a check names and that was not found to fail itself.
    NeedOfBlamed,
    /// What its component needs.
    Need,
}

impl<'a> Scene<'a> {
    pub(super) fn new(findings: &[&'a Finding], ground: Ground<'a>) -> Self {
        let actors = findings.iter().map(|finding| Actor::of(finding, ground));
        Self {
            actors: actors.collect(),
            ground,
        }
    }

    /// The findings that this one may be a consequence of, the likeliest first.
    pub(super) fn causes(&self, index: usize) -> Vec<usize> {
        let Some(actor) = self.actors.get(index) else {
            return Vec::new();
        };
        if actor.finding.follows.is_empty() && actor.blamed.is_empty() {
            return Vec::new();
        }
        let mut causes = Vec::new();
        for (other_index, other) in self.actors.iter().enumerate() {
            if other_index == index || !can_begin(other.onset.1, actor.onset.1) {
                continue;
            }
            if let Some(way) = self.way(actor, other) {
                // Of two that began together, what says its own cause is the likelier one.
                let is_open = !other.finding.follows.is_empty();
                causes.push(((way, together(other.onset), is_open), other_index));
            }
        }
        causes.sort_unstable();
        causes.into_iter().map(|(_, index)| index).collect()
    }

    fn way(&self, actor: &Actor<'_>, cause: &Actor<'_>) -> Option<Way> {
        let follows = |by| actor.finding.follows.contains(&by);
        if follows(Follows::Service) && actor.shows(cause) {
            return Some(Way::SameWorkload);
        }
        if !cause.is_failing() {
            return None;
        }
        if follows(Follows::Node) && actor.is_on(cause) {
            return Some(Way::Node);
        }
        if follows(Follows::Volume) && actor.uses(cause) {
            return Some(Way::Volume);
        }
        let component = cause.as_dependency()?;
        if actor.blamed.contains(&component.component) && component.serves(actor.component) {
            return Some(Way::Blamed);
        }
        let is_needed = |dependent: &str| {
            let mut needs = self.ground.graph.needs(dependent);
            needs.any(|edge| edge.on == component.component && follows(edge.by))
        };
        if !component.serves(actor.component) {
            None
        } else if actor.blamed.iter().any(|blamed| is_needed(blamed)) {
            Some(Way::NeedOfBlamed)
        } else {
            let own = actor.component?;
            is_needed(own.component).then_some(Way::Need)
        }
    }
}

impl<'a> Actor<'a> {
    fn of(finding: &'a Finding, ground: Ground<'a>) -> Self {
        let key = Key::of(&finding.subject);
        let mut place = key
            .as_ref()
            .and_then(|key| ground.surroundings.of(key).cloned())
            .unwrap_or_default();
        let owner = owner(&finding.subject);
        if place.owner.is_none() {
            place.owner = owner.map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        }
        let workload = workload(&finding.subject, ground);
        let causes = finding
            .caused_by
            .iter()
            .filter_map(|cause| cause.subject.as_ref());
        Self {
            component: recognise(&finding.subject, ground),
            blamed: causes
                .filter_map(|subject| recognise(subject, ground))
                .map(|found| found.component)
                .collect(),
            kind: match &finding.subject {
                Subject::Object { kind, .. } | Subject::Named { kind, .. } => kind,
            },
            onset: onset(finding),
            finding,
            place,
            workload,
        }
    }

    fn is_failing(&self) -> bool {
        Verdict::of(self.finding.severity) == Verdict::Fail
    }

    /// The other says more closely what is wrong with the same workload: that of a pod goes before that of its
    /// controller, of its Service, of the Application; and what says its own cause before what does not.
    fn shows(&self, other: &Self) -> bool {
        let is_same = self.workload.is_some() && self.workload == other.workload
            || matches!(self.kind, "Application" | "endpoint") && self.is_view_of(other);
        let is_closer = closeness(other.kind) < closeness(self.kind) || self.is_explained_by(other);
        let is_worth_it = other.finding.severity >= Severity::Medium.min(self.finding.severity);
        is_same && is_closer && is_worth_it && other.finding.severity > Severity::Info
    }

    /// The other follows from nothing. A full volume that the database itself tells of, or keys that a job is refused,
    /// are why its pod is not ready, though the pod is nearer; what is wrong with a Service or an Ingress is not.
    fn is_explained_by(&self, other: &Self) -> bool {
        let is_as_close = closeness(other.kind) == closeness(self.kind);
        let is_heavier = runs(other.kind) && other.finding.severity >= self.finding.severity;
        other.finding.follows.is_empty() && (is_as_close || is_heavier)
    }

    /// Of one component, as far as names say it.
    fn is_view_of(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.component, other.component) else {
            return false;
        };
        own.component == others.component && !others.is_by_namespace && other.is_failing()
    }

    fn is_on(&self, node: &Self) -> bool {
        let name = match &node.finding.subject {
            Subject::Object { kind, name, .. } if kind == "Node" => name,
            Subject::Named { kind, name, .. } if kind == "node" => name,
            _ => return false,
        };
        self.place.node.as_ref() == Some(name)
    }

    fn uses(&self, volume: &Self) -> bool {
        let Subject::Object {
            kind,
            namespace,
            name,
            ..
        } = &volume.finding.subject
        else {
            return false;
        };
        match kind.as_str() {
            "PersistentVolumeClaim" => {
                let own = Key::of(&self.finding.subject).and_then(|key| key.namespace);
                own == *namespace && self.place.claims.contains(name)
            }
            "PersistentVolume" => self.place.volume.as_ref() == Some(name),
            "StorageClass" => self.place.class.as_ref() == Some(name),
            _ => false,
        }
    }

    /// The component that is down by this finding. An Application that is not synced takes nothing down, nor does what an
    /// endpoint answers to whoever asks from here; a job serves nobody, and one pod in a namespace may be any part.
    fn as_dependency(&self) -> Option<Recognised<'a>> {
        let owner = self.place.owner.as_ref().map(|(kind, _)| kind.as_str());
        let is_job = |kind: &str| matches!(kind, "Job" | "CronJob");
        let is_view = matches!(self.kind, "Application" | "endpoint");
        let serves = !is_view && !is_job(self.kind) && !owner.is_some_and(is_job);
        self.component
            .filter(|found| serves && !found.is_by_namespace)
    }
}

/// What runs, as an object or under the name that logs give it.
fn runs(kind: &str) -> bool {
    closeness(kind) <= 1 || kind == "component"
}

/// From what runs to what shows that it does not.
fn closeness(kind: &str) -> u8 {
    match kind {
        "Pod" => 0,
        "ReplicaSet" | "StatefulSet" | "Deployment" | "DaemonSet" | "Job" | "CronJob" => 1,
        "component" => 2,
        "Service" | "Endpoints" | "EndpointSlice" => 3,
        "Ingress" => 4,
        "Application" | "endpoint" => 5,
        _ => 2,
    }
}

impl Recognised<'_> {
    /// What serves one component alone is no other's cause.
    fn serves(&self, other: Option<Recognised<'_>>) -> bool {
        self.private_to
            .is_none_or(|owner| other.is_some_and(|other| other.component == owner))
    }
}

fn owner(subject: &Subject) -> Option<(&str, &str)> {
    let Subject::Object { attributes, .. } = subject else {
        return None;
    };
    let kind = attributes.get("owner-kind")?;
    Some((kind, attributes.get("owner-name")?))
}

/// What stands for a subject: its last known owner; of a Service or an Ingress, the workload of its name.
fn workload(subject: &Subject, ground: Ground<'_>) -> Option<Key> {
    match subject {
        Subject::Object {
            kind, namespace, ..
        } => {
            let key = Key::of(subject)?;
            if namespace.is_none() || kind == "Application" {
                return None;
            }
            let own = match owner(subject) {
                Some((kind, name)) => Key::new(kind, namespace.as_deref(), name),
                None => key,
            };
            let mut workload = ground.surroundings.workload(&own);
            // Deployment, Service and Ingress of one name in one namespace are one thing.
            workload.kind.clear();
            Some(workload)
        }
        Subject::Named { kind, name, .. } if kind == "component" => {
            let (namespace, name) = name.split_once('/')?;
            Some(Key::new("", Some(namespace), name))
        }
        Subject::Named { .. } => None,
    }
}

fn recognise<'a>(subject: &Subject, ground: Ground<'a>) -> Option<Recognised<'a>> {
    let (kind, namespace, name) = match subject {
        Subject::Named { kind, name, .. } if kind == "endpoint" => {
            let component = ground.graph.of_endpoint(name)?;
            return Some(Recognised {
                component,
                private_to: None,
                is_by_namespace: false,
            });
        }
        Subject::Named { kind, name, .. } if kind == "component" => {
            let (namespace, name) = name.split_once('/').unwrap_or(("", name));
            (kind, Some(namespace), name)
        }
        Subject::Named { .. } => return None,
        Subject::Object {
            kind,
            namespace,
            name,
            ..
        } => (kind, namespace.as_deref(), name.as_str()),
    };
    // All Applications lie in the namespace of Argo CD, which says nothing of what they deploy.
    let namespace = namespace.filter(|_| kind != "Application");
    let place = Key::of(subject).and_then(|key| ground.surroundings.of(&key));
    let label = place.and_then(|place| place.label.as_deref());
    let owner = owner(subject).map(|(_, name)| name);
    let images = place.map_or(&[][..], |place| &place.images);
    ground.graph.recognise(&Traits {
        namespace,
        names: label.into_iter().chain(owner).chain([name]).collect(),
        images: images.iter().map(String::as_str).collect(),
    })
}
