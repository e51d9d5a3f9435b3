//! What is read of Services and of the objects that lead to them.

use bsq_platform::ingress::Routes;
use bsq_platform::labels::Named;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Service")]
pub(crate) struct Service {
    pub(crate) metadata: Named,
    pub(crate) spec: ServiceSpec,
}

#[derive(Object)]
pub(crate) struct ServiceSpec {
    #[object(rename = "type")]
    pub(crate) kind: String,
}

impl Service {
    /// Reachable from outside without a route.
    pub(crate) fn is_exposed(&self) -> bool {
        matches!(self.spec.kind.as_str(), "LoadBalancer" | "NodePort")
    }
}

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
pub(crate) struct Ingress {
    pub(crate) spec: Routes,
}

#[derive(Object)]
#[object(kind = "apisix.apache.org/v2/ApisixRoute")]
pub(crate) struct ApisixRoute {
    pub(crate) spec: ApisixSpec,
}

#[derive(Object)]
pub(crate) struct ApisixSpec {
    pub(crate) http: Vec<ApisixHttp>,
}

#[derive(Object)]
pub(crate) struct ApisixHttp {
    #[object(rename = "match")]
    pub(crate) matching: ApisixMatch,
    pub(crate) backends: Vec<ApisixBackend>,
}

#[derive(Object)]
pub(crate) struct ApisixMatch {
    pub(crate) hosts: Vec<String>,
}

#[derive(Object)]
pub(crate) struct ApisixBackend {
    pub(crate) service_name: String,
}

#[derive(Object)]
#[object(kind = "gateway.networking.k8s.io/v1/HTTPRoute")]
pub(crate) struct HttpRoute {
    pub(crate) spec: HttpRouteSpec,
}

#[derive(Object)]
pub(crate) struct HttpRouteSpec {
    pub(crate) hostnames: Vec<String>,
    pub(crate) rules: Vec<HttpRouteRule>,
}

#[derive(Object)]
pub(crate) struct HttpRouteRule {
    pub(crate) backend_refs: Vec<BackendReference>,
}

#[derive(Object)]
pub(crate) struct BackendReference {
    pub(crate) name: String,
    pub(crate) namespace: String,
}
