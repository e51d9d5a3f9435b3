//! A structured selector as LogQL.
//!
//! Every text of a check lands inside a quoted string, and inside a regular expression it is escaped first, so a
//! selector can mean nothing but itself.

use crate::capability::literal::{pattern, quoted};
use crate::capability::{LabelMatch, LogsRequest, MatchKind, TextMatch};

/// Why a selector cannot be asked for.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum BadSelector {
    #[error("`{0}` is no label name")]
    Label(String),
    #[error("the label `{0}` needs a value, and `equal` and `not-equal` exactly one")]
    Values(String),
    #[error("a selector needs a label that is `equal` or `one-of` and not empty")]
    Unbounded,
    #[error("a text match needs words that are not empty")]
    Words,
}

/// The log query.
pub(super) fn build(request: &LogsRequest) -> Result<String, BadSelector> {
    if !request.labels.iter().any(is_bounding) {
        return Err(BadSelector::Unbounded);
    }
    let labels: Result<Vec<String>, BadSelector> = request.labels.iter().map(label).collect();
    let mut query = format!("{{{}}}", labels?.join(", "));
    for text in &request.text {
        query.push_str(&line_filter(text)?);
    }
    Ok(query)
}

/// Loki refuses a selector without one matcher that cannot be empty.
fn is_bounding(label: &LabelMatch) -> bool {
    matches!(label.kind, MatchKind::Equal | MatchKind::OneOf)
        && !label.values.is_empty()
        && label.values.iter().all(|value| !value.is_empty())
}

fn label(label: &LabelMatch) -> Result<String, BadSelector> {
    let name = label.name.as_str();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(BadSelector::Label(name.chars().take(64).collect()));
    }
    let (operator, value) = match (label.kind, label.values.as_slice()) {
        (MatchKind::Equal, [value]) => ("=", quoted(value)),
        (MatchKind::NotEqual, [value]) => ("!=", quoted(value)),
        (MatchKind::OneOf, values @ [_, ..]) => ("=~", quoted(&any_of(values))),
        (MatchKind::NoneOf, values @ [_, ..]) => ("!~", quoted(&any_of(values))),
        _ => return Err(BadSelector::Values(name.to_owned())),
    };
    Ok(format!("{name}{operator}{value}"))
}

fn line_filter(text: &TextMatch) -> Result<String, BadSelector> {
    if text.words.is_empty() || text.words.iter().any(String::is_empty) {
        return Err(BadSelector::Words);
    }
    let operator = if text.negate { "!~" } else { "|~" };
    let words = format!("(?i)({})", any_of(&text.words));
    Ok(format!(" {operator} {}", quoted(&words)))
}

/// Label matchers are anchored by Loki, line filters are not.
fn any_of(values: &[String]) -> String {
    let escaped: Vec<String> = values.iter().map(|value| pattern(value)).collect();
    escaped.join("|")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn request(labels: &[(&str, MatchKind, &[&str])], text: &[(&[&str], bool)]) -> LogsRequest {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        LogsRequest {
            labels: labels
                .iter()
                .map(|(name, kind, values)| LabelMatch {
                    name: (*name).to_owned(),
                    kind: *kind,
                    values: owned(values),
                })
                .collect(),
            text: text
                .iter()
                .map(|(words, negate)| TextMatch {
                    words: owned(words),
                    negate: *negate,
                })
                .collect(),
            start: "2026-11-23T05:00:00Z".to_owned(),
            end: "2026-11-23T06:00:00Z".to_owned(),
            backward: true,
            limit: 100,
        }
    }

    #[test]
    fn selectors_become_logql() {
        use MatchKind::{Equal, NoneOf, NotEqual, OneOf};
        for (labels, text, query) in [
            (
                &[("namespace", Equal, &["data"][..])][..],
                &[][..],
                r#"{namespace="data"}"#,
            ),
            (
                &[
                    ("namespace", OneOf, &["data", "a.b"]),
                    ("app", NotEqual, &["x\"y"]),
                    ("pod", NoneOf, &["p|q"]),
                ],
                &[
                    (&["error", "panic(", "a\"b"][..], false),
                    (&["debug"], true),
                ],
                concat!(
                    r#"{namespace=~"data|a\\.b", app!="x\"y", pod!~"p\\|q"}"#,
                    r#" |~ "(?i)(error|panic\\(|a\"b)" !~ "(?i)(debug)""#
                ),
            ),
        ] {
            assert_eq!(build(&request(labels, text)).unwrap(), query);
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        use MatchKind::{Equal, NotEqual, OneOf};
        for (labels, text, error) in [
            (&[][..], &[][..], BadSelector::Unbounded),
            (&[("a", NotEqual, &["x"][..])], &[], BadSelector::Unbounded),
            (&[("a", Equal, &[""])], &[], BadSelector::Unbounded),
            (
                &[("a", OneOf, &["x"]), ("b", Equal, &["x", "y"])],
                &[],
                BadSelector::Values("b".to_owned()),
            ),
            (
                &[("a}|=", Equal, &["x"])],
                &[],
                BadSelector::Label("a}|=".to_owned()),
            ),
            (
                &[("a", Equal, &["x"])],
                &[(&[""][..], false)],
                BadSelector::Words,
            ),
        ] {
            assert_eq!(build(&request(labels, text)), Err(error));
        }
    }
}
