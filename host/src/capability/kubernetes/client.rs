//! The client of an API server: TLS, credential and headers of a kubeconfig over connections that do not wait.

use hyper_util::client::legacy::Builder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::Config;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use tower::{BoxError, ServiceBuilder};

/// A client of this configuration. Runs its credential plugin, so it may block.
///
/// The library's own stack leaves Nagle's algorithm on: the first request of each connection then waits for the
/// acknowledgement of the handshake, 40 ms on Linux. A proxy is its matter all the same.
pub(super) fn client(config: Config) -> kube::Result<kube::Client> {
    if config.proxy_url.is_some() {
        return kube::Client::try_from(config);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let tls = config.rustls_https_connector_with_connector(tcp)?;
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(Builder::new(TokioExecutor::new()).build::<_, Body>(tls));
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}
