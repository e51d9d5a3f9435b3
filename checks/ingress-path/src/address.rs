//! Can requests arrive: load balancers and ingresses without an address.
//!
//! Where no ingress of a class has one, the finding is the class's: its controller is not exposed. Where others have one,
//! the controller has not taken up this ingress.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_platform::event::{self, Involved, Series};
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::class::Classes;
use crate::objects::{Ingress, Service};

/// Ingresses that one finding names; the rest is a number.
const MOST: usize = 10;

#[derive(Object)]
#[object(kind = "v1/Event")]
struct Event {
    involved_object: Involved,
    reason: String,
    message: String,
    last_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
    series: Option<Series>,
}

impl Event {
    fn time(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }
}

pub(crate) fn load_balancers(services: &[Item<Service>]) -> impl Iterator<Item = &Item<Service>> {
    services
        .iter()
        .filter(|service| service.spec.kind == "LoadBalancer")
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    tolerance: &Tolerance,
    classes: &Classes,
    ingresses: &[Item<Ingress>],
    services: &[Item<Service>],
) {
    let now = cx.now();
    let pending: Vec<_> = load_balancers(services)
        .filter(|service| {
            !service.status.has_address() && !tolerance.is_young(now, service.created())
        })
        .collect();
    if !pending.is_empty() {
        let events = cx.list::<Event>().or_empty();
        for service in &pending {
            load_balancer(report, service, &events);
        }
    }

    let mut by_class: BTreeMap<&str, Vec<&Item<Ingress>>> = BTreeMap::new();
    for ingress in ingresses.iter().filter(|ingress| classes.serves(ingress)) {
        by_class
            .entry(ingress.class().unwrap_or_default())
            .or_default()
            .push(ingress);
    }
    for (class, ingresses) in by_class {
        let without = |ingress: &&&Item<Ingress>| {
            !ingress.status.has_address() && !tolerance.is_young(now, ingress.created())
        };
        let without: Vec<_> = ingresses.iter().filter(without).copied().collect();
        if without.is_empty() {
            continue;
        }
        match ingresses.iter().any(|ingress| ingress.status.has_address()) {
            true => without
                .iter()
                .for_each(|ingress| single(report, class, ingress)),
            false => whole_class(report, class, &without, &pending),
        }
    }
}

fn load_balancer(report: &mut Report, service: &Item<Service>, events: &[Item<Event>]) {
    let about = |event: &&Item<Event>| {
        let object = &event.involved_object;
        object.kind == "Service"
            && object.name == service.name()
            && object.namespace == service.namespace()
    };
    let last = events.iter().filter(about).max_by_key(|event| event.time());
    let refused = events
        .iter()
        .filter(about)
        .filter(|event| event.reason == "AllocationFailed")
        .max_by_key(|event| event.time());
    let title = match refused {
        Some(_) => format!(
            "load balancer {} gets no address: allocation failed",
            full_name(service)
        ),
        None => format!("load balancer {} has no address", full_name(service)),
    };
    let finding = report.finding("BSQ-ING-004", service, title);
    finding.since(service.created());
    finding.evidence("status.loadBalancer.ingress", "empty");
    if let Some(event) = refused.or(last) {
        finding.evidence_from(
            event.read(),
            "event",
            format!("{}: {}", event.reason, event.message),
        );
    }
    finding.look(command::describe(
        service.namespace(),
        "service",
        service.name(),
    ));
    finding.step(
        "if MetalLB gives addresses here, compare its pools with what is in use",
        [
            "kubectl",
            "get",
            "ipaddresspools.metallb.io",
            "--all-namespaces",
        ],
    );
    finding.link("/docs/runtime/components/metallb");
}

fn single(report: &mut Report, class: &str, ingress: &Item<Ingress>) {
    let title = format!(
        "ingress {} has no address, other ingresses of its class have one",
        full_name(ingress)
    );
    let finding = report.finding("BSQ-ING-003", ingress, title);
    finding.since(ingress.created());
    finding.evidence("status.loadBalancer.ingress", "empty");
    finding.evidence("ingress class", class);
    finding.evidence("spec.rules.host", ingress.hosts().join(", "));
    finding.look(command::describe(
        ingress.namespace(),
        "ingress",
        ingress.name(),
    ));
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn whole_class(
    report: &mut Report,
    class: &str,
    ingresses: &[&Item<Ingress>],
    pending: &[&Item<Service>],
) {
    let Some(first) = ingresses.first() else {
        return;
    };
    let (name, count) = (
        if class.is_empty() { "(default)" } else { class },
        ingresses.len(),
    );
    let noun = if count == 1 {
        "its ingress"
    } else {
        "ingresses"
    };
    let title = match count {
        1 => format!(
            "ingress class {name} gives no address: {noun} {} has none",
            full_name(first)
        ),
        _ => format!("ingress class {name} gives no address: {count} {noun} have none"),
    };
    let subject = ObjectRef::new("networking.k8s.io/v1/IngressClass", name).with_read(first.read());
    let finding = report.finding("BSQ-ING-003", subject, title);
    finding.since(
        ingresses
            .iter()
            .filter_map(|ingress| ingress.created())
            .min(),
    );
    for ingress in ingresses.iter().take(MOST) {
        let value = format!("empty ({})", ingress.hosts().join(", "));
        finding.evidence(
            format!("status.loadBalancer.ingress of {}", full_name(ingress)),
            value,
        );
    }
    for service in pending {
        finding.caused_by(*service);
    }
    finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
    finding.step(
        "the controller of this class needs a Service with an address",
        ["kubectl", "get", "services", "--all-namespaces"],
    );
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/runtime/components/metallb");
}
