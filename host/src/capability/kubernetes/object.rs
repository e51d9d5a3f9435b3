//! One object.

use super::send::Get;
use super::{Connection, address, describe, fault};
use crate::capability::prune::{ListFault, MAX_OBJECT_BYTES, Pruner, Unfit};
use crate::capability::{Answer, Body, ErrorCode, ObjectRequest, ReadError};

const JSON: &str = "application/json";
const METADATA_ONLY: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

impl Connection {
    pub(super) async fn object(&self, request: &ObjectRequest) -> Answer {
        let (namespace, name) = (request.namespace.as_deref(), Some(request.name.as_str()));
        let what = describe("get", &request.resource, namespace, name);
        let pruner = Pruner::new(&request.resource, &request.mask, request.facts);
        let mut reply = self
            .get(&Get {
                what: &what,
                address: &address(&request.resource, namespace, name)?,
                accept: if pruner.is_metadata_only() {
                    METADATA_ONLY
                } else {
                    JSON
                },
                until: self.until(),
                cap: MAX_OBJECT_BYTES as u64,
            })
            .await?;
        let text = reply.frames.whole().await?;
        pruner
            .row(&text)
            .map(Body::Object)
            .map_err(|unfit| match unfit {
                Unfit::Json | Unfit::Cut if text.trim_ascii_start().starts_with(b"<") => {
                    fault::unreadable(&what, ListFault::Html)
                }
                Unfit::Json | Unfit::Cut => fault::unreadable(&what, ListFault::NotJson),
                unfit => ReadError::new(ErrorCode::Invalid, format!("{what}: {unfit}")),
            })
    }
}
