//! The kinds of a first look, whole but redacted: what `record --wide` takes beside what checks read, so that checks
//! which are written later can run on the recording.
//!
//! It is the operator's own order and needs no grant; Secrets and ConfigMaps are not among it.

use crate::capability::view::{ListWant, View, ViewPlan};
use crate::capability::{Mask, Resource};
use crate::grant::Namespaces;

/// What people list first: the guide's own commands, and what `kubectl get all` adds to them.
const KINDS: &[&str] = &[
    "v1/Namespace",
    "v1/Node",
    "v1/Pod",
    "v1/Service",
    "v1/Event",
    "v1/PersistentVolumeClaim",
    "v1/PersistentVolume",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "apps/v1/DaemonSet",
    "apps/v1/ReplicaSet",
    "batch/v1/Job",
    "batch/v1/CronJob",
    "networking.k8s.io/v1/Ingress",
    "discovery.k8s.io/v1/EndpointSlice",
    "storage.k8s.io/v1/StorageClass",
];

/// Kinds of a first look that the API server does not know by itself.
const CUSTOM: &[(&str, &str)] = &[("argoproj.io/v1alpha1/Application", "applications")];

/// Everything that is taken.
pub fn resources() -> Vec<Resource> {
    let built_in = KINDS
        .iter()
        .filter_map(|kind| Resource::built_in(&kind.parse().ok()?));
    let custom = CUSTOM.iter().filter_map(|(kind, plural)| {
        Some(Resource {
            kind: kind.parse().ok()?,
            plural: (*plural).to_owned(),
            namespaced: true,
        })
    });
    built_in.chain(custom).collect()
}

/// Join the union of what is read.
pub fn plan(plan: &mut ViewPlan) {
    for resource in resources() {
        plan.add(&resource, true, &Namespaces::All, &Mask::All, false);
        plan.surely_lists(&resource);
    }
}

/// Read all of it to the last page. What cannot be read is in the recording as what came of it.
pub async fn read(view: &View) {
    for resource in resources() {
        let want = ListWant {
            resource: &resource,
            namespaces: &Namespaces::All,
            namespace: None,
            selector: None,
            mask: &Mask::All,
            facts: false,
        };
        let Ok(asked) = view.list(&want).await else {
            continue;
        };
        let mut cursor = None;
        while let Ok(page) = asked
            .value
            .page(cursor.as_deref(), 0, &Mask::default(), false)
            .await
        {
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_and_none_holds_values_of_secrets() {
        let all = resources();
        assert_eq!(all.len(), KINDS.len() + CUSTOM.len());
        let is_secret = |kind: &str| kind == "Secret" || kind == "ConfigMap";
        assert!(!all.iter().any(|one| is_secret(&one.kind.kind)));
    }
}
