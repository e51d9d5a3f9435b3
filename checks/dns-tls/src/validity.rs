//! Is each certificate valid, and will it stay so. One that cert-manager keeps is judged by its renewal; one that nobody
//! is known to renew by what is left of it.

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::{Severity, prelude::*};

use crate::Site;
use crate::issuance::{self, Issuance, Trouble};
use crate::objects::Certificate;
use crate::seen::Seen;
use crate::words::{few, span};

/// Hosts behind an expired certificate from which on it is more than one service's trouble.
const MANY: usize = 3;

/// cert-manager renews at its time to the minute; an hour more is for an issuer that is slow.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// Where a certificate stands.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Expired,
    /// Nobody is known to renew it, and it ends soon; whether within the last seventh of the notice.
    Ends {
        is_near: bool,
    },
    /// cert-manager should have renewed it.
    Overdue,
    Well,
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    site: &Site,
    all: &[Seen<'_>],
    certificates: &[Item<Certificate>],
    issuance: &Issuance<'_>,
) {
    for seen in all {
        let trouble = seen
            .managed
            .and_then(|certificate| issuance.trouble(site, certificate));
        match (standing(seen, site, cx.now()), seen.managed) {
            (Standing::Expired, _) => {
                let finding = expired(cx, report, seen, trouble.as_ref(), certificates);
                if let Some(kept) = kept(seen, all, cx.now()) {
                    finding.caused_by_finding("BSQ-TLS-001", kept);
                }
            }
            (Standing::Ends { is_near }, _) => ends(cx, report, seen, is_near),
            (standing, Some(certificate)) => {
                if trouble.is_some() || standing == Standing::Overdue {
                    not_renewed(cx, report, seen, certificate, trouble.as_ref());
                }
            }
            (_, None) => {}
        }
    }
}

fn standing(seen: &Seen<'_>, site: &Site, now: Timestamp) -> Standing {
    if seen.not_after <= now {
        return Standing::Expired;
    }
    let left = seen.not_after.duration_since(now);
    let renewal = seen
        .managed
        .and_then(|certificate| certificate.status.renewal_time);
    if let Some(renewal) = renewal {
        return match now.duration_since(renewal) > GRACE {
            true => Standing::Overdue,
            false => Standing::Well,
        };
    }
    let notice = notice(seen, site);
    match left < notice {
        true => Standing::Ends {
            is_near: left < notice / 7,
        },
        false => Standing::Well,
    }
}

/// How long before its end: what the site says, and not more than a quarter of its life, since what lives for days is
/// renewed within days.
fn notice(seen: &Seen<'_>, site: &Site) -> SignedDuration {
    let wanted = SignedDuration::try_from(site.expires_within).unwrap_or(SignedDuration::MAX);
    match seen.not_before {
        Some(not_before) => wanted.min(seen.not_after.duration_since(not_before) / 4),
        None => wanted,
    }
}

/// `certificate of portal.site.test and 2 more`, or by its object where no host name uses it.
fn what(seen: &Seen<'_>) -> String {
    match (seen.hosts.is_empty(), seen.managed) {
        (true, Some(certificate)) => format!("certificate {}", full_name(certificate)),
        _ => format!("certificate of {}", few(&seen.hosts)),
    }
}

/// The certificate of cert-manager that one which nobody keeps is a copy of: it is for the same names, and has expired
/// too. A copy may be older than what it was copied from.
fn kept<'a>(seen: &Seen<'_>, all: &[Seen<'a>], now: Timestamp) -> Option<&'a Item<Certificate>> {
    let mut others = all.iter().filter(|other| {
        seen.managed.is_none() && other.names == seen.names && other.not_after <= now
    });
    others.find_map(|other| other.managed)
}

fn expired<'r>(
    cx: &Context,
    report: &'r mut Report,
    seen: &Seen<'_>,
    trouble: Option<&Trouble>,
    certificates: &[Item<Certificate>],
) -> &'r mut Finding {
    let ago = span(cx.now().duration_since(seen.not_after));
    let renewed = renewed(cx, seen, certificates);
    let title = match renewed {
        Some(certificate) => format!(
            "{} has expired {ago} ago, though certificate {} is renewed",
            what(seen),
            full_name(certificate)
        ),
        None => format!("{} has expired {ago} ago", what(seen)),
    };
    let finding = report.finding("BSQ-TLS-001", seen.subject(), title);
    finding.since(seen.not_after);
    if seen.hosts.len() >= MANY {
        finding.severity(Severity::Critical);
    }
    describe(finding, seen);
    if let Some(certificate) = renewed {
        let until = certificate.status.not_after.map(|time| time.to_string());
        let source = format!("status.notAfter of certificate {}", full_name(certificate));
        finding.evidence_from(certificate.read(), source, until.unwrap_or_default());
        finding.advice("the renewed certificate lies in its Secret and is not the one that is shown: the ingress controller has not taken it up");
    }
    match (seen.managed, trouble) {
        (Some(certificate), Some(trouble)) => issuance::explain(finding, certificate, trouble),
        _ => look(finding, seen),
    }
    finding.link("/docs/runtime/ingress-and-routing-model");
    finding.link("/docs/runtime/runtime-security-model")
}

