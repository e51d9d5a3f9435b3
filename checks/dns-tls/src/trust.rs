//! What a handshake says beside dates and names: the controller's own certificate, an issuer that is not trusted from
//! here, nobody who answers.
//!
//! A site may trust its own issuers, and this place may not know them. So an issuer that is not trusted is a warning only
//! where another name shows that this place trusts what browsers trust.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_sdk::reads::{Certificate as Leaf, Handshake};
use bsq_sdk::{Severity, prelude::*};

use crate::Site;
use crate::hosts::{Host, Hosts};
use crate::objects::Certificate;
use crate::probe::{Probed, Shown};
use crate::words::{covers, excerpt, few, from_where, joined};

/// What controllers show where they have no certificate for a name: part of its subject, from their sources.
const CONTROLLERS_OWN: [&str; 2] = [
    "Ingress Controller Fake Certificate",
    "TRAEFIK DEFAULT CERT",
];

/// The host's word for a chain that ends in an issuer which this place does not know.
const UNKNOWN_ISSUER: &str = "tls-unknown-issuer";

pub(crate) fn is_controllers_own(leaf: &Leaf) -> bool {
    CONTROLLERS_OWN.iter().any(|own| leaf.subject.contains(own))
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    site: &Site,
    hosts: &Hosts,
    certificates: &[Item<Certificate>],
    probed: &Probed,
) {
    let mut untrusted: BTreeMap<&str, Vec<(&str, &Handshake)>> = BTreeMap::new();
    let mut silent: BTreeMap<String, Vec<(&str, &Host, &Error)>> = BTreeMap::new();
    let (mut trusts_some, mut answers_some) = (false, false);
    for (name, host) in hosts.iter() {
        match probed.shown.get(name) {
            Some(Shown::Chain(handshake)) => {
                let Some(leaf) = handshake.chain.first() else {
                    continue;
                };
                answers_some = true;
                trusts_some |= handshake.problem.is_empty();
                if is_controllers_own(leaf) {
                    controllers_own(report, name, host, handshake, leaf, certificates);
                } else if is_untrusted(name, handshake, cx.now()) && !is_private(site, leaf) {
                    untrusted
                        .entry(&leaf.issuer)
                        .or_default()
                        .push((name, handshake));
                }
            }
            Some(Shown::Refused(error)) => {
                let addresses = probed.addresses(name).map(joined).unwrap_or_default();
                silent
                    .entry(addresses)
                    .or_default()
                    .push((name, host, error));
            }
            _ => {}
        }
    }
    for (issuer, names) in untrusted {
        let is_kept = names
            .iter()
            .all(|(name, handshake)| is_kept(hosts, certificates, name, handshake));
        // Whoever issues test certificates says so in the name; what is wrong beside the issuer is no one's choice.
        let is_wrong = issuer.to_ascii_uppercase().contains("STAGING")
            || names
                .iter()
                .any(|(_, handshake)| handshake.problem != UNKNOWN_ISSUER);
        if is_wrong || trusts_some || !is_kept {
            let is_odd = is_wrong || trusts_some && !is_kept;
            not_trusted(report, issuer, &names, is_odd);
        }
    }
    for (addresses, names) in silent {
        let finding = nobody_answers(report, &addresses, &names, probed);
        if !answers_some && let Some(finding) = finding {
            // All of them may be served at another port, or for others than this place.
            finding.severity(Severity::Info);
        }
    }
}

/// Not trusted for another reason than its dates or its names, which are findings of their own.
fn is_untrusted(name: &str, handshake: &Handshake, now: Timestamp) -> bool {
    !handshake.problem.is_empty()
        && handshake.chain.first().is_some_and(|leaf| {
            leaf.not_after > now.as_second() && leaf.names.iter().any(|known| covers(known, name))
        })
}

fn is_private(site: &Site, leaf: &Leaf) -> bool {
    site.private_issuers
        .iter()
        .any(|part| !part.is_empty() && leaf.issuer.contains(part))
}

/// Whether cert-manager keeps just this certificate, so that the site means its issuer.
fn is_kept(
    hosts: &Hosts,
    certificates: &[Item<Certificate>],
    name: &str,
    handshake: &Handshake,
) -> bool {
    let host = hosts
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, host)| host);
    let ends = handshake.chain.first().map(|leaf| leaf.not_after);
    certificates.iter().any(|certificate| {
        let is_its = host.is_some_and(|host| {
            host.secrets.iter().any(|(namespace, secret)| {
                certificate.namespace() == namespace && certificate.spec.secret_name == *secret
            })
        });
        is_its && certificate.status.not_after.map(|time| time.as_second()) == ends
    })
}

