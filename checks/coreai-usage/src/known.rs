//! Which names mean LiteLLM, which the CoreAI API, and who may call LiteLLM. Nothing but `llm-backend` is documented, so
//! both are known by shape: the words in names, labels and images, and the Services and hosts that lead to them.

use std::collections::BTreeSet;

use bsq_platform::cluster;
use bsq_platform::labels::selects;
use bsq_sdk::prelude::*;

use crate::objects::{Ingress, Service};
use crate::workload::{Workload, has_words};

const GATEWAY: &str = "litellm";
const API: &str = "llm-backend";

/// Namespace and name.
type ServiceName = (String, String);

/// The names of both, as far as live objects tell.
pub(crate) struct Known {
    gateways: BTreeSet<ServiceName>,
    gateway_hosts: BTreeSet<String>,
    apis: BTreeSet<ServiceName>,
    api_hosts: BTreeSet<String>,
    /// Namespaces in which LiteLLM or the CoreAI API is.
    homes: BTreeSet<String>,
}

impl Known {
    /// # Errors
    ///
    /// What the host answers to the list of Services.
    pub(crate) fn read(cx: &Context, workloads: &[Workload]) -> Result<Self> {
        let services = cx.list::<Service>()?;
        let ingresses = cx.list::<Ingress>().or_empty();
        let gateways = of_product(&services, workloads, GATEWAY);
        let apis = of_product(&services, workloads, API);
        let behind = |services: &BTreeSet<ServiceName>| hosts(&ingresses, services);
        let mut api_hosts = behind(&apis);
        let rules = ingresses.iter().flat_map(|ingress| &ingress.spec.rules);
        let documented = rules.filter(|rule| is_documented(&rule.host));
        api_hosts.extend(documented.map(|rule| rule.host.to_ascii_lowercase()));
        Ok(Self {
            gateway_hosts: behind(&gateways).difference(&api_hosts).cloned().collect(),
            api_hosts,
            homes: gateways
                .iter()
                .chain(&apis)
                .map(|(namespace, _)| namespace.clone())
                .collect(),
            gateways,
            apis,
        })
    }

    /// Whether a host means LiteLLM, said in a namespace. A name of the cluster that no Service here has is taken by its
    /// word; a name of the world outside is not: others have pages about LiteLLM.
    pub(crate) fn is_gateway(&self, host: &str, namespace: &str) -> bool {
        if self.gateway_hosts.contains(host) {
            return true;
        }
        let Some(service) = service(host, namespace) else {
            return false;
        };
        let is_of_cluster = !host.contains('.') || host.split('.').nth(2) == Some("svc");
        self.gateways.contains(&service) || is_of_cluster && has_words(&service.1, GATEWAY)
    }

    pub(crate) fn is_api(&self, host: &str, namespace: &str) -> bool {
        self.api_hosts.contains(host)
            || is_documented(host)
            || service(host, namespace).is_some_and(|service| self.apis.contains(&service))
    }

    /// The documented host is called, and it is none of this platform's, though this platform has one.
    pub(crate) fn is_foreign(&self, host: &str, namespace: &str) -> bool {
        let is_own = self.api_hosts.contains(host)
            || service(host, namespace).is_some_and(|service| self.apis.contains(&service));
        let is_outside = host.split('.').nth(2) != Some("svc");
        is_documented(host) && is_outside && !is_own && self.own_host().is_some()
    }

    /// The host name that clients should call: `llm-backend.site.test`.
    pub(crate) fn own_host(&self) -> Option<&str> {
        self.api_hosts
            .iter()
            .find(|host| is_documented(host))
            .map(String::as_str)
    }

    /// Whether a workload is one of those that stand between applications and models.
    pub(crate) fn may_call_gateway(&self, workload: &Workload, allowed: &[String]) -> bool {
        let namespace = workload.subject.namespace();
        let is_named = allowed.iter().any(|entry| {
            *entry == workload.full_name() || entry.strip_suffix("/*") == Some(namespace)
        });
        is_named
            || [GATEWAY, API, "model-installer"]
                .iter()
                .any(|product| workload.is_called(product))
            || self.is_portal(workload)
    }

    /// Applications may be called portals too; the platform's is among its kin, or says whose it is.
    fn is_portal(&self, workload: &Workload) -> bool {
        workload.is_called("portal")
            && (self.homes.contains(workload.subject.namespace())
                || workload.is_called("coreai")
                || workload.subject.name() == "portal")
    }
}

/// The Services whose name or label is a product's, and those that select the pods of such a workload.
fn of_product(
    services: &[Item<Service>],
    workloads: &[Workload],
    product: &str,
) -> BTreeSet<ServiceName> {
    let own: Vec<&Workload> = workloads
        .iter()
        .filter(|workload| workload.is_called(product))
        .collect();
    let leads_to = |service: &Item<Service>| {
        let selector = &service.spec.selector;
        !selector.is_empty()
            && own.iter().any(|workload| {
                workload.subject.namespace() == service.namespace()
                    && selects(selector, &workload.pod_labels)
            })
    };
    let is_its = |service: &&Item<Service>| {
        has_words(service.name(), product)
            || has_words(&service.metadata.labels.name, product)
            || leads_to(service)
    };
    services
        .iter()
        .filter(is_its)
        .map(|service| (service.namespace().to_owned(), service.name().to_owned()))
        .collect()
}

/// The host names that lead to some Services.
fn hosts(ingresses: &[Item<Ingress>], services: &BTreeSet<ServiceName>) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for ingress in ingresses {
        for rule in ingress
            .spec
            .rules
            .iter()
            .filter(|rule| !rule.host.is_empty())
        {
            let leads = rule.services().any(|service| {
                services.contains(&(ingress.namespace().to_owned(), service.to_owned()))
            });
            if leads {
                hosts.insert(rule.host.to_ascii_lowercase());
            }
        }
    }
    hosts
}

/// `llm-backend.<platform-domain>`.
fn is_documented(host: &str) -> bool {
    host.strip_prefix(API)
        .is_some_and(|rest| rest.starts_with('.') && rest.len() > 1)
}

/// The Service that a host name stands for inside the cluster: `name`, `name.namespace`, `name.namespace.svc…`.
fn service(host: &str, own_namespace: &str) -> Option<ServiceName> {
    let (namespace, name) = cluster::service(host, Some(own_namespace))?;
    Some((namespace.to_owned(), name.to_owned()))
}
