//! Are Temporal and Tempo scraped, as documented? Their absence among the monitors is a blind spot, not a fault of theirs.
//!
//! Without the kind ServiceMonitor the platform scrapes in another way, and nothing can be said. A monitor with
//! expressions is taken to fit.

use std::collections::BTreeMap;

use bsq_platform::labels::selects;
use bsq_sdk::prelude::*;

use crate::objects::Labelled;
use crate::product::Product;
use crate::workload::Workload;

#[derive(Object)]
#[object(kind = "monitoring.coreos.com/v1/ServiceMonitor")]
struct ServiceMonitor {
    spec: MonitorSpec,
}

#[derive(Object)]
#[object(kind = "monitoring.coreos.com/v1/PodMonitor")]
struct PodMonitor {
    spec: MonitorSpec,
}

#[derive(Object)]
struct MonitorSpec {
    selector: Selector,
    namespace_selector: NamespaceSelector,
}

#[derive(Object)]
struct Selector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Object)]
struct Expression {
    key: String,
}

#[derive(Object)]
struct NamespaceSelector {
    any: bool,
    match_names: Vec<String>,
}

#[derive(Object)]
#[object(kind = "v1/Service")]
struct Service {
    metadata: Labelled,
    spec: ServiceSpec,
}

#[derive(Object)]
struct ServiceSpec {
    selector: BTreeMap<String, String>,
}

/// Everything that may scrape.
struct Monitors {
    services: Vec<Item<Service>>,
    of_services: Vec<Item<ServiceMonitor>>,
    of_pods: Vec<Item<PodMonitor>>,
}

pub(crate) fn tell(cx: &Context, report: &mut Report, all: &[Workload]) {
    let scraped = |it: &&Workload| matches!(it.product, Product::Temporal | Product::Tempo);
    if !all.iter().any(|it| scraped(&it)) {
        return;
    }
    let Some(monitors) = Monitors::read(cx) else {
        return;
    };
    for product in [Product::Temporal, Product::Tempo] {
        let workloads: Vec<_> = all.iter().filter(|it| it.product == product).collect();
        let is_scraped = workloads.iter().any(|it| monitors.select(it));
        if let Some(first) = workloads.first().filter(|_| !is_scraped) {
            finding(report, first, &monitors);
        }
    }
}

impl Monitors {
    /// Absent where a list was not to be had, or the kind is not known: then nothing is missing for certain.
    fn read(cx: &Context) -> Option<Self> {
        let of_services = cx.list::<ServiceMonitor>().ok()?;
        // A kind without one object may as well not be there: no Prometheus operator scrapes this platform.
        if of_services.is_empty() {
            return None;
        }
        Some(Self {
            services: cx.list::<Service>().ok()?,
            of_pods: cx
                .list::<PodMonitor>()
                .or_absent()
                .ok()?
                .unwrap_or_default(),
            of_services,
        })
    }

    fn select(&self, workload: &Workload) -> bool {
        let namespace = workload.subject.namespace();
        let behind: Vec<_> = self
            .services
            .iter()
            .filter(|it| it.namespace() == namespace && it.selects(&workload.labels))
            .collect();
        let by_service = self.of_services.iter().any(|monitor| {
            let spec = &monitor.spec;
            spec.looks_into(namespace, monitor.namespace())
                && behind
                    .iter()
                    .any(|service| spec.selector.fits(&service.metadata.labels))
        });
        let by_pod = self.of_pods.iter().any(|monitor| {
            let spec = &monitor.spec;
            spec.looks_into(namespace, monitor.namespace()) && spec.selector.fits(&workload.labels)
        });
        by_service || by_pod
    }
}

impl Service {
    fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let selector = &self.spec.selector;
        !selector.is_empty() && selects(selector, labels)
    }
}

impl MonitorSpec {
    fn looks_into(&self, namespace: &str, own: &str) -> bool {
        let selector = &self.namespace_selector;
        selector.any
            || selector.match_names.iter().any(|it| it == namespace)
            || selector.match_names.is_empty() && own == namespace
    }
}

impl Selector {
    fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        let is_open = self.match_expressions.iter().any(|it| !it.key.is_empty());
        is_open || selects(&self.match_labels, labels)
    }
}

fn finding(report: &mut Report, workload: &Workload, monitors: &Monitors) {
    let product = workload.product.title();
    let namespace = workload.subject.namespace();
    let title = format!(
        "no ServiceMonitor selects {product} ({}): its metrics are a blind spot",
        workload.told()
    );
    let finding = report.finding("BSQ-OBS-011", workload.subject.clone(), title);
    if let Some(monitor) = monitors.of_services.first() {
        let value = format!("{}, none of them for {product}", monitors.of_services.len());
        finding.evidence_from(monitor.read(), "ServiceMonitors", value);
    }
    finding.look([
        "kubectl",
        "get",
        "servicemonitors.monitoring.coreos.com",
        "--all-namespaces",
    ]);
    finding.look([
        "kubectl",
        "-n",
        namespace,
        "get",
        "services",
        "--show-labels",
    ]);
    finding.link(match workload.product {
        Product::Temporal => "/docs/runtime/components/temporal",
        _ => "/docs/runtime/components/grafana-tempo",
    });
}
