//! A JSON value with one thing less: what is tried when an object is made smaller.

use serde_json::Value;

/// The ways to make a value smaller, outer ones first: what goes as a whole need not go in parts.
pub(super) fn smaller(value: &Value) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    collect(value, &mut Vec::new(), &mut all);
    all.sort_by_key(Vec::len);
    all
}

/// One step down from a value to a part of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

fn collect(value: &Value, path: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
    let mut go = |step: Step, below: &Value| {
        path.push(step);
        if !is_identity(path) {
            all.push(path.clone());
        }
        collect(below, path, all);
        path.pop();
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, below)| go(Step::Key(key.clone()), below)),
        // From the end, so that the places of those before stay as they are.
        Value::Array(items) => items
            .iter()
            .enumerate()
            .rev()
            .for_each(|(index, below)| go(Step::Index(index), below)),
        _ => {}
    }
}

/// Without them an object is none.
fn is_identity(path: &[Step]) -> bool {
    let keys: Vec<&str> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Index(_) => "",
        })
        .collect();
    matches!(
        keys.as_slice(),
        ["metadata"] | ["metadata", "name" | "namespace" | "uid"] | ["apiVersion" | "kind"]
    )
}

/// The value without the part that the path leads to; none where there is no such part.
pub(super) fn without(value: &Value, path: &[Step]) -> Option<Value> {
    let (last, above) = path.split_last()?;
    let mut smaller = value.clone();
    let mut at = &mut smaller;
    for step in above {
        at = match step {
            Step::Key(key) => at.get_mut(key)?,
            Step::Index(index) => at.get_mut(index)?,
        };
    }
    match (at, last) {
        (Value::Object(fields), Step::Key(key)) => {
            fields.remove(key)?;
        }
        (Value::Array(items), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => return None,
    }
    Some(smaller)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_part_but_identity_can_go_and_outer_ones_go_first() {
        let pod = json!({
            "metadata": {"name": "a", "labels": {"app": "web"}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready"}]},
        });
        let all = smaller(&pod);
        assert_eq!(all.first().unwrap(), &[Step::Key("status".to_owned())]);
        let of = |path: &[Step]| without(&pod, path).unwrap();
        assert!(all.iter().all(|path| of(path) != pod));
        assert!(all.iter().all(|path| of(path)["metadata"]["name"] == "a"));
        assert_eq!(all.len(), 7);
    }
}
