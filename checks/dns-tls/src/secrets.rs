//! The facts of the TLS Secrets that host names use, where the operator lets them be seen. Whether such a Secret is there
//! is the question of another check.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Site;
use crate::hosts::{Hosts, SecretName};
use crate::objects::{CertificateFacts, Secret};
use crate::words::few;

/// Secrets that are asked for: each is a request of its own.
const MOST: usize = 200;

/// What may be known of one Secret.
pub(crate) struct Facts {
    pub(crate) secret: SecretName,
    item: Item<Secret>,
}

impl Facts {
    pub(crate) fn read(&self) -> u32 {
        self.item.read()
    }

    pub(crate) fn certificate(&self) -> Option<&CertificateFacts> {
        self.item.facts.certificate.as_ref()
    }

    /// Why there is no certificate in it, if there is none.
    fn fault(&self) -> Option<String> {
        let key = self
            .item
            .facts
            .keys
            .iter()
            .find(|key| key.name == "tls.crt");
        match (key, self.certificate()) {
            (None, _) => Some("it has no key tls.crt".to_owned()),
            (Some(key), _) if key.empty => Some("its tls.crt is empty".to_owned()),
            (_, Some(facts)) if !facts.unreadable.is_empty() => {
                Some(format!("its tls.crt is {}", facts.unreadable))
            }
            _ => None,
        }
    }
}

pub(crate) fn read(cx: &Context, site: &Site, hosts: &Hosts) -> Vec<Facts> {
    let mut all = Vec::new();
    if !site.secret_facts {
        return all;
    }
    for secret in hosts.secrets().into_iter().take(MOST) {
        match cx.get::<Secret>(&secret.0, &secret.1) {
            Ok(item) => all.push(Facts {
                secret: secret.clone(),
                item,
            }),
            // Whoever may not read one Secret may read none; the first denial is enough for the report.
            Err(error) if error.is_denied() => break,
            Err(_) => {}
        }
    }
    all
}

/// Secrets that hold no certificate.
pub(crate) fn tell(report: &mut Report, hosts: &Hosts, all: &[Facts]) {
    for facts in all {
        let Some(fault) = facts.fault() else { continue };
        let (namespace, name) = &facts.secret;
        let users = hosts.of_secret(&facts.secret);
        let title = format!(
            "Secret {namespace}/{name} holds no certificate for {}: {fault}",
            few(&users)
        );
        let finding = report.finding("BSQ-TLS-010", &facts.item, title);
        let keys = facts.item.facts.keys.iter().map(|key| key.name.as_str());
        finding.evidence("keys", crate::words::joined(keys));
        for host in &users {
            finding.evidence("used by", host);
        }
        finding.look(command::describe(namespace, "secret", name));
        finding.link("/docs/runtime/ingress-and-routing-model");
    }
}
