//! Servers that answer nobody, and the secret store that is sealed.
//!
//! Why a pod is not ready is the question of other checks; these findings name the workload as their cause, so that they
//! fold under what is known of its pods.

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Event, Pod};
use crate::probe::Sealed;
use crate::server::{Patience, Product, Server};

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    servers: &[Server<'_>],
    patience: &Patience,
    sealed: &Sealed,
) {
    let keycloak = servers
        .iter()
        .find(|it| it.product == Product::Keycloak && it.down_since(patience).is_some());
    for server in servers {
        let down = server.down_since(patience);
        match (server.product, down) {
            (Product::PostgreSql, Some(since)) => postgresql(report, server, since),
            (Product::MinIo, Some(since)) => minio(report, server, since, keycloak),
            (Product::OpenBao, down) => openbao(cx, report, server, down, sealed),
            // Others ask whether people can log in.
            (Product::Keycloak, _) | (_, None) => {}
        }
    }
}

fn finding<'r>(
    report: &'r mut Report,
    code: &str,
    server: &Server<'_>,
    title: String,
    since: Timestamp,
) -> &'r mut Finding {
    let finding = report.finding(code, &server.workload, title);
    finding.since(since);
    for pod in server.pods.iter().take(5) {
        let ready = if pod.status.is_ready() {
            "True"
        } else {
            "False"
        };
        let since = Pod::unready_since(pod)
            .map(|time| format!(" since {time}"))
            .unwrap_or_default();
        let value = format!("{ready}{since}, phase {}", pod.status.phase);
        finding.evidence_from(
            pod.read(),
            format!("status.conditions.Ready of pod {}", full_name(pod)),
            value,
        );
    }
    finding.look(command::pods(server.workload.namespace()));
    if let Some(pod) = server.pods.first() {
        finding.look(command::describe(pod.namespace(), "pod", pod.name()));
    }
    finding
}

fn postgresql(report: &mut Report, server: &Server<'_>, since: Timestamp) {
    let title = format!(
        "PostgreSQL {} takes no connections: {}",
        server.name(),
        server.told()
    );
    let finding = finding(report, "BSQ-BACK-001", server, title, since);
    finding.caused_by(&server.workload);
    finding.advice("Keycloak, OpenFGA, Temporal, Grafana, Argo Workflows, MLflow, the CoreAI API and Airbyte keep their state in PostgreSQL: look at it before them");
    finding.link("/docs/runtime/components/postgresql");
}

fn minio(
    report: &mut Report,
    server: &Server<'_>,
    since: Timestamp,
    keycloak: Option<&Server<'_>>,
) {
    let Some(keycloak) = keycloak else {
        let title = format!("MinIO {} answers nobody: {}", server.name(), server.told());
        let finding = finding(report, "BSQ-BACK-004", server, title, since);
        finding.caused_by(&server.workload);
        finding.link("/docs/runtime/components/minio");
        return;
    };
    let title = format!(
        "MinIO {} is not ready, and neither is Keycloak {}, for which it waits at start-up",
        server.name(),
        keycloak.name()
    );
    let finding = finding(report, "BSQ-BACK-005", server, title, since);
    for pod in keycloak.pods.iter().take(3) {
        finding.evidence_from(
            pod.read(),
            format!("status.conditions.Ready of pod {}", full_name(pod)),
            "False",
        );
    }
    finding.caused_by(&keycloak.workload);
    finding.look([
        "kubectl",
        "-n",
        keycloak.workload.namespace(),
        "get",
        "pods",
    ]);
    finding.link("/docs/runtime/components/minio");
    finding.link("/docs/runtime/components/keycloak");
}

fn openbao(
    cx: &Context,
    report: &mut Report,
    server: &Server<'_>,
    down: Option<Timestamp>,
    probe: &Sealed,
) {
    let events = if down.is_some() {
        cx.list::<Event>().or_empty()
    } else {
        Vec::new()
    };
    let label = |pod: &&&Item<Pod>| pod.metadata.labels.sealed == "true";
    let said = |pod: &&Item<Pod>| {
        events
            .iter()
            .filter(|event| says_sealed(event, pod))
            .max_by_key(|event| event.last_seen())
    };
    let labelled: Vec<_> = server.pods.iter().filter(label).collect();
    let told: Vec<_> = server.pods.iter().filter_map(said).collect();
    let sealed = labelled.len().max(told.len());
    if sealed == 0 && probe.read.is_none() {
        if let Some(since) = down {
            let title = format!(
                "OpenBao {} answers nobody: {}",
                server.name(),
                server.told()
            );
            let finding = finding(report, "BSQ-BACK-014", server, title, since);
            finding.caused_by(&server.workload);
            finding.link("/docs/runtime/runtime-security-model");
        }
        return;
    }
    let is_all = down.is_some() || sealed == server.pods.len() || probe.read.is_some();
    let which = if is_all {
        String::new()
    } else {
        format!(" on {sealed} of {} pods", server.pods.len())
    };
    let title = format!("OpenBao {} is sealed{which}", server.name());
    let finding = report.finding("BSQ-BACK-013", &server.workload, title);
    finding.since(down);
    if !is_all {
        finding.severity(Severity::Medium);
    }
    for pod in labelled {
        finding.evidence_from(
            pod.read(),
            format!("metadata.labels.openbao-sealed of pod {}", full_name(pod)),
            "true",
        );
    }
    for event in told {
        finding.evidence_from(
            event.read(),
            "event",
            event
                .message
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    if let Some(read) = probe.read {
        finding.evidence_from(read, "sealed, at /v1/sys/health", "true");
    }
    unseal(finding);
}

/// What anyone who finds it sealed has to do.
pub(crate) fn unseal(finding: &mut Finding) {
    finding.advice("unseal it: whoever reads secrets from it fails from the next restart on");
    finding.link("/docs/runtime/runtime-security-model");
}

/// The readiness probe of OpenBao's chart prints `bao status`.
fn says_sealed(event: &Item<Event>, pod: &Item<Pod>) -> bool {
    let object = &event.involved_object;
    let is_it =
        object.kind == "Pod" && object.namespace == pod.namespace() && object.name == pod.name();
    let words: Vec<_> = event.message.split_whitespace().collect();
    is_it && event.reason == "Unhealthy" && words.windows(2).any(|pair| pair == ["Sealed", "true"])
}
