//! Where an application of Argo CD comes from. Checks that tell the same place call it by the same name, since the
//! findings of one have those of another as their cause.

use bsq_sdk::prelude::*;

/// A source as its check reads it.
pub trait Origin {
    fn repo_url(&self) -> &str;
    fn path(&self) -> &str;
    fn chart(&self) -> &str;
    fn target_revision(&self) -> &str;

    /// The address without user and password, which some sites write into it. As a subject: the whole repository.
    fn address(&self) -> String {
        without_user(self.repo_url())
    }

    /// Argo CD takes `HEAD` where nothing is named.
    fn revision(&self) -> &str {
        match self.target_revision() {
            "" => "HEAD",
            revision => revision,
        }
    }

    /// What `path` or `chart` names.
    fn what(&self) -> String {
        match (self.chart(), self.path()) {
            ("", "") => "the repository's root".to_owned(),
            ("", path) => format!("path {path}"),
            (chart, _) => format!("chart {chart}"),
        }
    }

    /// The name of its branch or version as a subject.
    fn at_revision(&self) -> String {
        format!("{} at {}", self.address(), self.revision())
    }

    /// The name of its path or chart as a subject.
    fn at_path(&self) -> String {
        format!("{}, {}", self.at_revision(), self.what())
    }

    /// As evidence.
    fn told(&self) -> String {
        format!("{} {} at {}", self.address(), self.what(), self.revision())
    }
}

/// Every source, whether the application has one or several.
pub fn all<'a, S>(single: Option<&'a S>, several: &'a [S]) -> impl Iterator<Item = &'a S> + Clone {
    several.iter().chain(single.filter(|_| several.is_empty()))
}

/// The source that a text is about: `source 2 of 3`, else the first.
pub fn meant<S>(mut sources: impl Iterator<Item = S> + Clone, message: &str) -> Option<S> {
    let number = message
        .split_once("source ")
        .and_then(|(_, rest)| rest.split_once(" of "));
    let index = number
        .and_then(|(number, _)| number.parse::<usize>().ok())
        .and_then(|number| number.checked_sub(1));
    let first = sources.clone().next();
    sources.nth(index.unwrap_or(0)).or(first)
}

/// How a site lets an application be synced.
#[derive(Object)]
pub struct SyncPolicy {
    /// Whole, since `automated: {}` says yes by being there.
    pub automated: Option<Value>,
}

impl SyncPolicy {
    /// Whether Argo CD syncs it by itself.
    #[must_use]
    pub fn is_automated(&self) -> bool {
        let policy = self.automated.as_ref();
        policy.is_some_and(|policy| policy.get("enabled") != Some(&Value::Bool(false)))
    }
}

/// An address without user and password.
#[must_use]
pub fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::{meant, without_user};

    #[test]
    fn an_address_is_told_without_its_password() {
        for (given, told) in [
            (
                "https://bot:secret@git.site.test/platform.git",
                "https://git.site.test/platform.git",
            ),
            (
                "https://git.site.test/a@b.git",
                "https://git.site.test/a@b.git",
            ),
            (
                "git@git.site.test:platform.git",
                "git@git.site.test:platform.git",
            ),
        ] {
            assert_eq!(without_user(given), told);
        }
    }

    #[test]
    fn a_text_names_its_source_or_means_the_first() {
        for (message, source) in [
            ("source 2 of 3: app path does not exist", Some("values")),
            ("source 9 of 9: app path does not exist", Some("chart")),
            ("app path does not exist", Some("chart")),
        ] {
            let sources = ["chart", "values", "patches"].into_iter();
            assert_eq!(meant(sources, message), source, "{message}");
        }
    }
}
