//! What changed, from metadata alone: revisions, renewals, transitions, and who wrote an object last.

use jiff::Timestamp;
use serde_json::Value;

use super::object::{Managed, Object};
use crate::report::model::Change;

/// Who writes objects all the time without anybody having changed anything: controllers of the cluster, and those that
/// write what they observe.
const OBSERVERS: &[&str] = &[
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "cloud-controller-manager",
    "cluster-autoscaler",
    "cainjector",
    "leader-election",
    "nginx-ingress-controller",
];

/// The revision of Git or of a chart is told by so many characters, as Git does.
const REVISION: usize = 7;

/// Every change that an object tells of.
pub(super) fn changes(object: &Object) -> Vec<Change> {
    match object.kind.as_str() {
        "Application" => syncs(object),
        "ReplicaSet" => rollout(object, "deployment.kubernetes.io/revision")
            .into_iter()
            .collect(),
        "ControllerRevision" => controller_revision(object).into_iter().collect(),
        "Certificate" => renewal(object).into_iter().collect(),
        "Node" => transitions(object),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ConfigMap" | "Secret" | "Ingress" => {
            writes(object)
        }
        _ => Vec::new(),
    }
}

fn change(object: &Object, time: Timestamp, text: String) -> Change {
    Change {
        time: time.to_string(),
        kind: object.kind.clone(),
        namespace: object.metadata.namespace.clone(),
        name: object.metadata.name.clone(),
        text,
    }
}

fn syncs(object: &Object) -> Vec<Change> {
    let history = object.status.get("history").and_then(Value::as_array);
    let entries = history.into_iter().flatten();
    entries
        .filter_map(|entry| {
            let time = entry.get("deployedAt")?.as_str()?.parse().ok()?;
            let mut text = format!("application {} synced", object.metadata.name);
            if let Some(revision) = revision(entry) {
                text.push_str(&format!(" {revision}"));
            }
            let by = entry
                .pointer("/initiatedBy/username")
                .and_then(Value::as_str);
            if let Some(user) = by.filter(|user| !user.is_empty()) {
                text.push_str(&format!(" by {user}"));
            }
            Some(change(object, time, text))
        })
        .collect()
}

fn revision(entry: &Value) -> Option<String> {
    let one = entry.get("revision").and_then(Value::as_str);
    let first = entry.pointer("/revisions/0").and_then(Value::as_str);
    let revision = one.filter(|text| !text.is_empty()).or(first)?;
    let is_hash = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shown = if is_hash { REVISION } else { revision.len() };
    Some(revision.chars().take(shown).collect())
}

fn rollout(object: &Object, annotation: &str) -> Option<Change> {
    let owner = object.owner()?;
    let revision = object.metadata.annotations.get(annotation)?;
    of_owner(object, &owner.kind, &owner.name, revision)
}

fn controller_revision(object: &Object) -> Option<Change> {
    let owner = object.owner()?;
    of_owner(
        object,
        &owner.kind,
        &owner.name,
        &object.revision?.to_string(),
    )
}

/// The first revision is the workload's own beginning.
fn of_owner(object: &Object, kind: &str, name: &str, revision: &str) -> Option<Change> {
    let time = object.metadata.creation_timestamp?;
    let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
    let text = match revision {
        "1" => format!("{kind} {namespace}/{name} was created"),
        revision => format!("{kind} {namespace}/{name} rolled out revision {revision}"),
    };
    Some(Change {
        kind: kind.to_owned(),
        name: name.to_owned(),
        ..change(object, time, text)
    })
}

fn renewal(object: &Object) -> Option<Change> {
    let time = object.time("/status/notBefore")?;
    let text = format!("certificate {} was renewed", object.name());
    Some(change(object, time, text))
}

fn transitions(object: &Object) -> Vec<Change> {
    let name = &object.metadata.name;
    let mut changes: Vec<Change> = object
        .conditions()
        .iter()
        .filter_map(|condition| {
            let time = condition.last_transition_time?;
            let text = match (condition.kind.as_str(), condition.status.as_str()) {
                ("Ready", "True") => format!("node {name} became ready"),
                ("Ready", _) => format!("node {name} became not ready ({})", condition.reason),
                (kind, "True") => format!("node {name}: {kind}"),
                (kind, _) => format!("node {name}: no more {kind}"),
            };
            Some(change(object, time, text))
        })
        .collect();
    let joined = object.metadata.creation_timestamp;
    // The conditions of a node that joined came with it.
    changes.retain(|change| {
        let time: Option<Timestamp> = change.time.parse().ok();
        time.zip(joined)
            .is_none_or(|(time, joined)| time.duration_since(joined).as_secs() > 60)
    });
    changes.extend(joined.map(|time| change(object, time, format!("node {name} joined"))));
    changes
}

