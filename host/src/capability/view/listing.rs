//! One list of the run, from its first page to its last.
//!
//! It is read ahead of who looks at it, in a task of its own, and each page can be seen as soon as it is here: checks
//! work on what came while the server prepares the rest.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;

use crate::capability::{Body, ErrorCode, ListPage, ListRequest, ReadError, Reads, Request, Row};

/// Objects of one list. It protects the host's memory: at 1.5 KB for a pruned pod this is 150 MB, and ten times what
/// the largest platform in the field holds of one kind.
const MAX_OBJECTS: usize = 100_000;

/// Bytes of one list, pruned. It protects the host's memory where objects are large, such as ConfigMaps.
const MAX_LIST_BYTES: usize = 128 << 20;

/// Pages of one list: twice what `MAX_OBJECTS` takes. It ends the list of a server that hands out tokens for ever.
const MAX_PAGES: u32 = 400;

/// A list whose first page came.
#[derive(Debug)]
pub(super) struct Listing {
    /// The version of the whole list at the server.
    pub(super) resource_version: String,
    listed: RwLock<Listed>,
    /// Changes with every page, and closes with the task that reads them.
    news: watch::Receiver<()>,
}

/// What came so far, in the server's order, which is that of a recording too.
#[derive(Debug, Default)]
struct Listed {
    rows: Vec<Arc<Row>>,
    bytes: usize,
    pages: u32,
    invalid: u32,
    is_cut: bool,
    broken: Option<ReadError>,
    /// Nothing more comes.
    is_over: bool,
    /// Positions by place, made when an object is first looked for.
    sorted: Vec<usize>,
}

/// How a list ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    /// Objects that did not decode and are left out.
    pub(super) invalid: u32,
    /// The host's caps cut it.
    pub(super) is_cut: bool,
    /// It broke off after the first page.
    pub(super) broken: Option<ReadError>,
}

impl Ending {
    /// What is not here does not exist.
    pub(super) fn is_whole(&self) -> bool {
        self.invalid == 0 && !self.is_cut && self.broken.is_none()
    }
}

impl Listing {
    /// Read the first page, and go on with the others. An error of the first page is the list's.
    pub(super) async fn open(
        reads: Arc<dyn Reads>,
        mut request: ListRequest,
    ) -> Result<Arc<Self>, ReadError> {
        let first = page(&*reads, &request).await?;
        let (news, receiver) = watch::channel(());
        let resource_version = first.resource_version.clone();
        let mut listed = Listed::default();
        request.cursor = listed.take(first);
        let listing = Arc::new(Self {
            resource_version,
            listed: RwLock::new(listed),
            news: receiver,
        });
        if request.cursor.is_some() {
            let growing = Arc::clone(&listing);
            tokio::spawn(async move { growing.read_on(&*reads, request, &news).await });
        }
        Ok(listing)
    }

    async fn read_on(&self, reads: &dyn Reads, mut request: ListRequest, news: &watch::Sender<()>) {
        while request.cursor.is_some() {
            request.cursor = match page(reads, &request).await {
                Ok(page) => self.write().take(page),
                Err(error) => self.write().end(error),
            };
            news.send_replace(());
        }
    }

    /// The rows from a position on, and whether those are all there will be.
    pub(super) fn rows_from(&self, position: usize) -> (Vec<Arc<Row>>, bool) {
        let listed = self.read();
        let rows = listed.rows.get(position..).unwrap_or_default();
        (rows.to_vec(), listed.is_over)
    }

    /// Wait until there are more rows than this, or no more will come.
    pub(super) async fn more_than(&self, rows: usize) {
        let mut news = self.news.clone();
        loop {
            news.mark_unchanged();
            if self.read().reaches(rows) {
                return;
            }
            if news.changed().await.is_err() {
                self.write().close();
                return;
            }
        }
    }

    /// Wait for the end, and say how it was.
    pub(super) async fn ended(&self) -> Ending {
        self.more_than(usize::MAX).await;
        self.ending()
    }

    /// How it ended, as far as that is known.
    pub(super) fn ending(&self) -> Ending {
        let listed = self.read();
        Ending {
            invalid: listed.invalid,
            is_cut: listed.is_cut,
            broken: listed.broken.clone(),
        }
    }

    /// One object of a list that ended.
    pub(super) fn find(&self, namespace: Option<&str>, name: &str) -> Option<Arc<Row>> {
        let mut listed = self.write();
        listed.sort();
        let key = (namespace, name);
        let found = listed.sorted.binary_search_by(|position| {
            let row = listed.rows.get(*position);
            row.map(|row| place(row)).cmp(&Some(key))
        });
        let position = listed.sorted.get(found.ok()?)?;
        listed.rows.get(*position).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, Listed> {
        self.listed.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Listed> {
        self.listed.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listed {
    /// Add a page. Answers the cursor of the next one, if it is to be read.
    fn take(&mut self, page: ListPage) -> Option<String> {
        self.bytes += page
            .rows
            .iter()
            .map(|row| row.json.get().len())
            .sum::<usize>();
        self.pages += 1;
        self.rows.extend(page.rows.into_iter().map(Arc::new));
        self.invalid = self.invalid.saturating_add(page.invalid);
        self.is_cut |= page.truncated;
        let next = page.next.filter(|_| {
            let is_full = self.rows.len() >= MAX_OBJECTS
                || self.bytes >= MAX_LIST_BYTES
                || self.pages >= MAX_PAGES;
            self.is_cut |= is_full;
            !is_full
        });
        self.is_over = next.is_none();
        next
    }

    /// It breaks off: there is no next page.
    fn end(&mut self, error: ReadError) -> Option<String> {
        self.broken = Some(error);
        self.is_over = true;
        None
    }

    /// The task that reads it is gone. Without its last page, that took a panic in it.
    fn close(&mut self) {
        if !self.is_over {
            self.end(super::lost());
        }
    }

    fn reaches(&self, rows: usize) -> bool {
        self.is_over || self.rows.len() > rows
    }

    fn sort(&mut self) {
        if self.sorted.len() != self.rows.len() {
            let mut positions: Vec<usize> = (0..self.rows.len()).collect();
            positions.sort_by_key(|position| self.rows.get(*position).map(|row| place(row)));
            self.sorted = positions;
        }
    }
}

/// Where a row stands among the objects of its kind.
fn place(row: &Row) -> (Option<&str>, &str) {
    (row.namespace.as_deref(), &row.name)
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
