//! What a route leads to: Service, endpoints, pods. One finding for a Service, with every host that leads to it.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::{Severity, prelude::*};

use crate::objects::{EndpointSlice, Service};
use crate::pods::{Behind, Pod};
use crate::port;
use crate::routes::{Route, Routes, hosts, origins};

/// Pods that one finding names; the rest is a number.
const MOST: usize = 5;

/// What the endpoint slices of one Service add up to.
#[derive(Default)]
pub(crate) struct Endpoints {
    pub(crate) ready: usize,
    unready: usize,
    pub(crate) ports: Vec<String>,
    read: Option<u32>,
}

/// Routes with the Services and endpoints that they lead to.
pub(crate) struct Backends<'a> {
    routes: &'a Routes,
    services: BTreeMap<(&'a str, &'a str), &'a Item<Service>>,
    endpoints: BTreeMap<(String, String), Endpoints>,
}

impl<'a> Backends<'a> {
    /// # Errors
    ///
    /// What the host answers to the list of endpoint slices.
    pub(crate) fn read(
        cx: &Context,
        services: &'a [Item<Service>],
        routes: &'a Routes,
    ) -> Result<Self> {
        let mut endpoints: BTreeMap<_, Endpoints> = BTreeMap::new();
        if !routes.services().is_empty() {
            for slice in cx.list::<EndpointSlice>()? {
                let key = (
                    slice.namespace().to_owned(),
                    slice.metadata.labels.service.clone(),
                );
                endpoints.entry(key).or_default().add(&slice);
            }
        }
        let services = services
            .iter()
            .map(|service| ((service.namespace(), service.name()), service))
            .collect();
        Ok(Self {
            routes,
            services,
            endpoints,
        })
    }

    pub(crate) fn tell(&self, cx: &Context, report: &mut Report) {
        let behind = Behind::new(cx);
        for ((namespace, name), routes) in self.routes.services() {
            let Some(service) = self.services.get(&(namespace.as_str(), name.as_str())) else {
                missing(report, namespace, name, routes);
                continue;
            };
            if service.is_external_name() {
                continue;
            }
            let none = Endpoints::default();
            let endpoints = self
                .endpoints
                .get(&(namespace.clone(), name.clone()))
                .unwrap_or(&none);
            if port::is_wrong(report, service, routes, endpoints) {
                continue;
            }
            match (endpoints.ready, service.is_selecting()) {
                (1.., _) => {}
                (0, false) => nothing_behind(report, service, routes),
                (0, true) => not_ready(report, &behind, service, routes, endpoints),
            }
        }
    }
}

impl Endpoints {
    fn add(&mut self, slice: &Item<EndpointSlice>) {
        let ready = slice
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.conditions.ready != Some(false))
            .count();
        self.ready += ready;
        self.unready += slice.endpoints.len() - ready;
        self.ports
            .extend(slice.ports.iter().map(|port| port.name.clone()));
        self.read = Some(slice.read());
    }
}

