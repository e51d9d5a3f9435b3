//! Who fails because of whom: pure, over what is deployed. A failing component whose dependency is down is explained by it;
//! what is down and not explained is a root.

use std::collections::{BTreeMap, BTreeSet};

use crate::component::Component;
use crate::deployed::Deployed;
use crate::graph;
use crate::workload::Workload;

/// A dependency that is down for a component.
pub(crate) struct Loss<'a> {
    pub(crate) dependency: &'static Component,
    pub(crate) down: Vec<&'a Workload>,
    /// What is missed meanwhile; empty where nothing is documented.
    pub(crate) loss: &'static str,
}

/// A component that is hit by what is down.
pub(crate) struct Hit<'a> {
    pub(crate) component: &'static Component,
    /// One of its workloads, which stands for it.
    pub(crate) workload: &'a Workload,
    /// Its workloads that fail; empty where it runs.
    pub(crate) failing: Vec<&'a Workload>,
    pub(crate) losses: Vec<Loss<'a>>,
}

/// Every component that is hit, by its id.
pub(crate) struct Blame<'a> {
    deployed: &'a Deployed,
    hits: BTreeMap<&'static str, Hit<'a>>,
}

impl<'a> Blame<'a> {
    pub(crate) fn of(deployed: &'a Deployed) -> Self {
        let hits = deployed.components().filter_map(|it| hit(deployed, it));
        Self {
            deployed,
            hits: hits.map(|hit| (hit.component.id, hit)).collect(),
        }
    }

    /// In the order of the table.
    pub(crate) fn hits(&self) -> impl Iterator<Item = &Hit<'a>> {
        self.deployed
            .components()
            .filter_map(|it| self.hits.get(it.id))
    }

    /// Whether a failing component is explained by what it needs.
    pub(crate) fn is_explained(&self, component: &Component) -> bool {
        self.hits
            .get(component.id)
            .is_some_and(|hit| !hit.failing.is_empty())
    }

    /// The dependencies that nothing else explains, with their workloads that are down.
    pub(crate) fn roots(&self) -> Vec<(&'static Component, Vec<&'a Workload>)> {
        let mut roots: BTreeMap<&str, (&'static Component, Vec<&'a Workload>)> = BTreeMap::new();
        for loss in self.hits.values().flat_map(|hit| &hit.losses) {
            if self.is_explained(loss.dependency) {
                continue;
            }
            let (_, down) = roots
                .entry(loss.dependency.id)
                .or_insert((loss.dependency, Vec::new()));
            for workload in &loss.down {
                if !down.iter().any(|known| known.subject == workload.subject) {
                    down.push(workload);
                }
            }
        }
        let mut roots: Vec<_> = roots.into_values().collect();
        for (_, down) in &mut roots {
            down.sort_by_key(|it| (it.since().is_none(), it.since()));
        }
        roots
    }

    /// The roots behind a dependency: itself, or what it waits for in turn. Hard edges make no cycle, so it ends.
    pub(crate) fn roots_behind(&self, dependency: &'static Component) -> BTreeSet<&'static str> {
        match self.hits.get(dependency.id) {
            Some(hit) if !hit.failing.is_empty() => hit
                .losses
                .iter()
                .flat_map(|loss| self.roots_behind(loss.dependency))
                .collect(),
            _ => BTreeSet::from([dependency.id]),
        }
    }

    /// The roots of all that a component misses.
    pub(crate) fn roots_of(&self, hit: &Hit<'_>) -> BTreeSet<&'static str> {
        let losses = hit.losses.iter();
        losses
            .flat_map(|loss| self.roots_behind(loss.dependency))
            .collect()
    }
}

/// One that fails is explained by hard edges; of one that runs, what its users miss is told.
fn hit<'a>(deployed: &'a Deployed, component: &'static Component) -> Option<Hit<'a>> {
    let failing = deployed.failing(component);
    let workload = failing.first().copied();
    let workload = workload.or(deployed.workloads(component).first())?;
    let edges = graph::dependencies(component.id).filter(|edge| match failing.is_empty() {
        true => !edge.loss.is_empty(),
        false => edge.strength == graph::Strength::Hard,
    });
    let losses: Vec<_> = edges
        .filter_map(|edge| {
            let dependency = Component::by_id(edge.to)?;
            let down = deployed.down_for(component, dependency);
            (!down.is_empty()).then_some(Loss {
                dependency,
                down,
                loss: edge.loss,
            })
        })
        .collect();
    (!losses.is_empty()).then_some(Hit {
        component,
        workload,
        failing,
        losses,
    })
}
