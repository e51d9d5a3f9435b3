//! The objects of one kind out of one file, pruned as those of a live server are.

use std::sync::Arc;

use super::text::{self, Seen};
use super::unfold::{Head, Item};
use crate::capability::prune::{MAX_OBJECT_BYTES, Pruner};
use crate::capability::{ErrorCode, ListRequest, ReadError, Resource, Row};

/// What was found, and what of it could not be had.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    /// Objects that did not decode.
    pub(super) invalid: u32,
    /// What is not there, or not known to be all.
    pub(super) missing: Vec<ReadError>,
}

impl Found {
    /// The worst of what is missing: what went wrong before what someone refused, and that before what nobody collected.
    pub(super) fn worst(&self) -> Option<&ReadError> {
        let of = |test: fn(&ReadError) -> bool| self.missing.iter().find(|error| test(error));
        of(|error| error.code.coverage().is_failure())
            .or_else(|| of(|error| error.code == ErrorCode::Forbidden))
            .or_else(|| self.missing.first())
    }

    /// One object.
    pub(super) fn find(&self, namespace: Option<&str>, name: &str) -> Option<&Row> {
        let mut rows = self.rows.iter();
        rows.find(|row| &*row.name == name && row.namespace.as_deref() == namespace)
    }
}

/// Takes objects of one kind in.
pub(super) struct Taking<'a> {
    resource: &'a Resource,
    api_version: String,
    pruner: Pruner,
    /// `None` takes every namespace.
    namespace: Option<&'a str>,
}

impl<'a> Taking<'a> {
    pub(super) fn new(request: &'a ListRequest) -> Self {
        let resource = &request.resource;
        Self {
            resource,
            api_version: resource.kind.api_version(),
            pruner: Pruner::new(resource, &request.mask, request.facts),
            namespace: request.namespace.as_deref().filter(|_| resource.namespaced),
        }
    }

    /// Whether an object says that it is of the kind. One that does not say is of the kind that its file is of.
    fn is_of_kind(&self, head: &Head) -> bool {
        let is = |said: &Option<String>, word: &str| said.as_ref().is_none_or(|said| said == word);
        is(&head.api_version, &self.api_version) && is(&head.kind, &self.resource.kind.kind)
    }

    /// All objects of a file that holds this kind and no other; `within` is the namespace that it is of.
    pub(super) fn file(&self, name: &str, bytes: &[u8], within: Option<&str>, found: &mut Found) {
        let mut rows = Found::default();
        let mut other = None;
        let read = text::each(name, bytes, |item| {
            if !self.is_of_kind(item.head) {
                other = Some(item.head.clone());
                return;
            }
            match self.row(&item) {
                Some(row) if within.is_none() || row.namespace.as_deref() == within => {
                    rows.rows.push(row);
                }
                _ => rows.invalid += 1,
            }
        });
        match (read, other) {
            (Err(error), _) => found.missing.push(error),
            (Ok(_), Some(head)) => found.missing.push(self.other_version(name, &head)),
            (Ok(seen), None) if !seen.is_something => found.missing.push(text::half(name)),
            (Ok(Seen { lacks, .. }), None) => {
                share_namespaces(&mut rows.rows);
                found.rows.append(&mut rows.rows);
                found.invalid = found.invalid.saturating_add(rows.invalid);
                found.missing.extend(lacks.into_iter().map(|(_, why)| why));
            }
        }
    }

    /// One object that says of itself to be of this kind.
    pub(super) fn object(&self, json: &str, found: &mut Found) {
        let row = Some(json).filter(|json| json.len() <= MAX_OBJECT_BYTES);
        match row.and_then(|json| self.pruner.row(json.as_bytes()).ok()) {
            Some(row) if self.is_wanted(&row) => found.rows.push(row),
            Some(_) => {}
            None => found.invalid = found.invalid.saturating_add(1),
        }
    }

