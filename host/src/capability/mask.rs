//! Which fields of an object are kept.
//!
//! A mask is a tree of field names. Arrays are transparent, `*` stands for any key of a map, and a key with dots or
//! slashes is written in brackets: `metadata.annotations["a/b"]`. Identity is not part of a mask: the pruner always
//! keeps it, so the empty mask means "identity only".
//!
//! A mask is kept in one canonical form, so equal sets of fields are equal values: what a named key keeps always
//! includes what `*` beside it keeps, a named key that adds nothing to `*` is dropped, and so is a branch that keeps
//! nothing. A look-up is therefore one step and builds nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A set of field paths.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum Mask {
    /// Everything below.
    All,
    /// What is named below, and nothing else.
    Fields(BTreeMap<String, Mask>),
}

/// A text that is no field path.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` is no field path: {reason}")]
pub struct BadPath {
    path: String,
    reason: &'static str,
}

/// Any key of a map.
const ANY: &str = "*";

/// The top-level fields that are identity, and those below `metadata`.
const IDENTITY: &[&str] = &["apiVersion", "kind"];
const METADATA_IDENTITY: &[&str] = &["name", "namespace", "resourceVersion", "uid"];

/// What the path `metadata` stands for: all of it but `managedFields`, which is most of a small object's bytes and
/// has to be asked for by name.
const METADATA: &[&str] = &[
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

impl Default for Mask {
    /// Identity only.
    fn default() -> Self {
        Self::Fields(BTreeMap::new())
    }
}

impl Mask {
    /// Parse field paths of an object and unite them. The path `metadata` stands for all of it but `managedFields`.
    pub fn from_paths<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Result<Self, BadPath> {
        let mut mask = Self::default();
        for path in paths {
            let segments = segments(path.as_ref())?;
            let is_whole_metadata = segments.split_first().is_some_and(|(first, rest)| {
                first == "metadata" && rest.iter().all(|key| key == ANY)
            });
            if is_whole_metadata {
                for field in METADATA {
                    mask.insert(["metadata".to_owned(), (*field).to_owned()].into_iter());
                }
            } else {
                mask.insert(segments.into_iter());
            }
        }
        Ok(mask.settled())
    }

    /// Keep one path too. The form is canonical only after `settled`.
    fn insert(&mut self, mut path: impl Iterator<Item = String>) {
        let Self::Fields(fields) = self else { return };
        match path.next() {
            None => *self = Self::All,
            Some(first) => fields.entry(first).or_default().insert(path),
        }
    }

    /// The canonical form of what was inserted.
    fn settled(self) -> Self {
        match self {
            Self::All => Self::All,
            Self::Fields(fields) => {
                let settled = fields
                    .into_iter()
                    .map(|(key, below)| (key, below.settled()));
                Self::canonical(settled.collect())
            }
        }
    }

    /// Bring a node whose children are canonical into the one form.
    fn canonical(mut fields: BTreeMap<String, Self>) -> Self {
        fields.retain(|_, below| !below.is_empty());
        if let Some(any) = fields.get(ANY).cloned() {
            if any == Self::All {
                return Self::All;
            }
            fields.retain(|key, below| {
                if key != ANY {
                    *below = below.union(&any);
                }
                key == ANY || *below != any
            });
        }
        Self::Fields(fields)
    }

    /// Nothing but identity is kept.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Fields(fields) if fields.is_empty())
    }

    /// What is kept under a key of a map; `None` where nothing is.
    pub fn child(&self, key: &str) -> Option<&Self> {
        match self {
            Self::All => Some(&Self::All),
            Self::Fields(fields) => fields.get(key).or_else(|| fields.get(ANY)),
        }
    }

    /// What either keeps.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| match (mine, theirs) {
            (Some(mine), Some(theirs)) => Some(mine.union(theirs)),
            (one, other) => one.or(other).cloned(),
        })
        .unwrap_or(Self::All)
    }

    /// What both keep: a grant narrows a declaration.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| Some(mine?.intersection(theirs?)))
            .unwrap_or_else(|| if *self == Self::All { other } else { self }.clone())
    }

    /// Combine two nodes key by key; `None` where one of them is `All`.
    fn combine(
        &self,
        other: &Self,
        merge: impl Fn(Option<&Self>, Option<&Self>) -> Option<Self>,
    ) -> Option<Self> {
        let (Self::Fields(mine), Self::Fields(theirs)) = (self, other) else {
            return None;
        };
        let fields = mine.keys().chain(theirs.keys()).filter_map(|key| {
            let below = merge(self.child(key), other.child(key))?;
            Some((key.clone(), below))
        });
        Some(Self::canonical(fields.collect()))
    }

    /// Every field of the other mask is in this one, identity aside, which is in both.
    pub fn covers(&self, other: &Self) -> bool {
        let Self::Fields(theirs) = other else {
            return *self == Self::All;
        };
        theirs.iter().all(|(key, below)| {
            if key == "metadata" {
                let mine = self.child(key).cloned().unwrap_or_default();
                let identity = METADATA_IDENTITY
                    .iter()
                    .map(|name| ((*name).to_owned(), Self::All));
                mine.union(&Self::Fields(identity.collect()))
                    .covers_below(below)
            } else {
                IDENTITY.contains(&key.as_str())
                    || self.child(key).is_some_and(|mine| mine.covers_below(below))
            }
        })
    }

    fn covers_below(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Fields(_), Self::All) => false,
            (Self::Fields(mine), Self::Fields(theirs)) => theirs.iter().all(|(key, below)| {
                let kept = if key == ANY {
                    mine.get(ANY)
                } else {
                    self.child(key)
                };
                kept.is_some_and(|kept| kept.covers_below(below))
            }),
        }
    }

    /// Nothing outside `metadata` is kept: the server can leave the rest out itself.
    pub fn is_metadata_only(&self) -> bool {
        match self {
            Self::All => false,
            Self::Fields(fields) => fields
                .keys()
                .all(|key| key == "metadata" || IDENTITY.contains(&key.as_str())),
        }
    }

    /// The paths, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths.sort();
        paths
    }

    fn collect(&self, prefix: &str, paths: &mut Vec<String>) {
        match self {
            Self::All if prefix.is_empty() => paths.push(ANY.to_owned()),
            Self::All => paths.push(prefix.to_owned()),
            Self::Fields(fields) => {
                for (key, below) in fields {
                    below.collect(&join(prefix, key), paths);
                }
            }
        }
    }
}

