//! What leads in from outside: addresses of load balancers, and the hosts and backends of ingresses.

use bsq_sdk::prelude::*;

/// The status of an Ingress and of a Service, as far as addresses go.
#[derive(Object)]
pub struct Exposed {
    pub load_balancer: LoadBalancer,
}

#[derive(Object)]
pub struct LoadBalancer {
    pub ingress: Vec<Address>,
}

#[derive(Object)]
pub struct Address {
    pub ip: String,
    pub hostname: String,
}

impl Exposed {
    /// Every address, whether a number or a name.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let addresses = self.load_balancer.ingress.iter();
        addresses
            .flat_map(|one| [one.ip.as_str(), one.hostname.as_str()])
            .filter(|one| !one.is_empty())
    }

    #[must_use]
    pub fn has_address(&self) -> bool {
        self.addresses().next().is_some()
    }
}

/// A rule, as far as its host goes.
#[derive(Object)]
pub struct Host {
    pub host: String,
}

/// The hosts that have the certificate of a Secret.
#[derive(Object)]
pub struct Tls {
    pub hosts: Vec<String>,
    pub secret_name: String,
}

/// The specification of an Ingress, as far as it says which host leads to which Service.
#[derive(Object)]
pub struct Routes {
    pub rules: Vec<Rule>,
}

#[derive(Object)]
pub struct Rule {
    pub host: String,
    pub http: Http,
}

#[derive(Object)]
pub struct Http {
    pub paths: Vec<Path>,
}

#[derive(Object)]
pub struct Path {
    pub backend: Backend,
}

#[derive(Object)]
pub struct Backend {
    /// Absent for a backend that is a resource of another kind.
    pub service: Option<BackendService>,
}

#[derive(Object)]
pub struct BackendService {
    pub name: String,
}

impl Rule {
    /// The names of the Services that the rule leads to.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        let backends = self.http.paths.iter().map(|path| &path.backend);
        backends.filter_map(|it| Some(it.service.as_ref()?.name.as_str()))
    }
}

/// By which cert-manager marks the ingress that answers a challenge. Such come and go.
#[derive(Object)]
pub struct Solver {
    #[object(rename = "acme.cert-manager.io/http01-solver")]
    pub solver: String,
}

impl Solver {
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.solver == "true"
    }
}
