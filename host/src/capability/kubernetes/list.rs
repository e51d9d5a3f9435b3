//! One page of a list, pruned while it streams.

use super::send::Get;
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
        let what = describe(
            "list",
            &request.resource,
            request.namespace.as_deref(),
            None,
        );
        let first = self.page(request, &what, request.cursor.as_deref()).await;
        match first {
            // The list has taken longer than the server keeps its state of that time. The new token goes on at the same
            // place in the order of names: what existed all along is listed exactly once, so nothing is missing, and
            // starting over would cost a server in trouble everything again and might never end.
            Err(error) if error.code == ErrorCode::Expired && request.cursor.is_some() => {
                match error
                    .attributes
                    .get("continue")
                    .filter(|next| !next.is_empty())
                {
                    Some(next) => self.page(request, &what, Some(next)).await,
                    None => Err(error),
                }
            }
            other => other,
        }
        .map(Body::List)
        .map_err(|mut error| {
            error.attributes.remove("continue");
            error
        })
    }

    async fn page(
        &self,
        request: &ListRequest,
        what: &str,
        cursor: Option<&str>,
    ) -> Result<ListPage, ReadError> {
        let pruner = Pruner::new(&request.resource, &request.mask, request.facts);
        let address = address(&request.resource, request.namespace.as_deref(), None)?;
        let mut reply = self
            .get(&Get {
                what,
                address: &format!("{address}?{}", query(cursor)),
                accept: if pruner.is_metadata_only() {
                    METADATA_ONLY
                } else {
                    JSON
                },
                until: self.until(),
                cap: MAX_PAGE_BYTES,
            })
            .await?;
        let mut reader = ListReader::new(&pruner);
        while let Some(frame) = reply.frames.next().await? {
            reader
                .feed(&frame)
                .map_err(|error| fault::unreadable(what, error))?;
        }
        reader
            .finish()
            .map_err(|error| fault::unreadable(what, error))
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
