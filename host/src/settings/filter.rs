//! `--check` and `--skip`: globs over the ids of checks.

use globset::{Glob, GlobMatcher};

use crate::ui::Fault;

/// Which checks run, by id.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    only: Vec<GlobMatcher>,
    skip: Vec<GlobMatcher>,
}

impl Filter {
    /// Parse the globs of `--check` and `--skip`.
    pub fn new(only: &[String], skip: &[String]) -> Result<Self, Fault> {
        Ok(Self {
            only: matchers("--check", only)?,
            skip: matchers("--skip", skip)?,
        })
    }

    /// Whether a check of this id is asked for.
    pub fn admits(&self, id: &str) -> bool {
        let is_in = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(id));
        (self.only.is_empty() || is_in(&self.only)) && !is_in(&self.skip)
    }

    /// Nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.only.is_empty() && self.skip.is_empty()
    }

    /// The first glob that matches none of these ids: a typo, most likely. `--skip` of what is not there is none.
    pub fn unmatched<'a>(&self, ids: impl IntoIterator<Item = &'a str> + Clone) -> Option<Fault> {
        let glob = self
            .only
            .iter()
            .find(|glob| !ids.clone().into_iter().any(|id| glob.is_match(id)))?;
        let known: Vec<&str> = ids.into_iter().collect();
        let hint = if known.is_empty() {
            "name components: `bsq-host run checks/*.wasm`".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        };
        Some(
            Fault::new(
                "BSQ0132",
                format!("`--check {}` matches no check", glob.glob()),
            )
            .hint(hint)
            .hint("add `--allow-empty` where that is no error"),
        )
    }
}

fn matchers(flag: &str, globs: &[String]) -> Result<Vec<GlobMatcher>, Fault> {
    let compile = |text: &String| {
        let glob = Glob::new(text).map_err(|bad| {
            let reason = bad.kind();
            Fault::new("BSQ0131", format!("`{flag} {text}` is no glob: {reason}"))
                .hint(format!("write `{flag} 'pod-*'`"))
        })?;
        Ok(glob.compile_matcher())
    };
    globs.iter().map(compile).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn filter(only: &[&str], skip: &[&str]) -> Filter {
        let owned = |globs: &[&str]| {
            globs
                .iter()
                .map(|glob| (*glob).to_owned())
                .collect::<Vec<_>>()
        };
        Filter::new(&owned(only), &owned(skip)).unwrap()
    }

    #[test]
    fn skip_wins_over_check() {
        for (only, skip, id, admitted) in [
            (&[][..], &[][..], "pod-triage", true),
            (&["pod-*"], &[], "pod-triage", true),
            (&["pod-*"], &[], "dns-tls", false),
            (&["pod-*"], &["*-triage"], "pod-triage", false),
            (&[], &["acme.example/*"], "acme.example/pvc-age", false),
        ] {
            assert_eq!(filter(only, skip).admits(id), admitted, "{only:?} {skip:?}");
        }
    }

    #[test]
    fn a_glob_that_matches_nothing_is_told_with_what_there_is() {
        let ids = ["pod-triage", "dns-tls"];
        assert!(filter(&["pod-*"], &["nothing"]).unmatched(ids).is_none());
        let fault = filter(&["pod-*", "dsn-*"], &[]).unmatched(ids).unwrap();
        assert_eq!(fault.cause, "`--check dsn-*` matches no check");
        assert_eq!(
            fault.hints.first().unwrap(),
            "there are pod-triage, dns-tls"
        );
    }
}
