//! The objects that one call may see, in pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::Selector;
use crate::capability::prune::Pruner;
use crate::capability::{Coverage, ErrorCode, Mask, ReadError, Resource, Row};

/// Objects in a page where the caller names no number, and at most.
const MAX_PAGE_OBJECTS: usize = 1_000;

/// Bytes of a page's text. It is copied into a guest's memory as one string, beside what the guest makes of it; a
/// guest has 64 MiB.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// What a list comes to for one call. Sorted by namespace and name, so that an index is a stable cursor.
#[derive(Debug)]
pub struct Collection {
    pub(super) resource: Resource,
    pub(super) rows: Vec<Arc<Row>>,
    pub resource_version: String,
    /// The host's caps cut it.
    pub is_cut: bool,
    /// Objects that did not decode and are left out.
    pub invalid: u32,
    /// Parts of the scope that could not be read, or broke off.
    pub missing: Vec<ReadError>,
    /// The run looks at more than the grant lets this check see.
    pub reaches_beyond_grant: bool,
}

/// One page for a guest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// A JSON array of pruned objects.
    pub items: String,
    pub count: u32,
    /// The cursor of the rest.
    pub next: Option<String>,
}

impl Collection {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Some of what was asked for is not here.
    pub fn is_truncated(&self) -> bool {
        self.is_cut || !self.missing.is_empty() || self.reaches_beyond_grant
    }

    /// What is known of the read as a whole, the worst first, and what was said.
    pub fn coverage(&self) -> (Coverage, Option<String>) {
        let failed = self
            .missing
            .iter()
            .find(|error| error.code.coverage().is_failure());
        if let Some(error) = failed.or(self.missing.first()) {
            return (error.code.coverage(), Some(error.message.clone()));
        }
        if self.invalid > 0 {
            let detail = format!("{} objects did not decode", self.invalid);
            return (Coverage::Invalid, Some(detail));
        }
        if self.is_cut {
            let detail = format!("cut after {} objects", self.rows.len());
            return (Coverage::Truncated, Some(detail));
        }
        if self.reaches_beyond_grant {
            let detail = "the grant names only some of the namespaces";
            return (Coverage::Denied, Some(detail.to_owned()));
        }
        (Coverage::Complete, None)
    }

    /// A page through a check's own mask: at most `limit` objects, 0 for the host's number, and at least one.
    pub fn page(
        &self,
        cursor: Option<&str>,
        limit: u32,
        mask: &Mask,
        facts: bool,
    ) -> Result<Page, ReadError> {
        let start = self.start(cursor)?;
        let limit = match limit as usize {
            0 => MAX_PAGE_OBJECTS,
            limit => limit.min(MAX_PAGE_OBJECTS),
        };
        let pruner = Pruner::new(&self.resource, mask, facts);
        let mut items = String::from("[");
        let mut count = 0;
        for row in self.rows.iter().skip(start).take(limit) {
            let text = prune(&pruner, row)?;
            if count > 0 && items.len() + text.len() > MAX_PAGE_BYTES {
                break;
            }
            if count > 0 {
                items.push(',');
            }
            items.push_str(&text);
            count += 1;
        }
        items.push(']');
        let end = start + count as usize;
        Ok(Page {
            items,
            count,
            next: (end < self.rows.len()).then(|| end.to_string()),
        })
    }

    fn start(&self, cursor: Option<&str>) -> Result<usize, ReadError> {
        let Some(cursor) = cursor else {
            return Ok(0);
        };
        let start = cursor
            .parse()
            .ok()
            .filter(|start| *start <= self.rows.len());
        start.ok_or_else(|| {
            ReadError::new(ErrorCode::Invalid, "the cursor is none that this list gave")
        })
    }
}

/// A row through another mask.
pub(super) fn prune(pruner: &Pruner, row: &Row) -> Result<String, ReadError> {
    pruner.text(row.json.get()).map_err(|unfit| {
        ReadError::new(ErrorCode::Invalid, format!("object {}: {unfit}", row.name))
    })
}

/// Whether a row's labels are selected; what has no readable labels has none.
pub(super) fn is_selected(row: &Row, selectors: &[&Selector]) -> bool {
    if selectors.is_empty() {
        return true;
    }
    let labels = serde_json::from_str::<Labelled>(row.json.get())
        .ok()
        .and_then(|row| row.metadata.labels)
        .unwrap_or_default();
    selectors.iter().all(|selector| selector.matches(&labels))
}

#[derive(Deserialize)]
struct Labelled {
    metadata: Labels,
}

#[derive(Deserialize)]
struct Labels {
    labels: Option<BTreeMap<String, String>>,
}
