//! The one view of a run: each distinct read goes to the server once, and all checks see the same objects.
//!
//! ```text
//! list, get ─► Collection ◄── filter (scope, -n, -l, grant, selector) ◄── Listing (one per kind and scope, union mask)
//! once ──────────────────────────────────────────────► Flights ─► dyn Reads       ▲ page by page, ahead of who looks
//! ```
//!
//! Here nothing is allowed or denied but what lies outside the run's scope; the gate has spoken before. Pages, masks
//! and label selectors are served from what is in memory.

mod collection;
mod flight;
mod listing;
mod plan;
mod selector;

pub use collection::{Collection, Page};
pub use flight::Asked;
pub use plan::{RunScope, ViewPlan, out_of_scope};
pub use selector::{BadSelector, Selector};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use serde::Deserialize;

use self::collection::{Filter, Seen};
use self::flight::Flights;
use self::listing::Listing;
use self::plan::Planned;
use super::prune::Pruner;
use super::{
    Answer, Body, ErrorCode, ListRequest, Mask, ObjectRequest, ReadError, Reads, Request, Resource,
};
use crate::grant::Namespaces;
use crate::manifest::KindName;

/// A list as the gate allowed it.
#[derive(Clone, Debug)]
pub struct ListWant<'a> {
    pub resource: &'a Resource,
    /// Those of the grant.
    pub namespaces: &'a Namespaces,
    /// The one that was asked for; `None` is all.
    pub namespace: Option<&'a str>,
    pub selector: Option<&'a Selector>,
    /// What is served; more is in memory where other checks want more.
    pub mask: &'a Mask,
    pub facts: bool,
}

/// An object as the gate allowed it.
#[derive(Clone, Debug)]
pub struct GetWant<'a> {
    pub resource: &'a Resource,
    pub namespace: Option<&'a str>,
    pub name: &'a str,
    pub mask: &'a Mask,
    pub facts: bool,
}

type Opened = Result<Arc<Listing>, ReadError>;

/// What tells collections apart.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct CollectionKey {
    kind: KindName,
    /// `None` is all but the excluded ones.
    namespaces: Option<BTreeSet<String>>,
    selector: Option<Selector>,
    reaches_beyond_grant: bool,
    mask: Mask,
    facts: bool,
}

/// The reads of one run.
pub struct View {
    reads: Arc<dyn Reads>,
    plan: ViewPlan,
    lists: Flights<ListRequest, Opened>,
    others: Flights<Request, Arc<Answer>>,
    collections: Mutex<BTreeMap<CollectionKey, Arc<Collection>>>,
    selected: Arc<Selected>,
}

/// What the host keeps of every object for itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Held {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct HeldObject {
    #[serde(default)]
    metadata: Held,
}

/// What the run's own label selector came to.
#[derive(Debug, Default)]
struct Selected {
    was_asked: AtomicBool,
    has_matched: AtomicBool,
}

impl View {
    pub fn new(reads: Arc<dyn Reads>, plan: ViewPlan) -> Self {
        Self {
            reads,
            plan,
            lists: Flights::new(),
            others: Flights::new(),
            collections: Mutex::new(BTreeMap::new()),
            selected: Arc::default(),
        }
    }

    /// Lists were narrowed by `-l`, and not one object of any of them matched.
    pub fn selected_nothing(&self) -> bool {
        let Selected {
            was_asked,
            has_matched,
        } = &*self.selected;
        was_asked.load(Ordering::Relaxed) && !has_matched.load(Ordering::Relaxed)
    }

    /// Have the server prepare what is sure to be asked for: the lists that some check cannot do without. They come while
    /// components are loaded, and beside each other instead of in the order in which checks ask.
    pub fn begin(&self) {
        for (resource, planned) in self.plan.sure() {
            let namespaces: Vec<Option<String>> = match self.plan.lists(resource) {
                None => vec![None],
                Some(names) => names.into_iter().map(Some).collect(),
            };
            for namespace in namespaces {
                let (mask, facts) = (&planned.mask, planned.facts);
                let request = list_of(resource, namespace.as_deref(), mask, facts);
                let (reads, asked) = (Arc::clone(&self.reads), request.clone());
                let _ = self.lists.begin(request, || Listing::open(reads, asked));
            }
        }
    }

