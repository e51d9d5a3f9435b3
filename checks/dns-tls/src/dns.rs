//! Does each host name exist, and does it lead to its ingress.
//!
//! Both are judged only beside a name for which it holds: a place that sees no name of a domain does not see the domain,
//! and a site whose names all lead past its ingress has something in front of it.

use std::collections::BTreeSet;

use bsq_sdk::reads::Handshake;
use bsq_sdk::{Severity, prelude::*};

use crate::Site;
use crate::hosts::{Host, Hosts};
use crate::probe::{Lookup, Probed, Shown};
use crate::words::{covers, from_where, is_beside, joined};

/// What is left to say of names when findings are told.
#[derive(Default)]
pub(crate) struct Names {
    /// They do not exist, and are findings.
    pub(crate) missing: BTreeSet<String>,
    /// They do not exist as seen from a place that sees none beside them.
    pub(crate) unseen: BTreeSet<String>,
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    site: &Site,
    hosts: &Hosts,
    probed: &Probed,
    publisher: Option<&ObjectRef>,
) -> Names {
    let mut names = Names::default();
    for (name, host) in hosts.iter().filter(|(_, host)| host.is_settled) {
        match probed.lookups.get(name) {
            Some(Lookup::Missing { read }) => match seen_beside(name, probed) {
                Some((beside, vantage)) => {
                    missing(report, (name, host), *read, (beside, vantage), publisher);
                    names.missing.insert(name.to_owned());
                }
                None => {
                    names.unseen.insert(name.to_owned());
                }
            },
            Some(Lookup::Leads {
                addresses,
                read,
                vantage,
            }) if leads_elsewhere(site, host, addresses) => {
                if let Some(direct) = direct_beside(name, hosts, probed) {
                    let shown = probed.shown.get(name);
                    let place = (addresses, *read, vantage.as_str());
                    elsewhere(cx, report, (name, host), place, direct, shown, publisher);
                }
            }
            _ => {}
        }
    }
    names
}

/// A name of the same domain that exists, and where it was seen from.
fn seen_beside<'a>(name: &str, probed: &'a Probed) -> Option<(&'a str, &'a str)> {
    probed
        .lookups
        .iter()
        .find_map(|(other, lookup)| match lookup {
            Lookup::Leads { vantage, .. } if is_beside(name, other) => {
                Some((other.as_str(), vantage.as_str()))
            }
            _ => None,
        })
}

fn leads_elsewhere(site: &Site, host: &Host, addresses: &BTreeSet<String>) -> bool {
    !host.addresses.is_empty()
        && !host.has_named_address
        && addresses.is_disjoint(&host.addresses)
        && !addresses
            .iter()
            .any(|address| site.addresses.contains(address))
}

/// A name of the same domain that leads to its own ingress.
fn direct_beside<'a>(name: &str, hosts: &'a Hosts, probed: &Probed) -> Option<&'a str> {
    hosts
        .iter()
        .filter(|(other, _)| *other != name && is_beside(name, other))
        .find(|(other, host)| probed.is_direct(other, host))
        .map(|(other, _)| other)
}

fn missing(
    report: &mut Report,
    (name, host): (&str, &Host),
    read: Option<u32>,
    (beside, vantage): (&str, &str),
    publisher: Option<&ObjectRef>,
) {
    let title = format!(
        "{name} does not exist in DNS as seen {}, {beside} does",
        from_where(vantage)
    );
    let subject = Named::new("host", name).with_read(read.unwrap_or_else(|| host.read()));
    let finding = report.finding("BSQ-DNS-001", subject, title);
    finding.evidence("DNS", "no such name");
    finding.evidence("vantage", vantage);
    served_by(finding, host);
    finding.caused_by_code("BSQ-DNS-003");
    if let Some(publisher) = publisher {
        finding.caused_by(publisher.clone());
    }
    finding.step("what the name is asked for", ["nslookup", name]);
    finding.look(["kubectl", "get", "ingress", "--all-namespaces"]);
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/troubleshooting");
}

fn elsewhere(
    cx: &Context,
    report: &mut Report,
    (name, host): (&str, &Host),
    (addresses, read, vantage): (&BTreeSet<String>, u32, &str),
    direct: &str,
    shown: Option<&Shown>,
    publisher: Option<&ObjectRef>,
) {
    let title = format!(
        "{name} leads to {} as seen {}, its ingress has {}",
        joined(addresses),
        from_where(vantage),
        joined(&host.addresses)
    );
    let subject = Named::new("host", name).with_read(read);
    let finding = report.finding("BSQ-DNS-002", subject, title);
    finding.evidence("DNS", joined(addresses));
    finding.evidence("vantage", vantage);
    finding.evidence_from(
        host.read(),
        "status.loadBalancer.ingress",
        joined(&host.addresses),
    );
    served_by(finding, host);
    finding.evidence("leads to its ingress", direct);
    // A proxy in front answers for the name; a record that was left behind seldom does.
    if let Some(Shown::Chain(handshake)) = shown
        && answers_for(name, handshake, cx.now())
    {
        finding.severity(Severity::Info);
        finding.evidence_from(handshake.read, "TLS", "a trusted certificate for the name");
        finding.advice("a proxy in front of the ingress is well: name its addresses in the setting `addresses`; else the record was left behind");
    }
    if let Some(publisher) = publisher {
        finding.caused_by(publisher.clone());
    }
    finding.step("what the name leads to", ["nslookup", name]);
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn answers_for(name: &str, handshake: &Handshake, now: Timestamp) -> bool {
    handshake.problem.is_empty()
        && handshake.chain.first().is_some_and(|leaf| {
            leaf.not_after > now.as_second() && leaf.names.iter().any(|known| covers(known, name))
        })
}

fn served_by(finding: &mut Finding, host: &Host) {
    for (origin, read) in &host.origins {
        finding.evidence_from(*read, "served by", origin);
    }
}
