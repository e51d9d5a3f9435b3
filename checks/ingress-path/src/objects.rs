//! What is read of the objects on the path, and the questions that one object answers about itself.

use std::collections::BTreeMap;

use bsq_platform::ingress::{Exposed, Solver, Tls};
use bsq_sdk::object::IntOrString;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/IngressClass")]
pub(crate) struct IngressClass {
    pub(crate) metadata: ClassMetadata,
}

#[derive(Object)]
pub(crate) struct ClassMetadata {
    pub(crate) annotations: ClassAnnotations,
}

#[derive(Object)]
pub(crate) struct ClassAnnotations {
    #[object(rename = "ingressclass.kubernetes.io/is-default-class")]
    pub(crate) is_default: String,
}

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
pub(crate) struct Ingress {
    pub(crate) metadata: IngressMetadata,
    pub(crate) spec: IngressSpec,
    pub(crate) status: Exposed,
}

#[derive(Object)]
pub(crate) struct IngressMetadata {
    pub(crate) annotations: IngressAnnotations,
    pub(crate) labels: Solver,
}

#[derive(Object)]
pub(crate) struct IngressAnnotations {
    #[object(rename = "kubernetes.io/ingress.class")]
    pub(crate) class: String,
    #[object(rename = "nginx.ingress.kubernetes.io/canary")]
    pub(crate) canary: String,
}

#[derive(Object)]
pub(crate) struct IngressSpec {
    pub(crate) ingress_class_name: String,
    pub(crate) default_backend: Option<Backend>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) tls: Vec<Tls>,
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
    pub(crate) path: String,
    pub(crate) backend: Backend,
}

#[derive(Object)]
pub(crate) struct Backend {
    /// Absent for a backend that is a resource of another kind.
    pub(crate) service: Option<BackendService>,
}

#[derive(Object)]
pub(crate) struct BackendService {
    pub(crate) name: String,
    pub(crate) port: BackendPort,
}

#[derive(Object)]
pub(crate) struct BackendPort {
    pub(crate) name: String,
    pub(crate) number: i64,
}

#[derive(Object)]
#[object(kind = "v1/Service")]
pub(crate) struct Service {
    pub(crate) spec: ServiceSpec,
    pub(crate) status: Exposed,
}

#[derive(Object)]
pub(crate) struct ServiceSpec {
    #[object(rename = "type")]
    pub(crate) kind: String,
    pub(crate) selector: BTreeMap<String, String>,
    pub(crate) ports: Vec<ServicePort>,
}

#[derive(Object)]
pub(crate) struct ServicePort {
    pub(crate) name: String,
    pub(crate) port: i64,
    pub(crate) target_port: Option<IntOrString>,
}

#[derive(Object)]
#[object(kind = "discovery.k8s.io/v1/EndpointSlice")]
pub(crate) struct EndpointSlice {
    pub(crate) metadata: SliceMetadata,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) ports: Vec<SlicePort>,
}

#[derive(Object)]
pub(crate) struct SliceMetadata {
    pub(crate) labels: SliceLabels,
}

#[derive(Object)]
pub(crate) struct SliceLabels {
    #[object(rename = "kubernetes.io/service-name")]
    pub(crate) service: String,
}

#[derive(Object)]
pub(crate) struct Endpoint {
    pub(crate) conditions: EndpointConditions,
}

#[derive(Object)]
pub(crate) struct EndpointConditions {
    /// Absent counts as ready.
    pub(crate) ready: Option<bool>,
}

#[derive(Object)]
pub(crate) struct SlicePort {
    pub(crate) name: String,
}

impl Ingress {
    pub(crate) fn is_challenge_solver(&self) -> bool {
        self.metadata.labels.is_set()
    }

    pub(crate) fn is_canary(&self) -> bool {
        self.metadata.annotations.canary == "true"
    }

    /// The class that it names, in the field or in the older annotation.
    pub(crate) fn class(&self) -> Option<&str> {
        let names = [
            self.spec.ingress_class_name.as_str(),
            self.metadata.annotations.class.as_str(),
        ];
        names.into_iter().find(|name| !name.is_empty())
    }

    /// Its hosts, sorted; `*` for a rule without one.
    pub(crate) fn hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<_> = self
            .spec
            .rules
            .iter()
            .map(|rule| host(&rule.host))
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

/// A rule without a host is for every host.
pub(crate) fn host(name: &str) -> &str {
    if name.is_empty() { "*" } else { name }
}

impl Service {
    /// Whether Kubernetes itself looks for the endpoints.
    pub(crate) fn is_selecting(&self) -> bool {
        !self.spec.selector.is_empty() && !self.is_external_name()
    }

    pub(crate) fn is_external_name(&self) -> bool {
        self.spec.kind == "ExternalName"
    }

    /// `8080 (http), 9090`.
    pub(crate) fn ports(&self) -> String {
        if self.spec.ports.is_empty() {
            return "none".to_owned();
        }
        self.spec
            .ports
            .iter()
            .map(ServicePort::told)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl ServicePort {
    pub(crate) fn told(&self) -> String {
        match self.name.as_str() {
            "" => self.port.to_string(),
            name => format!("{} ({name})", self.port),
        }
    }
}