fn missing(report: &mut Report, namespace: &str, name: &str, routes: &[Route]) {
    let title = format!(
        "Service {namespace}/{name} does not exist, {} to it",
        lead(routes)
    );
    let read = routes.first().map_or(0, |route| route.read);
    let subject = ObjectRef::new("v1/Service", name)
        .in_namespace(namespace)
        .with_read(read);
    let finding = report.finding("BSQ-ING-005", subject, title);
    finding.since(routes.iter().filter_map(|route| route.since).max());
    leads(finding, routes);
    finding.look(["kubectl", "-n", namespace, "get", "services"]);
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn nothing_behind(report: &mut Report, service: &Item<Service>, routes: &[Route]) {
    let title = format!(
        "Service {} has neither selector nor endpoints",
        full_name(service)
    );
    let finding = report.finding("BSQ-ING-012", service, title);
    finding
        .severity(Severity::Info)
        .evidence("spec.selector", "empty");
    leads(finding, routes);
    finding.look([
        "kubectl",
        "-n",
        service.namespace(),
        "get",
        "endpointslices",
    ]);
}

fn not_ready(
    report: &mut Report,
    behind: &Behind<'_>,
    service: &Item<Service>,
    routes: &[Route],
    endpoints: &Endpoints,
) {
    let pods = behind.pods(service);
    match pods.as_deref() {
        Some([]) if endpoints.unready == 0 => no_pods(report, behind, service, routes),
        pods => unready_pods(report, service, routes, endpoints, pods.unwrap_or_default()),
    }
}

fn no_pods(report: &mut Report, behind: &Behind<'_>, service: &Item<Service>, routes: &[Route]) {
    let workload = behind.workload(service);
    let (code, title) = match workload {
        Some(workload) if workload.replicas == 0 => (
            "BSQ-ING-011",
            format!(
                "{} is scaled to zero, so Service {} has no pods",
                workload.subject,
                full_name(service)
            ),
        ),
        Some(workload) => (
            "BSQ-ING-007",
            format!(
                "Service {} has no pods: {} has not made any",
                full_name(service),
                workload.subject
            ),
        ),
        None => (
            "BSQ-ING-007",
            format!(
                "Service {} selects pods that do not exist, {} to it",
                full_name(service),
                lead(routes)
            ),
        ),
    };
    let finding = report.finding(code, service, title);
    if code == "BSQ-ING-011" {
        finding.severity(Severity::Info);
    }
    finding.evidence("spec.selector", selector(service));
    if let Some(workload) = workload {
        finding.evidence_from(
            workload.read,
            format!("spec.replicas of {}", workload.subject),
            workload.replicas,
        );
        finding.caused_by(workload.subject.clone());
    }
    leads(finding, routes);
    finding.look([
        "kubectl",
        "-n",
        service.namespace(),
        "get",
        "pods",
        "-l",
        &selector(service),
    ]);
    finding.look(command::describe(
        service.namespace(),
        "service",
        service.name(),
    ));
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn unready_pods(
    report: &mut Report,
    service: &Item<Service>,
    routes: &[Route],
    endpoints: &Endpoints,
    pods: &[&Item<Pod>],
) {
    let count = pods.len().max(endpoints.unready);
    let what = match count {
        0 => "has no ready endpoint".to_owned(),
        1 => "has no ready endpoint: its one pod is not ready".to_owned(),
        count => format!("has no ready endpoint: none of its {count} pods is ready"),
    };
    let title = format!(
        "Service {} {what}, {} to it",
        full_name(service),
        lead(routes)
    );
    let finding = report.finding("BSQ-ING-008", service, title);
    // The path was whole until the last of its pods went.
    finding.since(pods.iter().filter_map(|pod| pod.unready_since()).max());
    let value = format!("{} ready, {} not ready", endpoints.ready, endpoints.unready);
    match endpoints.read {
        Some(read) => finding.evidence_from(read, "endpoints", value),
        None => finding.evidence("endpoints", value),
    };
    for pod in pods.iter().take(MOST) {
        finding.evidence_from(pod.read(), format!("pod {}", full_name(pod)), pod.told());
    }
    for pod in pods {
        finding.caused_by(*pod);
    }
    leads(finding, routes);
    finding.look([
        "kubectl",
        "-n",
        service.namespace(),
        "get",
        "pods",
        "-l",
        &selector(service),
    ]);
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/troubleshooting");
}

/// The hosts and objects that lead to a Service.
fn leads(finding: &mut Finding, routes: &[Route]) {
    let read = routes.first().map_or(0, |route| route.read);
    finding.evidence_from(read, "hosts", hosts(routes).join(", "));
    finding.evidence_from(read, "routes", origins(routes).join(", "));
    finding.attribute("hosts", hosts(routes).join(","));
}

fn selector(service: &Service) -> String {
    let labels = service
        .spec
        .selector
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    labels.collect::<Vec<_>>().join(",")
}

/// `portal.site.test leads`, `portal.site.test and 2 more lead`.
fn lead(routes: &[Route]) -> String {
    match hosts(routes).as_slice() {
        [] => "a route leads".to_owned(),
        [only] => format!("{only} leads"),
        [first, rest @ ..] => format!("{first} and {} more lead", rest.len()),
    }
}
