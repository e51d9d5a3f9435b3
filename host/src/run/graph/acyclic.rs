//! Edges without circles: a circle has no first cause.
//!
//! What a component needs in any case is taken as it is written, and a circle of those is an error that names it. Soft
//! needs, and what everything needs, are taken one by one in a fixed order, each where it closes no circle.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, hard, soft};
use crate::settings::graph::GraphSection;

type Edges = BTreeMap<String, BTreeSet<Edge>>;

/// All edges that hold, or the circle that the hard ones make.
pub(super) fn edges(section: &GraphSection) -> Result<Edges, Vec<String>> {
    let mut edges = Edges::new();
    for (name, component) in &section.component {
        for edge in hard(component) {
            if let Some(mut circle) = path(&edges, &edge.on, name) {
                circle.push(edge.on.clone());
                return Err(circle);
            }
            edges.entry(name.clone()).or_default().insert(edge);
        }
    }
    let mild = section
        .component
        .iter()
        .flat_map(|(name, component)| soft(component).map(move |edge| (name, edge)));
    let everything = section.component.keys().flat_map(|name| {
        let needs = hard(&section.everything).chain(soft(&section.everything));
        needs.map(move |edge| (name, edge))
    });
    for (name, edge) in mild.chain(everything) {
        if path(&edges, &edge.on, name).is_none() {
            edges.entry(name.clone()).or_default().insert(edge);
        }
    }
    Ok(edges)
}

/// The way along edges from one component to another, both included.
fn path(edges: &Edges, from: &str, to: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = vec![vec![from.to_owned()]];
    while let Some(way) = open.pop() {
        let Some(at) = way.last().cloned() else {
            continue;
        };
        if at == to {
            return Some(way);
        }
        if !seen.insert(at.clone()) {
            continue;
        }
        for edge in edges.get(&at).into_iter().flatten() {
            let mut further = way.clone();
            further.push(edge.on.clone());
            open.push(further);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::graph::ComponentSection;

    fn section(
        hard: &[(usize, usize)],
        soft: &[(usize, usize)],
        everything: &[usize],
    ) -> GraphSection {
        let name = |index: usize| format!("c{index}");
        let on = |edges: &[(usize, usize)], index: usize| -> Vec<String> {
            let from = edges.iter().filter(|(from, _)| *from == index);
            from.map(|(_, to)| name(*to)).collect()
        };
        GraphSection {
            everything: ComponentSection {
                delivery: everything.iter().map(|index| name(*index)).collect(),
                ..ComponentSection::default()
            },
            component: (0..8)
                .map(|index| {
                    let component = ComponentSection {
                        service: on(hard, index),
                        soft: on(soft, index),
                        ..ComponentSection::default()
                    };
                    (name(index), component)
                })
                .collect(),
            ..GraphSection::default()
        }
    }

    proptest! {
        #[test]
        fn soft_edges_never_make_a_circle(
            hard in proptest::collection::vec((1..8_usize, 0..8_usize), 0..8),
            soft in proptest::collection::vec((0..8_usize, 0..8_usize), 0..40),
            everything in proptest::collection::vec(0..8_usize, 0..3),
        ) {
            // Hard edges that lead downwards close no circle by themselves.
            let hard: Vec<_> = hard.into_iter().map(|(from, to)| (from, to % from)).collect();
            let edges = edges(&section(&hard, &soft, &everything)).unwrap();
            for (from, needs) in &edges {
                for edge in needs {
                    prop_assert!(path(&edges, &edge.on, from).is_none(), "{from} → {}", edge.on);
                }
            }
            for (from, to) in hard {
                let held = edges.get(&format!("c{from}")).unwrap();
                let is_held = held.iter().any(|edge| edge.on == format!("c{to}"));
                prop_assert!(is_held);
            }
        }

        #[test]
        fn hard_edges_in_a_circle_are_refused(length in 1..8_usize) {
            let hard: Vec<_> = (0..length).map(|index| (index, (index + 1) % length)).collect();
            prop_assert!(edges(&section(&hard, &[], &[])).is_err());
        }
    }
}