fn controllers_own(
    report: &mut Report,
    name: &str,
    host: &Host,
    handshake: &Handshake,
    leaf: &Leaf,
    certificates: &[Item<Certificate>],
) {
    let title = format!(
        "{name} shows the ingress controller's own certificate as seen {}",
        from_where(&handshake.vantage)
    );
    let subject = Named::new("host", name).with_read(handshake.read);
    let finding = report.finding("BSQ-TLS-007", subject, title);
    finding.evidence("certificate subject", &leaf.subject);
    finding.evidence("vantage", &handshake.vantage);
    for (namespace, secret) in &host.secrets {
        finding.evidence_from(host.read(), "TLS Secret", format!("{namespace}/{secret}"));
        finding.caused_by(ObjectRef::new("v1/Secret", secret).in_namespace(namespace));
        let keeps = |certificate: &&Item<Certificate>| {
            certificate.namespace() == namespace && certificate.spec.secret_name == *secret
        };
        for certificate in certificates.iter().filter(keeps) {
            finding.caused_by(certificate);
        }
        finding.look(command::describe(namespace, "secret", secret));
    }
    finding.advice("the controller found no usable certificate for the name: its Secret is missing, is not of this namespace, or is not for the name");
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn not_trusted(report: &mut Report, issuer: &str, names: &[(&str, &Handshake)], is_odd: bool) {
    let Some((first, handshake)) = names.first() else {
        return;
    };
    let hosts: BTreeSet<&str> = names.iter().map(|(name, _)| *name).collect();
    let why = match handshake.problem.as_str() {
        UNKNOWN_ISSUER => String::new(),
        problem => format!("{}, ", excerpt(problem)),
    };
    let title = format!(
        "certificate of {} is not trusted {}: {why}issued by {issuer}",
        few(&hosts),
        from_where(&handshake.vantage)
    );
    let subject = Named::new("issuer", issuer).with_read(handshake.read);
    let finding = report.finding("BSQ-TLS-006", subject, title);
    if !is_odd {
        finding.severity(Severity::Info);
    }
    finding.evidence("problem", excerpt(&handshake.problem));
    finding.evidence("vantage", &handshake.vantage);
    finding.evidence("host names", joined(&hosts));
    let chain = handshake.chain.iter().map(|one| one.subject.as_str());
    finding.evidence("chain", chain.collect::<Vec<_>>().join(" < "));
    let target = format!("{first}:443");
    finding.look([
        "openssl",
        "s_client",
        "-connect",
        &target,
        "-servername",
        first,
        "-showcerts",
    ]);
    if handshake.chain.len() == 1 {
        finding.advice("the server sends no certificate but its own: if an intermediate issued it, add that to the Secret's tls.crt");
    }
    finding.advice(
        "if the site trusts this issuer on its own, name it in the setting `private-issuers`",
    );
    finding.link("/docs/runtime/runtime-security-model");
}

fn nobody_answers<'a>(
    report: &'a mut Report,
    addresses: &str,
    names: &[(&str, &Host, &Error)],
    probed: &Probed,
) -> Option<&'a mut Finding> {
    let (first, host, error) = names.first()?;
    let hosts: BTreeSet<&str> = names.iter().map(|(name, ..)| *name).collect();
    let vantage = match probed.lookups.get(*first) {
        Some(crate::probe::Lookup::Leads { vantage, .. }) => vantage.as_str(),
        _ => "the host",
    };
    let title = format!(
        "nobody answers TLS for {} at {addresses} as seen {}: {}",
        few(&hosts),
        from_where(vantage),
        error.cause().unwrap_or("no answer")
    );
    let subject = Named::new("address", format!("{addresses}:443"))
        .with_read(error.read().unwrap_or_else(|| host.read()));
    let finding = report.finding("BSQ-TLS-009", subject, title);
    finding.evidence("error", error.message());
    finding.evidence("vantage", vantage);
    finding.evidence("host names", joined(&hosts));
    finding.caused_by_code("BSQ-ING-004");
    finding.look([
        "kubectl",
        "get",
        "services",
        "--all-namespaces",
        "--field-selector",
        "spec.type=LoadBalancer",
    ]);
    Some(finding.link("/docs/runtime/ingress-and-routing-model"))
}
