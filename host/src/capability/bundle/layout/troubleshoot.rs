//! A Troubleshoot support bundle, as its collectors `clusterResources`, `clusterInfo` and `logs` lay it out.
//!
//! Each list is whole for its namespace. What could not be collected of a kind stands in `KIND-errors.json` beside it.
//! Custom resources have a file only where there are some.

use super::{Catalogue, Maker, is_objects, stem};

const RESOURCES: &str = "cluster-resources/";

/// Folders with a file for each namespace, and the kind of each.
const NAMESPACED: [(&str, &str); 22] = [
    ("configmaps", "configmaps"),
    ("cronjobs", "cronjobs.batch"),
    ("daemonsets", "daemonsets.apps"),
    ("deployments", "deployments.apps"),
    ("endpoints", "endpoints"),
    ("endpointslices", "endpointslices.discovery.k8s.io"),
    ("events", "events"),
    ("ingress", "ingresses.networking.k8s.io"),
    ("jobs", "jobs.batch"),
    ("leases", "leases.coordination.k8s.io"),
    ("limitranges", "limitranges"),
    ("network-policy", "networkpolicies.networking.k8s.io"),
    ("pod-disruption-budgets", "poddisruptionbudgets.policy"),
    ("pods", "pods"),
    ("pvcs", "persistentvolumeclaims"),
    ("replicasets", "replicasets.apps"),
    ("resource-quota", "resourcequotas"),
    ("rolebindings", "rolebindings.rbac.authorization.k8s.io"),
    ("roles", "roles.rbac.authorization.k8s.io"),
    ("serviceaccounts", "serviceaccounts"),
    ("services", "services"),
    ("statefulsets", "statefulsets.apps"),
];

/// Files of kinds that are in no namespace.
const CLUSTER: [(&str, &str); 12] = [
    (
        "clusterrolebindings",
        "clusterrolebindings.rbac.authorization.k8s.io",
    ),
    ("clusterroles", "clusterroles.rbac.authorization.k8s.io"),
    (
        "custom-resource-definitions",
        "customresourcedefinitions.apiextensions.k8s.io",
    ),
    ("ingress-classes", "ingressclasses.networking.k8s.io"),
    (
        "mutating-webhook-configurations",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    ),
    ("namespaces", "namespaces"),
    ("nodes", "nodes"),
    ("priorityclasses", "priorityclasses.scheduling.k8s.io"),
    ("pvs", "persistentvolumes"),
    ("storage-classes", "storageclasses.storage.k8s.io"),
    (
        "validating-webhook-configurations",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
    ),
    ("volumeattachments", "volumeattachments.storage.k8s.io"),
];

pub(super) fn catalogue(names: &[&str]) -> Option<Catalogue> {
    if !names.iter().any(|name| name.starts_with(RESOURCES)) {
        return None;
    }
    let mut catalogue = Catalogue::new(Maker::Troubleshoot);
    for name in names {
        match (*name, name.strip_prefix(RESOURCES)) {
            ("cluster-info/cluster_version.json", _) => {
                catalogue.version = Some((*name).to_owned())
            }
            (_, Some(path)) => place(&mut catalogue, name, path),
            _ => {}
        }
    }
    if catalogue.holdings.is_empty() {
        return None;
    }
    if names.contains(&"cluster-resources/groups-resources-errors.json") {
        // Some group did not say what it serves.
        catalogue.kinds = None;
    }
    Some(catalogue)
}