/// The certificate of cert-manager for the same Secret that is valid, where the one that is seen is not it.
fn renewed<'a>(
    cx: &Context,
    seen: &Seen<'_>,
    certificates: &'a [Item<Certificate>],
) -> Option<&'a Item<Certificate>> {
    if seen.managed.is_some() {
        return None;
    }
    certificates.iter().find(|certificate| {
        let is_its = seen.secrets.iter().any(|(namespace, name)| {
            certificate.namespace() == namespace && certificate.spec.secret_name == *name
        });
        is_its
            && certificate
                .status
                .not_after
                .is_some_and(|time| time > cx.now())
    })
}

fn ends(cx: &Context, report: &mut Report, seen: &Seen<'_>, is_near: bool) {
    let left = span(seen.not_after.duration_since(cx.now()));
    let title = format!("{} expires in {left}", what(seen));
    let finding = report.finding("BSQ-TLS-003", seen.subject(), title);
    if is_near {
        finding.severity(Severity::High);
    }
    describe(finding, seen);
    look(finding, seen);
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn not_renewed(
    cx: &Context,
    report: &mut Report,
    seen: &Seen<'_>,
    certificate: &Item<Certificate>,
    trouble: Option<&Trouble>,
) {
    let left = span(seen.not_after.duration_since(cx.now()));
    let name = full_name(certificate);
    let renewal = certificate.status.renewal_time;
    let title = match (trouble, renewal) {
        (Some(trouble), _) => format!(
            "renewal of certificate {name} fails: {}, it expires in {left}",
            trouble.why
        ),
        (None, Some(renewal)) => format!(
            "renewal of certificate {name} is overdue by {}, it expires in {left}",
            span(cx.now().duration_since(renewal))
        ),
        (None, None) => format!("certificate {name} is not renewed, it expires in {left}"),
    };
    let finding = report.finding("BSQ-TLS-004", certificate, title);
    finding.since(trouble.and_then(|trouble| trouble.since).or(renewal));
    if let Some(renewal) = renewal {
        finding.evidence("status.renewalTime", renewal);
    }
    describe(finding, seen);
    match trouble {
        Some(trouble) => issuance::explain(finding, certificate, trouble),
        None => look(finding, seen),
    }
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn describe(finding: &mut Finding, seen: &Seen<'_>) {
    for (read, source, value) in &seen.facts {
        finding.evidence_from(*read, source.as_str(), value);
    }
    if !seen.names.is_empty() {
        finding.evidence("names", crate::words::joined(&seen.names));
    }
    if !seen.hosts.is_empty() {
        finding.evidence("host names", crate::words::joined(&seen.hosts));
    }
    for (namespace, name) in &seen.secrets {
        finding.evidence("Secret", format!("{namespace}/{name}"));
    }
}

fn look(finding: &mut Finding, seen: &Seen<'_>) {
    match (seen.managed, seen.secrets.first(), seen.hosts.first()) {
        (Some(certificate), ..) => {
            let (namespace, name) = (certificate.namespace(), certificate.name());
            finding.look(command::describe(
                namespace,
                "certificates.cert-manager.io",
                name,
            ));
        }
        (None, Some((namespace, name)), _) => {
            finding.step(
                "nothing of cert-manager renews it: whoever made the Secret does",
                command::describe(namespace, "secret", name),
            );
        }
        (None, None, Some(host)) => {
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
        (None, None, None) => {}
    }
}

/// Certificates that were never issued.
pub(crate) fn tell_unissued(
    report: &mut Report,
    site: &Site,
    certificates: &[Item<Certificate>],
    issuance: &Issuance<'_>,
    hosts: &crate::hosts::Hosts,
) {
    let unissued = certificates
        .iter()
        .filter(|certificate| certificate.status.not_after.is_none());
    for certificate in unissued {
        if let Some(trouble) = issuance.trouble(site, certificate) {
            let secret = (
                certificate.namespace().to_owned(),
                certificate.spec.secret_name.clone(),
            );
            let users = hosts.of_secret(&secret);
            issuance::not_issued(report, certificate, &users, &trouble);
        }
    }
}
