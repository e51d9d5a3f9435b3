//! Which component a workload is, by its shape: the label `app.kubernetes.io/name`, the image, its own name.
//!
//! Only shape can tell, since names and namespaces of the platform are not documented. What goes along with a component
//! without being it (exporters, operators, web interfaces) is left out: that it fails says nothing of the component.

use bsq_platform::image;

use crate::component::{COMPONENTS, Component};

/// Parts of names that make something a companion, not the component itself.
const COMPANIONS: &[&str] = &[
    "adapter",
    "admin",
    "admintools",
    "alertmanager",
    "applicationset",
    "backup",
    "bridge",
    "cache",
    "canary",
    "client",
    "connect",
    "console",
    "dashboard",
    "defaultbackend",
    "dex",
    "exporter",
    "init",
    "kafdrop",
    "mcp",
    "metrics",
    "migrate",
    "migration",
    "notifications",
    "operator",
    "pushgateway",
    "reloader",
    "runner",
    "schema",
    "setup",
    "test",
    "trivy",
    "ui",
    "web",
    "webapp",
];

/// What gives a workload away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    /// `app.kubernetes.io/name`.
    pub(crate) label: &'a str,
    pub(crate) name: &'a str,
    pub(crate) images: &'a [String],
}

/// The component, if the workload is one: the image says it best, then the label, then the name.
pub(crate) fn component(shape: Shape<'_>) -> Option<&'static Component> {
    let images = || shape.images.iter().map(|image| image::repository(image));
    let by_path = images().find_map(|image| {
        let is_it = |end: &&str| {
            image == *end
                || image
                    .strip_suffix(*end)
                    .is_some_and(|rest| rest.ends_with('/'))
        };
        COMPONENTS
            .iter()
            .find(|component| component.images.iter().any(is_it))
    });
    let last = |image: &'_ str| named(image::name(image));
    let found = by_path
        .or_else(|| images().find_map(last))
        .or_else(|| named(shape.label))
        .or_else(|| named(shape.name))?;
    (!is_companion(shape.name, found)).then_some(found)
}

/// The component that a name speaks of: of `airbyte-postgresql` the last one, and nothing of `postgres-exporter`.
fn named(text: &str) -> Option<&'static Component> {
    let mentions = COMPONENTS.iter().filter_map(|component| {
        let ends = component.words.iter().filter_map(|word| end_of(text, word));
        Some((ends.max()?, component))
    });
    // Of two that end at the same place the longer one was meant: `grafana-loki`, not `loki`.
    let (_, found) = mentions.max_by_key(|(end, component)| (*end, longest(text, component)))?;
    (!is_companion(text, found)).then_some(found)
}

/// Whether a name mentions one of a component's words.
pub(crate) fn mentions(text: &str, component: &Component) -> bool {
    component
        .words
        .iter()
        .any(|word| end_of(text, word).is_some())
}

/// A name without the component's own word: `grafana-loki` says nothing of Grafana.
pub(crate) fn without(text: &str, component: &Component) -> String {
    let own = component
        .words
        .iter()
        .filter(|word| end_of(text, word).is_some());
    match own.max_by_key(|word| word.len()) {
        Some(word) => text.replace(word, ""),
        None => text.to_owned(),
    }
}

fn longest(text: &str, component: &Component) -> usize {
    let words = component
        .words
        .iter()
        .filter(|word| end_of(text, word).is_some());
    words.map(|word| word.len()).max().unwrap_or_default()
}

/// Where a word ends in a name, in whole parts: `loki` is in `loki-write`, not in `lokiwrite`.
fn end_of(text: &str, word: &str) -> Option<usize> {
    let found = text.match_indices(word).filter(|(start, _)| {
        let before = text.get(..*start).and_then(|it| it.chars().next_back());
        let after = text
            .get(start + word.len()..)
            .and_then(|it| it.chars().next());
        [before, after]
            .into_iter()
            .flatten()
            .all(|it| !it.is_ascii_alphanumeric())
    });
    found.map(|(start, _)| start + word.len()).max()
}

