//! Lists and objects from a bundle: which files answer, and what of the answer is not known.
//!
//! A list is whole only where whoever made the bundle took all of the kind there: of one namespace, its file; of the
//! whole cluster, the files of all namespaces, where the bundle says which there are. What came is answered in any
//! case; what is missing follows as the list's next page, which fails with the reason.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::layout::{Catalogue, Holding, Maker};
use super::plain::Plain;
use super::rows::{Found, Taking};
use super::said;
use super::source::Files;
use crate::capability::{
    Answer, Body, ErrorCode, Kind, ListPage, ListRequest, ObjectRequest, ReadError, Resource,
};

/// Namespaces that one message names.
const MAX_NAMED: usize = 3;

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

    fn not_all(&self, resource: &Resource, count: usize) -> ReadError {
        let (maker, kind) = (self.catalogue.maker.name(), &resource.kind.kind);
        let message = match count {
            0 => format!("the {maker} holds no {kind}, and does not say that there is none"),
            _ => format!("the {maker} does not say that it holds every {kind}"),
        };
        ReadError::new(ErrorCode::NotCollected, message)
    }
}

/// One kind of a bundle.
struct Part<'a> {
    objects: &'a Objects,
    resource: &'a Resource,
    holding: &'a Holding,
    taking: &'a Taking<'a>,
}

impl Part<'_> {
    fn cluster(&self, found: &mut Found) {
        let refusals = self.refusals(found);
        match &self.holding.cluster {
            Some(file) => self.file(file, None, found),
            None if self.holding.leaves_out_empty || !refusals.is_empty() => {}
            None => found.missing.push(self.objects.not_all(self.resource, 0)),
        }
        found
            .missing
            .extend(refusals.into_iter().map(|(_, why)| why));
        let is_namespaces = name_of(self.resource) == "namespaces";
        if is_namespaces && self.objects.namespaces.is_none() {
            found
                .missing
                .push(self.objects.not_all(self.resource, found.rows.len()));
        }
    }

    fn namespace(&self, namespace: &str, found: &mut Found) {
        let refusals = self.refusals(found);
        if let Some(file) = self.holding.namespaces.get(namespace) {
            self.file(file, Some(namespace), found);
        }
        let mut refused = of_namespace(&refusals, namespace).peekable();
        if refused.peek().is_none() && !self.is_known(namespace) {
            found.missing.push(self.not_collected(&[namespace]));
        }
        found.missing.extend(refused.cloned());
    }

    fn everywhere(&self, found: &mut Found) {
        let refusals = self.refusals(found);
        for (namespace, file) in &self.holding.namespaces {
            self.file(file, Some(namespace), found);
        }
        match &self.objects.namespaces {
            Some(all) => {
                let is_lacking = |name: &str| {
                    !self.is_known(name) && of_namespace(&refusals, name).next().is_none()
                };
                let lacking = all
                    .iter()
                    .map(String::as_str)
                    .filter(|name| is_lacking(name));
                let lacking: Vec<&str> = lacking.collect();
                if !lacking.is_empty() {
                    found.missing.push(self.not_collected(&lacking));
                }
            }
            None => found.missing.push(self.no_namespaces()),
        }
        found
            .missing
            .extend(refusals.into_iter().map(|(_, why)| why));
    }

    /// All objects of the kind in a namespace are here.
    fn is_known(&self, namespace: &str) -> bool {
        let is_empty =
            || self.holding.leaves_out_empty && self.objects.catalogue.visited.contains(namespace);
        self.holding.namespaces.contains_key(namespace) || is_empty()
    }

    fn file(&self, name: &str, within: Option<&str>, found: &mut Found) {
        match self.objects.files.read(name) {
            Ok(bytes) => self.taking.file(name, &bytes, within, found),
            Err(error) => found.missing.push(error),
        }
    }

    /// What could not be collected of the kind.
    fn refusals(&self, found: &mut Found) -> Vec<(String, ReadError)> {
        let custom = self.objects.catalogue.custom_errors.as_ref();
        let (file, is_shared) = match (&self.holding.errors, custom) {
            (Some(file), _) => (file, false),
            (None, Some(file)) if self.holding.leaves_out_empty => (file, true),
            _ => return Vec::new(),
        };
        let said = self.objects.files.read(file);
        match said.and_then(|text| said::refusals(file, &text)) {
            Ok(said) if is_shared => of_kind(said, &name_of(self.resource)),
            Ok(said) => said,
            Err(error) => {
                found.missing.push(error);
                Vec::new()
            }
        }
    }

    fn not_collected(&self, namespaces: &[&str]) -> ReadError {
        let (maker, kind) = (
            self.objects.catalogue.maker.name(),
            &self.resource.kind.kind,
        );
        let named = namespaces.iter().take(MAX_NAMED).copied();
        let mut names = named.collect::<Vec<_>>().join(", ");
        if let Some(more) = namespaces
            .len()
            .checked_sub(MAX_NAMED)
            .filter(|more| *more > 0)
        {
            names += &format!(" and {more} more namespaces");
        }
        let message = format!("the {maker} holds no list of {kind} of {names}");
        ReadError::new(ErrorCode::NotCollected, message)
    }

    fn no_namespaces(&self) -> ReadError {
        let catalogue = &self.objects.catalogue;
        let (maker, kind) = (catalogue.maker.name(), &self.resource.kind.kind);
        let count = self.holding.namespaces.len();
        let mut message = format!(
            "the {maker} holds every {kind} of {count} namespaces, and does not say which others there are"
        );
        if catalogue.maker == Maker::Dump {
            message += "; `kubectl get namespaces -o json` as `namespaces.json` in it says so";
        }
        ReadError::new(ErrorCode::NotCollected, message)
    }
}

/// What was said of a namespace, or of all at once.
fn of_namespace<'a>(
    refusals: &'a [(String, ReadError)],
    namespace: &'a str,
) -> impl Iterator<Item = &'a ReadError> {
    let of = refusals.iter();
    let of = of.filter(move |(of, _)| of.is_empty() || of == namespace);
    of.map(|(_, why)| why)
}

/// Of all that was said of custom resources what is about one kind: by its name, with a namespace, or as a whole.
fn of_kind(said: Vec<(String, ReadError)>, name: &str) -> Vec<(String, ReadError)> {
    let about = |of: &str| match of.split_once('/') {
        Some((kind, namespace)) if kind == name => Some(namespace.to_owned()),
        None if of == name || !of.contains('.') => Some(String::new()),
        _ if of.starts_with("discover ") => Some(String::new()),
        _ => None,
    };
    let mine = said
        .into_iter()
        .filter_map(|(of, why)| Some((about(&of)?, why)));
    mine.collect()
}

/// `pods`, `deployments.apps`.
fn name_of(resource: &Resource) -> String {
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
