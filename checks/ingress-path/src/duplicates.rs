//! Two ingresses of one class that claim the same host and path: which one answers is the controller's whim.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::{Severity, prelude::*};

use crate::objects::{Backend, Ingress, host};

struct Claim<'a> {
    ingress: &'a Item<Ingress>,
    backend: String,
}

pub(crate) fn tell(report: &mut Report, ingresses: &[Item<Ingress>]) {
    let mut claims: BTreeMap<(&str, &str, &str), Vec<Claim<'_>>> = BTreeMap::new();
    // A canary shares host and path on purpose.
    for ingress in ingresses.iter().filter(|ingress| !ingress.is_canary()) {
        for rule in &ingress.spec.rules {
            for path in &rule.http.paths {
                let path_name = if path.path.is_empty() {
                    "/"
                } else {
                    &path.path
                };
                let claimed = claims
                    .entry((
                        ingress.class().unwrap_or_default(),
                        host(&rule.host),
                        path_name,
                    ))
                    .or_default();
                if !claimed.iter().any(|claim| {
                    claim.ingress.uid() == ingress.uid()
                        && full_name(claim.ingress) == full_name(ingress)
                }) {
                    claimed.push(Claim {
                        ingress,
                        backend: backend(ingress, &path.backend),
                    });
                }
            }
        }
    }
    for ((_, host, path), claims) in claims.iter().filter(|(_, claims)| claims.len() > 1) {
        duplicate(report, host, path, claims);
    }
}

fn backend(ingress: &Item<Ingress>, backend: &Backend) -> String {
    let service = backend
        .service
        .as_ref()
        .map_or("a resource", |service| &service.name);
    format!("{}/{service}", ingress.namespace())
}

fn duplicate(report: &mut Report, host: &str, path: &str, claims: &[Claim<'_>]) {
    let Some(first) = claims.first() else { return };
    let names: Vec<_> = claims
        .iter()
        .map(|claim| full_name(claim.ingress))
        .collect();
    let title = format!(
        "{host}{path} is claimed by {} ingresses: {}",
        claims.len(),
        names.join(", ")
    );
    let subject = Named::new("host", format!("{host}{path}")).with_read(first.ingress.read());
    let finding = report.finding("BSQ-ING-010", subject, title);
    if claims.iter().all(|claim| claim.backend == first.backend) {
        finding.severity(Severity::Low);
    }
    finding.since(
        claims
            .iter()
            .filter_map(|claim| claim.ingress.created())
            .max(),
    );
    for claim in claims {
        finding.evidence(
            format!("spec.rules of ingress {}", full_name(claim.ingress)),
            format!("{host}{path} to Service {}", claim.backend),
        );
    }
    for claim in claims {
        finding.look(command::yaml(
            claim.ingress.namespace(),
            "ingress",
            claim.ingress.name(),
        ));
    }
    finding.link("/docs/runtime/ingress-and-routing-model");
}
