//! Does the port that a route names exist: in the Service, and in the pods behind it.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::backend::Endpoints;
use crate::objects::{Service, ServicePort};
use crate::routes::{Port, Route};

/// Routes that one finding names; the rest is in its attribute.
const MOST: usize = 5;

/// Whether some route asks for a port that the Service, or none of its pods, has.
pub(crate) fn is_wrong(
    report: &mut Report,
    service: &Item<Service>,
    routes: &[Route],
    endpoints: &Endpoints,
) -> bool {
    let mut wrong = BTreeMap::new();
    for route in routes {
        let Some(port) = &route.port else { continue };
        match find_port(service, port) {
            None => {
                let what = format!("has no port {port}, it has {}", service.ports());
                wrong.entry(what).or_insert_with(Vec::new).push(route);
            }
            // Kubernetes leaves a port out of the slices when no pod has one of that name.
            Some(found) if endpoints.ready > 0 && !endpoints.ports.contains(&found.name) => {
                let target = found
                    .target_port
                    .as_ref()
                    .map_or_else(|| found.port.to_string(), ToString::to_string);
                let what = format!(
                    "sends port {} to {target}, which no pod behind it has",
                    found.told()
                );
                wrong.entry(what).or_insert_with(Vec::new).push(route);
            }
            Some(_) => {}
        }
    }
    let is_wrong = !wrong.is_empty();
    for (what, routes) in wrong {
        let title = format!("Service {} {what}", full_name(service));
        let finding = report.finding("BSQ-ING-006", service, title);
        finding.evidence("spec.ports", service.ports());
        for route in routes.iter().take(MOST) {
            let port = route
                .port
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            finding.evidence_from(
                route.read,
                route.origin.as_str(),
                format!("{}{} to port {port}", route.host, route.path),
            );
        }
        finding.attribute(
            "hosts",
            routes
                .iter()
                .map(|route| route.host.as_str())
                .collect::<Vec<_>>()
                .join(","),
        );
        finding.look(command::describe(
            service.namespace(),
            "service",
            service.name(),
        ));
        finding.link("/docs/runtime/ingress-and-routing-model");
    }
    is_wrong
}

fn find_port<'a>(service: &'a Service, port: &Port) -> Option<&'a ServicePort> {
    service.spec.ports.iter().find(|candidate| match port {
        Port::Name(name) => candidate.name == *name,
        Port::Number(number) => candidate.port == *number,
    })
}
