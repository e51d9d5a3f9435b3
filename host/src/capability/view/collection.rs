//! The objects that one call may see, in pages.
//!
//! A page can be handed out as soon as its objects, and one more, are here. Where it ends follows from the objects
//! alone, never from when they came: a replay gives the same pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use super::listing::{Ending, Listing};
use super::{Selected, Selector};
use crate::capability::prune::Pruner;
use crate::capability::{Coverage, ErrorCode, Mask, ReadError, Resource, Row};

/// Objects in a page where the caller names no number, and at most: as many as the server is asked for at once, so that
/// a check can look at the first while the next come.
const MAX_PAGE_OBJECTS: usize = 500;

/// Bytes of a page's text. It is copied into a guest's memory as one string, beside what the guest makes of it; a
/// guest has 64 MiB.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// What a list comes to for one call. An index into it is a stable cursor.
#[derive(Debug)]
pub struct Collection {
    pub(super) resource: Resource,
    pub resource_version: String,
    /// The lists that hold it, in the order in which they are seen.
    pub(super) parts: Vec<Arc<Listing>>,
    /// Parts of the scope that could not be read at all.
    pub(super) missing: Vec<ReadError>,
    /// The run looks at more than the grant lets this check see.
    pub(super) reaches_beyond_grant: bool,
    pub(super) filter: Filter,
    pub(super) seen: Mutex<Seen>,
}

/// Which rows of the lists a call may see.
#[derive(Debug)]
pub(super) struct Filter {
    /// `None` is all but the excluded ones.
    pub(super) namespaces: Option<BTreeSet<String>>,
    pub(super) excluded: BTreeSet<String>,
    pub(super) selectors: Vec<Selector>,
    /// Where the run's own selector is among them: to be told of what it selects.
    pub(super) selected: Option<Arc<Selected>>,
}

/// The rows that came and may be seen, and how far the parts have been looked through.
#[derive(Debug, Default)]
pub(super) struct Seen {
    rows: Vec<Arc<Row>>,
    part: usize,
    position: usize,
}

/// One page for a guest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// A JSON array of pruned objects.
    pub items: String,
    pub count: u32,
    /// The cursor of the rest.
    pub next: Option<String>,
    /// What is known of the list as a whole, the worst first, and what was said. How a list ended is told with its last
    /// page.
    pub coverage: Coverage,
    pub detail: Option<String>,
    /// Some of what was asked for is not here.
    pub is_truncated: bool,
}

impl Collection {
    /// A page through a check's own mask: at most `limit` objects, 0 for the host's number, and at least one.
    pub async fn page(
        &self,
        cursor: Option<&str>,
        limit: u32,
        mask: &Mask,
        facts: bool,
    ) -> Result<Page, ReadError> {
        let limit = match limit as usize {
            0 => MAX_PAGE_OBJECTS,
            limit => limit.min(MAX_PAGE_OBJECTS),
        };
        let start = start(cursor)?;
        let (rows, count) = self.rows(start, limit).await;
        if start > count {
            return Err(foreign_cursor());
        }
        let (items, taken) = self.items(&rows, mask, facts)?;
        let end = start + taken;
        let next = (end < count).then(|| end.to_string());
        let ending = match &next {
            None => self.ending(),
            Some(_) => Ending::default(),
        };
        let (coverage, detail) = self.coverage(&ending, count);
        Ok(Page {
            items,
            count: u32::try_from(taken).unwrap_or(u32::MAX),
            next,
            coverage,
            detail,
            is_truncated: ending.is_cut
                || ending.broken.is_some()
                || !self.missing.is_empty()
                || self.reaches_beyond_grant,
        })
    }

    /// An object among those that have come.
    pub(super) fn find(&self, namespace: Option<&str>, name: &str) -> Option<Arc<Row>> {
        let mut seen = self.seen();
        self.look(&mut seen);
        let is_it = |row: &&Arc<Row>| *row.name == *name && row.namespace.as_deref() == namespace;
        seen.rows.iter().find(is_it).cloned()
    }

