//! Which product a workload is: by its image, else by the label `app.kubernetes.io/name`, else by its name. Only shape can
//! tell, since names of the platform's workloads are not documented.

use bsq_platform::image;

/// What this check knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    Prometheus,
    Loki,
    Tempo,
    Grafana,
    Alloy,
    /// Not a part of observability, but documented as scraped.
    Temporal,
}

/// The word of a product. Longer ones that hold a shorter one are of the same product but for `grafana`, which many names
/// begin with.
const WORDS: &[(&str, Product)] = &[
    ("prometheus", Product::Prometheus),
    ("loki", Product::Loki),
    ("tempo", Product::Tempo),
    ("alloy", Product::Alloy),
    ("temporal", Product::Temporal),
    ("grafana", Product::Grafana),
];

/// Parts of names that make something a companion, not the product.
const COMPANIONS: &[&str] = &[
    "adapter",
    "admin",
    "admintools",
    "alertmanager",
    "backup",
    "cache",
    "canary",
    "exporter",
    "image",
    "init",
    "mcp",
    "memcached",
    "minio",
    "mysql",
    "operator",
    "postgres",
    "postgresql",
    "pushgateway",
    "reloader",
    "renderer",
    "redis",
    "schema",
    "test",
    "ui",
    "vulture",
    "web",
    "worker",
];

/// What gives a workload away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    pub(crate) label: &'a str,
    pub(crate) name: &'a str,
    pub(crate) images: &'a [&'a str],
}

impl Product {
    pub(crate) fn of(shape: Shape<'_>) -> Option<Self> {
        if is_companion(shape.name) {
            return None;
        }
        let mut images = shape.images.iter().map(|image| image::name(image));
        images
            .find_map(named)
            .or_else(|| temporal(shape.images))
            .or_else(|| named(shape.label))
            .or_else(|| named(shape.name))
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::Loki => "Loki",
            Self::Tempo => "Tempo",
            Self::Grafana => "Grafana",
            Self::Alloy => "Alloy",
            Self::Temporal => "Temporal",
        }
    }
}

/// The product that a name speaks of. `grafana` comes last: `grafana-loki` is Loki.
fn named(text: &str) -> Option<Product> {
    let parts: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    if is_companion(text) {
        return None;
    }
    let found = WORDS.iter().find(|(word, _)| parts.contains(word));
    found.map(|(_, product)| *product)
}

/// The image of Temporal's server is called `server`.
fn temporal(images: &[&str]) -> Option<Product> {
    let is_server = |image: &&str| {
        ["temporalio/server", "temporalio/auto-setup"]
            .iter()
            .any(|known| image.contains(known))
    };
    images
        .iter()
        .find(|image| is_server(image))
        .map(|_| Product::Temporal)
}

fn is_companion(text: &str) -> bool {
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| COMPANIONS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::{Product, Shape};

    #[test]
    fn products_are_told_from_their_companions() {
        for (label, name, image, product) in [
            (
                "",
                "mon",
                "quay.io/prometheus/prometheus:v3",
                Some(Product::Prometheus),
            ),
            ("", "grafana-loki-write", "", Some(Product::Loki)),
            (
                "tempo",
                "traces",
                "registry.site.test/x:1",
                Some(Product::Tempo),
            ),
            (
                "grafana",
                "kps-grafana",
                "docker.io/grafana/grafana:12",
                Some(Product::Grafana),
            ),
            ("alloy", "alloy", "grafana/alloy:v1", Some(Product::Alloy)),
            (
                "temporal",
                "temporal-history",
                "temporalio/server:1",
                Some(Product::Temporal),
            ),
            (
                "prometheus-operator",
                "kps-operator",
                "prometheus-operator/prometheus-operator:1",
                None,
            ),
            (
                "",
                "prometheus-node-exporter",
                "prometheus/node-exporter:1",
                None,
            ),
            ("loki", "loki-canary", "grafana/loki-canary:3", None),
            ("loki", "loki-minio", "minio/minio:1", None),
            ("temporal", "temporal-web", "temporalio/ui:2", None),
            ("", "shop", "shop:1", None),
        ] {
            let images = [image];
            let found = Product::of(Shape {
                label,
                name,
                images: &images,
            });
            assert_eq!(found, product, "{label} {name} {image}");
        }
    }
}
