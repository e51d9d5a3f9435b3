//! Which component an object is, by its shape: label, workload name, image, namespace.
//!
//! Names are compared word by word. Of several components in one name the last is meant, as in `keycloak-postgresql`,
//! which is a database and Keycloak's own; a word that makes it something beside the component, such as `exporter`,
//! makes it nothing.

use super::Graph;
use crate::settings::graph::GraphSection;

/// What is known of an object.
#[derive(Clone, Debug, Default)]
pub struct Traits<'a> {
    pub namespace: Option<&'a str>,
    /// Label `app.kubernetes.io/name`, then the workload's name, then its own; the first that names a component holds.
    pub names: Vec<&'a str>,
    /// With registry and tag.
    pub images: Vec<&'a str>,
}

/// A component, as an object is recognised to be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recognised<'g> {
    pub component: &'g str,
    /// The component that it serves alone: what is down here is not down for others.
    pub private_to: Option<&'g str>,
    /// Only its namespace says so: part of the component, and not known to be the part that others need.
    pub is_by_namespace: bool,
}

/// A component found in a name.
struct Hit<'g> {
    component: &'g str,
    /// Words of the name, from and up to.
    words: std::ops::Range<usize>,
}

impl<'a> Traits<'a> {
    /// What a namespace and a name alone say.
    pub fn of(namespace: &'a str, name: &'a str) -> Self {
        Self {
            namespace: Some(namespace),
            names: vec![name],
            images: Vec::new(),
        }
    }
}

impl Graph {
    /// The component that an object is, if it is one.
    pub fn recognise(&self, traits: &Traits<'_>) -> Option<Recognised<'_>> {
        if let Some(component) = self.at(traits) {
            return Some(Recognised {
                component,
                private_to: None,
                is_by_namespace: false,
            });
        }
        let images = traits.images.iter().map(|image| image_name(image));
        for name in traits.names.iter().copied().chain(images) {
            let words = words(name);
            let found = hits(&self.section, &words);
            let Some(hit) = last(&found) else { continue };
            if is_satellite(&self.section, &words, hit) {
                return None;
            }
            return Some(Recognised {
                component: hit.component,
                private_to: self.private_to(hit.component, &found, traits),
                is_by_namespace: false,
            });
        }
        let component = self.namespace(traits.namespace?)?;
        Some(Recognised {
            component,
            private_to: None,
            is_by_namespace: true,
        })
    }

    /// The component that is reached under an endpoint's name.
    pub fn of_endpoint(&self, endpoint: &str) -> Option<&str> {
        let mut components = self.section.component.iter();
        let found = components.find(|(_, one)| one.endpoint.as_deref() == Some(endpoint));
        found.map(|(name, _)| name.as_str())
    }

    fn at(&self, traits: &Traits<'_>) -> Option<&str> {
        let namespace = traits.namespace?;
        let is_there = |at: &String| {
            let place = at.split_once('/');
            place.is_some_and(|(of, name)| of == namespace && traits.names.contains(&name))
        };
        let mut components = self.section.component.iter();
        let found = components.find(|(_, one)| one.at.iter().any(is_there));
        found.map(|(name, _)| name.as_str())
    }

    /// A component that needs it, and is in its name or gives its namespace the name.
    fn private_to(&self, component: &str, hits: &[Hit<'_>], traits: &Traits<'_>) -> Option<&str> {
        let in_name = hits.iter().map(|hit| hit.component);
        let of_namespace = traits.namespace.and_then(|name| self.namespace(name));
        let other = in_name.chain(of_namespace).find(|other| {
            let mut needs = self.needs(other);
            needs.any(|edge| edge.on == component)
        })?;
        let (name, _) = self.section.component.get_key_value(other)?;
        Some(name)
    }

    /// A namespace that bears a component's whole name.
    fn namespace(&self, namespace: &str) -> Option<&str> {
        let words = words(namespace);
        let found = hits(&self.section, &words);
        let whole = found
            .into_iter()
            .find(|hit| hit.words == (0..words.len()))?;
        let (name, _) = self.section.component.get_key_value(whole.component)?;
        Some(name)
    }
}

/// Every component that a name holds, in a fixed order.
fn hits<'g>(section: &'g GraphSection, name: &[&str]) -> Vec<Hit<'g>> {
    let mut hits = Vec::new();
    for (component, one) in &section.component {
        for known in &one.names {
            let known = words(known);
            let places = name.windows(known.len().max(1)).enumerate();
            let found = places.filter(|(_, window)| *window == known.as_slice());
            hits.extend(found.map(|(from, window)| Hit {
                component: component.as_str(),
                words: from..from + window.len(),
            }));
        }
    }
    hits
}

