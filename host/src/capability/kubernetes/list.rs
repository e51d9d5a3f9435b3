//! One page of a list, pruned while it streams.

use super::send::{Get, Reply};
use super::{Connection, address, describe, fault};
use crate::capability::prune::{ListReader, Pruner};
use crate::capability::{Answer, Body, ErrorCode, ListPage, ListRequest, ReadError};

/// Objects in a page, kubectl's number: few round trips, and an answer that the server holds in memory easily.
const PAGE_SIZE: u32 = 500;

/// Bytes of one page. 500 pods with `managedFields` are 4 MB and 500 large custom resources 30 MB; what is more is no
/// page that anyone wants to have read. The host holds one frame and one object of it, so this protects time.
const MAX_PAGE_BYTES: u64 = 64 << 20;

const JSON: &str = "application/json";
const METADATA_ONLY: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

impl Connection {
    pub(super) async fn list(&self, request: &ListRequest) -> Answer {
        let page = match self.page(request).await {
            // The list has taken longer than the server keeps its state of that time. The new token goes on at the same
            // place in the order of names: what existed all along is listed exactly once, so nothing is missing, and
            // starting over would cost a server in trouble everything again and might never end.
            Err(error) if error.code == ErrorCode::Expired && request.cursor.is_some() => {
                match error.attributes.get("continue") {
                    Some(next) if !next.is_empty() => self.page(&at(request, next)).await,
                    _ => Err(error),
                }
            }
            page => page,
        };
        page.map(Body::List).map_err(|mut error| {
            error.attributes.remove("continue");
            error
        })
    }

    /// Read a page, and have the server begin the next as soon as its token is known.
    async fn page(&self, request: &ListRequest) -> Result<ListPage, ReadError> {
        let unreadable = |error| fault::unreadable(&what(request), error);
        let mut reply = match self.come_up(request).await {
            Some(reply) => reply?,
            None => self.ask(request).await?,
        };
        let pruner = pruner(request);
        let mut reader = ListReader::new(&pruner);
        let mut next = None;
        while let Some(frame) = reply.frames.next().await? {
            reader.feed(&frame).map_err(unreadable)?;
            if next.is_none() {
                next = reader.next().map(|next| self.ask_ahead(at(request, next)));
            }
        }
        let page = reader.finish().map_err(unreadable)?;
        if let Some(next) = next.flatten() {
            self.keep_ahead(next);
        }
        Ok(page)
    }

    /// Ask for a page, up to the head of the answer.
    pub(super) async fn ask(&self, request: &ListRequest) -> Result<Reply, ReadError> {
        let address = address(&request.resource, request.namespace.as_deref(), None)?;
        self.get(&Get {
            what: &what(request),
            address: &format!("{address}?{}", query(request.cursor.as_deref())),
            accept: if pruner(request).is_metadata_only() {
                METADATA_ONLY
            } else {
                JSON
            },
            until: self.until(),
            cap: MAX_PAGE_BYTES,
        })
        .await
    }
}

pub(super) fn what(request: &ListRequest) -> String {
    let namespace = request.namespace.as_deref();
    describe("list", &request.resource, namespace, None)
}

pub(super) fn pruner(request: &ListRequest) -> Pruner {
    Pruner::new(&request.resource, &request.mask, request.facts)
}

/// The same list at another place.
fn at(request: &ListRequest, cursor: &str) -> ListRequest {
    ListRequest {
        cursor: Some(cursor.to_owned()),
        ..request.clone()
    }
}

fn query(cursor: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &PAGE_SIZE.to_string());
    if let Some(cursor) = cursor {
        query.append_pair("continue", cursor);
    }
    query.finish()
}
