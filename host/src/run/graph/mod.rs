//! What needs what on the platform: data, not code, that a site extends in `bsq.toml`.
//!
//! Responsible for reading that data, for keeping it free of circles, and for recognising components. What a need means
//! for a finding is decided in [`super::groups`].

mod acyclic;
mod recognise;

pub use recognise::{Recognised, Traits};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::manifest::Follows;
use crate::settings::graph::{ComponentSection, GraphSection};
use crate::ui::Fault;

/// The platform as its documentation describes it.
const PLATFORM: &str = include_str!("platform.toml");

/// One need of a component.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Edge {
    pub on: String,
    /// How a trouble of it is felt.
    pub by: Follows,
}

/// The graph of one run: free of circles.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    section: GraphSection,
    edges: BTreeMap<String, BTreeSet<Edge>>,
}

impl Graph {
    /// The platform's own graph with what a site adds to it.
    pub fn with(site: &GraphSection) -> Result<Self, Fault> {
        let mut section: GraphSection = toml::from_str(PLATFORM).map_err(|error| {
            Fault::new("BSQ0402", "the built-in dependency graph cannot be read")
                .because(error)
                .hint("this is an error of bsq-host: report it with its version")
        })?;
        section.add(site);
        check(&section)?;
        let edges = acyclic::edges(&section).map_err(|circle| {
            let circle = circle.join(" → ");
            let cause = format!("`[graph]`: these need each other in a circle: {circle}");
            Fault::new("BSQ0146", cause)
                .hint("write one of these needs under `soft`: it holds where it closes no circle")
        })?;
        Ok(Self { section, edges })
    }

    /// What a component needs directly.
    pub fn needs(&self, component: &str) -> impl Iterator<Item = &Edge> {
        self.edges.get(component).into_iter().flatten()
    }

    /// As a correlator gets it.
    pub fn json(&self) -> String {
        let components: BTreeMap<&String, serde_json::Value> = self
            .section
            .component
            .iter()
            .map(|(name, section)| {
                let needs: Vec<&Edge> = self.needs(name).collect();
                let component = serde_json::json!({ "names": section.names, "needs": needs });
                (name, component)
            })
            .collect();
        serde_json::json!({ "components": components }).to_string()
    }
}

/// A name that stands for no component would be a need that never matters.
fn check(section: &GraphSection) -> Result<(), Fault> {
    let places = section.component.iter();
    let everything = "everything".to_owned();
    for (name, needs) in places.chain([(&everything, &section.everything)]) {
        let wrong = needs.all().find(|on| !section.component.contains_key(*on));
        if let Some(wrong) = wrong {
            let cause = format!("`[graph]`: `{name}` needs `{wrong}`, which is no component");
            let known = section.component.keys().map(String::as_str);
            let hint = match crate::settings::closest(wrong, known) {
                Some(close) => format!("write `{close}`, or add `[graph.component.{wrong}]`"),
                None => format!("add `[graph.component.{wrong}]`"),
            };
            return Err(Fault::new("BSQ0146", cause).hint(hint));
        }
    }
    let mut places = section.component.values().flat_map(|one| &one.at);
    match places.find(|at| at.split('/').filter(|part| !part.is_empty()).count() != 2) {
        Some(at) => Err(Fault::new(
            "BSQ0146",
            format!("`[graph]`: `at = [\"{at}\"]` names no workload"),
        )
        .hint("write `NAMESPACE/NAME`")),
        None => Ok(()),
    }
}

/// Those that hold in any case.
fn hard(component: &ComponentSection) -> impl Iterator<Item = Edge> {
    let lists = [
        (Follows::Service, &component.service),
        (Follows::Image, &component.image),
        (Follows::Delivery, &component.delivery),
        (Follows::Exposure, &component.exposure),
    ];
    lists
        .into_iter()
        .flat_map(|(by, list)| list.iter().map(move |on| Edge { on: on.clone(), by }))
}

fn soft(component: &ComponentSection) -> impl Iterator<Item = Edge> {
    component.soft.iter().map(|on| Edge {
        on: on.clone(),
        by: Follows::Service,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn site(text: &str) -> Result<Graph, Fault> {
        Graph::with(&toml::from_str(text).unwrap())
    }

    fn needs(graph: &Graph, component: &str) -> Vec<String> {
        graph.needs(component).map(|edge| edge.on.clone()).collect()
    }

    #[test]
    fn the_platform_is_sound_and_its_hard_needs_hold() {
        let graph = site("").unwrap();
        assert!(needs(&graph, "keycloak").contains(&"postgresql".to_owned()));
        assert!(needs(&graph, "minio").contains(&"keycloak".to_owned()));
        // Every component is deployed by Argo CD, and itself not.
        assert!(needs(&graph, "superset").contains(&"argo-cd".to_owned()));
        assert!(!needs(&graph, "argo-cd").contains(&"argo-cd".to_owned()));
    }

    #[test]
    fn of_two_that_the_documentation_ties_both_ways_one_edge_is_left() {
        let graph = site("").unwrap();
        let both = [("openfga", "temporal"), ("temporal", "openfga")];
        let held = both
            .iter()
            .filter(|(one, other)| needs(&graph, one).iter().any(|on| on == other));
        assert_eq!(held.count(), 1);
    }

    #[test]
    fn a_site_adds_components_names_and_needs() {
        let graph = site(
            "[component.billing]\nservice = ['postgresql']\n[component.postgresql]\nat = ['db/main']",
        )
        .unwrap();
        assert!(needs(&graph, "billing").contains(&"postgresql".to_owned()));
        let seen = |namespace, name| {
            graph
                .recognise(&Traits::of(namespace, name))
                .map(|found| found.component)
        };
        assert_eq!(seen("shop", "billing"), Some("billing"));
        assert_eq!(seen("db", "main"), Some("postgresql"));
    }

    #[test]
    fn what_a_site_writes_wrong_is_said_with_the_way_out() {
        for (text, cause) in [
            ("[component.a]\nservice = ['postgres']", "no component"),
            ("[component.a]\nat = ['main']", "names no workload"),
            ("[component.postgresql]\nservice = ['keycloak']", "circle"),
        ] {
            let fault = site(text).unwrap_err();
            assert_eq!(fault.code, "BSQ0146");
            assert!(fault.cause.contains(cause), "{fault:?}");
            assert!(!fault.hints.is_empty());
        }
    }

    #[test]
    fn a_correlator_gets_the_needs_as_json() {
        let json: serde_json::Value = serde_json::from_str(&site("").unwrap().json()).unwrap();
        let needs = json.pointer("/components/pgadmin/needs").unwrap();
        let postgresql = serde_json::json!({ "on": "postgresql", "by": "service" });
        assert!(needs.as_array().unwrap().contains(&postgresql), "{needs}");
    }
}
