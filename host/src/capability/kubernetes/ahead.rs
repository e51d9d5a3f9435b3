//! The next page of a list, asked for while this one is still being read.
//!
//! The token of the next page stands before a page's items, so the server can prepare the next page while the items of
//! this one are parsed. Only the head of the answer is awaited: the body stays in the socket until somebody reads it,
//! so a page ahead costs the host no memory. The view knows nothing of it: it asks for page after page by cursor, and
//! the cursor finds the request under way.
//!
//! A page that is dropped before it ends takes the request for the next with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Connection;
use super::send::Reply;
use crate::capability::{ListRequest, ReadError};

/// Pages ahead at one time, of all lists, beside the requests that are read. Their slots are their own: a page that
/// nobody comes for, as where the view's caps end a list, may cost other lists their head start and nothing else.
const PAGES_AHEAD: usize = 4;

/// The pages that are under way, each by the request that will ask for it.
pub(super) struct Ahead {
    pages: Mutex<BTreeMap<ListRequest, PageAhead>>,
    slots: Arc<Semaphore>,
}

/// A request that is under way; dropped, it is cancelled.
pub(super) struct PageAhead {
    request: ListRequest,
    reply: JoinHandle<Result<Reply, ReadError>>,
}

impl Drop for PageAhead {
    fn drop(&mut self) {
        self.reply.abort();
    }
}

impl Default for Ahead {
    fn default() -> Self {
        Self {
            pages: Mutex::default(),
            slots: Arc::new(Semaphore::new(PAGES_AHEAD)),
        }
    }
}

impl Connection {
    /// Ask for a page, unless as many are under way as may be.
    pub(super) fn ask_ahead(&self, request: ListRequest) -> Option<PageAhead> {
        if self.ahead.slots.available_permits() == 0 {
            return None;
        }
        let connection = Self {
            slots: Arc::clone(&self.ahead.slots),
            ..self.clone()
        };
        let asked = request.clone();
        let reply = tokio::spawn(async move { connection.ask(&asked).await });
        Some(PageAhead { request, reply })
    }

    /// Keep a request under way for whoever reads its page.
    pub(super) fn keep_ahead(&self, page: PageAhead) {
        let mut pages = self
            .ahead
            .pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        pages.insert(page.request.clone(), page);
    }

    /// The answer to a request that is under way; `None` where it is not.
    pub(super) async fn come_up(&self, request: &ListRequest) -> Option<Result<Reply, ReadError>> {
        let mut page = {
            let mut pages = self
                .ahead
                .pages
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            pages.remove(request)?
        };
        match (&mut page.reply).await.ok()? {
            Ok(reply) => Some(self.take_over(reply).await),
            error => Some(error),
        }
    }
}
