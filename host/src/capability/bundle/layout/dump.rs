//! The folder of `kubectl cluster-info dump --output-directory`.
//!
//! It holds `nodes` for the cluster and seven lists for each namespace that was asked for, each list whole, and the logs
//! of every pod in one file. Nothing in it says which namespaces there are: with the default flags it is two. Whoever
//! wants that known puts `kubectl get namespaces -o json` beside it as `namespaces.json`; other files at the top are read
//! as what `kubectl get` says.

use super::{Catalogue, Maker, is_objects, stem};

/// The lists of a namespace, and the kind of each.
const LISTS: [(&str, &str); 7] = [
    ("daemonsets", "daemonsets.apps"),
    ("deployments", "deployments.apps"),
    ("events", "events"),
    ("pods", "pods"),
    ("replicasets", "replicasets.apps"),
    (SIGN, "replicationcontrollers"),
    ("services", "services"),
];

/// No other tool writes the name of this kind so.
const SIGN: &str = "replication-controllers";

pub(super) fn catalogue(names: &[&str]) -> Option<Catalogue> {
    let is = |name: &str, path: &str| is_objects(name) && stem(name) == path;
    let has_nodes = names.iter().any(|name| is(name, "nodes"));
    let has_sign = names
        .iter()
        .filter_map(|name| name.split_once('/'))
        .any(|(_, list)| is(list, SIGN));
    if !has_nodes || !has_sign {
        return None;
    }
    let mut catalogue = Catalogue::new(Maker::Dump);
    for name in names {
        place(&mut catalogue, name);
    }
    Some(catalogue)
}

fn place(catalogue: &mut Catalogue, name: &str) {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        ["nodes.json" | "nodes.yaml"] => {
            catalogue.holding("nodes").cluster = Some(name.to_owned());
        }
        ["namespaces.json" | "namespaces.yaml"] => {
            catalogue.holding("namespaces").cluster = Some(name.to_owned());
            catalogue.namespaces = Some(name.to_owned());
        }
        [file] if is_objects(file) => catalogue.plain.push(name.to_owned()),
        [namespace, file] if is_objects(file) => {
            let Some((_, kind)) = LISTS.iter().find(|(list, _)| stem(file) == *list) else {
                return;
            };
            catalogue.visited.insert((*namespace).to_owned());
            let files = &mut catalogue.holding(kind).namespaces;
            files.insert((*namespace).to_owned(), name.to_owned());
        }
        [namespace, pod, "logs.txt"] => {
            catalogue.log_of(namespace, pod).together = Some(name.to_owned());
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = [
        "data/postgresql-0/logs.txt",
        "data/pods.json",
        "data/replication-controllers.json",
        "iam/deployments.yaml",
        "ingresses.json",
        "namespaces.json",
        "nodes.json",
    ];

    #[test]
    fn each_file_of_a_dump_is_known() {
        let catalogue = catalogue(&NAMES).unwrap();
        assert_eq!(catalogue.maker, Maker::Dump);
        let holdings = &catalogue.holdings;
        assert_eq!(holdings["pods"].namespaces["data"], "data/pods.json");
        assert_eq!(
            holdings["deployments.apps"].namespaces["iam"],
            "iam/deployments.yaml"
        );
        assert_eq!(holdings["nodes"].cluster.as_deref(), Some("nodes.json"));
        assert_eq!(catalogue.namespaces.as_deref(), Some("namespaces.json"));
        assert_eq!(catalogue.plain, ["ingresses.json"]);
        let key = ("data".to_owned(), "postgresql-0".to_owned());
        assert!(catalogue.logs[&key].together.is_some());
        assert_eq!(Vec::from_iter(&catalogue.visited), ["data", "iam"]);
    }

    #[test]
    fn without_nodes_or_the_sign_it_is_no_dump() {
        assert!(catalogue(&NAMES[..6]).is_none());
        assert!(catalogue(&["data/pods.json", "nodes.json"]).is_none());
    }
}