    fn row(&self, item: &Item<'_>) -> Option<Row> {
        let json = Some(item.json).filter(|json| json.len() <= MAX_OBJECT_BYTES)?;
        self.pruner.row(json.as_bytes()).ok()
    }

    fn is_wanted(&self, row: &Row) -> bool {
        self.namespace.is_none() || row.namespace.as_deref() == self.namespace
    }

    /// Objects of another version have other fields: what lacks there is not empty but unknown.
    fn other_version(&self, name: &str, head: &Head) -> ReadError {
        let said = |word: &Option<String>| word.clone().unwrap_or_else(|| "?".to_owned());
        let message = format!(
            "the bundle's `{name}` holds {}/{}, not {}",
            said(&head.api_version),
            said(&head.kind),
            self.resource.kind
        );
        ReadError::new(ErrorCode::NotCollected, message).because("other-version")
    }
}

/// Objects come sorted by namespace, so equal names are neighbours and can be one allocation.
fn share_namespaces(rows: &mut [Row]) {
    let mut before: Option<Arc<str>> = None;
    for row in rows {
        match (&before, &row.namespace) {
            (Some(before), Some(namespace)) if before == namespace => {
                row.namespace = Some(Arc::clone(before));
            }
            _ => before.clone_from(&row.namespace),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::capability::Mask;

    fn request(kind: &str) -> ListRequest {
        ListRequest {
            resource: Resource::built_in(&kind.parse().unwrap()).unwrap(),
            namespace: None,
            mask: Mask::from_paths(["spec.nodeName"]).unwrap(),
            facts: false,
            cursor: None,
        }
    }

    fn found(kind: &str, text: &str, within: Option<&str>) -> Found {
        let (request, mut found) = (request(kind), Found::default());
        Taking::new(&request).file("x.json", text.as_bytes(), within, &mut found);
        found
    }

    #[test]
    fn objects_are_pruned_as_live_ones_are() {
        let text = r#"{"kind":"PodList","apiVersion":"v1","items":[
            {"metadata":{"name":"a","namespace":"data","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"s3cret"}},
             "spec":{"nodeName":"n","containers":[{"env":[{"name":"PASSWORD","value":"s3cret"}]}]}}]}"#;
        let found = found("v1/Pod", text, Some("data"));
        let json = found.rows[0].json.get();
        assert!(json.contains("\"nodeName\":\"n\"") && json.contains("\"kind\":\"Pod\""));
        assert!(!json.contains("s3cret"), "{json}");
        assert!(found.missing.is_empty() && found.invalid == 0);
    }

    #[rstest]
    #[case::no_object("v1/Pod", r#"[7]"#)]
    #[case::no_name("v1/Pod", r#"[{"metadata":{"namespace":"data"}}]"#)]
    #[case::another_namespace("v1/Pod", r#"[{"metadata":{"name":"a","namespace":"iam"}}]"#)]
    fn what_does_not_belong_there_is_counted(#[case] kind: &str, #[case] text: &str) {
        let found = found(kind, text, Some("data"));
        assert_eq!((found.rows.len(), found.invalid), (0, 1));
    }

    #[rstest]
    #[case(r#"{"kind":"PodDisruptionBudgetList","apiVersion":"policy/v1beta1","items":[{"metadata":{"name":"a","namespace":"data"}}]}"#)]
    #[case(r#"[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"data"}}]"#)]
    fn another_version_or_kind_is_not_taken_for_this(#[case] text: &str) {
        let found = found("policy/v1/PodDisruptionBudget", text, Some("data"));
        assert!(found.rows.is_empty());
        assert_eq!(found.worst().unwrap().code, ErrorCode::NotCollected);
    }

    #[test]
    fn half_a_file_is_no_list() {
        let text = r#"[{"metadata":{"name":"a","namespace":"data"}},{"meta"#;
        let found = found("v1/Pod", text, Some("data"));
        assert!(found.rows.is_empty());
        assert_eq!(found.worst().unwrap().code, ErrorCode::Invalid);
    }
}
