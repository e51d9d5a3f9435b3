//! What a pod template needs before its containers start: Secrets and claims, by name.

use std::collections::BTreeSet;

use bsq_platform::template::{Claim, Reference, SecretVolume};
use bsq_sdk::prelude::*;

#[derive(Object)]
pub(crate) struct Template {
    pub(crate) spec: PodSpec,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) containers: Vec<Container>,
    pub(crate) init_containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) env: Vec<Variable>,
    pub(crate) env_from: Vec<VariablesFrom>,
}

/// The name of a variable and where it comes from, never its value.
#[derive(Object)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value_from: ValueFrom,
}

#[derive(Object)]
pub(crate) struct ValueFrom {
    pub(crate) secret_key_ref: Option<Reference>,
}

#[derive(Object)]
pub(crate) struct VariablesFrom {
    pub(crate) secret_ref: Option<Reference>,
}

#[derive(Object)]
pub(crate) struct Volume {
    pub(crate) secret: Option<SecretVolume>,
    pub(crate) projected: Projected,
    pub(crate) persistent_volume_claim: Option<Claim>,
}

#[derive(Object)]
pub(crate) struct Projected {
    pub(crate) sources: Vec<ProjectedSource>,
}

#[derive(Object)]
pub(crate) struct ProjectedSource {
    pub(crate) secret: Option<Reference>,
}

impl Template {
    pub(crate) fn containers(&self) -> impl Iterator<Item = &Container> {
        self.spec
            .init_containers
            .iter()
            .chain(&self.spec.containers)
    }

    /// The Secrets without which no pod of it starts.
    pub(crate) fn secrets(&self) -> BTreeSet<&str> {
        let variables = self.containers().flat_map(|container| {
            let single = container
                .env
                .iter()
                .filter_map(|variable| variable.value_from.secret_key_ref.as_ref());
            let whole = container
                .env_from
                .iter()
                .filter_map(|from| from.secret_ref.as_ref());
            single.chain(whole)
        });
        let projected = self
            .spec
            .volumes
            .iter()
            .flat_map(|volume| &volume.projected.sources)
            .filter_map(|source| source.secret.as_ref());
        let named = variables
            .chain(projected)
            .map(|named| (named.name.as_str(), named.optional));
        let mounted = self
            .spec
            .volumes
            .iter()
            .filter_map(|volume| volume.secret.as_ref())
            .map(|secret| (secret.secret_name.as_str(), secret.optional));
        named
            .chain(mounted)
            .filter(|(name, is_optional)| !is_optional && !name.is_empty())
            .map(|(name, _)| name)
            .collect()
    }

    /// The claims that its pods mount.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &str> {
        let volumes = self.spec.volumes.iter();
        let claims = volumes.filter_map(|volume| volume.persistent_volume_claim.as_ref());
        claims.map(|claim| claim.claim_name.as_str())
    }
}
