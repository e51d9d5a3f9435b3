//! Which fields of an object are kept.
//!
//! A mask is a tree of field names. Arrays are transparent, `*` stands for any key of a map, and a key with dots or
//! slashes is written in brackets: `metadata.annotations["a/b"]`. Identity is not part of a mask: the pruner always
//! keeps it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A set of field paths. A leaf keeps everything below it.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Mask {
    children: BTreeMap<String, Mask>,
}

/// A text that is no field path.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` is no field path: {reason}")]
pub struct BadPath {
    path: String,
    reason: &'static str,
}

impl Mask {
    /// Parse field paths and unite them.
    pub fn from_paths<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Result<Self, BadPath> {
        let mut mask = Self::default();
        for path in paths {
            mask.add(&segments(path.as_ref())?);
        }
        Ok(mask)
    }

    fn add(&mut self, segments: &[String]) {
        let mut node = self;
        let mut is_new = false;
        for segment in segments {
            // Everything below is kept already.
            if !is_new && node.is_leaf() && !node.is_root_of(segments, segment) {
                return;
            }
            is_new = !node.children.contains_key(segment);
            node = node.children.entry(segment.clone()).or_default();
        }
        node.children.clear();
    }

    fn is_root_of(&self, segments: &[String], segment: &String) -> bool {
        segments
            .first()
            .is_some_and(|first| std::ptr::eq(first, segment))
    }

    /// Nothing below is named: everything below is kept.
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// What is kept under a key of a map: the named subtree united with that of `*`.
    pub fn child(&self, key: &str) -> Option<&Self> {
        self.children.get(key).or_else(|| self.children.get("*"))
    }

    /// The paths, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, prefix: &str, paths: &mut Vec<String>) {
        for (key, child) in &self.children {
            let plain = key == "*"
                || key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '$');
            let path = match (plain, prefix.is_empty()) {
                (true, true) => key.clone(),
                (true, false) => format!("{prefix}.{key}"),
                (false, _) => format!("{prefix}[\"{key}\"]"),
            };
            if child.is_leaf() {
                paths.push(path);
            } else {
                child.collect(&path, paths);
            }
        }
    }
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
        segments.push(name.to_owned());
        rest = tail;
        while let Some(tail) = rest.strip_prefix("[\"") {
            let (key, tail) = tail
                .split_once("\"]")
                .ok_or_else(|| bad("`[\"` has no `\"]`"))?;
            segments.push(key.to_owned());
            rest = tail;
        }
        match rest.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if rest.is_empty() => return Ok(segments),
            None => return Err(bad("a dot is missing")),
        }
    }
}

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
