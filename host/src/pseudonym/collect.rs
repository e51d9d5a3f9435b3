//! Which words of a recording or a report are parts of names, hosts and mail addresses.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::flags;
use super::words::{is_own, words};

/// Fields whose text never holds a name of the site: what a replay or a reader goes by.
pub(super) const EXEMPT: [&str; 21] = [
    "apiVersion",
    "kind",
    "group",
    "version",
    "plural",
    "resource-version",
    "resourceVersion",
    "uid",
    "read",
    "code",
    "digest",
    "fingerprint",
    "id",
    "verdict",
    "severity",
    "layer",
    "coverage",
    "host-version",
    "hostVersion",
    "format",
    "seed",
];

/// Fields that hold a name, a host or a list of them, wherever they stand.
const NAMES: [&str; 25] = [
    "namespace",
    "namespaces",
    "excludedNamespaces",
    "nodeName",
    "host",
    "hosts",
    "hostname",
    "hostName",
    "externalName",
    "serviceName",
    "secretName",
    "claimName",
    "volumeName",
    "clusterName",
    "context",
    "pod",
    "issuer",
    "subject",
    "names",
    "dnsNames",
    "commonName",
    "applications",
    "node",
    "user",
    "recorded-by",
];

/// Kinds whose objects are named alike everywhere.
const ALIKE: [&str; 9] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "PriorityClass",
    "RuntimeClass",
    "ValidatingWebhookConfiguration",
    "Group",
];

static IN_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // The host of an address, both parts of a mail address, and whom a server refused something.
    Regex::new(r#"(?i)[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?([a-z0-9.-]+)|([a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)|\buser "([^"]+)""#).ok()
});

/// Words of names, in lower case.
#[derive(Debug, Default)]
pub struct Collected {
    words: HashSet<String>,
    /// Words of checks' ids and the like, which stay whatever is called so.
    stay: HashSet<String>,
}

impl Collected {
    pub(super) fn words(self) -> HashSet<String> {
        let Self { words, stay } = self;
        words
            .into_iter()
            .filter(|word| !stay.contains(word))
            .collect()
    }

    /// Look through a line of a recording, or a report.
    pub fn look(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::Object(fields) => {
                let kind = |value: Option<&Value>| Some(value?.as_str()?.to_owned());
                // A row has its object beside its name; anything else that has a kind and a name is a reference.
                let of_row = fields.get("json").and_then(|json| json.get("kind"));
                let kind = kind(of_row.or_else(|| fields.get("kind")));
                let is_alike = kind.as_deref().is_some_and(|kind| ALIKE.contains(&kind));
                // The path of a component stands beside its digest.
                let is_row = fields.contains_key("digest");
                for (key, value) in fields {
                    let is_name = key == "name" && kind.is_some() && !is_alike;
                    match key.as_str() {
                        "id" | "digest" => self.keep(value),
                        "source" if is_row => self.folder(value),
                        "kubectl" => self.person(value),
                        "metadata" if !is_alike => self.name(value.get("name")),
                        key if is_name || NAMES.contains(&key) => self.name(Some(value)),
                        _ => {}
                    }
                    self.look(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn name(&mut self, value: Option<&Value>) {
        match value {
            Some(Value::String(name)) => self.add(name),
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                names.for_each(|name| self.add(name));
            }
            _ => {}
        }
    }

    /// The folder of a path: the file's own name is that of a check.
    fn folder(&mut self, value: &Value) {
        let path = value.as_str().unwrap_or_default();
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.add(folder);
        }
    }

    /// Of the words of a command those that say who looked.
    fn person(&mut self, value: &Value) {
        let words = value.as_array().map_or(&[][..], Vec::as_slice);
        for at in flags::in_words(words) {
            self.name(words.get(at));
        }
    }

    fn keep(&mut self, value: &Value) {
        let text = value.as_str().unwrap_or_default();
        self.stay.extend(words(text).map(str::to_ascii_lowercase));
    }

    fn text(&mut self, text: &str) {
        for value in flags::values(text) {
            self.add(text.get(value).unwrap_or_default());
        }
        // Most texts have none of them.
        if !text.contains("://") && !text.contains('@') && !text.contains("ser \"") {
            return;
        }
        let Some(pattern) = &*IN_TEXT else { return };
        for found in pattern.captures_iter(text) {
            for part in found.iter().skip(1).flatten() {
                self.add(part.as_str());
            }
        }
    }

    fn add(&mut self, name: &str) {
        let lower = name.to_ascii_lowercase();
        let own = words(&lower).filter(|word| is_own(word));
        self.words.extend(own.map(str::to_owned));
    }
}
