//! Does Keycloak serve the platform's realm, and as which issuer: its discovery document, at the address that the site
//! gives. Upstream documents the path, this platform does not, so an answer that fits nothing is no finding.

use bsq_platform::cluster::found_on_the_way;
use bsq_platform::command;
use bsq_sdk::coreai::{excerpt, show, unreachable};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use crate::database::{self, Trouble};
use crate::issuer::{Realm, is_plain};
use crate::pod::{Pod, namespaces};

const ENDPOINT: &str = "keycloak";
const PAGE: &str = "/docs/runtime/components/keycloak";

/// Every Keycloak has it, so it shows a living one where the platform's realm is not known. It is often not let through
/// from outside, so no answer to it means anything else.
const MASTER: &str = "master";

pub(crate) enum Keycloak {
    NotConfigured,
    Serves {
        issuer: String,
        read: u32,
    },
    /// It answers; which realm is the platform's is not known.
    Lives,
    /// What answers does not look like Keycloak.
    Misfit(String),
    /// The finding says what is wrong.
    Told,
    Unknown(String),
}

impl Keycloak {
    pub(crate) fn read(
        cx: &Context,
        report: &mut Report,
        realm: Option<&Realm>,
        pods: &[Item<Pod>],
    ) -> Self {
        let name = realm.map_or(MASTER, |realm| &realm.name);
        if !is_plain(name) {
            return Self::Misfit(format!(
                "realm `{name}` is no plain name, so it was not asked for"
            ));
        }
        let path = format!("/realms/{name}/.well-known/openid-configuration");
        match cx
            .http(ENDPOINT)
            .header("accept", "application/json")
            .get(&path)
        {
            Ok(response) => Self::understand(cx, report, &response, realm, pods),
            Err(error) if error.is_not_configured() => Self::NotConfigured,
            Err(error) => match unreachable(&error) {
                Some(what) => {
                    tell_unreachable(cx, report, &error, what, pods);
                    Self::Told
                }
                None => Self::Unknown(error.message().to_owned()),
            },
        }
    }

    fn understand(
        cx: &Context,
        report: &mut Report,
        response: &HttpResponse,
        realm: Option<&Realm>,
        pods: &[Item<Pod>],
    ) -> Self {
        let text = |name: &str| {
            let body = response.json().ok()?;
            Some(body.get(name)?.as_str()?.to_owned())
        };
        match (response.status(), text("issuer"), realm) {
            (500.., _, _) => {
                tell_failing(cx, report, response, pods);
                Self::Told
            }
            (200..300, Some(issuer), Some(_)) => Self::Serves {
                issuer,
                read: response.read(),
            },
            (_, _, None) => Self::Lives,
            (404, _, Some(realm)) if text("error").is_some_and(|error| is_no_realm(&error)) => {
                tell_no_realm(report, response, realm);
                Self::Told
            }
            (status, ..) => Self::Misfit(format!(
                "the address of the endpoint `keycloak` answers {status}, and not as Keycloak does: {}",
                excerpt(&response.text())
            )),
        }
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        match self {
            Self::Serves { issuer, .. } => Some(issuer),
            _ => None,
        }
    }
}

/// Keycloak's own words; a 404 of anyone else says nothing of a realm.
fn is_no_realm(error: &str) -> bool {
    error.eq_ignore_ascii_case("Realm does not exist")
}

fn endpoint(read: Option<u32>) -> Named {
    let endpoint = Named::new("endpoint", ENDPOINT);
    match read {
        Some(read) => endpoint.with_read(read),
        None => endpoint,
    }
}

fn tell_no_realm(report: &mut Report, response: &HttpResponse, realm: &Realm) {
    let title = format!(
        "Keycloak has no realm {}, which {} names",
        realm.name, realm.named_by
    );
    let finding = report.finding("BSQ-AUTHN-009", endpoint(Some(response.read())), title);
    show(finding, response);
    finding.advice("the realm is set once, in `common_config`: every client, token and setup job has to name the same");
    finding.link(PAGE);
}

fn tell_unreachable(
    cx: &Context,
    report: &mut Report,
    error: &Error,
    what: &str,
    pods: &[Item<Pod>],
) {
    let title = format!("Keycloak cannot be reached from here: {what}");
    let database = database::ask(cx, &namespaces(pods));
    let finding = report.finding(
        code("BSQ-AUTHN-008", database.as_ref()),
        endpoint(error.read()),
        with(title, database.as_ref()),
    );
    finding.evidence("error", excerpt(error.message()));
    if let Some(cause) = error.cause() {
        finding.evidence("cause", cause);
    }
    found_on_the_way(error).iter().for_each(|code| {
        finding.caused_by_code(*code);
    });
    consequences(finding, pods, database);
    finding.link("/docs/runtime/ingress-and-routing-model");
}

fn tell_failing(cx: &Context, report: &mut Report, response: &HttpResponse, pods: &[Item<Pod>]) {
    let title = format!("Keycloak answers {}: nobody can log in", response.status());
    let database = database::ask(cx, &namespaces(pods));
    let finding = report.finding(
        code("BSQ-AUTHN-010", database.as_ref()),
        endpoint(Some(response.read())),
        with(title, database.as_ref()),
    );
    show(finding, response);
    consequences(finding, pods, database);
}

fn code(otherwise: &'static str, database: Option<&Trouble>) -> &'static str {
    match database {
        Some(_) => "BSQ-AUTHN-011",
        None => otherwise,
    }
}

fn with(title: String, database: Option<&Trouble>) -> String {
    match database {
        Some(trouble) => format!("{title}; {}", trouble.fact()),
        None => title,
    }
}

/// What Keycloak stands on is the cause: its pods, its database.
fn consequences(finding: &mut Finding, pods: &[Item<Pod>], database: Option<Trouble>) {
    for pod in pods.iter().filter(|pod| !pod.is_ready()) {
        finding.evidence_from(
            pod.read(),
            format!("pod {}/{}", pod.namespace(), pod.name()),
            "not ready",
        );
        finding.caused_by(pod);
    }
    for pod in pods {
        // What the logs say of the same component.
        let component = format!("{}/{}", pod.namespace(), pod.component());
        finding.caused_by(Named::new("component", component));
    }
    if let Some(trouble) = database {
        trouble.show(finding);
        finding.link("/docs/runtime/components/postgresql");
    }
    match pods.first() {
        Some(pod) => finding.look(command::log(pod.namespace(), pod.name())),
        None => finding.look(["kubectl", "get", "pods", "--all-namespaces"]),
    };
    finding.link(PAGE);
}
