//! What objects are bound to, as far as the run has seen: owner, node, claims, labels, images.
//!
//! Filled from the run's own reads. Empty where there are none: then names alone say what belongs together.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::report::model::Subject;

/// An object by kind, namespace and name. A kind of another group by the same name lives in no namespace of both.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Key {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// What is known of one object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// Kind and name of its controller.
    pub owner: Option<(String, String)>,
    /// `app.kubernetes.io/name`.
    pub label: Option<String>,
    pub images: Vec<String>,
    /// Of a pod.
    pub node: Option<String>,
    /// Of a pod: claims of its namespace.
    pub claims: Vec<String>,
    /// Of a claim: its volume and its storage class.
    pub volume: Option<String>,
    pub class: Option<String>,
    /// Since when it is not as it should be, and where that is read.
    pub onset: Option<(Timestamp, String)>,
}

/// What is known of objects.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surroundings {
    places: BTreeMap<Key, Place>,
}

/// Owners of owners: pod, replica set, deployment, and one more for what an operator makes.
const GENERATIONS: usize = 4;

impl Key {
    pub fn new(kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// Of a subject that is an object.
    pub fn of(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Object {
                kind,
                namespace,
                name,
                ..
            } => Some(Self::new(kind, namespace.as_deref(), name)),
            Subject::Named { .. } => None,
        }
    }
}

impl Surroundings {
    pub fn add(&mut self, key: Key, place: Place) {
        self.places.insert(key, place);
    }

    pub fn of(&self, key: &Key) -> Option<&Place> {
        self.places.get(key)
    }

    /// The object that stands for it: the last known of its owners, or itself.
    pub fn workload(&self, key: &Key) -> Key {
        let mut at = key.clone();
        for _ in 0..GENERATIONS {
            let Some((kind, name)) = self.of(&at).and_then(|place| place.owner.as_ref()) else {
                break;
            };
            at = Key::new(kind, at.namespace.as_deref(), name);
        }
        at
    }
}