/// One change for each time at which someone wrote it.
fn writes(object: &Object) -> Vec<Change> {
    let is_change = |write: &&Managed| {
        let by_observer = OBSERVERS.iter().any(|known| write.manager.contains(known));
        write.subresource != "status" && !write.manager.is_empty() && !by_observer
    };
    let writes = object.metadata.managed_fields.iter().filter(is_change);
    writes
        .filter_map(|write| {
            let what = match write.subresource.as_str() {
                "scale" => " was scaled",
                _ => " was written",
            };
            let text = format!(
                "{} {}{what} by {}",
                object.kind,
                object.name(),
                write.manager
            );
            Some(change(object, write.time?, text))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(kind: &str, json: &str) -> Vec<String> {
        let mut object: Object = serde_json::from_str(json).unwrap();
        object.kind = kind.to_owned();
        let changes = changes(&object).into_iter();
        let time = |change: &Change| change.time.get(11..16).unwrap().to_owned();
        changes
            .map(|change| format!("{} {}", time(&change), change.text))
            .collect()
    }

    #[test]
    fn an_application_tells_its_syncs_with_their_revisions() {
        let json = r#"{"metadata": {"name": "postgresql", "namespace": "argocd"}, "status": {"history": [
            {"deployedAt": "2026-11-23T06:02:00Z", "revision": "4f1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192",
             "initiatedBy": {"username": "jane"}},
            {"deployedAt": "2026-11-23T05:02:00Z", "revisions": ["1.4.2"], "initiatedBy": {"automated": true}},
            {"revision": "never"}]}}"#;
        assert_eq!(
            told("Application", json),
            [
                "06:02 application postgresql synced 4f1c2d3 by jane",
                "05:02 application postgresql synced 1.4.2"
            ]
        );
    }

    #[test]
    fn revisions_are_told_of_the_workload_that_they_belong_to() {
        let owned = |kind: &str, rest: &str| {
            format!(
                r#"{{"metadata": {{"name": "x-1", "namespace": "a", "creationTimestamp": "2026-11-23T06:02:00Z",
                    "annotations": {{"deployment.kubernetes.io/revision": "7"}},
                    "ownerReferences": [{{"kind": "{kind}", "name": "x", "controller": true}}]}}{rest}}}"#
            )
        };
        assert_eq!(
            told("ReplicaSet", &owned("Deployment", "")),
            ["06:02 Deployment a/x rolled out revision 7"]
        );
        assert_eq!(
            told(
                "ControllerRevision",
                &owned("StatefulSet", r#", "revision": 1"#)
            ),
            ["06:02 StatefulSet a/x was created"]
        );
        assert!(told("ReplicaSet", r#"{"metadata": {"name": "alone"}}"#).is_empty());
    }

    #[test]
    fn who_only_observes_has_changed_nothing() {
        let json = r#"{"metadata": {"name": "x", "namespace": "a", "managedFields": [
            {"manager": "argocd-controller", "operation": "Apply", "time": "2026-11-23T06:02:00Z"},
            {"manager": "kubectl-scale", "subresource": "scale", "time": "2026-11-23T06:03:00Z"},
            {"manager": "kube-controller-manager", "time": "2026-11-23T06:04:00Z"},
            {"manager": "someone", "subresource": "status", "time": "2026-11-23T06:05:00Z"},
            {"manager": "timeless"}]}}"#;
        assert_eq!(
            told("StatefulSet", json),
            [
                "06:02 StatefulSet a/x was written by argocd-controller",
                "06:03 StatefulSet a/x was scaled by kubectl-scale"
            ]
        );
    }

    #[test]
    fn a_node_tells_its_transitions_and_not_those_of_its_birth() {
        let json = r#"{"metadata": {"name": "n1", "creationTimestamp": "2026-11-01T00:00:00Z"}, "status": {"conditions": [
            {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": "2026-11-23T06:02:00Z"},
            {"type": "DiskPressure", "status": "False", "lastTransitionTime": "2026-11-01T00:00:20Z"}]}}"#;
        assert_eq!(
            told("Node", json),
            [
                "06:02 node n1 became not ready (NodeStatusUnknown)",
                "00:00 node n1 joined"
            ]
        );
    }

    #[test]
    fn a_certificate_tells_its_renewal() {
        let json = r#"{"metadata": {"name": "tls", "namespace": "iam"}, "status": {"notBefore": "2026-11-23T06:02:00Z"}}"#;
        assert_eq!(
            told("Certificate", json),
            ["06:02 certificate iam/tls was renewed"]
        );
    }
}