    /// Labels and annotations of an object that a list of this run has brought already. Nothing is read for it.
    pub fn held(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Held> {
        let collections = self
            .collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let of_kind = collections
            .values()
            .filter(|one| one.resource.kind.kind == kind);
        of_kind
            .filter_map(|one| one.find(namespace, name))
            .find_map(|row| {
                let object: Held = serde_json::from_str::<HeldObject>(row.json.get())
                    .ok()?
                    .metadata;
                Some(object)
            })
    }

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

    /// One object as JSON text: from the run's list of the kind where one is planned, whichever call comes first.
    pub async fn get(&self, want: &GetWant<'_>) -> Result<Asked<String>, ReadError> {
        let resource = want.resource;
        let what = || format!("{} {}", resource.kind, want.name);
        let namespace = want.namespace.filter(|_| resource.namespaced);
        match namespace {
            Some(namespace) if !self.plan.scope.contains(namespace) => {
                return Err(out_of_scope(&format!("{} in {namespace}", what())));
            }
            None if resource.namespaced => {
                let message = format!("get {}: a namespace has to be named", what());
                return Err(ReadError::new(ErrorCode::Invalid, message));
            }
            _ => {}
        }
        let pruner = Pruner::new(resource, want.mask, want.facts);
        if let Some(Asked { value, is_shared }) = self.planned_list(want, namespace).await {
            let text = match value {
                Ok(listing) => {
                    let ending = listing.ended().await;
                    match listing.find(namespace, want.name) {
                        Some(row) => Some(collection::prune(&pruner, &row)?),
                        None if ending.is_whole() => {
                            let message = format!("get {}: there is none", what());
                            return Err(ReadError::new(ErrorCode::Absent, message));
                        }
                        None => None,
                    }
                }
                // Who may not list a kind may still get one object of it.
                Err(error) if error.code == ErrorCode::Forbidden => None,
                Err(error) => return Err(error),
            };
            if let Some(value) = text {
                return Ok(Asked { value, is_shared });
            }
        }
        let (mask, facts) = self.union(resource, want.mask, want.facts);
        let request = Request::Get(ObjectRequest {
            resource: resource.clone(),
            namespace: namespace.map(str::to_owned),
            name: want.name.to_owned(),
            mask,
            facts,
        });
        let Asked { value, is_shared } = self.once(request).await;
        match &*value {
            Ok(Body::Object(row)) => Ok(Asked {
                value: collection::prune(&pruner, row)?,
                is_shared,
            }),
            Ok(_) => Err(ReadError::new(
                ErrorCode::Invalid,
                format!("get {}: the answer is no object", what()),
            )),
            Err(error) => Err(error.clone()),
        }
    }

    /// Any other read: equal requests are one.
    pub async fn once(&self, request: Request) -> Asked<Arc<Answer>> {
        let reads = Arc::clone(&self.reads);
        let asked = request.clone();
        let work = || async move { Arc::new(reads.read(&asked).await) };
        let Asked { value, is_shared } = self.others.join(request, work).await;
        Asked {
            value: value.unwrap_or_else(|| Arc::new(Err(lost()))),
            is_shared,
        }
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

    /// What is read of a kind: the plan's union, which holds what the call wants unless nobody planned it.
    fn union(&self, resource: &Resource, mask: &Mask, facts: bool) -> (Mask, bool) {
        match self.plan.planned(&resource.kind) {
            Some(planned) if covers(planned, mask, facts) => (planned.mask.clone(), planned.facts),
            Some(planned) => (planned.mask.union(mask), planned.facts || facts),
            None => (mask.clone(), facts),
        }
    }

    fn known(&self, key: &CollectionKey) -> Option<Arc<Collection>> {
        let known = self
            .collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(key).map(Arc::clone)
    }

    async fn listed(
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

    /// The run's list that would hold an object, if one is planned.
    async fn planned_list(
        &self,
        want: &GetWant<'_>,
        namespace: Option<&str>,
    ) -> Option<Asked<Opened>> {
        let planned = self.plan.planned(&want.resource.kind)?;
        if !planned.is_listed || !covers(planned, want.mask, want.facts) {
            return None;
        }
        let namespace = match (self.plan.lists(want.resource), namespace) {
            (None, _) => None,
            (Some(lists), Some(namespace)) if lists.contains(namespace) => Some(namespace),
            _ => return None,
        };
        Some(
            self.listed(want.resource, namespace, &planned.mask, planned.facts)
                .await,
        )
    }
}

fn list_of(resource: &Resource, namespace: Option<&str>, mask: &Mask, facts: bool) -> ListRequest {
    ListRequest {
        resource: resource.clone(),
        namespace: namespace.map(str::to_owned),
        mask: mask.clone(),
        facts,
        cursor: None,
    }
}

fn is_not_collected(part: &Opened) -> bool {
    matches!(part, Err(error) if error.code == ErrorCode::NotCollected)
}

fn covers(planned: &Planned, mask: &Mask, facts: bool) -> bool {
    planned.mask.covers(mask) && (planned.facts || !facts)
}

/// The task of a read ended without a value.
fn lost() -> ReadError {
    ReadError::new(ErrorCode::Other, "the read ended without an answer")
}

#[cfg(test)]
mod tests;
