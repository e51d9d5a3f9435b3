//! One kind of a bundle: the objects of a namespace, of all of them, or of the cluster, and what of those is missing.

use super::layout::{Holding, Maker};
use super::lists::{Objects, name_of};
use super::rows::{Found, Taking};
use super::said;
use crate::capability::{ErrorCode, ReadError, Resource};

/// Namespaces that one message names.
const MAX_NAMED: usize = 3;

/// One kind of a bundle.
pub(super) struct Part<'a> {
    pub(super) objects: &'a Objects,
    pub(super) resource: &'a Resource,
    pub(super) holding: &'a Holding,
    pub(super) taking: &'a Taking<'a>,
}

impl Part<'_> {
    pub(super) fn cluster(&self, found: &mut Found) {
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

    pub(super) fn namespace(&self, namespace: &str, found: &mut Found) {
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

    pub(super) fn everywhere(&self, found: &mut Found) {
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
