//! Applications that an unwell one is built on, and that have not finished reconciling.
//!
//! The edges are the documented ones that hold a start (`component-interaction-map`); applications are recognised by the
//! product in their name. Where several applications bear one product's name, all of them must be unwell to say so.

use bsq_sdk::prelude::*;

use crate::objects::Application;
use crate::tell;

/// A product, and those that it needs to start.
const NEEDS: &[(&str, &[&str])] = &[
    ("airbyte", &["postgresql", "minio", "temporal"]),
    ("argo-workflows", &["postgresql", "minio"]),
    ("docling", &["minio", "milvus"]),
    ("grafana", &["postgresql"]),
    ("kafka", &["strimzi", "keycloak"]),
    ("keycloak", &["postgresql"]),
    ("kubeai", &["minio"]),
    (
        "llm-backend",
        &["postgresql", "keycloak", "litellm", "milvus", "temporal"],
    ),
    ("milvus", &["minio"]),
    ("minio", &["keycloak"]),
    ("mlflow", &["postgresql", "minio", "keycloak"]),
    ("model-installer", &["keycloak", "mlflow"]),
    ("openfga", &["postgresql", "keycloak"]),
    ("superset", &["clickhouse", "keycloak"]),
    ("temporal", &["postgresql"]),
    ("tempo", &["minio"]),
    // Others stand on these, and they on none.
    ("clickhouse", &[]),
    ("litellm", &[]),
    ("postgresql", &[]),
    ("strimzi", &[]),
];

pub(crate) fn tell(
    report: &mut Report,
    application: &Item<Application>,
    all: &[Item<Application>],
) {
    let Some((_, needs)) = product(application.name()) else {
        return;
    };
    for needed in *needs {
        let bearers: Vec<_> = all
            .iter()
            .filter(|it| it.name() != application.name() && it.deleted().is_none())
            .filter(|it| product(it.name()).is_some_and(|(name, _)| name == needed))
            .collect();
        let unfinished: Vec<_> = bearers
            .iter()
            .filter(|it| !began_after(it, application))
            .filter_map(|it| Some((*it, unfinished(it)?)))
            .collect();
        if let Some((first, state)) = unfinished.first()
            && unfinished.len() == bearers.len()
        {
            finding(report, application, first, state);
        }
    }
}

/// The product that a name ends with, so that `keycloak-postgresql` is a database and `grafana-tempo` is Tempo.
fn product(name: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let name = name.to_lowercase();
    let known = NEEDS
        .iter()
        .filter_map(|it| Some((name.rfind(it.0)? + it.0.len(), it.0.len(), it)));
    known
        .max_by_key(|(end, length, _)| (*end, *length))
        .map(|(_, _, it)| it)
}

/// Why an application has not finished reconciling. Drift alone does not hold others.
fn unfinished(application: &Application) -> Option<String> {
    let status = &application.status;
    let operation = status.operation_state.as_ref();
    let is_running = operation.is_some_and(|it| it.phase == "Running");
    match (status.health.status.as_str(), status.sync.status.as_str()) {
        (health @ ("Degraded" | "Missing" | "Progressing"), sync) => Some(format!(
            "{health} and {}",
            if sync.is_empty() {
                "not compared"
            } else {
                sync
            }
        )),
        (health, _) if is_running && health != "Healthy" => Some("being synced".to_owned()),
        _ => None,
    }
}

/// What began later is no cause.
fn began_after(needed: &Application, application: &Application) -> bool {
    match (needed.unwell_since(), application.unwell_since()) {
        (Some(needed), Some(own)) => needed > own,
        _ => false,
    }
}

fn finding(
    report: &mut Report,
    application: &Item<Application>,
    needed: &Item<Application>,
    state: &str,
) {
    let title = format!(
        "application {} is built on application {}, which is {state}",
        application.name(),
        needed.name()
    );
    let finding = report.finding("BSQ-SYNC-012", application, title);
    finding.since(needed.unwell_since());
    finding.evidence_from(
        needed.read(),
        format!("status of application {}", needed.name()),
        state,
    );
    finding.evidence("status.health.status", &application.status.health.status);
    finding.caused_by(needed);
    tell::application(finding, needed.namespace(), needed.name());
    finding.link("/docs/runtime/component-interaction-map");
}

#[cfg(test)]
mod tests {
    use super::product;

    #[test]
    fn the_product_is_what_a_name_ends_with() {
        for (name, wanted) in [
            ("keycloak", Some("keycloak")),
            ("keycloak-postgresql", Some("postgresql")),
            ("grafana-tempo", Some("tempo")),
            ("temporal", Some("temporal")),
            ("prod-minio-eu", Some("minio")),
            ("portal", None),
        ] {
            assert_eq!(product(name).map(|it| it.0), wanted, "{name}");
        }
    }
}
