//! What leads to the CoreAI API. It is known by shape: a Service whose name or label holds `llm-backend`, the name of its
//! repository and of its host; LiteLLM by its own name. A site that calls them otherwise is not judged.

use std::collections::BTreeSet;

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{ApisixRoute, HttpRoute, Ingress, Service};

const API: &str = "llm-backend";
const GATEWAY: &str = "litellm";

/// One way from a host name to a Service.
struct Way {
    host: String,
    /// Namespace and name.
    service: (String, String),
    /// `ingress coreai/portal`.
    origin: String,
    subject: ObjectRef,
    read: u32,
}

/// Everything that leads in, and the Services that count here.
pub(crate) struct Ways {
    ways: Vec<Way>,
    apis: Vec<Item<Service>>,
    gateways: BTreeSet<(String, String)>,
    /// Some kind of route could not be read, so that one is missing proves nothing.
    is_partial: bool,
    has_ingresses: bool,
}

impl Ways {
    /// # Errors
    ///
    /// What the host answers to the lists of ingresses and Services.
    pub(crate) fn read(cx: &Context) -> Result<Self> {
        let ingresses = cx.list::<Ingress>()?;
        let services = cx.list::<Service>()?;
        let apisix = known(cx.list::<ApisixRoute>());
        let gateway = known(cx.list::<HttpRoute>());
        let mut ways: Vec<Way> = ingresses.iter().flat_map(of_ingress).collect();
        ways.extend(apisix.iter().flatten().flat_map(of_apisix));
        ways.extend(gateway.iter().flatten().flat_map(of_gateway));
        let gateways = services
            .iter()
            .filter(|service| is_called(service, GATEWAY))
            .map(|service| (service.namespace().to_owned(), service.name().to_owned()))
            .collect();
        Ok(Self {
            ways,
            gateways,
            is_partial: apisix.is_none() || gateway.is_none(),
            has_ingresses: !ingresses.is_empty(),
            apis: services
                .into_iter()
                .filter(|service| is_called(service, API))
                .collect(),
        })
    }

    /// The documented host name, where something leads in by it: `llm-backend.site.test`.
    pub(crate) fn host(&self) -> Option<&str> {
        self.ways
            .iter()
            .map(|way| way.host.as_str())
            .find(|host| is_documented(host))
    }

    /// Whether the CoreAI API is here at all, as far as its shape tells.
    pub(crate) fn has_api(&self) -> bool {
        !self.apis.is_empty() || self.host().is_some()
    }

    fn leads_to_api(&self) -> impl Iterator<Item = &Way> {
        self.ways.iter().filter(|way| {
            is_documented(&way.host)
                || self
                    .apis
                    .iter()
                    .any(|api| api.namespace() == way.service.0 && api.name() == way.service.1)
        })
    }

    /// Tell what is wrong on the way; whether nothing leads to the API is asked only where it does not answer.
    pub(crate) fn tell(
        &self,
        cx: &Context,
        report: &mut Report,
        site: &crate::Site,
        answers: bool,
    ) {
        for way in self.ways.iter().filter(|way| is_documented(&way.host)) {
            if self.gateways.contains(&way.service) {
                leads_to_gateway(report, way);
            }
        }
        let hosts: BTreeSet<&str> = self.leads_to_api().map(|way| way.host.as_str()).collect();
        if self.host().is_none() && !hosts.is_empty() {
            self.other_name(report, &hosts);
        }
        let is_closed =
            !self.is_partial && self.has_ingresses && self.leads_to_api().next().is_none();
        if let Some(api) = self.apis.first().filter(|_| is_closed && !answers)
            && !self.apis.iter().any(|api| api.is_exposed())
            && site.is_settled(cx.now(), api.created())
        {
            closed(report, api, self.ways.len());
        }
    }

    fn other_name(&self, report: &mut Report, hosts: &BTreeSet<&str>) {
        let Some(way) = self.leads_to_api().next() else {
            return;
        };
        let names = hosts.iter().copied().collect::<Vec<_>>().join(", ");
        let title =
            format!("the CoreAI API is exposed as {names}, not as llm-backend.<platform-domain>");
        let finding = report.finding("BSQ-API-010", way.subject.clone(), title);
        finding.evidence("host", &names);
        finding.evidence(
            "leads to Service",
            format!("{}/{}", way.service.0, way.service.1),
        );
        finding.advice("clients that follow the documentation use the documented name");
        finding.link("/docs/development/use-local-models-via-api");
    }
}

