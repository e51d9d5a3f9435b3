//! Labels by which products and pods are known. Namespaces and names are the site's own.

use std::collections::BTreeMap;

use bsq_sdk::prelude::*;

/// Metadata with the label of the product.
#[derive(Object)]
pub struct Named {
    pub labels: Name,
}

#[derive(Object)]
pub struct Name {
    #[object(rename = "app.kubernetes.io/name")]
    pub name: String,
}

/// Metadata with the label of the product, in its newer and its older form.
#[derive(Object)]
pub struct Known {
    pub labels: Names,
}

#[derive(Object)]
pub struct Names {
    #[object(rename = "app.kubernetes.io/name")]
    pub name: String,
    pub app: String,
}

/// Metadata with the label of the product, and the one by which a ReplicaSet's Deployment is known.
#[derive(Object)]
pub struct Hashed {
    pub labels: NameAndHash,
}

#[derive(Object)]
pub struct NameAndHash {
    #[object(rename = "app.kubernetes.io/name")]
    pub name: String,
    #[object(rename = "pod-template-hash")]
    pub template_hash: String,
}

/// Whether labels have all that a selector asks for. One that asks for nothing selects everything.
#[must_use]
pub fn selects(selector: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    let mut asked = selector.iter();
    asked.all(|(key, value)| labels.get(key) == Some(value))
}
