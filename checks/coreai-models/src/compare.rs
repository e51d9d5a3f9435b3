//! The two halves side by side: what is listed, what is served, what the site expects.

use bsq_platform::command;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::kubeai::{Model, Served};
use crate::listing::{ENDPOINT, Listing};

pub(crate) fn tell(report: &mut Report, wishes: &Wishes, listing: &Listing, served: &Served) {
    let Listing::Models { names, read } = listing else {
        return;
    };
    for wanted in wishes
        .expect
        .iter()
        .filter(|wanted| listing.lists(wanted) == Some(false))
    {
        not_listed(report, wanted, names, *read);
    }
    if names.is_empty() {
        return nothing_listed(report, served, *read);
    }
    for model in served
        .models()
        .iter()
        .filter(|model| model.status.replicas.ready > 0)
    {
        if listing.lists(model.name()) == Some(false)
            && !wishes.expect.iter().any(|wanted| wanted == model.name())
        {
            served_only(report, model, *read);
        }
    }
    // Where KubeAI serves nothing at all, others do, and each model would say the same.
    if !served.models().is_empty() {
        let serves = |name: &str| served.models().iter().any(|model| is_called(model, name));
        names
            .iter()
            .filter(|name| !serves(name))
            .for_each(|name| listed_only(report, name, *read));
    }
}

fn is_called(model: &Item<Model>, listed: &str) -> bool {
    listed == model.name()
        || listed
            .rsplit_once('/')
            .is_some_and(|(_, last)| last == model.name())
}

fn not_listed(report: &mut Report, wanted: &str, names: &[String], read: u32) {
    let title = format!("model {wanted} is expected and not listed");
    let finding = report.finding(
        "BSQ-MODEL-011",
        Named::new("model", wanted).with_read(read),
        title,
    );
    finding.evidence(
        "GET /models",
        if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        },
    );
    finding.look(["kubectl", "get", "models.kubeai.org", "--all-namespaces"]);
    finding.advice("the model is not registered in the gateway, or this credential may not see it");
    finding.link("/docs/coreai/models/model-installer-api");
}

fn nothing_listed(report: &mut Report, served: &Served, read: u32) {
    let ready = served
        .models()
        .iter()
        .filter(|model| model.status.replicas.ready > 0)
        .count();
    let though = if ready > 0 {
        format!(", though KubeAI serves {ready}")
    } else {
        String::new()
    };
    let title = format!("the CoreAI API lists no model{though}");
    let finding = report.finding(
        "BSQ-MODEL-010",
        Named::new("endpoint", ENDPOINT).with_read(read),
        title,
    );
    finding.evidence("GET /models", "data is empty");
    finding.look(["kubectl", "get", "models.kubeai.org", "--all-namespaces"]);
    finding.advice("no model is registered, or this credential may see none");
    finding.link("/docs/coreai/models/model-installer-api");
}

fn served_only(report: &mut Report, model: &Item<Model>, read: u32) {
    let title = format!("model {} is served but not listed", model.name());
    let finding = report.finding("BSQ-MODEL-013", model, title);
    finding.evidence("status.replicas.ready", model.status.replicas.ready);
    finding.evidence_from(read, "GET /models", "not listed");
    finding.look(command::yaml(
        model.namespace(),
        "models.kubeai.org",
        model.name(),
    ));
    finding.advice("its registration in the gateway failed, or this credential may not see it");
    finding.link("/docs/coreai/models/model-installer-api");
}

fn listed_only(report: &mut Report, name: &str, read: u32) {
    let title = format!("model {name} is listed, and KubeAI has no model of that name");
    let finding = report.finding(
        "BSQ-MODEL-012",
        Named::new("model", name).with_read(read),
        title,
    );
    finding.severity(Severity::Info);
    finding.evidence("GET /models", name);
    finding.look(["kubectl", "get", "models.kubeai.org", "--all-namespaces"]);
    finding.advice(
        "it may be served elsewhere; if it is KubeAI's, the half that serves it is missing",
    );
    finding.link("/docs/coreai/models/model-installer-api");
}
