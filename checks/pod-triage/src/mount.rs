//! Pods that are scheduled and wait for a volume, a Secret or a ConfigMap; and names of missing objects in messages.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::events::Events;
use crate::objects::Pod;
use crate::trouble::Trouble;

const REASONS: &[&str] = &["FailedMount", "FailedAttachVolume", "FailedMapVolume"];

/// The trouble of a pod whose containers wait to be created, if an event says why.
pub(crate) fn diagnose<'a>(pod: &'a Item<Pod>, events: &Events) -> Option<Trouble<'a>> {
    // `timed out waiting for the condition` repeats that it failed; the others say why.
    let all = || {
        events
            .of(pod)
            .filter(|event| REASONS.contains(&event.reason.as_str()))
    };
    let event = all()
        .find(|event| !is_vague(&event.message))
        .or_else(|| all().next())?;
    let lower = event.message.to_lowercase();
    let first = all()
        .filter_map(|event| event.first_seen())
        .min()
        .or(pod.created());
    let trouble = match missing(&lower) {
        Some(object) => {
            let key = format!("{}/{object}", pod.namespace());
            let code = if object.starts_with("persistentvolumeclaim") {
                "BSQ-POD-014"
            } else {
                "BSQ-POD-003"
            };
            let trouble = Trouble::new(
                pod,
                None,
                code,
                format!("waits for {object}, which does not exist"),
            );
            let trouble = trouble.shared(key).attribute("missing", &object);
            with_cause(trouble, &object)
        }
        None => Trouble::new(pod, None, "BSQ-POD-008", why(&lower)).caused_by_claims(),
    };
    let trouble = trouble.since(first).event(Some(event));
    let trouble = trouble.look(command::describe(pod.namespace(), "pod", pod.name()));
    Some(pod.claims().fold(trouble, |trouble, claim| {
        trouble.look(command::describe(pod.namespace(), "pvc", claim))
    }))
}

fn is_vague(message: &str) -> bool {
    message.contains("timed out waiting for the condition")
        || message.contains("context deadline exceeded")
}

fn why(message: &str) -> &'static str {
    if message.contains("multi-attach") {
        "cannot mount its volume: another node still holds it (Multi-Attach)"
    } else if message.contains("permission denied") || message.contains("access denied") {
        "cannot mount its volume: permission denied"
    } else if message.contains("no such host")
        || message.contains("connection refused")
        || message.contains("timed out")
    {
        "cannot mount its volume: the storage does not answer"
    } else if message.contains("driver name") && message.contains("not found") {
        "cannot mount its volume: the storage driver is not on the node"
    } else {
        "cannot mount its volume"
    }
}

/// The object that a message says is missing, in its kind and name: `secret "db"`, `configmap "app"`.
///
/// The message is in lower case, so names that are not would come out wrong; Kubernetes names are lower case.
pub(crate) fn missing(message: &str) -> Option<String> {
    let (before, _) = message.split_once("not found")?;
    for kind in ["secret", "configmap", "persistentvolumeclaim"] {
        let Some((_, after)) = before.rsplit_once(kind) else {
            continue;
        };
        // `secret "x"`, and `secrets "x"` where the API server's own words come through.
        let name = after
            .strip_prefix('s')
            .unwrap_or(after)
            .trim()
            .trim_end_matches(':')
            .trim()
            .trim_matches('"');
        let name = name.rsplit('/').next().unwrap_or(name);
        if !name.is_empty() && !name.contains(' ') {
            return Some(format!("{kind} \"{name}\""));
        }
    }
    None
}

/// The trouble with the object that it waits for as its cause: `secret "db"` in the pod's namespace.
pub(crate) fn with_cause<'a>(trouble: Trouble<'a>, object: &str) -> Trouble<'a> {
    let Some((kind, name)) = object.split_once(' ') else {
        return trouble;
    };
    let kind = match kind {
        "secret" => "v1/Secret",
        "configmap" => "v1/ConfigMap",
        _ => "v1/PersistentVolumeClaim",
    };
    let object = ObjectRef::new(kind, name.trim_matches('"'));
    let namespace = trouble.pod.namespace();
    trouble.caused_by(object.in_namespace(namespace))
}

/// The key that a message says is missing, with where it should be: `couldn't find key PASSWORD in Secret data/db`.
pub(crate) fn missing_key(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("find key ")?;
    let (key, place) = rest.split_once(" in ")?;
    Some((key.trim(), place.trim().trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_missing_objects() {
        for (message, name) in [
            (
                "mountvolume.setup failed for volume \"tls\" : secret \"portal-tls\" not found",
                Some("secret \"portal-tls\""),
            ),
            ("configmap \"app\" not found", Some("configmap \"app\"")),
            ("references non-existent config key: a", None),
            (
                "persistentvolumeclaim \"data-0\" not found",
                Some("persistentvolumeclaim \"data-0\""),
            ),
            ("secrets \"db\" not found", Some("secret \"db\"")),
        ] {
            assert_eq!(missing(message).as_deref(), name, "{message}");
        }
        assert_eq!(
            missing_key("couldn't find key PASSWORD in Secret data/db"),
            Some(("PASSWORD", "Secret data/db"))
        );
    }
}
