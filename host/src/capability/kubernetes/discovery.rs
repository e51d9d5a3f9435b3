//! What the server serves, and which server it is.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::send::Get;
use super::{Connection, fault};
use crate::capability::prune::ListFault;
use crate::capability::{Answer, Body, ErrorCode, Kind, ReadError};

/// Both answers of a cluster with 500 custom kinds are under 1 MB.
const MAX_BYTES: u64 = 16 << 20;

/// Aggregated discovery: all groups, versions and kinds in two requests. Servers have it since 1.27.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

#[derive(Deserialize)]
struct Groups {
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Served>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    resource: String,
    scope: String,
    response_kind: Option<ResponseKind>,
}

#[derive(Deserialize)]
struct ResponseKind {
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerVersion {
    git_version: String,
}

impl Connection {
    pub(super) async fn kinds(&self) -> Answer {
        let what = "kinds of the server";
        let (core, groups) = tokio::try_join!(
            self.json::<Groups>(what, "/api", AGGREGATED),
            self.json::<Groups>(what, "/apis", AGGREGATED),
        )
        .map_err(without_aggregation)?;
        let groups = core.items.into_iter().chain(groups.items);
        let mut kinds: Vec<Kind> = groups.flat_map(kinds_of).collect();
        kinds.sort();
        kinds.dedup();
        Ok(Body::Kinds { kinds })
    }

    pub(super) async fn version(&self) -> Answer {
        let answer: ServerVersion = self
            .json("version of the server", "/version", "application/json")
            .await?;
        Ok(Body::Version {
            version: answer.git_version,
        })
    }

    async fn json<T: DeserializeOwned>(
        &self,
        what: &str,
        address: &str,
        accept: &'static str,
    ) -> Result<T, ReadError> {
        let mut reply = self
            .get(&Get {
                what,
                address,
                accept,
                until: self.until(),
                cap: MAX_BYTES,
            })
            .await?;
        let text = reply.frames.whole().await?;
        serde_json::from_slice(&text).map_err(|_| {
            let is_html = text.trim_ascii_start().starts_with(b"<");
            fault::unreadable(
                what,
                if is_html {
                    ListFault::Html
                } else {
                    ListFault::NotJson
                },
            )
        })
    }
}

fn without_aggregation(error: ReadError) -> ReadError {
    let is_old = error.code == ErrorCode::Invalid && error.message.contains("406");
    if is_old {
        return ReadError::new(
            ErrorCode::Unsupported,
            "kinds of the server: it has no aggregated discovery (Kubernetes 1.27 and later)",
        );
    }
    error
}

fn kinds_of(group: Group) -> impl Iterator<Item = Kind> {
    let name = group.metadata.name;
    group.versions.into_iter().flat_map(move |version| {
        let group = name.clone();
        version.resources.into_iter().filter_map(move |served| {
            Some(Kind {
                group: group.clone(),
                version: version.version.clone(),
                kind: served.response_kind?.kind,
                plural: served.resource,
                namespaced: served.scope == "Namespaced",
            })
        })
    })
}
