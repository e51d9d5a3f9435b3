//! Which changes stand just before a group's onset and may have to do with it.

use jiff::{SignedDuration, Timestamp};

use crate::report::model::{Change, Finding, Group, Subject};
use crate::run::graph::{Graph, Traits};
use crate::run::groups::{Ground, Key};

/// A rollout takes minutes, and what it breaks shows within as many again.
const BEFORE: SignedDuration = SignedDuration::from_mins(30);

/// Clocks and reports differ: a change is stamped when it was written, a condition when it was noticed.
const AFTER: SignedDuration = SignedDuration::from_mins(1);

/// More than these say no more.
const MOST: usize = 5;

/// The changes just before a group began, by time.
pub fn before(
    group: &Group,
    findings: &[&Finding],
    changes: &[Change],
    ground: Ground<'_>,
) -> Vec<Change> {
    let root = findings
        .iter()
        .find(|finding| finding.fingerprint == group.root);
    let (Some(root), Some(began)) = (root, time(group.since.as_ref())) else {
        return Vec::new();
    };
    // A container that ends again and again says its last start: its consequences may say more of when it began, and
    // what changed in between may be the cause all the same.
    let failed = time(root.since.as_ref()).map_or(began, |failed| failed.max(began));
    let center = Center::of(&root.subject, ground);
    let mut near: Vec<(u8, std::cmp::Reverse<&str>, &Change)> = changes
        .iter()
        .filter(|change| is_just_before(change, began, failed))
        .filter_map(|change| {
            let distance = center.distance(change, ground.graph)?;
            Some((distance, std::cmp::Reverse(change.time.as_str()), change))
        })
        .collect();
    near.sort_by(|one, other| (one.0, one.1, &one.2.text).cmp(&(other.0, other.1, &other.2.text)));
    let mut shown: Vec<Change> = near
        .into_iter()
        .take(MOST)
        .map(|(_, _, change)| change.clone())
        .collect();
    shown.sort_by(|one, other| (&one.time, &one.text).cmp(&(&other.time, &other.text)));
    shown
}

/// The changes of a span before now, by time.
pub fn within(changes: &[Change], span: SignedDuration, now: Timestamp) -> Vec<Change> {
    let is_within = |change: &&Change| {
        let time = change.time.parse::<Timestamp>();
        time.is_ok_and(|time| now.duration_since(time) <= span && time <= now)
    };
    changes.iter().filter(is_within).cloned().collect()
}

fn is_just_before(change: &Change, began: Timestamp, failed: Timestamp) -> bool {
    let Some(time) = time(Some(&change.time)) else {
        return false;
    };
    began.duration_since(time) <= BEFORE && time.duration_since(failed) <= AFTER
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// What a group is about.
struct Center<'a> {
    namespace: Option<&'a str>,
    /// The name of its workload, or its own.
    name: String,
    node: Option<String>,
    component: Option<String>,
}

impl<'a> Center<'a> {
    fn of(subject: &'a Subject, ground: Ground<'_>) -> Self {
        let (namespace, name) = match subject {
            Subject::Object {
                namespace, name, ..
            } => (namespace.as_deref(), name.as_str()),
            Subject::Named { name, .. } => match name.split_once('/') {
                Some((namespace, name)) => (Some(namespace), name),
                None => (None, name.as_str()),
            },
        };
        let owner = match subject {
            Subject::Object { attributes, .. } => attributes.get("owner-name"),
            Subject::Named { .. } => None,
        };
        let key = Key::of(subject);
        let place = key.as_ref().and_then(|key| ground.surroundings.of(key));
        let workload = key
            .as_ref()
            .map(|key| ground.surroundings.workload(key).name);
        let name = owner
            .cloned()
            .or(workload)
            .unwrap_or_else(|| name.to_owned());
        let names = [
            place.and_then(|place| place.label.as_deref()),
            Some(name.as_str()),
        ];
        let component = ground.graph.recognise(&Traits {
            namespace,
            names: names.into_iter().flatten().collect(),
            images: Vec::new(),
        });
        Self {
            component: component.map(|found| found.component.to_owned()),
            node: place.and_then(|place| place.node.clone()),
            namespace,
            name,
        }
    }

