//! What applications say that they deliver to this cluster: the one word that does not depend on how a site tracks.

use std::collections::BTreeSet;

use bsq_sdk::prelude::*;

use crate::objects::Application;
use crate::workloads::Workload;

/// Kind, namespace and name of what is listed.
#[derive(Default)]
pub(crate) struct Delivered<'a>(BTreeSet<(&'a str, &'a str, &'a str)>);

impl<'a> Delivered<'a> {
    pub(crate) fn of(applications: &'a [Item<Application>]) -> Self {
        let here = applications.iter().filter(|it| it.is_of_this_cluster());
        let resources = here
            .flat_map(|it| &it.status.resources)
            .filter(|it| it.group == "apps");
        Self(
            resources
                .map(|it| (it.kind.as_str(), it.namespace.as_str(), it.name.as_str()))
                .collect(),
        )
    }

    pub(crate) fn holds(&self, workload: &Workload) -> bool {
        self.0.contains(&workload.key())
    }
}
