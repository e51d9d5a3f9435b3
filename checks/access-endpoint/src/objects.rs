//! What is read of Services and of the objects that lead to them.

use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "v1/Service")]
pub(crate) struct Service {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ServiceSpec,
}

#[derive(Object)]
pub(crate) struct Metadata {
    pub(crate) labels: Labels,
}

#[derive(Object)]
pub(crate) struct Labels {
    #[object(rename = "app.kubernetes.io/name")]
    pub(crate) name: String,
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
    pub(crate) spec: IngressSpec,
}

#[derive(Object)]
pub(crate) struct IngressSpec {
    pub(crate) rules: Vec<Rule>,
}

#[derive(Object)]
pub(crate) struct Rule {
    pub(crate) host: String,
    pub(crate) http: Http,
}

#[derive(Object)]
pub(crate) struct Http {
    pub(crate) paths: Vec<Path>,
}

#[derive(Object)]
pub(crate) struct Path {
    pub(crate) backend: Backend,
}

#[derive(Object)]
pub(crate) struct Backend {
    pub(crate) service: Option<BackendService>,
}

#[derive(Object)]
pub(crate) struct BackendService {
    pub(crate) name: String,
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

/// `namespace/name`, as titles write it.
pub(crate) fn full_name<T>(item: &Item<T>) -> String {
    format!("{}/{}", item.namespace(), item.name())
}
