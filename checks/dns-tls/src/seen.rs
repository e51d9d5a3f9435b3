//! Each certificate once, wherever it was seen: in cert-manager's word, in the facts of a Secret, in a handshake. A
//! wildcard certificate that was copied into ten Secrets is one certificate with many host names.

use std::collections::BTreeSet;

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;
use bsq_sdk::reads;

use crate::hosts::{Hosts, SecretName};
use crate::objects::{Certificate, CertificateFacts};
use crate::probe::{Probed, Shown};
use crate::secrets::Facts;
use crate::trust;

/// One certificate.
pub(crate) struct Seen<'a> {
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Timestamp,
    /// Lower case, sorted.
    pub(crate) names: BTreeSet<String>,
    /// The host names that use it.
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) secrets: BTreeSet<SecretName>,
    /// The object that keeps it, where cert-manager does.
    pub(crate) managed: Option<&'a Item<Certificate>>,
    /// Read, source and value.
    pub(crate) facts: Vec<(u32, String, String)>,
}

/// A certificate as one source shows it.
struct Sighting<'a> {
    not_before: Option<Timestamp>,
    not_after: Timestamp,
    names: BTreeSet<String>,
    hosts: BTreeSet<String>,
    secrets: BTreeSet<SecretName>,
    managed: Option<&'a Item<Certificate>>,
    fact: (u32, String, String),
}

/// Every certificate of the platform that is seen at all.
pub(crate) fn all<'a>(
    certificates: &'a [Item<Certificate>],
    hosts: &Hosts,
    facts: &[Facts],
    probed: &Probed,
) -> Vec<Seen<'a>> {
    let kept = certificates.iter().filter_map(|kept| managed(kept, hosts));
    let held = facts.iter().filter_map(|facts| held(facts, hosts));
    let shown = probed.shown.iter().filter_map(|(name, shown)| match shown {
        Shown::Chain(handshake) => in_handshake(name, handshake, hosts, probed),
        _ => None,
    });
    let mut all: Vec<Seen<'a>> = Vec::new();
    for sighting in kept.chain(held).chain(shown) {
        match all.iter_mut().find(|seen| seen.is(&sighting)) {
            Some(seen) => seen.add(sighting),
            None => all.push(Seen::first(sighting)),
        }
    }
    all
}

impl<'a> Seen<'a> {
    fn first(sighting: Sighting<'a>) -> Self {
        Self {
            not_before: sighting.not_before,
            not_after: sighting.not_after,
            names: sighting.names,
            hosts: sighting.hosts,
            secrets: sighting.secrets,
            managed: sighting.managed,
            facts: vec![sighting.fact],
        }
    }

    /// Certificates end at the same second only where they are the same, or were made at once; names or place decide.
    fn is(&self, sighting: &Sighting<'_>) -> bool {
        // Two objects of cert-manager are two certificates, whatever they look like.
        let are_both_managed = self.managed.is_some() && sighting.managed.is_some();
        self.not_after == sighting.not_after
            && !are_both_managed
            && (self.names == sighting.names || !self.secrets.is_disjoint(&sighting.secrets))
    }

    fn add(&mut self, sighting: Sighting<'a>) {
        self.not_before = self.not_before.or(sighting.not_before);
        self.managed = self.managed.or(sighting.managed);
        self.hosts.extend(sighting.hosts);
        self.secrets.extend(sighting.secrets);
        self.facts.push(sighting.fact);
    }

    /// What a finding about it is about: the object that keeps it, the Secret that holds it, or the name that shows it.
    pub(crate) fn subject(&self) -> Subject {
        let read = self.facts.first().map_or(0, |(read, ..)| *read);
        match (self.managed, self.secrets.first(), self.hosts.first()) {
            (Some(certificate), ..) => certificate.into(),
            (None, Some((namespace, name)), _) => ObjectRef::new("v1/Secret", name)
                .in_namespace(namespace)
                .with_read(read)
                .into(),
            (None, None, Some(host)) => Named::new("host", host).with_read(read).into(),
            (None, None, None) => Named::new("host", "unknown").with_read(read).into(),
        }
    }
}

fn managed<'a>(certificate: &'a Item<Certificate>, hosts: &Hosts) -> Option<Sighting<'a>> {
    let not_after = certificate.status.not_after?;
    let secret = (
        certificate.namespace().to_owned(),
        certificate.spec.secret_name.clone(),
    );
    let source = format!("status.notAfter of certificate {}", full_name(certificate));
    Some(Sighting {
        not_before: certificate.status.not_before,
        not_after,
        names: lower(&certificate.spec.dns_names),
        hosts: hosts.of_secret(&secret),
        secrets: BTreeSet::from([secret]),
        managed: Some(certificate),
        fact: (certificate.read(), source, not_after.to_string()),
    })
}

fn held<'a>(facts: &Facts, hosts: &Hosts) -> Option<Sighting<'a>> {
    let CertificateFacts {
        not_before,
        not_after,
        names,
        ..
    } = facts.certificate()?;
    let not_after = (*not_after)?;
    let (namespace, name) = &facts.secret;
    let source = format!("notAfter of Secret {namespace}/{name}");
    Some(Sighting {
        not_before: *not_before,
        not_after,
        names: lower(names),
        hosts: hosts.of_secret(&facts.secret),
        secrets: BTreeSet::from([facts.secret.clone()]),
        managed: None,
        fact: (facts.read(), source, not_after.to_string()),
    })
}

fn in_handshake<'a>(
    name: &str,
    handshake: &reads::Handshake,
    hosts: &Hosts,
    probed: &Probed,
) -> Option<Sighting<'a>> {
    let leaf = handshake.chain.first()?;
    // The controller's own certificate is no one's to renew.
    if trust::is_controllers_own(leaf) {
        return None;
    }
    let not_after = Timestamp::from_second(leaf.not_after).ok()?;
    let (_, host) = hosts.iter().find(|(known, _)| *known == name)?;
    let source = format!("certificate that {name} shows, seen {}", handshake.vantage);
    let value = format!("not after {not_after}, issued by {}", leaf.issuer);
    let secrets = match probed.is_elsewhere(name, host, hosts) {
        true => BTreeSet::new(),
        false => host.secrets.clone(),
    };
    let others = secrets.iter().flat_map(|secret| hosts.of_secret(secret));
    Some(Sighting {
        not_before: Timestamp::from_second(leaf.not_before).ok(),
        not_after,
        names: lower(&leaf.names),
        hosts: others.chain([name.to_owned()]).collect(),
        secrets,
        managed: None,
        fact: (handshake.read, source, value),
    })
}

fn lower(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}