/// A path and the key below it, in brackets where the key needs them.
fn join(prefix: &str, key: &str) -> String {
    match (is_plain(key), prefix.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{prefix}.{key}"),
        (false, _) => format!("{prefix}[\"{key}\"]"),
    }
}

/// The key needs no brackets.
fn is_plain(key: &str) -> bool {
    key == ANY
        || !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
}

fn segments(path: &str) -> Result<Vec<String>, BadPath> {
    let bad = |reason| BadPath {
        path: path.to_owned(),
        reason,
    };
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        if name.is_empty() {
            return Err(bad("a name is missing"));
        }
        if !is_plain(name) {
            return Err(bad(
                "a key with other characters than letters, digits, `-`, `_` and `$` is written `[\"KEY\"]`",
            ));
        }
        segments.push(name.to_owned());
        rest = tail;
        while let Some(tail) = rest.strip_prefix("[\"") {
            let (key, tail) = tail
                .split_once("\"]")
                .ok_or_else(|| bad("`[\"` has no `\"]`"))?;
            segments.push(key.to_owned());
            rest = tail;
        }
        if segments.len() > MAX_SEGMENTS {
            return Err(bad("it is too deep"));
        }
        match rest.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if rest.is_empty() => return Ok(segments),
            None => return Err(bad("a dot is missing")),
        }
    }
}

/// Protects the recursions above from a hostile manifest. The deepest field of a pod lies 12 deep.
const MAX_SEGMENTS: usize = 32;

impl FromStr for Mask {
    type Err = BadPath;

    fn from_str(path: &str) -> Result<Self, BadPath> {
        Self::from_paths([path])
    }
}

impl TryFrom<Vec<String>> for Mask {
    type Error = BadPath;

    fn try_from(paths: Vec<String>) -> Result<Self, BadPath> {
        Self::from_paths(paths)
    }
}

