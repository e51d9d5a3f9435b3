//! What a pod is made of: images, claims and Secrets, by name.

use bsq_sdk::prelude::*;

/// The specification of a pod, as far as images go.
#[derive(Object)]
pub struct Images {
    containers: Vec<Image>,
}

#[derive(Object)]
pub struct Image {
    pub image: String,
}

impl Images {
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.containers.iter().map(|it| it.image.as_str())
    }
}

/// A volume, as far as claims go.
#[derive(Object, Debug)]
pub struct Volume {
    pub persistent_volume_claim: Option<Claim>,
}

#[derive(Object, Debug)]
pub struct Claim {
    pub claim_name: String,
}

/// The claims that these volumes mount.
pub fn claims(volumes: &[Volume]) -> impl Iterator<Item = &str> {
    let claims = volumes
        .iter()
        .filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.map(|claim| claim.claim_name.as_str())
}

/// A Secret or ConfigMap by its name.
#[derive(Object)]
pub struct Reference {
    pub name: String,
    pub optional: bool,
}

/// A volume that is a Secret.
#[derive(Object)]
pub struct SecretVolume {
    pub secret_name: String,
    pub optional: bool,
}
