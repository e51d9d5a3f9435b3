//! Is Keycloak up? It is found by shape: a workload whose product, by label or name, is Keycloak.

use std::cell::OnceCell;

use bsq_sdk::prelude::*;

use crate::workloads::{Workload, Workloads};

/// What stands beside Keycloak and has its name: its operator, its database, its exporters.
const BESIDE: &[&str] = &[
    "operator", "postgres", "-db", "exporter", "backup", "pgpool", "proxy",
];

/// What is known of Keycloak, found when first asked for.
#[derive(Default)]
pub(crate) struct Keycloak(OnceCell<Option<Found>>);

/// The workload, as evidence and as a cause.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) subject: ObjectRef,
    pub(crate) read: u32,
    pub(crate) is_up: bool,
    pub(crate) told: String,
}

impl Keycloak {
    /// Keycloak; where there are several, one that is up if any is. Nothing where none is recognised.
    pub(crate) fn find(&self, workloads: &Workloads<'_>) -> Option<&Found> {
        let found = self.0.get_or_init(|| {
            let all = workloads.all().iter().filter(|it| is_keycloak(it));
            let best = all.max_by_key(|it| (it.ready > 0, it.wanted > 0));
            best.map(|it| Found {
                subject: it.subject.clone(),
                read: it.read,
                is_up: it.ready > 0,
                told: it.told(),
            })
        });
        found.as_ref()
    }
}

fn is_keycloak(workload: &Workload) -> bool {
    let names = [workload.product.as_str(), workload.subject.name()];
    names.iter().any(|name| name.contains("keycloak"))
        && !BESIDE
            .iter()
            .any(|word| names.iter().any(|name| name.contains(word)))
}
