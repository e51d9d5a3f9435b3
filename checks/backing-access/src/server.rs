//! The servers that services stand on: PostgreSQL, MinIO, Keycloak as far as MinIO waits for it, and OpenBao.
//!
//! They are recognised by `app.kubernetes.io/name` or by the name of a container's image, both of which products set
//! themselves; neither namespace nor workload name is guessed. Jobs, exporters and operators are none.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::image;
use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use crate::objects::{Pod, workload};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    PostgreSql,
    MinIo,
    Keycloak,
    OpenBao,
}

const NAMES: &[(Product, &[&str])] = &[
    (
        Product::PostgreSql,
        &[
            "postgresql",
            "postgres",
            "postgresql-repmgr",
            "postgis",
            "pgvector",
        ],
    ),
    (Product::MinIo, &["minio"]),
    (Product::Keycloak, &["keycloak"]),
    (Product::OpenBao, &["openbao", "openbao-ubi", "openbao-hsm"]),
];

impl Product {
    fn of(pod: &Item<Pod>) -> Option<Self> {
        if pod.owner().is_some_and(|owner| owner.kind == "Job") {
            return None;
        }
        let images = pod
            .spec
            .containers
            .iter()
            .map(|container| image::name(&container.image));
        let mut names = images.chain([pod.metadata.labels.name.as_str()]);
        names.find_map(Self::named)
    }

    fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(_, names)| names.contains(&name));
        let known = known.map(|(product, _)| *product);
        // Zalando's image of PostgreSQL has the version in its name.
        known.or_else(|| name.starts_with("spilo-").then_some(Self::PostgreSql))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MinIo => "MinIO",
            Self::Keycloak => "Keycloak",
            Self::OpenBao => "OpenBao",
        }
    }
}

/// One workload of a product, with its pods.
pub(crate) struct Server<'a> {
    pub(crate) product: Product,
    pub(crate) workload: ObjectRef,
    pub(crate) pods: Vec<&'a Item<Pod>>,
}

impl<'a> Server<'a> {
    pub(crate) fn all(pods: &'a [Item<Pod>]) -> Vec<Self> {
        let mut servers: BTreeMap<(Product, ObjectRef), Vec<&'a Item<Pod>>> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| Pod::is_wanted(pod)) {
            if let Some(product) = Product::of(pod) {
                servers
                    .entry((product, workload(pod)))
                    .or_default()
                    .push(pod);
            }
        }
        let servers = servers.into_iter();
        servers
            .map(|((product, workload), pods)| Self {
                product,
                workload,
                pods,
            })
            .collect()
    }

    /// `data/postgresql`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.workload.namespace(), self.workload.name())
    }

    /// Since when none of its pods has been ready; nothing while one is, or for as long as it may take.
    pub(crate) fn down_since(&self, patience: &Patience) -> Option<Timestamp> {
        if self.pods.iter().any(|pod| pod.status.is_ready()) {
            return None;
        }
        // The last one that was ready: until then it answered.
        let since = self
            .pods
            .iter()
            .filter_map(|pod| Pod::unready_since(pod))
            .max()?;
        patience.is_over(Some(since)).then_some(since)
    }

    /// Whether this pod is one of its own.
    pub(crate) fn has_pod(&self, namespace: &str, name: &str) -> bool {
        self.pods
            .iter()
            .any(|pod| pod.namespace() == namespace && pod.name() == name)
    }

    /// `its one pod is not ready`.
    pub(crate) fn told(&self) -> String {
        match self.pods.len() {
            1 => "its one pod is not ready".to_owned(),
            count => format!("none of its {count} pods is ready"),
        }
    }
}

/// How long things may take.
pub(crate) struct Patience {
    pub(crate) unready_after: Duration,
    pub(crate) now: Timestamp,
}

impl Patience {
    /// Whether something has lasted longer than it may. What has no known beginning has.
    pub(crate) fn is_over(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| is_older(self.now, since, self.unready_after))
    }
}
