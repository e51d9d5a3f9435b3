//! Which tool made a bundle, and what each of its files therefore holds. Decided from names alone.

mod dump;
mod troubleshoot;

use std::collections::{BTreeMap, BTreeSet};

/// Who laid the files out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Maker {
    /// `kubectl cluster-info dump --output-directory`.
    Dump,
    /// Troubleshoot's `support-bundle`.
    Troubleshoot,
    /// A person, with `kubectl get` or an editor.
    Person,
}

impl Maker {
    /// As a report calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dump => "dump",
            Self::Troubleshoot => "support bundle",
            Self::Person => "folder",
        }
    }
}

/// What the files are.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    pub(super) maker: Maker,
    /// By `plural` or `plural.group`.
    pub(super) holdings: BTreeMap<String, Holding>,
    /// The file that lists the namespaces of the cluster.
    pub(super) namespaces: Option<String>,
    /// The namespaces that whoever made the bundle went through.
    pub(super) visited: BTreeSet<String>,
    /// By namespace and pod.
    pub(super) logs: BTreeMap<(String, String), Logs>,
    /// What custom resources could not be collected.
    pub(super) custom_errors: Option<String>,
    pub(super) version: Option<String>,
    /// The kinds that the server serves.
    pub(super) kinds: Option<String>,
    /// Files whose objects say themselves what they are.
    pub(super) plain: Vec<String>,
}

/// The files of one kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Holding {
    /// The objects that are in no namespace.
    pub(super) cluster: Option<String>,
    pub(super) namespaces: BTreeMap<String, String>,
    /// What could not be collected of it.
    pub(super) errors: Option<String>,
    /// A namespace that has none of the kind has no file.
    pub(super) leaves_out_empty: bool,
}

/// The logs of one pod.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Logs {
    /// Of all containers, with a line before and after each.
    pub(super) together: Option<String>,
    /// A file for each, by its name without `.log`.
    pub(super) each: BTreeMap<String, String>,
}

impl Catalogue {
    /// What the files with these names are; `None` where none of them can be anything.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<&str> = names.collect();
        let catalogue = troubleshoot::catalogue(&names)
            .or_else(|| dump::catalogue(&names))
            .unwrap_or_else(|| Self {
                plain: names
                    .iter()
                    .filter(|name| is_objects(name))
                    .map(|name| (*name).to_owned())
                    .collect(),
                ..Self::new(Maker::Person)
            });
        let is_something = !catalogue.holdings.is_empty() || !catalogue.plain.is_empty();
        is_something.then_some(catalogue)
    }

    fn new(maker: Maker) -> Self {
        Self {
            maker,
            holdings: BTreeMap::new(),
            namespaces: None,
            visited: BTreeSet::new(),
            logs: BTreeMap::new(),
            custom_errors: None,
            version: None,
            kinds: None,
            plain: Vec::new(),
        }
    }

    fn log_of(&mut self, namespace: &str, pod: &str) -> &mut Logs {
        let key = (namespace.to_owned(), pod.to_owned());
        self.logs.entry(key).or_default()
    }

    fn holding(&mut self, resource: &str) -> &mut Holding {
        self.holdings.entry(resource.to_owned()).or_default()
    }
}

/// A file of objects.
fn is_objects(name: &str) -> bool {
    stem(name) != name
}

/// A name without the extension of a file of objects.
fn stem(name: &str) -> &str {
    [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension))
        .unwrap_or(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_anything_else_is_a_persons() {
        let names = ["all.yaml", "data/pods.json", "notes.txt"];
        let catalogue = Catalogue::of(names.into_iter()).unwrap();
        assert_eq!(catalogue.maker, Maker::Person);
        assert_eq!(catalogue.plain, ["all.yaml", "data/pods.json"]);
        assert!(catalogue.holdings.is_empty());
    }

    #[test]
    fn what_holds_no_objects_is_no_bundle() {
        assert!(Catalogue::of(["notes.txt", "a.log"].into_iter()).is_none());
        assert!(Catalogue::of(std::iter::empty()).is_none());
    }
}