    /// The rows of a page, and how many rows there are: all of them, or at least one more than the page takes.
    async fn rows(&self, start: usize, limit: usize) -> (Vec<Arc<Row>>, usize) {
        let end = start.saturating_add(limit);
        loop {
            let (part, position) = {
                let mut seen = self.seen();
                self.look(&mut seen);
                if seen.rows.len() > end || seen.part >= self.parts.len() {
                    let rows = seen.rows.iter().skip(start).take(limit);
                    return (rows.cloned().collect(), seen.rows.len());
                }
                (seen.part, seen.position)
            };
            if let Some(part) = self.parts.get(part) {
                part.more_than(position).await;
            }
        }
    }

    /// Take in what came since.
    fn look(&self, seen: &mut Seen) {
        while let Some(part) = self.parts.get(seen.part) {
            let (rows, is_over) = part.rows_from(seen.position);
            seen.position += rows.len();
            seen.rows
                .extend(rows.into_iter().filter(|row| self.filter.admits(row)));
            if !is_over {
                return;
            }
            (seen.part, seen.position) = (seen.part + 1, 0);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many of the rows as a page holds, pruned, and how many those are.
    fn items(
        &self,
        rows: &[Arc<Row>],
        mask: &Mask,
        facts: bool,
    ) -> Result<(String, usize), ReadError> {
        let pruner = Pruner::new(&self.resource, mask, facts);
        let mut items = String::from("[");
        let mut taken = 0;
        for row in rows {
            let text = prune(&pruner, row)?;
            if taken > 0 && items.len() + text.len() > MAX_PAGE_BYTES {
                break;
            }
            if taken > 0 {
                items.push(',');
            }
            items.push_str(&text);
            taken += 1;
        }
        items.push(']');
        Ok((items, taken))
    }

    /// How all parts ended together.
    fn ending(&self) -> Ending {
        let mut whole = Ending::default();
        for part in self.parts.iter().map(|part| part.ending()) {
            whole.invalid = whole.invalid.saturating_add(part.invalid);
            whole.is_cut |= part.is_cut;
            whole.broken = whole.broken.or(part.broken);
        }
        whole
    }

    fn coverage(&self, ending: &Ending, count: usize) -> (Coverage, Option<String>) {
        let missing = || self.missing.iter().chain(&ending.broken);
        let failed = missing().find(|error| error.code.coverage().is_failure());
        if let Some(error) = failed.or(missing().next()) {
            return (error.code.coverage(), Some(error.message.clone()));
        }
        if ending.invalid > 0 {
            let detail = format!("{} objects did not decode", ending.invalid);
            return (Coverage::Invalid, Some(detail));
        }
        if ending.is_cut {
            let detail = format!("cut after {count} objects");
            return (Coverage::Truncated, Some(detail));
        }
        if self.reaches_beyond_grant {
            let detail = "the grant names only some of the namespaces";
            return (Coverage::Denied, Some(detail.to_owned()));
        }
        (Coverage::Complete, None)
    }
}

impl Filter {
    fn admits(&self, row: &Row) -> bool {
        let is_in_place = match (row.namespace.as_deref(), &self.namespaces) {
            (Some(namespace), Some(wanted)) => wanted.contains(namespace),
            (Some(namespace), None) => !self.excluded.contains(namespace),
            (None, _) => true,
        };
        let is_admitted = is_in_place && is_selected(row, &self.selectors);
        if let Some(selected) = self.selected.as_ref().filter(|_| is_admitted) {
            selected.has_matched.store(true, Ordering::Relaxed);
        }
        is_admitted
    }
}

fn start(cursor: Option<&str>) -> Result<usize, ReadError> {
    cursor.map_or(Ok(0), |cursor| cursor.parse().map_err(|_| foreign_cursor()))
}

fn foreign_cursor() -> ReadError {
    ReadError::new(ErrorCode::Invalid, "the cursor is none that this list gave")
}

/// A row through another mask.
pub(super) fn prune(pruner: &Pruner, row: &Row) -> Result<String, ReadError> {
    pruner.text(row.json.get()).map_err(|unfit| {
        ReadError::new(ErrorCode::Invalid, format!("object {}: {unfit}", row.name))
    })
}

/// Whether a row's labels are selected; what has no readable labels has none.
fn is_selected(row: &Row, selectors: &[Selector]) -> bool {
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
