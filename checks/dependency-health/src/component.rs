//! The components of the platform, and by which words their workloads are recognised.
//!
//! Nothing here says where a component runs: that comes from live objects. The words are names of products as labels,
//! images and workloads write them; `recognise` compares them.

/// Where in the platform a component belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Postgresql,
    ObjectStore,
    Keycloak,
    Access,
    Network,
    Inference,
    Workflow,
    Delivery,
    Observability,
    CoreAi,
    ProAi,
}

/// A component that the platform's documentation names.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) id: &'static str,
    /// As its makers write it.
    pub(crate) title: &'static str,
    pub(crate) area: Area,
    /// Its names in labels, images and workloads.
    pub(crate) words: &'static [&'static str],
    /// Ends of image repositories whose last part is too common a word.
    pub(crate) images: &'static [&'static str],
    /// Many workloads that stand in for one another: it is down when most of them are.
    pub(crate) is_redundant: bool,
}

impl Component {
    /// By its id.
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        COMPONENTS.iter().find(|component| component.id == id)
    }
}

const fn component(
    id: &'static str,
    title: &'static str,
    area: Area,
    words: &'static [&'static str],
) -> Component {
    Component {
        id,
        title,
        area,
        words,
        images: &[],
        is_redundant: false,
    }
}

impl Component {
    const fn with_images(mut self, images: &'static [&'static str]) -> Self {
        self.images = images;
        self
    }

    const fn redundant(mut self) -> Self {
        self.is_redundant = true;
        self
    }
}

/// Every component of the documented architecture that runs as a workload.
pub(crate) const COMPONENTS: &[Component] = &[
    component("metallb", "MetalLB", Area::Network, &["metallb"])
        .with_images(&["metallb/controller", "metallb/speaker"]),
    component(
        "nginx",
        "NGINX ingress",
        Area::Network,
        &["ingress-nginx", "nginx-ingress"],
    )
    .with_images(&["ingress-nginx/controller"]),
    component("apisix", "APISIX", Area::Network, &["apisix"]),
    component(
        "external-dns",
        "External DNS",
        Area::Network,
        &["external-dns"],
    ),
    component(
        "cert-manager",
        "cert-manager",
        Area::Network,
        &["cert-manager"],
    ),
    component(
        "keycloak",
        "Keycloak",
        Area::Keycloak,
        &["keycloak", "keycloakx"],
    ),
    component("openfga", "OpenFGA", Area::Access, &["openfga"]),
    component("openbao", "OpenBao", Area::Access, &["openbao"]),
    component(
        "oauth2-proxy",
        "oauth2-proxy",
        Area::Access,
        &["oauth2-proxy"],
    ),
    component("kubeai", "KubeAI", Area::Inference, &["kubeai"]),
    // Each model is a workload of its own.
    component("vllm", "vLLM", Area::Inference, &["vllm"]).redundant(),
    component(
        "faster-whisper",
        "FasterWhisper",
        Area::Inference,
        &["faster-whisper", "fasterwhisper"],
    )
    .redundant(),
    component("temporal", "Temporal", Area::Workflow, &["temporal"])
        .with_images(&["temporalio/server", "temporalio/auto-setup"]),
    component(
        "argo-events",
        "Argo Events",
        Area::Workflow,
        &["argo-events"],
    ),
    component(
        "argo-workflows",
        "Argo Workflows",
        Area::Workflow,
        &["argo-workflows", "argo-server", "workflow-controller"],
    ),
    component(
        "postgresql",
        "PostgreSQL",
        Area::Postgresql,
        &["postgresql", "postgres", "spilo"],
    ),
    component("pgadmin", "PgAdmin", Area::Access, &["pgadmin", "pgadmin4"]),
    component("minio", "MinIO", Area::ObjectStore, &["minio"]),
    component(
        "rook-ceph",
        "Rook-Ceph",
        Area::ObjectStore,
        &["rook-ceph", "ceph"],
    )
    .redundant(),
    component(
        "prometheus",
        "Prometheus",
        Area::Observability,
        &["prometheus"],
    ),
    component("grafana", "Grafana", Area::Observability, &["grafana"]),
    component(
        "alloy",
        "Grafana Alloy",
        Area::Observability,
        &["alloy", "grafana-alloy"],
    ),
    component(
        "loki",
        "Loki",
        Area::Observability,
        &["loki", "grafana-loki"],
    ),
    component(
        "tempo",
        "Grafana Tempo",
        Area::Observability,
        &["tempo", "grafana-tempo"],
    ),
    component("gitlab", "GitLab", Area::Delivery, &["gitlab"]),
    component("harbor", "Harbor", Area::Delivery, &["harbor"]),
    component("argocd", "Argo CD", Area::Delivery, &["argocd", "argo-cd"]),
    component(
        "portal",
        "CoreAI Web Portal",
        Area::CoreAi,
        &["coreai-portal", "coreai-web-portal"],
    )
    .with_images(&["coreai/portal"]),
    component(
        "coreai-api",
        "CoreAI API",
        Area::CoreAi,
        &["llm-backend", "coreai-llm-backend", "coreai-api"],
    ),
    component(
        "model-installer",
        "Model Installer",
        Area::CoreAi,
        &["model-installer"],
    ),
    component("mlflow", "MLflow", Area::CoreAi, &["mlflow"]),
    component("litellm", "LiteLLM", Area::CoreAi, &["litellm"]),
    component(
        "toolhive",
        "ToolHive",
        Area::CoreAi,
        &["toolhive", "toolhive-operator", "thv-operator"],
    )
    .with_images(&["toolhive/operator"]),
    component("docling", "Docling", Area::CoreAi, &["docling"]),
    component("milvus", "Milvus", Area::CoreAi, &["milvus"]),
    component(
        "opentelemetry",
        "OpenTelemetry collector",
        Area::CoreAi,
        &["opentelemetry-collector", "otel-collector", "otelcol"],
    ),
    component("superset", "Superset", Area::ProAi, &["superset"]),
    component("airbyte", "Airbyte", Area::ProAi, &["airbyte"]),
    component(
        "strimzi",
        "Strimzi",
        Area::ProAi,
        &["strimzi", "strimzi-cluster-operator"],
    )
    .with_images(&["strimzi/operator"]),
    component("kafka", "Kafka", Area::ProAi, &["kafka"]),
    component("clickhouse", "ClickHouse", Area::ProAi, &["clickhouse"]),
];
