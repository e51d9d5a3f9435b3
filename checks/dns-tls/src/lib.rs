//! Names and certificates: does each host name of an ingress exist, does it lead there, and is what it shows valid.
//!
//! ```text
//! Ingress, ApisixTls ─► hosts ─┬─► probe ─► dns      missing, elsewhere ◄─ external_dns
//!                              │      └──► trust     own, untrusted, silent
//! Certificate, Secret facts ───┴─► seen ─► validity  expired, expires, not renewed ◄─ issuance ◄─ issuer
//!                                   └───► names      not for the name
//! ```
//!
//! A probe sees what its place sees, so each finding of one names the place, and judges a name only beside another of
//! its domain. Whether there is a way behind the name is the question of other checks.

mod dns;
mod external_dns;
mod hosts;
mod issuance;
mod issuer;
mod names;
mod objects;
mod probe;
mod secrets;
mod seen;
mod trust;
mod validity;
mod words;

use std::time::Duration;

use bsq_sdk::prelude::*;

use dns::Names;
use hosts::Hosts;
use issuance::Issuance;
use objects::{Certificate, Ingress};
use probe::Probed;
use words::few;

/// The site's word on what is normal.
#[derive(Settings)]
struct Site {
    probe: bool,
    secret_facts: bool,
    expires_within: Duration,
    settle_after: Duration,
    addresses: Vec<String>,
    private_issuers: Vec<String>,
    ignore_hosts: Vec<String>,
}

impl Site {
    /// Whether something that began then has had its time. What has no known beginning has.
    fn is_settled(&self, now: Timestamp, began: Option<Timestamp>) -> bool {
        began.is_none_or(|began| now.duration_since(began).unsigned_abs() >= self.settle_after)
    }
}

/// Host names resolve to their ingress and show valid certificates.
///
/// # Errors
///
/// What the host answers to the list of ingresses.
#[check]
pub fn names_and_certificates_are_in_order(cx: &Context) -> Result<Report> {
    let site: Site = cx.settings()?;
    let mut report =
        Report::new("every host name resolves to its ingress and shows a valid certificate");
    let mut ingresses = cx.list::<Ingress>()?;
    ingresses.retain(|ingress| !ingress.is_challenge_solver());
    let hosts = Hosts::of(cx, &site, &ingresses);
    let certificates = cx.list::<Certificate>().or_empty();
    report.looked_at(hosts.len() + certificates.len());

    let publisher = external_dns::tell(cx, &mut report);
    let probed = Probed::look(cx, &site, &hosts);
    let names = dns::tell(cx, &mut report, &site, &hosts, &probed, publisher.as_ref());
    trust::tell(cx, &mut report, &site, &hosts, &certificates, &probed);

    let facts = secrets::read(cx, &site, &hosts);
    secrets::tell(&mut report, &hosts, &facts);
    names::tell(
        cx,
        &mut report,
        &site,
        &hosts,
        &certificates,
        &facts,
        &probed,
    );
    let failing = issuer::tell(cx, &mut report, &site, &certificates);
    let issuance = Issuance::new(cx, failing, &names.missing);
    let seen = seen::all(&certificates, &hosts, &facts, &probed);
    validity::tell(cx, &mut report, &site, &seen, &certificates, &issuance);
    validity::tell_unissued(&mut report, &site, &certificates, &issuance, &hosts);
    conclude(report, &site, &hosts, &probed, &names)
}

/// What was not looked at is said, and never a pass.
fn conclude(
    mut report: Report,
    site: &Site,
    hosts: &Hosts,
    probed: &Probed,
    names: &Names,
) -> Result<Report> {
    if !names.unseen.is_empty() {
        let why = format!(
            "{} cannot be seen from here: no name of that domain exists in the DNS of this place, so whether its record is there is not known",
            few(&names.unseen)
        );
        return report.inconclusive(why);
    }
    if probed.left_out > 0 {
        let why = format!(
            "{} of {} host names were not looked up: one run asks for no more",
            probed.left_out,
            hosts.len()
        );
        return report.inconclusive(why);
    }
    if !site.probe {
        report.summary("every certificate is issued, valid and for its names, as far as objects say; the setting `probe` is off");
    }
    report.or_not_applicable("no host name and no certificate is in scope")
}
