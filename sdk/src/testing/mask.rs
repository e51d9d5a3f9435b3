//! Prunes an object to a type's shape, as the host prunes it to the manifest's fields.

use serde_json::{Map, Value};

use crate::object::Shape;

/// What is in every object, whatever the mask.
const IDENTITY: [&str; 4] = ["name", "namespace", "uid", "resourceVersion"];
/// What the SDK adds to every mask.
const ADDED: [&str; 3] = ["creationTimestamp", "deletionTimestamp", "ownerReferences"];

/// The object with nothing but identity and the declared fields.
pub(crate) fn prune(object: &Value, shape: &Shape) -> Value {
    let mut pruned = match pick(object, shape) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for name in ["apiVersion", "kind"] {
        copy(object, name, &mut pruned);
    }
    if let Some(metadata) = object.get("metadata") {
        let target = pruned
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(target) = target {
            IDENTITY
                .into_iter()
                .chain(ADDED)
                .for_each(|name| copy(metadata, name, target));
            // Dropped everywhere: it repeats the object past the mask, secrets included.
            if let Some(Value::Object(annotations)) = target.get_mut("annotations") {
                annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            }
        }
    }
    if object.get("kind").and_then(Value::as_str) == Some("Secret") {
        pruned.remove("data");
        pruned.remove("stringData");
    }
    Value::Object(pruned)
}

fn copy(from: &Value, name: &str, to: &mut Map<String, Value>) {
    if let Some(value) = from.get(name) {
        to.insert(name.to_owned(), value.clone());
    }
}

fn pick(value: &Value, shape: &Shape) -> Value {
    match (value, shape) {
        (Value::Array(items), _) => {
            Value::Array(items.iter().map(|item| pick(item, shape)).collect())
        }
        (Value::Object(members), Shape::Struct(fields)) => {
            let kept = fields.iter().filter_map(|(name, below)| {
                let value = members.get(*name)?;
                Some(((*name).to_owned(), pick(value, below)))
            });
            Value::Object(kept.collect())
        }
        (Value::Object(members), Shape::Map(below)) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), pick(value, below)))
                .collect(),
        ),
        _ => value.clone(),
    }
}
