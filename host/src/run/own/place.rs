//! What an object is bound to, and since when it fails.

use jiff::Timestamp;

use super::object::Object;
use crate::run::groups::Place;

/// The label that names what a workload is.
const NAME: &str = "app.kubernetes.io/name";

/// What grouping needs of an object.
pub(super) fn place(object: &Object) -> Place {
    let owner = object.owner();
    let mut place = Place {
        owner: owner.map(|owner| (owner.kind.clone(), owner.name.clone())),
        label: object.metadata.labels.get(NAME).cloned(),
        onset: onset(object).map(|(since, source)| (since, source.to_owned())),
        ..Place::default()
    };
    let text = |pointer| object.text(pointer).map(str::to_owned);
    match object.kind.as_str() {
        "Pod" => {
            place.node = text("/spec/nodeName");
            place.claims = object.texts("/volumes", "/persistentVolumeClaim/claimName");
            place.images = object.texts("/containers", "/image");
        }
        "PersistentVolumeClaim" => {
            place.volume = text("/spec/volumeName");
            place.class = text("/spec/storageClassName");
        }
        "Deployment" | "StatefulSet" | "DaemonSet" => {
            place.images = object.texts("/template/spec/containers", "/image");
        }
        _ => {}
    }
    place
}

/// Since when it is not as it should be, and where that is read; `None` where it is, or does not say.
fn onset(object: &Object) -> Option<(Timestamp, &'static str)> {
    let condition = |kind: &str, source| {
        let conditions = object.conditions();
        let found = conditions
            .iter()
            .find(|one| one.kind == kind && one.status != "True")?;
        Some((found.last_transition_time?, source))
    };
    match object.kind.as_str() {
        "Pod" => condition("PodScheduled", "status.conditions[PodScheduled]")
            .or_else(|| condition("Ready", "status.conditions[Ready]")),
        "Deployment" => condition("Available", "status.conditions[Available]"),
        "Node" | "Certificate" => condition("Ready", "status.conditions[Ready]"),
        "PersistentVolumeClaim" if object.text("/status/phase") == Some("Pending") => {
            let created = object.metadata.creation_timestamp?;
            Some((created, "metadata.creationTimestamp"))
        }
        "Application" if object.text("/status/health/status") != Some("Healthy") => {
            let since = object.time("/status/health/lastTransitionTime")?;
            Some((since, "status.health.lastTransitionTime"))
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn object(kind: &str, json: &str) -> Object {
        let mut object: Object = serde_json::from_str(json).unwrap();
        object.kind = kind.to_owned();
        object
    }

    #[test]
    fn a_pod_says_its_owner_node_claims_and_images() {
        let pod = object(
            "Pod",
            r#"{"metadata": {"name": "p", "namespace": "a", "labels": {"app.kubernetes.io/name": "minio"},
                 "ownerReferences": [{"kind": "Other", "name": "x"},
                                     {"kind": "StatefulSet", "name": "minio", "controller": true}]},
                "spec": {"nodeName": "n1", "containers": [{"image": "r/minio:1"}],
                         "volumes": [{"persistentVolumeClaim": {"claimName": "data"}}, {"emptyDir": {}}]}}"#,
        );
        let place = place(&pod);
        assert_eq!(
            place.owner,
            Some(("StatefulSet".to_owned(), "minio".to_owned()))
        );
        assert_eq!(place.label.as_deref(), Some("minio"));
        assert_eq!((place.node.as_deref(), place.onset), (Some("n1"), None));
        assert_eq!(
            (place.claims, place.images),
            (vec!["data".to_owned()], vec!["r/minio:1".to_owned()])
        );
    }

    #[test]
    fn what_fails_says_since_when_and_what_is_well_does_not() {
        let conditions = |kind: &str, condition: &str, status: &str| {
            let json = format!(
                r#"{{"status": {{"conditions": [{{"type": "{condition}", "status": "{status}",
                    "lastTransitionTime": "2026-11-23T06:03:00Z"}}]}}}}"#
            );
            place(&object(kind, &json)).onset.map(|(_, source)| source)
        };
        for (kind, condition) in [
            ("Pod", "Ready"),
            ("Pod", "PodScheduled"),
            ("Node", "Ready"),
            ("Deployment", "Available"),
            ("Certificate", "Ready"),
        ] {
            let source = format!("status.conditions[{condition}]");
            assert_eq!(conditions(kind, condition, "False"), Some(source), "{kind}");
            assert_eq!(conditions(kind, condition, "True"), None, "{kind}");
        }
        assert!(conditions("Node", "Ready", "Unknown").is_some());
        let claim = |phase: &str| {
            let json = format!(
                r#"{{"metadata": {{"creationTimestamp": "2026-11-23T06:03:00Z"}}, "status": {{"phase": "{phase}"}}}}"#
            );
            place(&object("PersistentVolumeClaim", &json))
                .onset
                .is_some()
        };
        assert!(claim("Pending") && !claim("Bound"));
    }
}
