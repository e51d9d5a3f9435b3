//! Lists of a run: which of the server's are read for what a call may see, and what of them it sees.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;

use super::collection::{Collection, Filter, Seen};
use super::listing::Listing;
use super::{Asked, ListWant, Selector, View, list_of, lost, out_of_scope};
use crate::capability::{ErrorCode, Mask, ReadError, Resource};
use crate::manifest::KindName;

/// A list that the server answered, or why it did not.
pub(super) type Opened = Result<Arc<Listing>, ReadError>;

/// What tells collections apart.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct CollectionKey {
    kind: KindName,
    /// `None` is all but the excluded ones.
    namespaces: Option<BTreeSet<String>>,
    selector: Option<Selector>,
    reaches_beyond_grant: bool,
    mask: Mask,
    facts: bool,
}

impl View {
    /// The objects of a kind that a call may see. Page over them with [`Collection::page`].
    pub async fn list(&self, want: &ListWant<'_>) -> Result<Asked<Arc<Collection>>, ReadError> {
        let (wanted, reaches_beyond_grant) = self.wanted(want)?;
        let (mask, facts) = self.union(want.resource, want.mask, want.facts);
        let mut key = CollectionKey {
            kind: want.resource.kind.clone(),
            namespaces: wanted,
            selector: want.selector.cloned(),
            reaches_beyond_grant,
            mask,
            facts,
        };
        if let Some(value) = self.known(&key) {
            return Ok(Asked {
                value,
                is_shared: true,
            });
        }
        let (mut parts, mut is_shared) = self.parts(want.resource, &key).await;
        if parts.iter().all(is_not_collected) && (&key.mask, key.facts) != (want.mask, want.facts) {
            // A recording of other checks: what this one reads of the kind may lie within what it holds.
            (key.mask, key.facts) = (want.mask.clone(), want.facts);
            (parts, is_shared) = self.parts(want.resource, &key).await;
        }
        let value = Arc::new(self.collect(want.resource, &key, parts)?);
        let mut known = self
            .collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let value = Arc::clone(known.entry(key).or_insert(value));
        Ok(Asked { value, is_shared })
    }

    /// The namespaces that a call may see, and whether the run looks at more.
    fn wanted(&self, want: &ListWant<'_>) -> Result<(Option<BTreeSet<String>>, bool), ReadError> {
        let scope = &self.plan.scope;
        if !want.resource.namespaced {
            return Ok((None, false));
        }
        let Some(namespace) = want.namespace else {
            let wanted = scope.narrow(want.namespaces);
            if wanted.as_ref().is_some_and(BTreeSet::is_empty) {
                return Err(out_of_scope(&format!(
                    "all that may be seen of {}",
                    want.resource.kind
                )));
            }
            return Ok((wanted, scope.reaches_beyond(want.namespaces)));
        };
        if !scope.contains(namespace) {
            return Err(out_of_scope(&format!("namespace {namespace}")));
        }
        Ok((Some(BTreeSet::from([namespace.to_owned()])), false))
    }

    fn known(&self, key: &CollectionKey) -> Option<Arc<Collection>> {
        let known = self
            .collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(key).map(Arc::clone)
    }

    /// A list of the server, once for each mask.
    pub(super) async fn listed(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        mask: &Mask,
        facts: bool,
    ) -> Asked<Opened> {
        let request = list_of(resource, namespace, mask, facts);
        let reads = Arc::clone(&self.reads);
        let asked = request.clone();
        let work = || Listing::open(reads, asked);
        let Asked { value, is_shared } = self.lists.join(request, work).await;
        Asked {
            value: value.unwrap_or_else(|| Err(lost())),
            is_shared,
        }
    }

    /// The lists that hold what a call wants. Where the cluster forbids the whole, one for each namespace that is
    /// named anywhere; the refusal stays among the parts if more than those was wanted.
    async fn parts(&self, resource: &Resource, key: &CollectionKey) -> (Vec<Opened>, bool) {
        // What is wanted lies within what was planned, or else it is read all the same: the gate has allowed it.
        if let (Some(_), Some(wanted)) = (self.plan.lists(resource), &key.namespaces) {
            return self.each(resource, key, wanted).await;
        }
        let whole = self.listed(resource, None, &key.mask, key.facts).await;
        let is_forbidden = matches!(&whole.value, Err(error) if error.code == ErrorCode::Forbidden);
        let named = match &key.namespaces {
            Some(wanted) => wanted.clone(),
            None => self.plan.fallback(),
        };
        if !is_forbidden || !resource.namespaced || named.is_empty() {
            return (vec![whole.value], whole.is_shared);
        }
        let (mut parts, is_shared) = self.each(resource, key, &named).await;
        if key.namespaces.is_none() {
            parts.push(whole.value);
        }
        (parts, is_shared && whole.is_shared)
    }

    async fn each(
        &self,
        resource: &Resource,
        key: &CollectionKey,
        namespaces: &BTreeSet<String>,
    ) -> (Vec<Opened>, bool) {
        let reads = namespaces
            .iter()
            .map(|namespace| self.listed(resource, Some(namespace), &key.mask, key.facts));
        let parts = join_all(reads).await;
        let is_shared = parts.iter().all(|part| part.is_shared);
        (
            parts.into_iter().map(|part| part.value).collect(),
            is_shared,
        )
    }

    /// What of the parts the call may see. An error where no part came.
    fn collect(
        &self,
        resource: &Resource,
        key: &CollectionKey,
        parts: Vec<Opened>,
    ) -> Result<Collection, ReadError> {
        let scope = &self.plan.scope;
        let of_run = scope.selector_for(resource);
        let selected = of_run.map(|_| Arc::clone(&self.selected));
        if let Some(selected) = &selected {
            selected.was_asked.store(true, Ordering::Relaxed);
        }
        let (mut came, mut missing) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Ok(listing) => came.push(listing),
                Err(error) => missing.push(error),
            }
        }
        let Some(first) = came.first() else {
            return Err(missing.into_iter().next().unwrap_or_else(lost));
        };
        Ok(Collection {
            resource: resource.clone(),
            resource_version: first.resource_version.clone(),
            parts: came,
            missing,
            reaches_beyond_grant: key.reaches_beyond_grant,
            filter: Filter {
                namespaces: key.namespaces.clone(),
                excluded: scope.excluded.clone(),
                selectors: of_run.into_iter().chain(&key.selector).cloned().collect(),
                selected,
            },
            seen: Mutex::new(Seen::default()),
        })
    }
}

fn is_not_collected(part: &Opened) -> bool {
    matches!(part, Err(error) if error.code == ErrorCode::NotCollected)
}