/// A kind that the server does not know has no objects; absent where it may not be read.
fn known<T>(list: Result<Vec<Item<T>>>) -> Option<Vec<Item<T>>> {
    match list {
        Err(error) if error.is_absent() => Some(Vec::new()),
        list => list.ok(),
    }
}

fn is_called(service: &Item<Service>, name: &str) -> bool {
    service.name().contains(name) || service.metadata.labels.name.contains(name)
}

fn is_documented(host: &str) -> bool {
    host.split('.').next() == Some(API) && host.contains('.')
}

fn of_ingress(ingress: &Item<Ingress>) -> Vec<Way> {
    let rules = ingress.spec.rules.iter();
    let ways = rules.flat_map(|rule| {
        rule.services().map(|service| Way {
            host: rule.host.clone(),
            service: (ingress.namespace().to_owned(), service.to_owned()),
            origin: format!("ingress {}", full_name(ingress)),
            subject: ingress.reference(),
            read: ingress.read(),
        })
    });
    ways.collect()
}

fn of_apisix(route: &Item<ApisixRoute>) -> Vec<Way> {
    let mut ways = Vec::new();
    for http in &route.spec.http {
        for backend in &http.backends {
            // A route without hosts is for every host.
            let any = [String::from("*")];
            let hosts = match http.matching.hosts.as_slice() {
                [] => any.as_slice(),
                hosts => hosts,
            };
            ways.extend(hosts.iter().map(|host| Way {
                host: host.clone(),
                service: (route.namespace().to_owned(), backend.service_name.clone()),
                origin: format!("gateway route {}", full_name(route)),
                subject: route.reference(),
                read: route.read(),
            }));
        }
    }
    ways
}

fn of_gateway(route: &Item<HttpRoute>) -> Vec<Way> {
    let mut ways = Vec::new();
    for backend in route.spec.rules.iter().flat_map(|rule| &rule.backend_refs) {
        let namespace = match backend.namespace.as_str() {
            "" => route.namespace(),
            namespace => namespace,
        };
        let any = [String::from("*")];
        let hosts = match route.spec.hostnames.as_slice() {
            [] => any.as_slice(),
            hosts => hosts,
        };
        ways.extend(hosts.iter().map(|host| Way {
            host: host.clone(),
            service: (namespace.to_owned(), backend.name.clone()),
            origin: format!("route {}", full_name(route)),
            subject: route.reference(),
            read: route.read(),
        }));
    }
    ways
}

fn leads_to_gateway(report: &mut Report, way: &Way) {
    let (namespace, service) = &way.service;
    let title = format!(
        "{} leads to LiteLLM ({namespace}/{service}), not to the CoreAI API",
        way.host
    );
    let finding = report.finding("BSQ-API-008", way.subject.clone(), title);
    finding.evidence_from(
        way.read,
        way.origin.as_str(),
        format!("{} to Service {namespace}/{service}", way.host),
    );
    let kind = way.subject.kind().to_ascii_lowercase();
    finding.look(command::yaml(
        way.subject.namespace(),
        &kind,
        way.subject.name(),
    ));
    finding.link("/docs/coreai/reference-architecture");
}

fn closed(report: &mut Report, api: &Item<Service>, others: usize) {
    let title = format!(
        "nothing leads to the CoreAI API: no ingress or gateway route names Service {} or a host llm-backend.<platform-domain>",
        full_name(api)
    );
    let finding = report.finding("BSQ-API-007", api, title);
    finding.since(api.created());
    finding.evidence(
        "spec.type",
        if api.spec.kind.is_empty() {
            "ClusterIP"
        } else {
            &api.spec.kind
        },
    );
    finding.evidence("routes to other Services", others);
    finding.look(["kubectl", "-n", api.namespace(), "get", "ingress"]);
    finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/development/use-local-models-via-api");
}