fn is_satellite(section: &GraphSection, name: &[&str], hit: &Hit<'_>) -> bool {
    let is_beside = |word: &str| section.satellites.iter().any(|known| known == word);
    let mut words = name.iter().enumerate();
    words.any(|(index, word)| !hit.words.contains(&index) && is_beside(word))
}

/// The one that ends last; of those the longest.
fn last<'h, 'g>(hits: &'h [Hit<'g>]) -> Option<&'h Hit<'g>> {
    hits.iter().max_by(|one, other| {
        let length = one.words.len().cmp(&other.words.len());
        let end = one.words.end.cmp(&other.words.end);
        end.then(length)
            .then_with(|| other.component.cmp(one.component))
    })
}

fn words(name: &str) -> Vec<&str> {
    name.split(['-', '.', '_', '/'])
        .filter(|word| !word.is_empty())
        .collect()
}

/// `registry.site.test/iam/keycloak:24.0@sha256:…` is `keycloak`.
fn image_name(image: &str) -> &str {
    let path = image.split('@').next().unwrap_or(image);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn graph() -> Graph {
        Graph::with(&GraphSection::default()).unwrap()
    }

    #[test]
    fn a_name_means_the_last_component_in_it() {
        let graph = graph();
        for (namespace, name, component, private_to) in [
            ("data", "postgresql-0", Some("postgresql"), None),
            (
                "iam",
                "keycloak-postgresql-0",
                Some("postgresql"),
                Some("keycloak"),
            ),
            (
                "keycloak",
                "postgresql-0",
                Some("postgresql"),
                Some("keycloak"),
            ),
            ("data", "my-postgres-ha", Some("postgresql"), None),
            (
                "bi",
                "superset-sso-setup-x7k2p",
                Some("sso-enrolment"),
                None,
            ),
            ("coreai", "llm-backend", Some("coreai-api"), None),
            ("data", "postgresql-exporter", None, None),
            (
                "kafka",
                "strimzi-cluster-operator",
                Some("strimzi"),
                Some("kafka"),
            ),
            ("coreai", "billing", None, None),
            ("data", "postgresqlish", None, None),
        ] {
            let found = graph.recognise(&Traits::of(namespace, name));
            assert_eq!(found.map(|found| found.component), component, "{name}");
            assert_eq!(
                found.and_then(|found| found.private_to),
                private_to,
                "{name}"
            );
        }
    }

    #[test]
    fn the_label_goes_before_the_name_and_the_name_before_the_image() {
        let graph = graph();
        let traits = |names: &[&'static str], images: &[&'static str]| Traits {
            namespace: Some("a"),
            names: names.to_vec(),
            images: images.to_vec(),
        };
        let component = |traits: Traits<'_>| graph.recognise(&traits).map(|found| found.component);
        assert_eq!(
            component(traits(&["minio", "keycloak"], &[])),
            Some("minio")
        );
        let image = "registry.site.test:5000/iam/keycloak:24.0@sha256:aa";
        assert_eq!(component(traits(&["sign-in"], &[image])), Some("keycloak"));
        assert_eq!(component(traits(&["minio"], &[image])), Some("minio"));
    }

    #[test]
    fn a_namespace_alone_says_little_and_says_so() {
        let graph = graph();
        let found = graph
            .recognise(&Traits::of("kubeai", "model-llama-0"))
            .unwrap();
        assert_eq!((found.component, found.is_by_namespace), ("kubeai", true));
        assert_eq!(graph.recognise(&Traits::of("keycloak-staging", "x")), None);
    }
}
