//! Does OpenFGA decide: its pods, and its own word where the site gives its address. The path is upstream's, so an answer
//! that fits nothing is no finding.

use std::time::Duration;

use bsq_platform::command;
use bsq_sdk::coreai::{excerpt, unreachable};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use crate::pod::{Pod, serves};

const PRODUCT: &str = "openfga";
const PAGE: &str = "/docs/runtime/components/openfga";

pub(crate) enum OpenFga {
    Absent,
    /// It serves, or a finding says that it does not.
    Known,
    /// What answers does not look like OpenFGA.
    Misfit(String),
}

impl OpenFga {
    pub(crate) fn read(
        cx: &Context,
        report: &mut Report,
        pods: &[Item<Pod>],
        tolerance: Duration,
    ) -> Self {
        let pods: Vec<_> = pods.iter().filter(|pod| serves(pod, PRODUCT)).collect();
        match cx.http(PRODUCT).get("/healthz") {
            Ok(response) => Self::understand(report, &response, &pods),
            Err(error) if !error.is_not_configured() => {
                if let Some(what) = unreachable(&error) {
                    let title = format!("OpenFGA cannot be reached from here: {what}");
                    let said = error.message();
                    let finding = not_serving(report, error.read(), &title, said, &pods);
                    if error.cause() == Some("refused") {
                        finding.caused_by_code("BSQ-ING-004");
                    }
                }
                Self::Known
            }
            Err(_) if pods.is_empty() => Self::Absent,
            Err(_) => {
                let is_ready = pods.iter().any(|pod| pod.is_ready());
                if !is_ready && is_long(cx, &pods, tolerance) {
                    no_ready_pod(report, &pods);
                }
                Self::Known
            }
        }
    }

    fn understand(report: &mut Report, response: &HttpResponse, pods: &[&Item<Pod>]) -> Self {
        let status = response.status();
        let said = response.json().ok();
        let said = said.as_ref().and_then(|body| body.get("status")?.as_str());
        match (status, said) {
            (200, Some("SERVING")) => Self::Known,
            (500.., _) | (_, Some("NOT_SERVING")) => {
                let title = format!("OpenFGA does not serve: it answers {status}");
                not_serving(
                    report,
                    Some(response.read()),
                    &title,
                    &response.text(),
                    pods,
                );
                Self::Known
            }
            _ => Self::Misfit(format!(
                "the address of the endpoint `openfga` answers {status}, and not as OpenFGA does: {}",
                excerpt(&response.text())
            )),
        }
    }
}

/// A pod that starts, or is replaced, is not ready for a while.
fn is_long(cx: &Context, pods: &[&Item<Pod>], tolerance: Duration) -> bool {
    since(pods).is_some_and(|since| cx.now().duration_since(since).unsigned_abs() >= tolerance)
}

/// Since when none is ready: when the last of them stopped being it, or came.
fn since(pods: &[&Item<Pod>]) -> Option<Timestamp> {
    pods.iter()
        .filter_map(|pod| pod.unready_since().or(pod.created()))
        .max()
}

fn not_serving<'r>(
    report: &'r mut Report,
    read: Option<u32>,
    title: &str,
    said: &str,
    pods: &[&Item<Pod>],
) -> &'r mut Finding {
    let subject = Named::new("endpoint", PRODUCT);
    let subject = match read {
        Some(read) => subject.with_read(read),
        None => subject,
    };
    let finding = report.finding("BSQ-AUTHZ-004", subject, title);
    finding.evidence("GET /healthz", excerpt(said));
    consequence(finding, pods);
    finding
}

fn no_ready_pod(report: &mut Report, pods: &[&Item<Pod>]) {
    let namespace = pods.first().map_or("", |pod| pod.namespace());
    let subject = Named::new("component", format!("{namespace}/{PRODUCT}"));
    let title = format!(
        "OpenFGA in {namespace} has no ready pod: fine-grained permissions cannot be decided"
    );
    let finding = report.finding("BSQ-AUTHZ-005", subject, title);
    finding.since(since(pods));
    consequence(finding, pods);
}

/// Its pods are why, where they are not ready.
fn consequence(finding: &mut Finding, pods: &[&Item<Pod>]) {
    for pod in pods.iter().filter(|pod| !pod.is_ready()) {
        finding.evidence_from(
            pod.read(),
            format!("pod {}/{}", pod.namespace(), pod.name()),
            "not ready",
        );
        finding.caused_by(*pod);
    }
    match pods.first() {
        Some(pod) => finding.look(command::log(pod.namespace(), pod.name())),
        None => finding.look(["kubectl", "get", "pods", "--all-namespaces"]),
    };
    finding.advice(
        "OpenFGA keeps its models and relations in PostgreSQL: without it nothing is decided",
    );
    finding.link(PAGE);
}
