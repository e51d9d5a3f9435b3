//! Label selectors as kubectl writes them, evaluated here so that one list serves every check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Requirements that all have to hold.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Test {
    In(BTreeSet<String>),
    /// Holds for what lacks the label, too.
    NotIn(BTreeSet<String>),
    Exists,
    Missing,
}

/// A text that is no selector.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no label selector: {reason}; write `app=web,tier!=cache` or `app in (a,b)`")]
pub struct BadSelector {
    text: String,
    reason: String,
}

impl BadSelector {
    /// What of it is wrong, without the text.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Selector {
    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            match &requirement.test {
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
            }
        })
    }
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        let terms = terms(text);
        let requirements: Result<Vec<_>, String> = terms.into_iter().map(requirement).collect();
        match requirements {
            Ok(mut requirements) => {
                requirements.sort();
                requirements.dedup();
                Ok(Self { requirements })
            }
            Err(reason) => Err(BadSelector {
                text: text.to_owned(),
                reason,
            }),
        }
    }
}

/// Split at the commas that stand in no brackets. An empty text has no terms.
fn terms(text: &str) -> Vec<&str> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut depth = 0_u32;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

fn requirement(term: &str) -> Result<Requirement, String> {
    let (key, test) = if let Some((key, value)) = term.split_once("!=") {
        (key, Test::NotIn(one(value)?))
    } else if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        (key, Test::In(one(value)?))
    } else if let Some(key) = term.strip_prefix('!') {
        (key, Test::Missing)
    } else if let Some(end) = term.find(|c: char| c.is_whitespace() || c == '(') {
        let (key, rest) = term.split_at(end);
        (key, set(rest.trim())?)
    } else {
        (term, Test::Exists)
    };
    let key = key.trim();
    let is_sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if key.is_empty() || !key.chars().all(is_sound) {
        return Err(format!("`{key}` is no label's name"));
    }
    Ok(Requirement {
        key: key.to_owned(),
        test,
    })
}

/// `in (a, b)` or `notin (a, b)`.
fn set(text: &str) -> Result<Test, String> {
    let (word, rest) = text.split_at(text.find('(').ok_or("a `(` is missing")?);
    let values = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or("a `)` is missing")?;
    let values: Result<BTreeSet<_>, _> = values.split(',').map(value).collect();
    match word.trim() {
        "in" => Ok(Test::In(values?)),
        "notin" => Ok(Test::NotIn(values?)),
        other => Err(format!("`{other}` is neither `in` nor `notin`")),
    }
}

fn one(text: &str) -> Result<BTreeSet<String>, String> {
    Ok(BTreeSet::from([value(text)?]))
}

fn value(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.chars().all(is_sound) {
        return Err(format!("`{text}` is no label's value"));
    }
    Ok(text.to_owned())
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            let key = &requirement.key;
            let join = |values: &BTreeSet<String>| {
                values
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(",")
            };
            match &requirement.test {
                Test::In(values) => write!(formatter, "{key} in ({})", join(values))?,
                Test::NotIn(values) => write!(formatter, "{key} notin ({})", join(values))?,
                Test::Exists => formatter.write_str(key)?,
                Test::Missing => write!(formatter, "!{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", true)]
    #[case("app=web", true)]
    #[case("app==web", true)]
    #[case("app = web , tier", true)]
    #[case("app=db", false)]
    #[case("app!=db", true)]
    #[case("app!=web", false)]
    #[case("none!=web", true)]
    #[case("app in (db, web)", true)]
    #[case("app in(db)", false)]
    #[case("app notin (db)", true)]
    #[case("none notin (db)", true)]
    #[case("none", false)]
    #[case("!none", true)]
    #[case("!app", false)]
    #[case("tier=", true)]
    #[case("app in (web),app.site.test/x=1", true)]
    fn labels_are_matched_as_kubectl_does(#[case] selector: &str, #[case] expected: bool) {
        let labels = [("app", "web"), ("tier", ""), ("app.site.test/x", "1")];
        let labels = labels
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let parsed = selector.parse::<Selector>().unwrap();
        assert_eq!(parsed.matches(&labels), expected);
        assert_eq!(parsed.to_string().parse::<Selector>().unwrap(), parsed);
    }

    #[rstest]
    #[case("=web")]
    #[case("app=we b")]
    #[case("app in web")]
    #[case("app in (web")]
    #[case("app among (web)")]
    #[case("app=web,")]
    #[case("a b")]
    #[case("!")]
    fn what_is_no_selector_is_refused(#[case] selector: &str) {
        assert!(selector.parse::<Selector>().is_err());
    }
}
