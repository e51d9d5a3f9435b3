//! Which component depends on which, as the platform's documentation says, and what is lost where a dependency is down.

/// How much of a component hangs on a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Documented as a dependency: where both fail, it is the cause.
    Hard,
    /// An exchange, telemetry or exposure: its loss is felt and makes nobody fail. Only told, never followed, so it cannot
    /// close a cycle.
    Soft,
}

/// `from` depends on `to`.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) strength: Strength,
    /// What users of `from` miss while it runs without `to`; empty where nothing is documented.
    pub(crate) loss: &'static str,
}

const fn hard(from: &'static str, to: &'static str, loss: &'static str) -> Edge {
    Edge {
        from,
        to,
        strength: Strength::Hard,
        loss,
    }
}

const fn soft(from: &'static str, to: &'static str, loss: &'static str) -> Edge {
    Edge {
        from,
        to,
        strength: Strength::Soft,
        loss,
    }
}

/// What a component depends on.
pub(crate) fn dependencies(of: &str) -> impl Iterator<Item = &'static Edge> {
    EDGES.iter().filter(move |edge| edge.from == of)
}

/// What it fails without.
pub(crate) fn needs(of: &str) -> impl Iterator<Item = &'static Edge> {
    dependencies(of).filter(|edge| edge.strength == Strength::Hard)
}

