//! The host names of the platform, from live objects: who serves each, with which TLS Secret, at which addresses.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Site;
use crate::objects::{ApisixTls, Ingress};
use crate::words::{covers, is_among};

/// Namespace and name.
pub(crate) type SecretName = (String, String);

/// One host name.
#[derive(Default)]
pub(crate) struct Host {
    /// What serves it: `ingress coreai/portal`, with the number of its read.
    pub(crate) origins: BTreeMap<String, u32>,
    /// Served with TLS, though perhaps with the controller's own certificate.
    pub(crate) has_tls: bool,
    pub(crate) secrets: BTreeSet<SecretName>,
    pub(crate) addresses: BTreeSet<String>,
    /// The load balancer is known by name only, so its addresses are not comparable.
    pub(crate) has_named_address: bool,
    /// Some object that serves it is old enough for its record to be there.
    pub(crate) is_settled: bool,
}

/// All host names that can be looked at, sorted.
pub(crate) struct Hosts {
    by_name: BTreeMap<String, Host>,
}

impl Hosts {
    pub(crate) fn of(cx: &Context, site: &Site, ingresses: &[Item<Ingress>]) -> Self {
        let mut hosts = Self {
            by_name: BTreeMap::new(),
        };
        for ingress in ingresses {
            hosts.add_ingress(ingress, site.is_settled(cx.now(), ingress.created()));
        }
        // Without the gateway the server does not know the kind, which is an answer and no failure.
        for tls in cx.list::<ApisixTls>().or_empty() {
            hosts.add_gateway(&tls, site.is_settled(cx.now(), tls.created()));
        }
        hosts
            .by_name
            .retain(|name, _| !is_among(&site.ignore_hosts, name));
        hosts
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Host)> {
        self.by_name
            .iter()
            .map(|(name, host)| (name.as_str(), host))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The host names that use a Secret.
    pub(crate) fn of_secret(&self, secret: &SecretName) -> BTreeSet<String> {
        self.iter()
            .filter(|(_, host)| host.secrets.contains(secret))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Every Secret that a host name uses.
    pub(crate) fn secrets(&self) -> BTreeSet<&SecretName> {
        self.by_name
            .values()
            .flat_map(|host| &host.secrets)
            .collect()
    }

    fn add_ingress(&mut self, ingress: &Item<Ingress>, is_settled: bool) {
        let rules = ingress.spec.rules.iter().map(|rule| rule.host.as_str());
        let in_tls = ingress.spec.tls.iter().flat_map(|tls| &tls.hosts);
        let names: BTreeSet<&str> = rules.chain(in_tls.map(String::as_str)).collect();
        for name in names.into_iter().filter(|name| is_host(name)) {
            let host = self.entry(
                name,
                format!("ingress {}", full_name(ingress)),
                ingress.read(),
            );
            host.is_settled |= is_settled;
            // An entry without hosts is for all of them.
            let entries = ingress.spec.tls.iter().filter(|tls| {
                tls.hosts.is_empty() || tls.hosts.iter().any(|pattern| covers(pattern, name))
            });
            for tls in entries {
                host.has_tls = true;
                if !tls.secret_name.is_empty() {
                    host.secrets
                        .insert((ingress.namespace().to_owned(), tls.secret_name.clone()));
                }
            }
            for address in &ingress.status.load_balancer.ingress {
                host.has_named_address |= address.ip.is_empty() && !address.hostname.is_empty();
                if !address.ip.is_empty() {
                    host.addresses.insert(address.ip.clone());
                }
            }
        }
    }

    fn add_gateway(&mut self, tls: &Item<ApisixTls>, is_settled: bool) {
        let secret = &tls.spec.secret;
        for name in tls.spec.hosts.iter().filter(|name| is_host(name)) {
            let host = self.entry(
                name,
                format!("gateway certificate {}", full_name(tls)),
                tls.read(),
            );
            host.is_settled |= is_settled;
            host.has_tls = true;
            if !secret.name.is_empty() {
                let namespace = match secret.namespace.as_str() {
                    "" => tls.namespace(),
                    namespace => namespace,
                };
                host.secrets
                    .insert((namespace.to_owned(), secret.name.clone()));
            }
        }
    }

    fn entry(&mut self, name: &str, origin: String, read: u32) -> &mut Host {
        let host = self.by_name.entry(name.to_ascii_lowercase()).or_default();
        host.origins.insert(origin, read);
        host
    }
}

impl Host {
    /// The first of what serves it, for a finding's command.
    pub(crate) fn read(&self) -> u32 {
        self.origins.values().next().copied().unwrap_or_default()
    }
}

/// A name that can be looked up: not empty, no wildcard, no bare label that only a search path completes.
fn is_host(name: &str) -> bool {
    name.contains('.') && !name.contains('*')
}