    /// How near a change is, the nearest least; `None` where it has nothing to do with it.
    fn distance(&self, change: &Change, graph: &Graph) -> Option<u8> {
        let is_here = change.namespace.is_some() && change.namespace.as_deref() == self.namespace;
        let is_application = change.kind == "Application";
        let component = graph.recognise(&Traits {
            namespace: change.namespace.as_deref().filter(|_| !is_application),
            names: vec![&change.name],
            images: Vec::new(),
        });
        let component = component.map(|found| found.component);
        let own = self.component.as_deref();
        if (is_here || is_application) && change.name == self.name {
            return Some(0);
        }
        if is_application {
            return (component.is_some() && component == own
                || Some(change.name.as_str()) == self.namespace)
                .then_some(1);
        }
        if change.kind == "Node" {
            return (self.node.as_ref() == Some(&change.name)).then_some(1);
        }
        if is_here {
            return Some(2);
        }
        let mut needs = own.into_iter().flat_map(|own| graph.needs(own));
        needs
            .any(|edge| component == Some(edge.on.as_str()))
            .then_some(3)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::testing::{finding, pod};
    use crate::run::groups::{Place, Surroundings};
    use crate::settings::graph::GraphSection;

    fn change(time: &str, kind: &str, place: &str, text: &str) -> Change {
        let (namespace, name) = place
            .split_once('/')
            .map_or((None, place), |(namespace, name)| {
                (Some(namespace.to_owned()), name)
            });
        Change {
            time: format!("2026-11-23T{time}:00Z"),
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_is_near_and_just_before_is_told_and_nothing_else() {
        let changes = [
            change("05:10", "StatefulSet", "data/postgresql", "long before"),
            change("05:50", "ConfigMap", "data/other", "in its namespace"),
            change(
                "06:02",
                "Application",
                "argocd/postgresql",
                "its application",
            ),
            change("06:02", "StatefulSet", "data/postgresql", "itself"),
            change(
                "06:02",
                "Application",
                "argocd/superset",
                "another application",
            ),
            change("06:02", "Deployment", "bi/superset", "elsewhere"),
            change("06:02", "Node", "n1", "its node"),
            change("06:02", "Node", "n2", "another node"),
            change("06:20", "StatefulSet", "data/postgresql", "long after"),
        ];
        let root = finding("root", "A")
            .subject(pod(
                "data",
                "postgresql-0",
                Some(("StatefulSet", "postgresql")),
            ))
            .build();
        let mut surroundings = Surroundings::default();
        let place = Place {
            node: Some("n1".to_owned()),
            ..Place::default()
        };
        surroundings.add(Key::new("Pod", Some("data"), "postgresql-0"), place);
        let graph = Graph::with(&GraphSection::default()).unwrap();
        let group = Group {
            root: "root".to_owned(),
            consequences: Vec::new(),
            since: Some("2026-11-23T06:03:00Z".to_owned()),
            changes: Vec::new(),
        };
        let ground = Ground {
            graph: &graph,
            surroundings: &surroundings,
        };
        let told = |group: &Group| -> Vec<String> {
            let near = before(group, &[&root], &changes, ground);
            near.into_iter().map(|change| change.text).collect()
        };
        assert_eq!(
            told(&group),
            ["in its namespace", "its application", "its node", "itself"]
        );
        let undated = Group {
            since: None,
            ..group
        };
        assert!(told(&undated).is_empty(), "what has no onset has no before");
    }

    #[test]
    fn a_span_reaches_back_from_now() {
        let changes = [
            change("05:10", "Node", "n1", "old"),
            change("06:00", "Node", "n1", "new"),
        ];
        let now = "2026-11-23T06:12:04Z".parse().unwrap();
        let told = within(&changes, SignedDuration::from_hours(1), now);
        assert_eq!(told.len(), 1);
    }
}