/// Whether a name says that this goes along with the component; its own words do not count.
fn is_companion(text: &str, component: &Component) -> bool {
    let own = |part: &str| {
        let mut words = component.words.iter().flat_map(|word| word.split('-'));
        words.any(|word| word == part)
    };
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| COMPANIONS.contains(&part) && !own(part))
}

#[cfg(test)]
mod tests {
    use super::{Shape, component, mentions, without};
    use crate::component::Component;

    fn found(label: &str, name: &str, image: &str) -> Option<&'static str> {
        let images = [image.to_owned()];
        let images = if image.is_empty() {
            &images[..0]
        } else {
            &images[..]
        };
        component(Shape {
            label,
            name,
            images,
        })
        .map(|it| it.id)
    }

    #[test]
    fn components_are_recognised_by_image_label_or_name() {
        for (label, name, image, id) in [
            (
                "",
                "db",
                "registry.site.test:5000/bitnami/postgresql:16@sha256:abc",
                "postgresql",
            ),
            (
                "postgresql",
                "data",
                "registry.site.test/own/db:1",
                "postgresql",
            ),
            ("", "keycloak-postgresql", "", "postgresql"),
            (
                "",
                "acid-main",
                "ghcr.io/zalando/spilo-16:3.2",
                "postgresql",
            ),
            (
                "",
                "platform-keycloak",
                "registry.site.test/idp:1",
                "keycloak",
            ),
            ("", "milvus-minio", "minio/minio:RELEASE", "minio"),
            (
                "ingress-nginx",
                "controller",
                "registry.k8s.io/ingress-nginx/controller:v1",
                "nginx",
            ),
            ("", "vllm-mistral", "vllm/vllm-openai:v0.8", "vllm"),
            (
                "temporal",
                "temporal-frontend",
                "temporalio/server:1.25",
                "temporal",
            ),
            ("", "grafana-loki-write", "grafana/loki:3", "loki"),
            ("", "airbyte-temporal", "", "temporal"),
            (
                "",
                "strimzi-cluster-operator",
                "quay.io/strimzi/operator:0.45",
                "strimzi",
            ),
            (
                "",
                "ceph-guard",
                "quay.io/oauth2-proxy/oauth2-proxy:v7",
                "oauth2-proxy",
            ),
            ("", "web", "registry.site.test/coreai/portal:1", "portal"),
        ] {
            assert_eq!(
                found(label, name, image),
                Some(id),
                "{label} {name} {image}"
            );
        }
    }

    #[test]
    fn a_name_speaks_of_others_beside_its_own_component() {
        for (name, own, other, says) in [
            ("airbyte-postgresql", "postgresql", "airbyte", true),
            ("grafana-loki-write", "loki", "grafana", false),
            ("postgresql", "postgresql", "airbyte", false),
        ] {
            let [own, other] =
                [own, other].map(|id| Component::by_id(id).map(|it| (without(name, it), it)));
            let said = own
                .zip(other)
                .map(|((rest, _), (_, other))| mentions(&rest, other));
            assert_eq!(said, Some(says), "{name}");
        }
    }

    #[test]
    fn companions_and_strangers_are_not() {
        for (label, name, image) in [
            (
                "",
                "postgres-exporter",
                "prometheuscommunity/postgres-exporter:1",
            ),
            (
                "prometheus-operator",
                "kps-operator",
                "prometheus-operator/prometheus-operator:1",
            ),
            (
                "prometheus-node-exporter",
                "node-exporter",
                "prometheus/node-exporter:1",
            ),
            ("temporal", "temporal-web", "temporalio/ui:2"),
            ("minio", "minio-console", "minio/console:1"),
            ("", "portal", "nginx:1.27"),
            ("", "shop", "registry.site.test/shop/portal:1"),
            ("", "lokiwrite", ""),
            ("", "", ""),
        ] {
            assert_eq!(found(label, name, image), None, "{label} {name} {image}");
        }
    }
}
