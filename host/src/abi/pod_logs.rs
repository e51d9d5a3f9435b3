//! A log query where the site has no log store: the logs of the containers that the selector names.
//!
//! It needs the grant of pod logs for each namespace besides the grant of the query. Which pods there are the host reads
//! for itself, from the run's own list.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::logs::named_namespaces;
use crate::capability::logs::fallback::{self, Container};
use crate::capability::view::ListWant;
use crate::capability::{
    Answer, ErrorCode, LogPage, LogsRequest, Mask, PodLogRequest, ReadError, Request, Resource,
};
use crate::engine::RunContext;
use crate::grant::{Call, Decision, Gate, Namespaces};
use crate::manifest::KindName;

/// What tells containers apart.
const FIELDS: [&str; 2] = ["metadata.labels", "spec.containers.name"];

/// Pages of pods that are looked at. A thousand pods a page; far fewer logs are read.
const MAX_PAGES: usize = 50;

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
        let containers = self.containers(&namespaces).await?;
        let (allowed, denied): (Vec<Container>, Vec<Container>) = containers
            .into_iter()
            .partition(|container| may_read_log(gate, &container.namespace));
        if allowed.is_empty() && !denied.is_empty() {
            return Err(missing);
        }
        let fetch = |request: PodLogRequest| async move {
            let asked: Answer = self.ask(Request::PodLog(request)).await.value;
            asked
        };
        let mut page = fallback::query(read, allowed, fetch).await?;
        page.truncated |= !denied.is_empty();
        Ok(page)
    }

    async fn containers(&self, namespaces: &Namespaces) -> Result<Vec<Container>, ReadError> {
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
        for _ in 0..MAX_PAGES {
            let page = list.page(cursor.as_deref(), 0, &mask, false)?;
            let pods: Vec<Pod> = serde_json::from_str(&page.items)
                .map_err(|error| ReadError::new(ErrorCode::Invalid, format!("pods: {error}")))?;
            containers.extend(pods.into_iter().flat_map(containers_of));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(containers)
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
