//! Every way in, whatever object describes it: host and path on one side, Service and port on the other.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::words::full_name;
use bsq_sdk::object::IntOrString;
use bsq_sdk::prelude::*;

use crate::objects::{Backend, Ingress, host};

#[derive(Object)]
#[object(kind = "apisix.apache.org/v2/ApisixRoute")]
struct ApisixRoute {
    spec: ApisixSpec,
}

#[derive(Object)]
struct ApisixSpec {
    http: Vec<ApisixHttp>,
}

#[derive(Object)]
struct ApisixHttp {
    #[object(rename = "match")]
    matching: ApisixMatch,
    backends: Vec<ApisixBackend>,
}

#[derive(Object)]
struct ApisixMatch {
    hosts: Vec<String>,
    paths: Vec<String>,
}

#[derive(Object)]
struct ApisixBackend {
    service_name: String,
    service_port: Option<IntOrString>,
}

/// A port as a route names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Port {
    Name(String),
    Number(i64),
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// One way to a Service.
pub(crate) struct Route {
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) port: Option<Port>,
    /// `ingress coreai/portal`.
    pub(crate) origin: String,
    pub(crate) read: u32,
    pub(crate) since: Option<Timestamp>,
}

/// All routes, by namespace and name of the Service that they lead to.
#[derive(Default)]
pub(crate) struct Routes {
    by_service: BTreeMap<(String, String), Vec<Route>>,
}

impl Routes {
    pub(crate) fn of(cx: &Context, ingresses: &[Item<Ingress>]) -> Self {
        let mut routes = Self::default();
        for ingress in ingresses {
            routes.add_ingress(ingress);
        }
        // Without the gateway the server does not know the kind, which is an answer and no failure.
        for route in cx.list::<ApisixRoute>().or_empty() {
            routes.add_gateway_route(&route);
        }
        routes
    }

    pub(crate) fn services(&self) -> &BTreeMap<(String, String), Vec<Route>> {
        &self.by_service
    }

    fn add_ingress(&mut self, ingress: &Item<Ingress>) {
        let paths = ingress.spec.rules.iter().flat_map(|rule| {
            rule.http
                .paths
                .iter()
                .map(|path| (host(&rule.host), path.path.as_str(), &path.backend))
        });
        let default = ingress
            .spec
            .default_backend
            .iter()
            .map(|backend| ("*", "/", backend));
        for (host, path, backend) in paths.chain(default) {
            let Backend {
                service: Some(service),
            } = backend
            else {
                continue;
            };
            let port = match (service.port.name.as_str(), service.port.number) {
                ("", 0) => None,
                ("", number) => Some(Port::Number(number)),
                (name, _) => Some(Port::Name(name.to_owned())),
            };
            self.add(
                ingress.namespace(),
                &service.name,
                Route {
                    host: host.to_owned(),
                    path: path.to_owned(),
                    port,
                    origin: format!("ingress {}", full_name(ingress)),
                    read: ingress.read(),
                    since: ingress.created(),
                },
            );
        }
    }

    fn add_gateway_route(&mut self, route: &Item<ApisixRoute>) {
        for http in &route.spec.http {
            let hosts = if http.matching.hosts.is_empty() {
                vec!["*".to_owned()]
            } else {
                http.matching.hosts.clone()
            };
            for backend in http
                .backends
                .iter()
                .filter(|backend| !backend.service_name.is_empty())
            {
                for host in &hosts {
                    self.add(
                        route.namespace(),
                        &backend.service_name,
                        Route {
                            host: host.clone(),
                            path: http.matching.paths.first().cloned().unwrap_or_default(),
                            port: backend.service_port.as_ref().map(gateway_port),
                            origin: format!("gateway route {}", full_name(route)),
                            read: route.read(),
                            since: route.created(),
                        },
                    );
                }
            }
        }
    }

    fn add(&mut self, namespace: &str, service: &str, route: Route) {
        self.by_service
            .entry((namespace.to_owned(), service.to_owned()))
            .or_default()
            .push(route);
    }
}

fn gateway_port(port: &IntOrString) -> Port {
    match port {
        IntOrString::Int(number) => Port::Number(*number),
        IntOrString::String(name) => Port::Name(name.clone()),
    }
}

/// The hosts of some routes, sorted, each once.
pub(crate) fn hosts(routes: &[Route]) -> Vec<&str> {
    routes
        .iter()
        .map(|route| route.host.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// What describes some routes, sorted, each once.
pub(crate) fn origins(routes: &[Route]) -> Vec<&str> {
    routes
        .iter()
        .map(|route| route.origin.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}