impl From<Mask> for Vec<String> {
    fn from(mask: Mask) -> Self {
        mask.paths()
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.paths().join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn mask(paths: &[&str]) -> Mask {
        Mask::from_paths(paths).unwrap()
    }

    #[rstest]
    #[case::kept_as_written(&["spec.a", "status"], &["spec.a", "status"])]
    #[case::a_parent_swallows_its_children(&["spec.a", "spec"], &["spec"])]
    #[case::in_any_order(&["spec", "spec.a"], &["spec"])]
    #[case::star_of_leaves_is_the_map(&["metadata.labels.*"], &["metadata.labels"])]
    #[case::star_joins_named_keys(&["a.*.x", "a.b.y"], &["a.*.x", "a.b.x", "a.b.y"])]
    #[case::a_named_key_that_adds_nothing_goes(&["a.*.x", "a.b.x"], &["a.*.x"])]
    #[case::brackets(&["metadata.annotations[\"a.b/c\"].d"], &["metadata.annotations[\"a.b/c\"].d"])]
    #[case::whole(&["*"], &["*"])]
    #[case::empty(&[], &[])]
    fn paths_have_one_form(#[case] written: &[&str], #[case] expected: &[&str]) {
        assert_eq!(mask(written).paths(), expected);
    }

    #[test]
    fn metadata_leaves_managed_fields_out_unless_named() {
        assert!(!mask(&["metadata"]).covers(&mask(&["metadata.managedFields.time"])));
        assert!(mask(&["metadata"]).covers(&mask(&["metadata.labels", "metadata.annotations.a"])));
        let both = mask(&["metadata", "metadata.managedFields.time"]);
        assert!(both.covers(&mask(&["metadata.managedFields.time"])));
    }

    #[rstest]
    #[case("")]
    #[case(".a")]
    #[case("a..b")]
    #[case("a.")]
    #[case("a[\"b\"")]
    #[case("a[b]")]
    #[case("a[\"b\"]c")]
    #[case("a b")]
    #[case("metadata.annotations.a/b")]
    fn texts_that_are_no_paths_are_refused(#[case] path: &str) {
        assert!(Mask::from_paths([path]).is_err());
    }

    #[rstest]
    #[case(&["spec"], &["spec.a.b"], true)]
    #[case(&["spec.a"], &["spec"], false)]
    #[case(&["a.*.x"], &["a.b.x"], true)]
    #[case(&["a.b.x"], &["a.*.x"], false)]
    #[case(&[], &["metadata.name", "metadata.uid", "kind"], true)]
    #[case(&["spec"], &["metadata.name", "spec"], true)]
    #[case(&[], &["metadata.labels"], false)]
    #[case(&["*"], &["spec"], true)]
    #[case(&["spec"], &["*"], false)]
    fn a_mask_covers_what_lies_within_it(
        #[case] wide: &[&str],
        #[case] narrow: &[&str],
        #[case] expected: bool,
    ) {
        assert_eq!(mask(wide).covers(&mask(narrow)), expected);
    }

    #[rstest]
    #[case(&["spec", "status"], &["status.phase"], &["status.phase"])]
    #[case(&["spec.a"], &["spec.b"], &[])]
    #[case(&["a.*.x"], &["a.b"], &["a.b.x"])]
    #[case(&["*"], &["a"], &["a"])]
    fn a_grant_narrows(#[case] declared: &[&str], #[case] granted: &[&str], #[case] left: &[&str]) {
        assert_eq!(mask(declared).intersection(&mask(granted)), mask(left));
        assert_eq!(mask(granted).intersection(&mask(declared)), mask(left));
    }

    fn some_mask() -> impl Strategy<Value = Mask> {
        let segment = prop::sample::select(vec!["a", "b", "*", "metadata", "c[\"d/e\"]"]);
        let path = prop::collection::vec(segment, 1..4).prop_map(|parts| parts.join("."));
        prop::collection::vec(path, 0..5).prop_map(|paths| Mask::from_paths(paths).unwrap())
    }

    proptest! {
        #[test]
        fn masks_are_a_lattice(a in some_mask(), b in some_mask(), c in some_mask()) {
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.intersection(&b), b.intersection(&a));
            prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
            prop_assert_eq!(a.union(&a), a.clone());
            prop_assert_eq!(a.intersection(&a), a.clone());
            prop_assert!(a.union(&b).covers(&a));
            prop_assert!(a.covers(&a.intersection(&b)));
            prop_assert_eq!(Mask::from_paths(a.paths()).unwrap(), a);
        }
    }
}
