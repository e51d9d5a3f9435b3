//! A log query where the site has no log store: the logs of the containers that the selector names.
//!
//! It needs the grant of pod logs for each namespace besides the grant of the query. Which pods there are the host reads
//! for itself, from the run's own list.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::logs::named_namespaces;
use crate::capability::logs::fallback::{self, Container};
use crate::capability::view::ListWant;
use crate::capability::{
    Answer, Coverage, ErrorCode, LogPage, LogsRequest, Mask, PodLogRequest, ReadError, Request,
    Resource,
};
use crate::engine::RunContext;
use crate::grant::{Call, Decision, Gate, Namespaces};
use crate::manifest::KindName;

/// What tells containers apart.
const FIELDS: [&str; 2] = ["metadata.labels", "spec.containers.name"];

/// Pages of pods that are looked at. Five hundred pods a page; far fewer logs are read.
const MAX_PAGES: usize = 100;

/// Containers that a run reads in place of a log store. Each is a request to a kubelet, and some hundreds take as long as
/// an operator waits; a platform that is larger has a log store, or its logs are said to be unknown.
const RUN_CONTAINERS: usize = 256;

#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    namespace: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Spec {
    #[serde(default)]
    containers: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl RunContext {
    /// Answer a query from pod logs; `missing` says why there is no store, and stays the answer where pod logs are not
    /// granted either.
    pub(super) async fn logs_of_pods(
        &self,
        read: &LogsRequest,
        granted: &Namespaces,
        gate: &Gate,
        missing: ReadError,
    ) -> Result<LogPage, ReadError> {
        let namespaces = match named_namespaces(&read.labels) {
            Some(names) => granted.intersection(&Namespaces::only(names)),
            None => granted.clone(),
        };
        let (containers, knows_all) = self.containers(granted).await?;
        let containers = share(containers);
        let is_asked = |container: &Container| namespaces.contains(&container.namespace);
        let (allowed, denied): (Vec<Container>, Vec<Container>) = containers
            .read
            .into_iter()
            .filter(is_asked)
            .partition(|container| may_read_log(gate, &container.namespace));
        let is_cut = containers
            .left_out
            .iter()
            .any(|name| namespaces.contains(name));
        if allowed.is_empty() && !denied.is_empty() {
            return Err(missing);
        }
        let fetch = |request: PodLogRequest| async move {
            let asked: Answer = self.ask(Request::PodLog(request)).await.value;
            asked
        };
        let mut page = fallback::query(read, allowed, fetch).await?;
        page.truncated |= is_cut || !knows_all || !denied.is_empty();
        Ok(page)
    }

    /// The containers that there are, and whether those are all.
    async fn containers(
        &self,
        namespaces: &Namespaces,
    ) -> Result<(Vec<Container>, bool), ReadError> {
        let pods = KindName::from_parts("v1", "Pod");
        let other = |message: String| ReadError::new(ErrorCode::Other, message);
        let resource = Resource::built_in(&pods).ok_or_else(|| other(pods.to_string()))?;
        let mask = Mask::from_paths(FIELDS).map_err(|error| other(error.to_string()))?;
        let want = ListWant {
            resource: &resource,
            namespaces,
            namespace: None,
            selector: None,
            mask: &mask,
            facts: false,
        };
        let list = self.view.list(&want).await?.value;
        let mut containers = Vec::new();
        let mut cursor = None;
        let mut knows_all = false;
        for _ in 0..MAX_PAGES {
            let page = list.page(cursor.as_deref(), 0, &mask, false).await?;
            let pods: Vec<Pod> = serde_json::from_str(&page.items)
                .map_err(|error| ReadError::new(ErrorCode::Invalid, format!("pods: {error}")))?;
            containers.extend(pods.into_iter().flat_map(containers_of));
            cursor = page.next;
            if cursor.is_none() {
                // The namespaces that a grant leaves out are the caller's matter.
                knows_all = matches!(page.coverage, Coverage::Complete | Coverage::Denied);
                break;
            }
        }
        Ok((containers, knows_all))
    }
}

/// The containers that a run reads, and the namespaces of which some are left out.
#[derive(Debug)]
struct Shared {
    read: Vec<Container>,
    left_out: BTreeSet<String>,
}

/// Give each namespace its part of what a run may read. Which containers that are follows from the list alone, so every
/// question of the run, and of its replay, reads the same ones.
fn share(mut containers: Vec<Container>) -> Shared {
    containers.sort_by_cached_key(|container| {
        (
            container.namespace.clone(),
            container.pod.clone(),
            container.container.clone(),
        )
    });
    let namespaces: BTreeSet<&str> = containers
        .iter()
        .map(|one| one.namespace.as_str())
        .collect();
    let part = (RUN_CONTAINERS / namespaces.len().max(1)).max(1);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut left_out = BTreeSet::new();
    containers.retain(|container| {
        let taken = taken.entry(container.namespace.clone()).or_default();
        *taken += 1;
        if *taken > part {
            left_out.insert(container.namespace.clone());
        }
        *taken <= part
    });
    Shared {
        read: containers,
        left_out,
    }
}

fn may_read_log(gate: &Gate, namespace: &str) -> bool {
    let call = Call::PodLog { namespace };
    matches!(gate.decide(&call), Decision::Allowed(_))
}

fn containers_of(pod: Pod) -> Vec<Container> {
    let Metadata {
        name,
        namespace,
        labels,
    } = pod.metadata;
    let namespace = namespace.unwrap_or_default();
    pod.spec
        .containers
        .into_iter()
        .map(|container| Container {
            namespace: namespace.clone(),
            pod: name.clone(),
            container: container.name,
            labels: labels.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn containers(namespaces: usize, each: usize) -> Vec<Container> {
        let one = |namespace: usize, pod: usize| Container {
            namespace: format!("n{namespace}"),
            pod: format!("p{pod}"),
            container: "app".to_owned(),
            labels: BTreeMap::new(),
        };
        (0..namespaces)
            .flat_map(|namespace| (0..each).map(move |pod| one(namespace, pod)))
            .collect()
    }

    #[test]
    fn a_small_platform_is_read_whole() {
        let shared = share(containers(4, 10));
        assert_eq!((shared.read.len(), shared.left_out.len()), (40, 0));
    }

    #[test]
    fn a_large_platform_costs_no_more_than_a_run_may_read() {
        for (namespaces, each) in [(1, 1000), (50, 200), (100, 64)] {
            let shared = share(containers(namespaces, each));
            assert!(shared.read.len() <= RUN_CONTAINERS, "{namespaces} × {each}");
            assert_eq!(
                shared.left_out.len(),
                namespaces,
                "what is left out is said"
            );
        }
    }
}
