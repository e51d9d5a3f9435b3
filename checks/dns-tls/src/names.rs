//! Is each certificate for the host names that use it. The order (cert-manager), the Secret and the handshake each say
//! what names there are; one finding for a certificate says which are missing.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Site;
use crate::hosts::{Hosts, SecretName};
use crate::objects::Certificate;
use crate::probe::{Probed, Shown};
use crate::secrets::Facts;
use crate::trust;
use crate::words::{covers, few, joined};

/// Host names that a certificate leaves out, and who says so.
struct Gap<'a> {
    left_out: BTreeSet<String>,
    managed: Option<&'a Item<Certificate>>,
    /// Read, source and value.
    facts: Vec<(u32, String, String)>,
}

/// Where a gap is: the Secret, or the one host name that uses none.
type Place = (Option<SecretName>, String);

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    site: &Site,
    hosts: &Hosts,
    certificates: &[Item<Certificate>],
    facts: &[Facts],
    probed: &Probed,
) {
    let mut gaps: BTreeMap<Place, Gap<'_>> = BTreeMap::new();
    ordered(&mut gaps, cx, site, hosts, certificates);
    held(&mut gaps, hosts, facts);
    shown(&mut gaps, hosts, probed);
    for (place, gap) in &gaps {
        leaves_out(report, place, gap);
    }
}

impl Gap<'_> {
    fn new() -> Self {
        Self {
            left_out: BTreeSet::new(),
            managed: None,
            facts: Vec::new(),
        }
    }
}

fn left_out<'a>(
    names: impl Iterator<Item = &'a String> + Clone,
    hosts: &BTreeSet<String>,
) -> BTreeSet<String> {
    let is_covered = |host: &&String| names.clone().any(|name| covers(name, host));
    hosts
        .iter()
        .filter(|host| !is_covered(host))
        .cloned()
        .collect()
}

fn ordered<'a>(
    gaps: &mut BTreeMap<Place, Gap<'a>>,
    cx: &Context,
    site: &Site,
    hosts: &Hosts,
    certificates: &'a [Item<Certificate>],
) {
    // A certificate that has just been made may be waited for by a name that is older.
    for certificate in certificates
        .iter()
        .filter(|certificate| site.is_settled(cx.now(), certificate.created()))
    {
        let secret = (
            certificate.namespace().to_owned(),
            certificate.spec.secret_name.clone(),
        );
        let spec = &certificate.spec;
        let names = spec.dns_names.iter().chain([&spec.common_name]);
        let missing = left_out(names.clone(), &hosts.of_secret(&secret));
        if !missing.is_empty() {
            let gap = gaps
                .entry((Some(secret), String::new()))
                .or_insert_with(Gap::new);
            gap.left_out.extend(missing);
            gap.managed = Some(certificate);
            let source = format!("spec.dnsNames of certificate {}", full_name(certificate));
            gap.facts
                .push((certificate.read(), source, joined(&spec.dns_names)));
        }
    }
}

fn held(gaps: &mut BTreeMap<Place, Gap<'_>>, hosts: &Hosts, facts: &[Facts]) {
    for facts in facts {
        let Some(certificate) = facts
            .certificate()
            .filter(|certificate| certificate.unreadable.is_empty())
        else {
            continue;
        };
        let missing = left_out(certificate.names.iter(), &hosts.of_secret(&facts.secret));
        if !missing.is_empty() {
            let gap = gaps
                .entry((Some(facts.secret.clone()), String::new()))
                .or_insert_with(Gap::new);
            gap.left_out.extend(missing);
            let value = format!(
                "{}, issued by {}",
                joined(&certificate.names),
                certificate.issuer
            );
            gap.facts
                .push((facts.read(), "names in the Secret".to_owned(), value));
        }
    }
}

fn shown(gaps: &mut BTreeMap<Place, Gap<'_>>, hosts: &Hosts, probed: &Probed) {
    for (name, shown) in &probed.shown {
        let Shown::Chain(handshake) = shown else {
            continue;
        };
        let Some(leaf) = handshake
            .chain
            .first()
            .filter(|leaf| !trust::is_controllers_own(leaf))
        else {
            continue;
        };
        // Of the names that share its Secret only this one was looked at, so only of it is this known.
        if leaf.names.iter().any(|known| covers(known, name)) {
            continue;
        }
        let host = hosts
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, host)| host);
        let secret = host
            .filter(|host| !probed.is_elsewhere(name, host, hosts))
            .and_then(|host| host.secrets.first().cloned());
        let place = match secret {
            Some(secret) => (Some(secret), String::new()),
            None => (None, name.clone()),
        };
        let gap = gaps.entry(place).or_insert_with(Gap::new);
        gap.left_out.insert(name.clone());
        let source = format!("certificate that {name} shows, seen {}", handshake.vantage);
        gap.facts
            .push((handshake.read, source, joined(&leaf.names)));
    }
}

fn leaves_out(report: &mut Report, (secret, host): &Place, gap: &Gap<'_>) {
    let read = gap.facts.first().map_or(0, |(read, ..)| *read);
    let (what, subject): (String, Subject) = match (gap.managed, secret) {
        (Some(certificate), _) => (
            format!("certificate {}", full_name(certificate)),
            certificate.into(),
        ),
        (None, Some((namespace, name))) => (
            format!("certificate in Secret {namespace}/{name}"),
            ObjectRef::new("v1/Secret", name)
                .in_namespace(namespace)
                .with_read(read)
                .into(),
        ),
        (None, None) => (
            "certificate that is shown".to_owned(),
            Named::new("host", host).with_read(read).into(),
        ),
    };
    let title = format!("{what} is not for {}, which uses it", few(&gap.left_out));
    let title = match gap.left_out.len() {
        1 => title,
        _ => title.replace("which uses it", "which use it"),
    };
    let finding = report.finding("BSQ-TLS-005", subject, title);
    finding.evidence("not for", joined(&gap.left_out));
    for (read, source, value) in &gap.facts {
        finding.evidence_from(*read, source.as_str(), value);
    }
    match (gap.managed, secret) {
        (Some(certificate), _) => {
            let (namespace, name) = (certificate.namespace(), certificate.name());
            finding.look(command::yaml(
                namespace,
                "certificates.cert-manager.io",
                name,
            ));
        }
        (None, Some((namespace, name))) => {
            finding.look(command::describe(namespace, "secret", name));
        }
        (None, None) => {
            finding.caused_by_finding("BSQ-DNS-002", Named::new("host", host));
            let target = format!("{host}:443");
            finding.look([
                "openssl",
                "s_client",
                "-connect",
                &target,
                "-servername",
                host,
            ]);
        }
    }
    finding.link("/docs/runtime/ingress-and-routing-model");
}
