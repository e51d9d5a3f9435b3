//! How one workload stands: delivered, tracked by what is not there, or tracked by nothing.
//!
//! Argo CD marks what it delivers by the annotation `tracking-id`, the label `app.kubernetes.io/instance`, or both. The
//! annotation names the object too, so a copy of it on something else is told apart. Helm uses the label as well, so a
//! label alone proves something only where an application has that name.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;

use crate::delivered::Delivered;
use crate::objects::Application;
use crate::workloads::Workload;

/// Applications that are asked for one by one: beyond this a cluster is tracked by another Argo CD.
const MOST: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    Delivered,
    /// By the annotation, which names an application that the server says is not there.
    Orphan(String),
    Untracked,
    /// Not decided: what it names could not be asked for.
    Unknown,
}

pub(crate) struct Tracking<'a> {
    cx: &'a Context,
    applications: &'a [Item<Application>],
    delivered: &'a Delivered<'a>,
    /// Where applications live.
    homes: BTreeSet<&'a str>,
    asked: BTreeMap<String, Option<bool>>,
}

impl<'a> Tracking<'a> {
    pub(crate) fn new(
        cx: &'a Context,
        applications: &'a [Item<Application>],
        delivered: &'a Delivered<'a>,
    ) -> Self {
        Self {
            cx,
            applications,
            delivered,
            homes: applications.iter().map(Item::namespace).collect(),
            asked: BTreeMap::new(),
        }
    }

    pub(crate) fn of(&mut self, workload: &Workload) -> Standing {
        if self.delivered.holds(workload) {
            return Standing::Delivered;
        }
        if let Some(name) = annotated(workload) {
            return match self.exists(name) {
                Some(true) => Standing::Delivered,
                Some(false) => Standing::Orphan(name.to_owned()),
                None => Standing::Unknown,
            };
        }
        let label = workload.labels.instance.as_str();
        if label.is_empty() {
            return Standing::Untracked;
        }
        match self.exists(label) {
            Some(true) => Standing::Delivered,
            Some(false) => Standing::Untracked,
            None => Standing::Unknown,
        }
    }

    /// Whether there is an application of this name. The list may be narrower than the world, so what it lacks is asked
    /// for; a denied or failed read leaves it open.
    fn exists(&mut self, name: &str) -> Option<bool> {
        if let Some(known) = self.asked.get(name) {
            return *known;
        }
        let exists = self.look(name);
        self.asked.insert(name.to_owned(), exists);
        exists
    }

    fn look(&self, name: &str) -> Option<bool> {
        let listed = self
            .applications
            .iter()
            .any(|it| it.name() == name || format!("{}_{}", it.namespace(), it.name()) == name);
        if listed {
            return Some(true);
        }
        if self.asked.len() >= MOST {
            return None;
        }
        let places: Vec<(&str, &str)> = match name.split_once('_') {
            Some(place) => vec![place],
            None => self.homes.iter().map(|home| (*home, name)).collect(),
        };
        for (namespace, name) in places {
            match self.cx.get::<Application>(namespace, name) {
                Ok(_) => return Some(true),
                Err(error) if error.is_absent() => {}
                Err(_) => return None,
            }
        }
        Some(false)
    }
}

/// The application in `NAME:GROUP/KIND:NAMESPACE/NAME`, where the rest is the object itself.
fn annotated(workload: &Workload) -> Option<&str> {
    let (name, object) = workload.annotations.tracking_id.split_once(':')?;
    let (kind, namespace, own) = workload.key();
    (object == format!("apps/{kind}:{namespace}/{own}") && !name.is_empty()).then_some(name)
}
