//! Host names and times, as findings write and compare them.

use std::collections::BTreeSet;

use bsq_sdk::prelude::*;

/// Characters of a message of others in a title; the evidence has more of it.
const EXCERPT: usize = 160;

/// Whether a name of a certificate or of a TLS entry stands for a host name. A star stands for one label.
pub(crate) fn covers(pattern: &str, host: &str) -> bool {
    if let Some(suffix) = pattern.strip_prefix("*.") {
        return host
            .split_once('.')
            .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(suffix));
    }
    pattern.eq_ignore_ascii_case(host)
}

/// Whether a host name is one of those that settings name: itself, or below a suffix that begins with a dot.
pub(crate) fn is_among(patterns: &[String], host: &str) -> bool {
    patterns.iter().any(|pattern| {
        pattern.eq_ignore_ascii_case(host)
            || (pattern.starts_with('.')
                && host
                    .to_ascii_lowercase()
                    .ends_with(&pattern.to_ascii_lowercase()))
    })
}

/// Whether two names are published together, as far as names tell: the domain above one holds the other.
pub(crate) fn is_beside(one: &str, other: &str) -> bool {
    let is_below = |host: &str, beside: &str| {
        let domain = beside.split_once('.').map(|(_, domain)| domain);
        domain.is_some_and(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|head| head.ends_with('.'))
        })
    };
    is_below(one, other) || is_below(other, one)
}

/// `portal.site.test`, `portal.site.test and 2 more`.
pub(crate) fn few<S: AsRef<str> + Ord>(names: &BTreeSet<S>) -> String {
    match (names.first(), names.len()) {
        (None, _) => "no host name".to_owned(),
        (Some(only), 1) => only.as_ref().to_owned(),
        (Some(first), count) => format!("{} and {} more", first.as_ref(), count - 1),
    }
}

pub(crate) fn joined<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    names.join(", ")
}

/// The beginning of a message, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// `6 days`, `5 hours`, `40 minutes`.
pub(crate) fn span(duration: SignedDuration) -> String {
    let minutes = duration.unsigned_abs().as_secs() / 60;
    match minutes {
        2880.. => format!("{} days", minutes / 1440),
        120.. => format!("{} hours", minutes / 60),
        1 => "1 minute".to_owned(),
        _ => format!("{minutes} minutes"),
    }
}

/// Where a probe was made, in words for a title.
pub(crate) fn from_where(vantage: &str) -> String {
    match vantage {
        "operator" => "from the operator's machine".to_owned(),
        "in-cluster" => "from inside the cluster".to_owned(),
        other => format!("from {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        for (pattern, host, is_covered) in [
            ("*.site.test", "portal.site.test", true),
            ("*.Site.test", "portal.site.test", true),
            ("*.site.test", "a.portal.site.test", false),
            ("*.site.test", "site.test", false),
            ("portal.site.test", "PORTAL.site.test", true),
            ("portal.site.test", "auth.site.test", false),
        ] {
            assert_eq!(covers(pattern, host), is_covered, "{pattern} {host}");
        }
    }

    #[test]
    fn names_of_one_domain_are_beside_each_other() {
        assert!(is_beside("portal.site.test", "auth.site.test"));
        assert!(is_beside("a.apps.site.test", "auth.site.test"));
        assert!(!is_beside("portal.site.test", "portal.other.test"));
        assert!(!is_beside("portal.mysite.test", "auth.site.test"));
    }

    #[test]
    fn spans_are_told_in_the_unit_that_matters() {
        for (hours, told) in [(24 * 6, "6 days"), (47, "47 hours"), (1, "60 minutes")] {
            assert_eq!(span(SignedDuration::from_hours(hours)), told);
        }
        assert_eq!(span(SignedDuration::from_hours(-72)), "3 days");
    }
}
