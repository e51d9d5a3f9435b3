//! What one run will read of the cluster, known before it begins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::Selector;
use crate::capability::{ErrorCode, Mask, ReadError, Resource};
use crate::grant::Namespaces;
use crate::manifest::KindName;

/// What the host itself needs of each object: the owner for grouping and fingerprints, labels for selectors, times for
/// onsets, and the annotation by which an object's owner has a finding ignored.
static HOST_FIELDS: LazyLock<Mask> = LazyLock::new(|| {
    Mask::from_paths([
        "metadata.ownerReferences",
        "metadata.labels",
        "metadata.creationTimestamp",
        "metadata.deletionTimestamp",
        "metadata.annotations[\"bsq-host/ignore\"]",
    ])
    .unwrap_or_default()
});

/// The union of the granted reads, and the part of the cluster that the run looks at.
#[derive(Clone, Debug, Default)]
pub struct ViewPlan {
    resources: BTreeMap<KindName, Planned>,
    pub scope: RunScope,
    /// Namespaces that a grant or the configuration names: listed one by one where the cluster forbids the whole.
    pub fallback_namespaces: BTreeSet<String>,
}

/// What the operator narrows a run to.
#[derive(Clone, Debug, Default)]
pub struct RunScope {
    /// `-n`; `None` is every namespace.
    pub namespaces: Option<BTreeSet<String>>,
    /// `--exclude-namespace`.
    pub excluded: BTreeSet<String>,
    /// `-l`: for kinds in namespaces, and not for events, which carry no labels of what they are about.
    pub selector: Option<Selector>,
}

/// All that is read of one kind.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) mask: Mask,
    pub(super) facts: bool,
    pub(super) is_listed: bool,
    /// Where anyone lists.
    namespaces: Namespaces,
    /// Somebody lists it who cannot do without.
    surely: Option<Resource>,
}

impl ViewPlan {
    /// Add one granted need.
    pub fn add(
        &mut self,
        resource: &Resource,
        is_listed: bool,
        namespaces: &Namespaces,
        mask: &Mask,
        facts: bool,
    ) {
        let planned = self
            .resources
            .entry(resource.kind.clone())
            .or_insert_with(|| Planned {
                mask: HOST_FIELDS.clone(),
                facts: false,
                is_listed: false,
                namespaces: Namespaces::Only(Vec::new()),
                surely: None,
            });
        planned.mask = planned.mask.union(mask);
        planned.facts |= facts;
        if is_listed {
            planned.is_listed = true;
            planned.namespaces = unite(&planned.namespaces, namespaces);
        }
    }

    /// A check will list this kind, whatever comes of its other reads.
    pub fn surely_lists(&mut self, resource: &Resource) {
        if let Some(planned) = self.resources.get_mut(&resource.kind) {
            planned.surely = Some(resource.clone());
        }
    }

    /// The kinds that will be listed, whatever comes of other reads.
    pub(super) fn sure(&self) -> impl Iterator<Item = (&Resource, &Planned)> {
        let planned = self.resources.values();
        planned.filter_map(|planned| Some((planned.surely.as_ref()?, planned)))
    }

    pub(super) fn planned(&self, kind: &KindName) -> Option<&Planned> {
        self.resources.get(kind)
    }

    /// The namespaces to list one by one where the whole is forbidden.
    pub(super) fn fallback(&self) -> BTreeSet<String> {
        self.fallback_namespaces
            .difference(&self.scope.excluded)
            .cloned()
            .collect()
    }

    /// The namespaces of the lists that the run makes of a kind; `None` is one list of the whole cluster.
    pub(super) fn lists(&self, resource: &Resource) -> Option<BTreeSet<String>> {
        if !resource.namespaced {
            return None;
        }
        let planned = self
            .planned(&resource.kind)
            .map_or(&Namespaces::All, |planned| &planned.namespaces);
        self.scope.narrow(planned)
    }
}

impl RunScope {
    /// The part of some namespaces that the run looks at; `None` is all but the excluded ones.
    pub fn narrow(&self, namespaces: &Namespaces) -> Option<BTreeSet<String>> {
        let names = match (namespaces, &self.namespaces) {
            (Namespaces::All, None) => return None,
            (Namespaces::All, Some(names)) => names.clone(),
            (Namespaces::Only(names), None) => names.iter().cloned().collect(),
            (Namespaces::Only(names), Some(scope)) => names
                .iter()
                .filter(|name| scope.contains(*name))
                .cloned()
                .collect(),
        };
        Some(names.difference(&self.excluded).cloned().collect())
    }

    /// Some of what the run looks at lies outside these namespaces.
    pub(super) fn reaches_beyond(&self, namespaces: &Namespaces) -> bool {
        let Namespaces::Only(names) = namespaces else {
            return false;
        };
        self.namespaces.as_ref().is_none_or(|scope| {
            let mut seen = scope.difference(&self.excluded);
            seen.any(|name| !names.contains(name))
        })
    }

    /// Whether the run looks at a namespace.
    pub fn contains(&self, namespace: &str) -> bool {
        let is_named = |names: &BTreeSet<String>| names.contains(namespace);
        self.namespaces.as_ref().is_none_or(is_named) && !self.excluded.contains(namespace)
    }

    pub(super) fn selector_for(&self, resource: &Resource) -> Option<&Selector> {
        let is_selected = resource.namespaced && resource.kind.kind != "Event";
        self.selector.as_ref().filter(|_| is_selected)
    }
}

/// A read outside of what the operator narrowed the run to.
pub fn out_of_scope(what: &str) -> ReadError {
    ReadError::new(
        ErrorCode::Denied,
        format!("{what} lies outside of what this run looks at"),
    )
    .because("scope")
}

fn unite(one: &Namespaces, other: &Namespaces) -> Namespaces {
    match (one, other) {
        (Namespaces::Only(one), Namespaces::Only(other)) => {
            let names: BTreeSet<&String> = one.iter().chain(other).collect();
            Namespaces::Only(names.into_iter().cloned().collect())
        }
        _ => Namespaces::All,
    }
}
