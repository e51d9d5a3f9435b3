//! The live reads of one run: each request to who can answer it.

use std::sync::Arc;

use async_trait::async_trait;

use super::endpoint::Endpoints;
use super::kubernetes::Connection;
use super::{Answer, Reads, Request, logs};

/// One API server, and the endpoints of its context.
pub struct Live {
    cluster: Connection,
    endpoints: Arc<Endpoints>,
}

impl Live {
    pub fn new(cluster: Connection, endpoints: Arc<Endpoints>) -> Self {
        Self { cluster, endpoints }
    }
}

#[async_trait]
impl Reads for Live {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => self.endpoints.http(request).await,
            Request::Credential { endpoint } => self.endpoints.credential(endpoint).await,
            Request::Logs(request) => logs::query(&self.endpoints, request).await,
            _ => self.cluster.read(request).await,
        }
    }
}
