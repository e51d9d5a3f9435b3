//! Lists and objects from a bundle: which files answer, and what of the answer is not known.
//!
//! A list is whole only where whoever made the bundle took all of the kind there: of one namespace, its file; of the
//! whole cluster, the files of all namespaces, where the bundle says which there are. What came is answered in any
//! case; what is missing follows as the list's next page, which fails with the reason.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::layout::{Catalogue, Holding};
use super::part::Part;
use super::plain::Plain;
use super::rows::{Found, Taking};
use super::source::Files;
use crate::capability::{
    Answer, Body, ErrorCode, Kind, ListPage, ListRequest, ObjectRequest, ReadError, Resource,
};

/// The objects of a bundle.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) files: Arc<Files>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) plain: Plain,
    /// All namespaces of the cluster, where the bundle says which there are.
    pub(super) namespaces: Option<BTreeSet<String>>,
    /// The kinds that the server serves, where the bundle says it.
    pub(super) served: Option<Vec<Kind>>,
    /// The names of the custom kinds whose objects were collected, be there any or not.
    pub(super) custom: BTreeSet<String>,
    /// Lists that were made: objects are looked up in them.
    pub(super) made: Mutex<BTreeMap<ListRequest, Arc<Found>>>,
}

impl Objects {
    /// A page of a list. Blocks.
    pub(super) fn list(&self, request: &ListRequest) -> Answer {
        if let Some(cursor) = &request.cursor {
            return Err(missing_of(cursor));
        }
        self.check_served(&request.resource)?;
        let found = self.found(request);
        let worst = found.worst();
        match worst {
            Some(error) if found.rows.is_empty() && found.invalid == 0 => Err(error.clone()),
            _ => Ok(Body::List(ListPage {
                rows: found.rows.clone(),
                resource_version: String::new(),
                next: worst.map(cursor_of),
                truncated: false,
                invalid: found.invalid,
            })),
        }
    }

    /// One object. Blocks.
    pub(super) fn object(&self, request: &ObjectRequest) -> Answer {
        self.check_served(&request.resource)?;
        let namespace = request
            .namespace
            .as_deref()
            .filter(|_| request.resource.namespaced);
        let found = self.found(&ListRequest {
            resource: request.resource.clone(),
            namespace: namespace.map(str::to_owned),
            mask: request.mask.clone(),
            facts: request.facts,
            cursor: None,
        });
        if let Some(row) = found.find(namespace, &request.name) {
            return Ok(Body::Object(row.clone()));
        }
        let what = format!("{} {}", request.resource.kind, request.name);
        if let Some(error) = found.worst() {
            return Err(error.clone());
        }
        if found.invalid > 0 {
            let message = format!(
                "get {what}: {} objects of the bundle did not decode",
                found.invalid
            );
            return Err(ReadError::new(ErrorCode::Invalid, message));
        }
        let message = format!("get {what}: there was none when the bundle was made");
        Err(ReadError::new(ErrorCode::Absent, message))
    }

    fn found(&self, request: &ListRequest) -> Arc<Found> {
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = made().get(request) {
            return Arc::clone(found);
        }
        // Not under the lock: other kinds are read meanwhile.
        let found = Arc::new(self.find(request));
        Arc::clone(made().entry(request.clone()).or_insert(found))
    }

    fn find(&self, request: &ListRequest) -> Found {
        let (resource, mut found) = (&request.resource, Found::default());
        let taking = Taking::new(request);
        let Some(holding) = self.holding(resource) else {
            self.plain.add(resource, &taking, &mut found);
            found.missing.push(self.not_all(resource, found.rows.len()));
            return found;
        };
        let part = Part {
            objects: self,
            resource,
            holding: &holding,
            taking: &taking,
        };
        match request.namespace.as_deref() {
            _ if !resource.namespaced => part.cluster(&mut found),
            Some(namespace) => part.namespace(namespace, &mut found),
            None => part.everywhere(&mut found),
        }
        found
    }

    /// The files of a kind; none of them where a custom kind has no objects.
    fn holding(&self, resource: &Resource) -> Option<Cow<'_, Holding>> {
        let name = name_of(resource);
        if let Some(holding) = self.catalogue.holdings.get(&name) {
            return Some(Cow::Borrowed(holding));
        }
        self.custom.contains(&name).then(|| {
            Cow::Owned(Holding {
                leaves_out_empty: true,
                ..Holding::default()
            })
        })
    }

    /// A kind that the server did not serve is absent, as it is live.
    fn check_served(&self, resource: &Resource) -> Result<(), ReadError> {
        let Some(served) = &self.served else {
            return Ok(());
        };
        let kind = &resource.kind;
        let is_served = served.iter().any(|one| {
            (&one.group, &one.version, &one.kind) == (&kind.group, &kind.version, &kind.kind)
        });
        if is_served {
            return Ok(());
        }
        let message = format!("the bundle's cluster did not serve {kind}");
        Err(ReadError::new(ErrorCode::Absent, message))
    }

    pub(super) fn not_all(&self, resource: &Resource, count: usize) -> ReadError {
        let (maker, kind) = (self.catalogue.maker.name(), &resource.kind.kind);
        let message = match count {
            0 => format!("the {maker} holds no {kind}, and does not say that there is none"),
            _ => format!("the {maker} does not say that it holds every {kind}"),
        };
        ReadError::new(ErrorCode::NotCollected, message)
    }
}

/// `pods`, `deployments.apps`.
pub(super) fn name_of(resource: &Resource) -> String {
    match resource.kind.group.as_str() {
        "" => resource.plural.clone(),
        group => format!("{}.{group}", resource.plural),
    }
}

/// The cursor of a list's last page: what is missing, so that nothing has to be remembered.
fn cursor_of(missing: &ReadError) -> String {
    serde_json::to_string(missing).unwrap_or_default()
}

fn missing_of(cursor: &str) -> ReadError {
    let foreign = |_| {
        ReadError::new(
            ErrorCode::Invalid,
            "the cursor is none that the bundle gave",
        )
    };
    serde_json::from_str(cursor).unwrap_or_else(foreign)
}
