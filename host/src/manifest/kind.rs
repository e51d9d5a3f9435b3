//! The name of a Kubernetes kind as manifests, grants and reports write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `v1/Pod` in the core group, `apps/v1/Deployment` elsewhere.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct KindName {
    /// Empty in the core group.
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// A text that names no kind.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no kind; write `v1/Pod` or `apps/v1/Deployment`")]
pub struct BadKind {
    text: String,
}

impl KindName {
    /// As the field `apiVersion` has it.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// From the fields `apiVersion` and `kind` of an object.
    pub fn from_parts(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(formatter, "{}/", self.group)?;
        }
        write!(formatter, "{}/{}", self.version, self.kind)
    }
}

impl FromStr for KindName {
    type Err = BadKind;

    fn from_str(text: &str) -> Result<Self, BadKind> {
        let bad = || BadKind {
            text: text.to_owned(),
        };
        let parts: Vec<&str> = text.split('/').collect();
        let (group, version, kind) = match parts.as_slice() {
            [version, kind] => ("", *version, *kind),
            [group, version, kind] => (*group, *version, *kind),
            _ => return Err(bad()),
        };
        let is_dns = |part: &str| {
            part.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
        };
        let is_sound = is_dns(group)
            && !version.is_empty()
            && is_dns(version)
            && kind.starts_with(|c: char| c.is_ascii_uppercase())
            && kind.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_sound || (parts.len() == 3 && group.is_empty()) {
            return Err(bad());
        }
        Ok(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        })
    }
}

impl TryFrom<String> for KindName {
    type Error = BadKind;

    fn try_from(text: String) -> Result<Self, BadKind> {
        text.parse()
    }
}

impl From<KindName> for String {
    fn from(kind: KindName) -> Self {
        kind.to_string()
    }
}
