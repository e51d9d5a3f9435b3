//! What a bundle says of its cluster beside the objects: version, kinds, namespaces, and what could not be collected.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::text;
use crate::capability::{ErrorCode, Kind, ReadError};

/// Characters of a collector's own words in a message.
const MAX_WORDS: usize = 300;

/// Every API server makes these, so a list without them is not of all.
const ALWAYS: [&str; 2] = ["default", "kube-system"];

#[derive(Deserialize)]
struct ClusterVersion {
    info: Info,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    git_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    group_version: String,
    #[serde(default)]
    resources: Vec<ServedResource>,
}

#[derive(Deserialize)]
struct ServedResource {
    name: String,
    kind: String,
    namespaced: bool,
}

#[derive(Deserialize)]
struct Named {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

/// The server's version.
pub(super) fn version(text: &[u8]) -> Option<String> {
    let said: ClusterVersion = serde_json::from_slice(text).ok()?;
    Some(said.info.git_version).filter(|version| !version.is_empty())
}

/// The kinds that the server serves.
pub(super) fn kinds(text: &[u8]) -> Option<Vec<Kind>> {
    let lists: Vec<Served> = serde_json::from_slice(text).ok()?;
    let mut kinds: Vec<Kind> = lists.into_iter().flat_map(kinds_of).collect();
    kinds.sort();
    kinds.dedup();
    (!kinds.is_empty()).then_some(kinds)
}

fn kinds_of(served: Served) -> impl Iterator<Item = Kind> {
    let (group, version) = match served.group_version.split_once('/') {
        Some((group, version)) => (group.to_owned(), version.to_owned()),
        None => (String::new(), served.group_version),
    };
    // A name with a slash is a part of a resource, such as `pods/log`.
    let whole = served
        .resources
        .into_iter()
        .filter(|one| !one.name.contains('/'));
    whole.map(move |resource| Kind {
        group: group.clone(),
        version: version.clone(),
        kind: resource.kind,
        plural: resource.name,
        namespaced: resource.namespaced,
    })
}

/// The names of the objects of a kind in a file of any of its versions.
pub(super) fn names(file: &str, text: &[u8], kind: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let read = text::each(file, text, |item| {
        let named = serde_json::from_str::<Named>(item.json).ok();
        let is_kind = item.head.kind.as_deref().is_none_or(|said| said == kind);
        if let Some(named) = named.filter(|_| is_kind) {
            names.insert(named.metadata.name);
        }
    });
    // Half a list would pass for all of it.
    if !read.is_ok_and(|seen| seen.lacks.is_empty()) {
        names.clear();
    }
    names
}

/// All namespaces of the cluster, if the file is a list of all: one that a server answered, not one put together.
pub(super) fn all_namespaces(file: &str, text: &[u8]) -> Option<BTreeSet<String>> {
    if text.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let names = names(file, text, "Namespace");
    ALWAYS
        .iter()
        .all(|name| names.contains(*name))
        .then_some(names)
}

/// What a collector could not list: of which namespace or kind, and why.
pub(super) fn refusals(file: &str, text: &[u8]) -> Result<Vec<(String, ReadError)>, ReadError> {
    let said: Value = serde_json::from_slice(text).map_err(|error| text::not_json(file, &error))?;
    let refusal = |of: &str, why: &Value| {
        let why = why.as_str().map_or_else(|| why.to_string(), str::to_owned);
        (of.to_owned(), refusal(of, &why))
    };
    Ok(match &said {
        Value::Object(said) => said.iter().map(|(of, why)| refusal(of, why)).collect(),
        Value::Array(said) => said.iter().map(|why| refusal("", why)).collect(),
        Value::Null => Vec::new(),
        other => vec![refusal("", other)],
    })
}

fn refusal(of: &str, why: &str) -> ReadError {
    let words: Vec<&str> = why.split_whitespace().collect();
    let words: String = words.join(" ").chars().take(MAX_WORDS).collect();
    let code = if why.contains("orbidden") {
        ErrorCode::Forbidden
    } else {
        ErrorCode::Unavailable
    };
    let place = if of.is_empty() {
        String::new()
    } else {
        format!(" of {of}")
    };
    ReadError::new(
        code,
        format!("the bundle's collector could not list all{place}: {words}"),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn version_and_kinds_are_read() {
        let text = br#"{"info":{"major":"1","gitVersion":"v1.36.3"},"string":"v1.36.3"}"#;
        assert_eq!(version(text).as_deref(), Some("v1.36.3"));
        assert_eq!(version(b"{}"), None);
        let text = br#"[{"groupVersion":"v1","resources":[{"name":"pods","kind":"Pod","namespaced":true},{"name":"pods/log","kind":"Pod","namespaced":true}]},
            {"groupVersion":"argoproj.io/v1alpha1","resources":[{"name":"applications","kind":"Application","namespaced":true}]}]"#;
        let kinds = kinds(text).unwrap();
        let shown: Vec<String> = kinds
            .iter()
            .map(|kind| {
                format!(
                    "{}/{}/{} {}",
                    kind.group, kind.version, kind.kind, kind.plural
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "/v1/Pod pods",
                "argoproj.io/v1alpha1/Application applications"
            ]
        );
    }

    #[test]
    fn only_a_list_of_all_namespaces_is_one() {
        let item = |name: &str| format!(r#"{{"kind":"Namespace","metadata":{{"name":"{name}"}}}}"#);
        let all = ["data", "default", "kube-system"].map(item).join(",");
        let list = format!(r#"{{"kind":"NamespaceList","apiVersion":"v1","items":[{all}]}}"#);
        let names = all_namespaces("n.json", list.as_bytes()).unwrap();
        assert_eq!(Vec::from_iter(names), ["data", "default", "kube-system"]);
        for text in [
            format!("[{all}]"),
            format!(r#"{{"kind":"NamespaceList","items":[{}]}}"#, item("data")),
            item("default"),
            list.replace("\"items\"", "\"metadata\":{\"continue\":\"x\"},\"items\""),
            list[..list.len() - 5].to_owned(),
            String::new(),
        ] {
            assert_eq!(all_namespaces("n.json", text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_refusal_is_told_from_a_failure() {
        let text = br#"{"data":"pods is forbidden: User \"jane\" cannot list","iam":"context deadline exceeded"}"#;
        let said = refusals("e.json", text).unwrap();
        let codes: Vec<_> = said
            .iter()
            .map(|(of, why)| (of.as_str(), why.code))
            .collect();
        assert_eq!(
            codes,
            [
                ("data", ErrorCode::Forbidden),
                ("iam", ErrorCode::Unavailable)
            ]
        );
        assert_eq!(refusals("e.json", br#"["no such host"]"#).unwrap()[0].0, "");
        assert_eq!(
            refusals("e.json", b"[\"no").unwrap_err().code,
            ErrorCode::Invalid
        );
    }
}
