//! Workloads: how many of their pods are ready, and which one a pod belongs to.

use bsq_sdk::object::Kind;
use bsq_sdk::{Owner, prelude::*};

/// The status of a Deployment or StatefulSet.
#[derive(Object)]
pub struct Replicated {
    pub ready_replicas: i64,
}

/// The status of a DaemonSet.
#[derive(Object)]
pub struct Scheduled {
    pub desired_number_scheduled: i64,
    pub number_ready: i64,
}

/// The Deployment of a ReplicaSet that owns a pod with this hash in its labels. It follows from how the controller names
/// what it makes, so no ReplicaSet has to be read.
#[must_use]
pub fn deployment<'a>(owner: &'a Owner, hash: &str) -> Option<&'a str> {
    let name = owner.name.strip_suffix(hash)?.strip_suffix('-')?;
    (owner.kind == "ReplicaSet" && !hash.is_empty()).then_some(name)
}

/// Kind and name of the workload that a person knows a pod by: a ReplicaSet's Deployment, else its controller.
#[must_use]
pub fn known<'a>(owner: &'a Owner, hash: &str) -> (&'a str, &'a str) {
    match deployment(owner, hash) {
        Some(name) => ("Deployment", name),
        None => (&owner.kind, &owner.name),
    }
}

/// The same as an object; in no namespace yet.
#[must_use]
pub fn runner(owner: &Owner, hash: &str) -> ObjectRef {
    match deployment(owner, hash) {
        Some(name) => ObjectRef::new("apps/v1/Deployment", name),
        None => {
            let kind = format!("{}/{}", owner.api_version, owner.kind);
            ObjectRef::new(&kind, owner.name.as_str())
        }
    }
}

/// The same of a pod, which stands for itself where nothing owns it.
#[must_use]
pub fn of<T: Kind>(pod: &Item<T>, hash: &str) -> ObjectRef {
    let workload = match pod.owner() {
        Some(owner) => runner(owner, hash),
        None => ObjectRef::new("v1/Pod", pod.name()),
    };
    workload.in_namespace(pod.namespace()).with_read(pod.read())
}

#[cfg(test)]
mod tests {
    use super::{Owner, known};

    #[test]
    fn a_replica_set_is_known_by_its_deployment() {
        for (kind, name, hash, workload) in [
            ("ReplicaSet", "web-5d8f", "5d8f", ("Deployment", "web")),
            ("ReplicaSet", "web-5d8f", "", ("ReplicaSet", "web-5d8f")),
            ("ReplicaSet", "own", "5d8f", ("ReplicaSet", "own")),
            ("StatefulSet", "db-5d8f", "5d8f", ("StatefulSet", "db-5d8f")),
        ] {
            let owner = Owner {
                api_version: "apps/v1".to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                uid: String::new(),
            };
            assert_eq!(known(&owner, hash), workload, "{kind} {name}");
        }
    }
}
