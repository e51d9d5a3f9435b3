//! Which components are here, and which of them fail. Where a platform has several of one (each application with a database
//! of its own), who depends on which is decided by name and namespace; what stays open is blamed on nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bsq_platform::time::has_lasted;
use bsq_sdk::prelude::*;

use crate::component::{COMPONENTS, Component};
use crate::graph;
use crate::recognise::{self, Shape};
use crate::workload::Workload;

/// Recognised workloads by component.
pub(crate) struct Deployed {
    workloads: BTreeMap<&'static str, Vec<Workload>>,
    now: Timestamp,
    tolerated: Duration,
}

impl Deployed {
    /// Recognise workloads; the site's own word, `COMPONENT=namespace/name`, goes before every shape.
    pub(crate) fn of(
        all: Vec<Workload>,
        told: &[String],
        now: Timestamp,
        tolerated: Duration,
    ) -> Self {
        let mut workloads: BTreeMap<_, Vec<Workload>> = BTreeMap::new();
        // What was scaled to zero is switched off, and is not there for others.
        for workload in all.into_iter().filter(|it| it.wanted > 0) {
            if let Some(component) = by_setting(&workload, told).or_else(|| by_shape(&workload)) {
                workloads.entry(component.id).or_default().push(workload);
            }
        }
        Self {
            workloads,
            now,
            tolerated,
        }
    }

    /// The components that are here, in the order of the table.
    pub(crate) fn components(&self) -> impl Iterator<Item = &'static Component> {
        let known = |it: &&Component| self.workloads.contains_key(it.id);
        COMPONENTS.iter().filter(known)
    }

    /// Those that are not; nothing is expected of them.
    pub(crate) fn absent(&self) -> Vec<&'static str> {
        let absent = COMPONENTS
            .iter()
            .filter(|it| !self.workloads.contains_key(it.id));
        absent.map(|it| it.title).collect()
    }

    pub(crate) fn workloads(&self, component: &Component) -> &[Workload] {
        self.workloads.get(component.id).map_or(&[], Vec::as_slice)
    }

    /// The workloads of a component that lack pods for too long.
    pub(crate) fn failing(&self, component: &Component) -> Vec<&Workload> {
        let mut failing: Vec<_> = self
            .workloads(component)
            .iter()
            .filter(|it| it.is_short() && self.lasts(it))
            .collect();
        failing.sort_by_key(|it| (it.since().is_none(), it.since()));
        failing
    }

    fn lasts(&self, workload: &Workload) -> bool {
        let Some(since) = workload.short_since.filter(|_| !workload.is_looping) else {
            return true;
        };
        has_lasted(self.now, since, self.tolerated)
    }

    /// The workloads of a dependency whose failure takes it from this dependent: empty while it serves.
    pub(crate) fn down_for(&self, from: &Component, to: &Component) -> Vec<&Workload> {
        let mut places: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
        for workload in self.serving(from, to) {
            places
                .entry(workload.subject.namespace())
                .or_default()
                .push(workload);
        }
        // With several places, any of them may be the one: only where all are down it is certain.
        let down: Vec<_> = places.values().map(|place| self.down(to, place)).collect();
        if down.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        down.into_iter().flatten().collect()
    }

    fn down<'a>(&self, component: &Component, place: &[&'a Workload]) -> Vec<&'a Workload> {
        let down = place
            .iter()
            .copied()
            .filter(|it| it.is_down() && self.lasts(it));
        let down: Vec<_> = down.collect();
        let is_covered = component.is_redundant && down.len() * 2 < place.len();
        if is_covered { Vec::new() } else { down }
    }

    /// Which workloads of `to` serve `from`: those that bear its name, else its neighbours, else those that no other
    /// dependent has for itself, else any that bears no other's name.
    pub(crate) fn serving(&self, from: &Component, to: &Component) -> Vec<&Workload> {
        let all = self.workloads(to);
        let pick = |is_it: &dyn Fn(&Workload) -> bool| -> Option<Vec<&Workload>> {
            let picked: Vec<_> = all.iter().filter(|it| is_it(it)).collect();
            (!picked.is_empty()).then_some(picked)
        };
        let bears = |it: &Workload, of: &Component| {
            of.id != to.id && recognise::mentions(&recognise::without(it.subject.name(), to), of)
        };
        let others = || COMPONENTS.iter().filter(|it| it.id != from.id);
        let is_free = |it: &Workload| !others().any(|other| bears(it, other));
        let near = self.places(from);
        let taken: BTreeSet<&str> = others()
            .filter(|other| graph::needs(other.id).any(|edge| edge.to == to.id))
            .flat_map(|other| self.places(other))
            .collect();
        pick(&|it| bears(it, from))
            .or_else(|| pick(&|it| is_free(it) && near.contains(it.subject.namespace())))
            .or_else(|| pick(&|it| is_free(it) && !taken.contains(it.subject.namespace())))
            .or_else(|| pick(&is_free))
            .unwrap_or_default()
    }

    fn places(&self, component: &Component) -> BTreeSet<&str> {
        let workloads = self.workloads(component).iter();
        workloads.map(|it| it.subject.namespace()).collect()
    }
}

fn by_setting(workload: &Workload, told: &[String]) -> Option<&'static Component> {
    let place = format!(
        "{}/{}",
        workload.subject.namespace(),
        workload.subject.name()
    );
    let mut told = told.iter().filter_map(|it| it.split_once('='));
    let (component, _) = told.find(|(_, known)| *known == place)?;
    Component::by_id(component)
}

fn by_shape(workload: &Workload) -> Option<&'static Component> {
    recognise::component(Shape {
        label: &workload.label,
        name: workload.subject.name(),
        images: &workload.images,
    })
}
