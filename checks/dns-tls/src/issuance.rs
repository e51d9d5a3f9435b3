//! Why a certificate of cert-manager is not issued or not renewed: the deepest of Certificate, CertificateRequest, Order
//! and Challenge that says something says it best.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use bsq_platform::command;
use bsq_platform::condition::{self, State};
use bsq_platform::words::full_name;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::Site;
use crate::issuer;
use crate::objects::{Certificate, CertificateRequest, Challenge, Order};
use crate::words::excerpt;

/// What stands in the way of a certificate.
pub(crate) struct Trouble {
    pub(crate) why: String,
    pub(crate) since: Option<Timestamp>,
    /// Read, source and value.
    pub(crate) facts: Vec<(u32, String, String)>,
    pub(crate) causes: Vec<Subject>,
}

/// What lies between a certificate and its issuer; read when the first certificate needs it.
pub(crate) struct Issuance<'a> {
    cx: &'a Context,
    steps: OnceCell<Steps>,
    failing_issuers: BTreeSet<ObjectRef>,
    missing_hosts: &'a BTreeSet<String>,
}

struct Steps {
    requests: Vec<Item<CertificateRequest>>,
    orders: Vec<Item<Order>>,
    challenges: Vec<Item<Challenge>>,
}

impl<'a> Issuance<'a> {
    pub(crate) fn new(
        cx: &'a Context,
        failing_issuers: BTreeSet<ObjectRef>,
        missing_hosts: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            cx,
            steps: OnceCell::new(),
            failing_issuers,
            missing_hosts,
        }
    }

    /// What is wrong with a certificate's issuance, if it is and has been for longer than issuing takes.
    pub(crate) fn trouble(&self, site: &Site, certificate: &Item<Certificate>) -> Option<Trouble> {
        let since = unwell_since(certificate)?;
        if !site.is_settled(self.cx.now(), since) {
            return None;
        }
        let mut trouble = Trouble {
            why: said_by(certificate),
            since,
            facts: Vec::new(),
            causes: Vec::new(),
        };
        for condition in &certificate.status.conditions {
            let source = format!("status.conditions[{}]", condition.r#type);
            trouble.say(certificate.read(), source, &condition.told());
        }
        if certificate.status.failed_issuance_attempts > 0 {
            let attempts = certificate.status.failed_issuance_attempts.to_string();
            trouble.say(
                certificate.read(),
                "status.failedIssuanceAttempts".to_owned(),
                &attempts,
            );
        }
        let issuer = issuer::of(certificate).filter(|issuer| self.failing_issuers.contains(issuer));
        trouble.causes.extend(issuer.map(Subject::from));
        self.follow(certificate, &mut trouble);
        Some(trouble)
    }

    fn follow(&self, certificate: &Item<Certificate>, trouble: &mut Trouble) {
        let steps = self.steps.get_or_init(|| Steps {
            requests: self.cx.list().or_empty(),
            orders: self.cx.list().or_empty(),
            challenges: self.cx.list().or_empty(),
        });
        let Some(request) = newest(&steps.requests, certificate) else {
            return;
        };
        for kind in ["Denied", "InvalidRequest", "Ready"] {
            let said = condition::find(&request.status.conditions, kind);
            // Denial is said by True, readiness by False.
            let Some(said) = said.filter(|said| said.is_true() != (kind == "Ready")) else {
                continue;
            };
            let source = format!(
                "status.conditions[{kind}] of CertificateRequest {}",
                request.name()
            );
            trouble.deepen(request.read(), source, &said.told(), &said.message);
            break;
        }
        let Some(order) =
            newest(&steps.orders, request).filter(|order| order.status.state != "valid")
        else {
            return;
        };
        let source = format!("status of Order {}", order.name());
        let told = told(&order.status.state, &order.status.reason);
        trouble.deepen(order.read(), source, &told, &order.status.reason);
        let challenges = steps
            .challenges
            .iter()
            .filter(|challenge| is_owned(*challenge, order) && challenge.status.state != "valid");
        for challenge in challenges {
            self.challenge(challenge, trouble);
        }
    }

    fn challenge(&self, challenge: &Item<Challenge>, trouble: &mut Trouble) {
        let host = &challenge.spec.dns_name;
        let source = format!("status of {} Challenge for {host}", challenge.spec.kind);
        let value = told(&challenge.status.state, &challenge.status.reason);
        trouble.deepen(challenge.read(), source, &value, &challenge.status.reason);
        if self.missing_hosts.contains(host) {
            trouble.causes.push(Named::new("host", host).into());
        }
    }
}

