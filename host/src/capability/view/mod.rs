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
mod lists;
mod objects;
mod plan;
mod selector;

pub use collection::{Collection, Page};
pub use flight::Asked;
pub use plan::{RunScope, ViewPlan, out_of_scope};
pub use selector::{BadSelector, Selector};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use self::flight::Flights;
use self::listing::Listing;
use self::lists::{CollectionKey, Opened};
use self::plan::Planned;
use super::{Answer, ErrorCode, ListRequest, Mask, ReadError, Reads, Request, Resource};
use crate::grant::Namespaces;

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

    /// What is read of a kind: the plan's union, which holds what the call wants unless nobody planned it.
    fn union(&self, resource: &Resource, mask: &Mask, facts: bool) -> (Mask, bool) {
        match self.plan.planned(&resource.kind) {
            Some(planned) if covers(planned, mask, facts) => (planned.mask.clone(), planned.facts),
            Some(planned) => (planned.mask.union(mask), planned.facts || facts),
            None => (mask.clone(), facts),
        }
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

fn covers(planned: &Planned, mask: &Mask, facts: bool) -> bool {
    planned.mask.covers(mask) && (planned.facts || !facts)
}

/// The task of a read ended without a value.
fn lost() -> ReadError {
    ReadError::new(ErrorCode::Other, "the read ended without an answer")
}

#[cfg(test)]
mod tests;
