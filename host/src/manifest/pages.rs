//! The pages of the documentation site that a finding may link. A path that is not here would be a guess, and the
//! site's names are irregular.

/// Whether the documentation site has this page.
pub fn is_known(path: &str) -> bool {
    PAGES.contains(&path)
}

/// Paths below the site's address.
pub const PAGES: &[&str] = &[
    "/docs/coreai/component-interaction-map",
    "/docs/coreai/components/mlflow",
    "/docs/coreai/components/open-telemetry",
    "/docs/coreai/dev_guide/components/minio",
    "/docs/coreai/models/model-installer-api",
    "/docs/coreai/reference-architecture",
    "/docs/deployment",
    "/docs/deployment/configuration-model",
    "/docs/deployment/playbooks/deployment-sequence",
    "/docs/deployment/playbooks/harbor-delivery",
    "/docs/deployment/prerequirements",
    "/docs/development/use-local-models-via-api",
    "/docs/guides/access",
    "/docs/guides/coreai-portal",
    "/docs/proai/components/kafka",
    "/docs/proai/reference-architecture",
    "/docs/runtime",
    "/docs/runtime/component-interaction-map",
    "/docs/runtime/components/apisix",
    "/docs/runtime/components/grafana",
    "/docs/runtime/components/grafana-tempo",
    "/docs/runtime/components/harbor",
    "/docs/runtime/components/keycloak",
    "/docs/runtime/components/metallb",
    "/docs/runtime/components/minio",
    "/docs/runtime/components/openfga",
    "/docs/runtime/components/postgresql",
    "/docs/runtime/components/rook-ceph",
    "/docs/runtime/components/temporal",
    "/docs/runtime/how-coreai-and-proai-rely-on-runtime",
    "/docs/runtime/inference-model",
    "/docs/runtime/ingress-and-routing-model",
    "/docs/runtime/reference-architecture",
    "/docs/runtime/runtime-observability-model",
    "/docs/runtime/runtime-operating-model",
    "/docs/runtime/runtime-security-model",
    "/docs/runtime/storage-model",
    "/docs/troubleshooting",
];