/// A file below `cluster-resources`.
fn place(catalogue: &mut Catalogue, name: &str, path: &str) {
    let parts: Vec<&str> = path.split('/').collect();
    let named = name.to_owned();
    match parts.as_slice() {
        ["resources.json"] => catalogue.kinds = Some(named),
        ["custom-resources", "custom-resources-errors.json"] => {
            catalogue.custom_errors = Some(named)
        }
        ["custom-resources", file] if is_objects(file) => {
            catalogue.holding(stem(file)).cluster.get_or_insert(named);
        }
        ["custom-resources", kind, file] if is_objects(file) => {
            let holding = catalogue.holding(kind);
            holding.leaves_out_empty = true;
            // The same stands there as YAML too.
            holding
                .namespaces
                .entry(stem(file).to_owned())
                .or_insert(named);
        }
        ["pods", "logs", namespace, pod, file] => {
            if let Some(log) = file.strip_suffix(".log") {
                let logs = catalogue.log_of(namespace, pod);
                logs.each.insert(log.to_owned(), named);
            }
        }
        [file] if is_objects(file) => whole_kind(catalogue, stem(file), named),
        [folder, file] if is_objects(file) => {
            let Some((_, kind)) = NAMESPACED.iter().find(|(known, _)| known == folder) else {
                return;
            };
            if *folder == "pods" {
                catalogue.visited.insert(stem(file).to_owned());
            }
            let files = &mut catalogue.holding(kind).namespaces;
            files.insert(stem(file).to_owned(), named);
        }
        _ => {}
    }
}

/// A file beside the folders: all objects of a kind, or what could not be collected of it.
fn whole_kind(catalogue: &mut Catalogue, stem: &str, name: String) {
    let (about, is_errors) = match stem.strip_suffix("-errors") {
        Some(about) => (about, true),
        None => (stem, false),
    };
    let mut known = CLUSTER
        .iter()
        .chain(NAMESPACED.iter().filter(|_| is_errors));
    let Some((_, kind)) = known.find(|(known, _)| *known == about) else {
        return;
    };
    if is_errors {
        catalogue.holding(kind).errors = Some(name);
        return;
    }
    if about == "namespaces" {
        catalogue.namespaces = Some(name.clone());
    }
    catalogue.holding(kind).cluster = Some(name);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_a_support_bundle_is_known() {
        let names = [
            "cluster-info/cluster_version.json",
            "cluster-resources/custom-resources/applications.argoproj.io/argocd.json",
            "cluster-resources/custom-resources/applications.argoproj.io/argocd.yaml",
            "cluster-resources/custom-resources/clusterissuers.cert-manager.io.json",
            "cluster-resources/custom-resources/custom-resources-errors.json",
            "cluster-resources/ingress-errors.json",
            "cluster-resources/namespaces.json",
            "cluster-resources/pods/data.json",
            "cluster-resources/pods/logs/data/postgresql-0/postgresql-previous.log",
            "cluster-resources/pods/logs/data/postgresql-0/postgresql.log",
            "cluster-resources/pvcs/data.json",
            "cluster-resources/resources.json",
            "cluster-resources/storage-classes.json",
            "version.yaml",
        ];
        let catalogue = catalogue(&names).unwrap();
        let holdings = &catalogue.holdings;
        assert!(
            holdings["persistentvolumeclaims"]
                .namespaces
                .contains_key("data")
        );
        assert!(holdings["storageclasses.storage.k8s.io"].cluster.is_some());
        assert!(holdings["ingresses.networking.k8s.io"].errors.is_some());
        assert!(holdings["clusterissuers.cert-manager.io"].cluster.is_some());
        let applications = &holdings["applications.argoproj.io"];
        assert!(applications.leaves_out_empty);
        assert!(applications.namespaces["argocd"].ends_with("argocd.json"));
        assert_eq!(Vec::from_iter(&catalogue.visited), ["data"]);
        let key = ("data".to_owned(), "postgresql-0".to_owned());
        let files = &catalogue.logs[&key].each;
        assert_eq!(
            Vec::from_iter(files.keys()),
            ["postgresql", "postgresql-previous"]
        );
        assert!(catalogue.kinds.is_some() && catalogue.version.is_some());
        assert!(catalogue.custom_errors.is_some() && catalogue.plain.is_empty());
    }

    #[test]
    fn without_its_folder_it_is_no_support_bundle() {
        assert!(catalogue(&["version.yaml", "cluster-info/cluster_version.json"]).is_none());
    }
}