/// The documented graph.
pub(crate) const EDGES: &[Edge] = &[
    // Exposure.
    hard("nginx", "metallb", "its addresses are not announced"),
    hard("apisix", "metallb", "its addresses are not announced"),
    hard("apisix", "keycloak", "access control refuses clients"),
    // Identity.
    hard("keycloak", "postgresql", "nobody can log in"),
    hard("openfga", "postgresql", "permissions cannot be checked"),
    hard("openfga", "keycloak", ""),
    soft("openfga", "temporal", "permissions are not synchronised"),
    hard("oauth2-proxy", "keycloak", "logins through it fail"),
    // Data.
    hard("pgadmin", "postgresql", "it shows no database"),
    hard("minio", "keycloak", "it cannot start anew"),
    soft("minio", "nginx", ""),
    soft("minio", "external-dns", ""),
    soft("minio", "cert-manager", ""),
    soft("rook-ceph", "cert-manager", ""),
    soft("rook-ceph", "nginx", ""),
    soft(
        "rook-ceph",
        "oauth2-proxy",
        "its dashboard cannot be reached",
    ),
    // Workflows.
    hard("temporal", "postgresql", "workflows do not go on"),
    soft("temporal", "keycloak", "logins to its web interface fail"),
    soft("temporal", "openfga", ""),
    soft("temporal", "prometheus", ""),
    soft("temporal", "grafana", ""),
    soft("temporal", "docling", "document workflows fail"),
    soft("temporal", "milvus", "document workflows fail"),
    hard(
        "argo-workflows",
        "postgresql",
        "finished workflows are not archived",
    ),
    hard("argo-workflows", "minio", "artifacts cannot be stored"),
    hard(
        "argo-events",
        "minio",
        "events of its buckets do not arrive",
    ),
    // Inference.
    hard(
        "kubeai",
        "minio",
        "models in the object store cannot be loaded",
    ),
    hard("vllm", "kubeai", ""),
    hard("faster-whisper", "kubeai", ""),
    // Observability.
    hard("grafana", "postgresql", "logins and dashboards fail"),
    soft("grafana", "prometheus", "dashboards show no metrics"),
    soft("grafana", "loki", "dashboards show no logs"),
    soft("grafana", "tempo", "dashboards show no traces"),
    hard("tempo", "minio", "new traces cannot be stored"),
    soft("tempo", "prometheus", "span metrics are lost"),
    soft(
        "loki",
        "minio",
        "new logs cannot be stored where they lie in the object store",
    ),
    soft("loki", "alloy", "no new logs arrive"),
    soft("tempo", "alloy", ""),
    soft("prometheus", "alloy", ""),
    // Delivery.
    soft("harbor", "gitlab", "no new images are published"),
    hard(
        "argocd",
        "gitlab",
        "applications cannot be compared with Git",
    ),
    hard("argocd", "harbor", "artifacts cannot be fetched"),
    // CoreAI.
    hard("portal", "coreai-api", "chat and files do not work"),
    hard("portal", "model-installer", "models cannot be installed"),
    hard("portal", "mlflow", "the model registry cannot be shown"),
    hard("portal", "litellm", ""),
    hard("portal", "keycloak", "nobody can log in"),
    hard("coreai-api", "keycloak", "tokens cannot be validated"),
    hard("coreai-api", "litellm", "no model answers"),
    hard("coreai-api", "milvus", "retrieval finds nothing"),
    hard(
        "coreai-api",
        "temporal",
        "asynchronous chat and file processing wait",
    ),
    hard("coreai-api", "mlflow", "traces of models are lost"),
    hard("coreai-api", "minio", "files cannot be stored"),
    hard("coreai-api", "postgresql", "its state cannot be read"),
    soft("coreai-api", "opentelemetry", "its telemetry is lost"),
    hard("coreai-api", "toolhive", "tools are missing"),
    hard("coreai-api", "docling", "documents are not parsed"),
    hard("model-installer", "keycloak", "tokens cannot be validated"),
    hard("model-installer", "mlflow", "models cannot be imported"),
    hard("model-installer", "minio", "models cannot be imported"),
    hard("model-installer", "litellm", "models cannot be registered"),
    soft("model-installer", "opentelemetry", ""),
    hard("model-installer", "kubeai", "models cannot be served"),
    soft("model-installer", "vllm", ""),
    soft("model-installer", "faster-whisper", ""),
    hard("litellm", "kubeai", "models do not answer"),
    hard("litellm", "vllm", "models do not answer"),
    hard("mlflow", "minio", "artifacts cannot be read"),
    hard("mlflow", "postgresql", "its state cannot be read"),
    hard("mlflow", "keycloak", "nobody can log in"),
    hard("docling", "minio", "documents cannot be read"),
    hard("docling", "milvus", "documents are not indexed"),
    hard("milvus", "minio", "vectors cannot be stored"),
    soft("opentelemetry", "mlflow", "traces of models are lost"),
    soft("opentelemetry", "alloy", ""),
    soft("opentelemetry", "tempo", "traces are lost"),
    soft("opentelemetry", "prometheus", "metrics are lost"),
    // ProAI.
    hard("superset", "clickhouse", "its dashboards are empty"),
    hard("superset", "keycloak", "nobody can log in"),
    hard("airbyte", "clickhouse", "syncs fail"),
    hard("airbyte", "minio", "syncs fail"),
    hard("airbyte", "postgresql", "syncs fail"),
    hard("airbyte", "temporal", "syncs fail"),
    hard(
        "kafka",
        "strimzi",
        "changes of the cluster are not carried out",
    ),
    hard("kafka", "keycloak", "tokens of clients cannot be validated"),
    soft("clickhouse", "kafka", "no new events arrive"),
    soft("clickhouse", "airbyte", "no new data arrives"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{EDGES, Strength, needs};
    use crate::component::{COMPONENTS, Component};

    /// Every component that can be reached over hard edges; the walk ends even on a cycle.
    fn reached(from: &'static str) -> BTreeSet<&'static str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            open.extend(
                needs(at)
                    .map(|edge| edge.to)
                    .filter(|to| reached.insert(*to)),
            );
        }
        reached
    }

    #[test]
    fn hard_edges_make_no_cycle() {
        for component in COMPONENTS {
            assert!(
                !reached(component.id).contains(component.id),
                "{}",
                component.id
            );
        }
    }

    #[test]
    fn what_is_documented_as_a_cycle_is_soft() {
        for pair in [("openfga", "temporal"), ("temporal", "openfga")] {
            let edge = EDGES.iter().find(|edge| (edge.from, edge.to) == pair);
            assert_eq!(
                edge.map(|edge| edge.strength),
                Some(Strength::Soft),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn every_end_of_an_edge_is_a_component_and_no_edge_stands_twice() {
        let mut seen = BTreeSet::new();
        for edge in EDGES {
            assert!(Component::by_id(edge.from).is_some(), "{}", edge.from);
            assert!(Component::by_id(edge.to).is_some(), "{}", edge.to);
            assert!(
                seen.insert((edge.from, edge.to)),
                "{} -> {}",
                edge.from,
                edge.to
            );
        }
    }

    #[test]
    fn the_database_is_below_all_that_logs_in() {
        for id in [
            "keycloak",
            "minio",
            "tempo",
            "coreai-api",
            "portal",
            "airbyte",
            "kafka",
        ] {
            assert!(reached(id).contains("postgresql"), "{id}");
        }
    }
}
