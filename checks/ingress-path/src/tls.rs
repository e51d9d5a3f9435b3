//! The certificate that an ingress names is there. Whether it is valid is the question of another check.

use std::collections::BTreeMap;

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::objects::Ingress;

/// Secrets that are asked for: each is a request of its own unless another check lists them.
const MOST: usize = 200;

/// Metadata is all that a check may see of it here, and that it exists is all that is asked.
#[derive(Object)]
#[object(kind = "v1/Secret")]
struct Secret {}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    tolerance: &Tolerance,
    ingresses: &[Item<Ingress>],
) {
    for ((namespace, secret), users) in wanted(cx, tolerance, ingresses).into_iter().take(MOST) {
        match cx.get::<Secret>(namespace, secret) {
            Err(error) if error.is_absent() => missing(report, secret, &users, error.read()),
            // Whoever may not read one Secret may read none; the first denial is enough for the report.
            Err(error) if error.is_denied() => return,
            _ => {}
        }
    }
}

type Users<'a> = Vec<(&'a Item<Ingress>, &'a [String])>;

fn wanted<'a>(
    cx: &Context,
    tolerance: &Tolerance,
    ingresses: &'a [Item<Ingress>],
) -> BTreeMap<(&'a str, &'a str), Users<'a>> {
    let mut wanted: BTreeMap<_, Users<'a>> = BTreeMap::new();
    for ingress in ingresses
        .iter()
        .filter(|ingress| !tolerance.is_young(cx.now(), ingress.created()))
    {
        for tls in ingress
            .spec
            .tls
            .iter()
            .filter(|tls| !tls.secret_name.is_empty())
        {
            let users = wanted
                .entry((ingress.namespace(), tls.secret_name.as_str()))
                .or_default();
            users.push((ingress, &tls.hosts));
        }
    }
    wanted
}

fn missing(report: &mut Report, secret: &str, users: &Users<'_>, read: Option<u32>) {
    let Some((first, _)) = users.first() else {
        return;
    };
    let more = if users.len() > 1 {
        format!(" and {} more", users.len() - 1)
    } else {
        String::new()
    };
    let title = format!(
        "TLS Secret {}/{secret} does not exist, ingress {}{more} names it",
        first.namespace(),
        full_name(first)
    );
    let subject = ObjectRef::new("v1/Secret", secret)
        .in_namespace(first.namespace())
        .with_read(first.read());
    let finding = report.finding("BSQ-ING-009", subject, title);
    for (ingress, hosts) in users {
        finding.evidence(
            format!("spec.tls of ingress {}", full_name(ingress)),
            format!("{secret} for {}", hosts.join(", ")),
        );
    }
    if let Some(read) = read {
        finding.evidence_from(read, "Secret", "absent");
    }
    // What cert-manager makes for an ingress has the name of its Secret.
    finding.caused_by(
        ObjectRef::new("cert-manager.io/v1/Certificate", secret).in_namespace(first.namespace()),
    );
    finding.look(["kubectl", "-n", first.namespace(), "get", "secret", secret]);
    finding.step(
        "if cert-manager issues it, its Certificate says why it is not there",
        [
            "kubectl",
            "-n",
            first.namespace(),
            "get",
            "certificates.cert-manager.io",
        ],
    );
    finding.link("/docs/runtime/ingress-and-routing-model");
}
