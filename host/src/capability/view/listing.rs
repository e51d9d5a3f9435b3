//! One list of the run, from its first page to its last.

use std::sync::Arc;

use crate::capability::{Body, ErrorCode, ListPage, ListRequest, ReadError, Reads, Request, Row};

/// Objects of one list. It protects the host's memory: at 1.5 KB for a pruned pod this is 150 MB, and ten times what
/// the largest platform in the field holds of one kind.
const MAX_OBJECTS: usize = 100_000;

/// Bytes of one list, pruned. It protects the host's memory where objects are large, such as ConfigMaps.
const MAX_LIST_BYTES: usize = 128 << 20;

/// Pages of one list: twice what `MAX_OBJECTS` takes. It ends the list of a server that hands out tokens for ever.
const MAX_PAGES: u32 = 400;

/// A list as it came, sorted by namespace and name.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) rows: Vec<Arc<Row>>,
    pub(super) resource_version: String,
    /// Objects that did not decode and are left out.
    pub(super) invalid: u32,
    /// The host's caps cut it.
    pub(super) is_cut: bool,
    /// It broke off after the first page.
    pub(super) broken: Option<ReadError>,
}

impl Listed {
    /// What is not here does not exist.
    pub(super) fn is_whole(&self) -> bool {
        self.invalid == 0 && !self.is_cut && self.broken.is_none()
    }

    pub(super) fn find(&self, namespace: Option<&str>, name: &str) -> Option<&Arc<Row>> {
        let key = (namespace, name);
        let index = self
            .rows
            .binary_search_by(|row| place(row).cmp(&key))
            .ok()?;
        self.rows.get(index)
    }

    fn take(&mut self, page: ListPage) {
        self.rows.extend(page.rows.into_iter().map(Arc::new));
        self.invalid = self.invalid.saturating_add(page.invalid);
        self.is_cut |= page.truncated;
        if self.resource_version.is_empty() {
            self.resource_version = page.resource_version;
        }
    }
}

/// Where a row stands in its list.
pub(super) fn place(row: &Row) -> (Option<&str>, &str) {
    (row.namespace.as_deref(), &row.name)
}

/// Read a list. An error of the first page is the list's; a later one leaves what came before.
pub(super) async fn load(
    reads: Arc<dyn Reads>,
    mut request: ListRequest,
) -> Result<Listed, ReadError> {
    let mut listed = Listed::default();
    let mut bytes = 0;
    for pages in 1.. {
        let page = match page(&*reads, &request).await {
            Ok(page) => page,
            Err(error) if pages == 1 => return Err(error),
            Err(error) => {
                listed.broken = Some(error);
                break;
            }
        };
        bytes += page
            .rows
            .iter()
            .map(|row| row.json.get().len())
            .sum::<usize>();
        request.cursor.clone_from(&page.next);
        listed.take(page);
        if request.cursor.is_none() {
            break;
        }
        if listed.rows.len() >= MAX_OBJECTS || bytes >= MAX_LIST_BYTES || pages >= MAX_PAGES {
            listed.is_cut = true;
            break;
        }
    }
    listed
        .rows
        .sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(listed)
}

async fn page(reads: &dyn Reads, request: &ListRequest) -> Result<ListPage, ReadError> {
    match reads.read(&Request::List(request.clone())).await? {
        Body::List(page) => Ok(page),
        _ => Err(ReadError::new(
            ErrorCode::Invalid,
            format!("list {}: the answer is no list", request.resource.kind),
        )),
    }
}
