//! The live reads of one run: each request to who can answer it.

use std::sync::Arc;

use async_trait::async_trait;

use super::endpoint::Endpoints;
use super::kubernetes::Connection;
use super::network::Network;
use super::{Answer, Reads, Request, logs, metrics, traces};

/// One API server, the endpoints of its context, and the network around.
pub struct Live {
    cluster: Connection,
    endpoints: Arc<Endpoints>,
    network: Network,
}

impl Live {
    pub fn new(cluster: Connection, endpoints: Arc<Endpoints>, network: Network) -> Self {
        Self {
            cluster,
            endpoints,
            network,
        }
    }
}

#[async_trait]
impl Reads for Live {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => self.endpoints.http(request).await,
            Request::Credential { endpoint } => self.endpoints.credential(endpoint).await,
            Request::Logs(request) => logs::query(&self.endpoints, request).await,
            Request::Metrics(request) => metrics::query(&self.endpoints, request).await,
            Request::Traces(request) => traces::search(&self.endpoints, request).await,
            Request::Trace { id } => traces::get(&self.endpoints, id).await,
            Request::Resolve { host } => self.network.resolve(host).await,
            Request::Handshake { host, port } => self.network.handshake(host, *port).await,
            Request::List(_)
            | Request::Get(_)
            | Request::Kinds
            | Request::Version
            | Request::PodLog(_) => self.cluster.read(request).await,
        }
    }
}