impl Trouble {
    fn say(&mut self, read: u32, source: String, value: &str) {
        self.facts.push((read, source, value.to_owned()));
    }

    /// Take the word of a deeper step, if it has one.
    fn deepen(&mut self, read: u32, source: String, value: &str, message: &str) {
        self.say(read, source, value);
        if !message.is_empty() {
            self.why = excerpt(message);
        }
    }
}

/// Since when a certificate is neither ready nor on its way; nothing for one that is well. The time itself may be unknown.
fn unwell_since(certificate: &Item<Certificate>) -> Option<Option<Timestamp>> {
    let status = &certificate.status;
    let issuing =
        condition::find(&status.conditions, "Issuing").filter(|issuing| issuing.is_true());
    match condition::find(&status.conditions, "Ready") {
        None => Some(certificate.created()),
        Some(ready) if !ready.is_true() => Some(ready.last_transition_time),
        Some(_) if status.failed_issuance_attempts > 0 => Some(status.last_failure_time),
        Some(_) => issuing.map(|issuing| issuing.last_transition_time),
    }
}

fn said_by(certificate: &Item<Certificate>) -> String {
    let status = &certificate.status;
    let said = |kind: &str| {
        // A condition that holds says why all is well.
        let condition = condition::find(&status.conditions, kind)?;
        let is_well = kind == "Ready" && condition.is_true();
        (!is_well && !condition.message.is_empty()).then(|| excerpt(&condition.message))
    };
    said("Issuing")
        .or_else(|| said("Ready"))
        .unwrap_or_else(|| match status.failed_issuance_attempts {
            0 => "cert-manager has not looked at it".to_owned(),
            1 => "an attempt failed".to_owned(),
            attempts => format!("{attempts} attempts failed"),
        })
}

fn told(state: &str, reason: &str) -> String {
    let state = if state.is_empty() { "pending" } else { state };
    match reason {
        "" => state.to_owned(),
        reason => format!("{state}: {reason}"),
    }
}

fn newest<'a, T: Kind, O: Kind>(items: &'a [Item<T>], owner: &Item<O>) -> Option<&'a Item<T>> {
    let owned = items.iter().filter(|item| is_owned(*item, owner));
    owned.max_by_key(|item| (item.created(), item.name()))
}

fn is_owned<T: Kind, O: Kind>(item: &Item<T>, owner: &Item<O>) -> bool {
    item.namespace() == owner.namespace()
        && item
            .owner()
            .is_some_and(|known| known.kind == owner.kind() && known.name == owner.name())
}

/// A certificate that was never issued.
pub(crate) fn not_issued(
    report: &mut Report,
    certificate: &Item<Certificate>,
    hosts: &BTreeSet<String>,
    trouble: &Trouble,
) {
    let title = format!(
        "certificate {} is not issued: {}",
        full_name(certificate),
        trouble.why
    );
    let finding = report.finding("BSQ-TLS-002", certificate, title);
    finding.since(trouble.since);
    explain(finding, certificate, trouble);
    for host in hosts {
        finding.evidence("used by", host);
    }
    finding.link("/docs/runtime/ingress-and-routing-model");
}

/// The facts of a trouble, its causes, and where to look.
pub(crate) fn explain(finding: &mut Finding, certificate: &Item<Certificate>, trouble: &Trouble) {
    for (read, source, value) in &trouble.facts {
        finding.evidence_from(*read, source.as_str(), value);
    }
    for cause in &trouble.causes {
        finding.caused_by(cause.clone());
    }
    finding.look(command::describe(
        certificate.namespace(),
        "certificates.cert-manager.io",
        certificate.name(),
    ));
    finding.look([
        "kubectl",
        "-n",
        certificate.namespace(),
        "get",
        "certificaterequests.cert-manager.io,orders.acme.cert-manager.io,challenges.acme.cert-manager.io",
    ]);
}
