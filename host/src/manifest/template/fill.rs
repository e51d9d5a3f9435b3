//! Fill in a template's parameters.

use super::{Piece, Position, Template};
use crate::capability::literal;

/// Words of PromQL that would not be read as names.
const KEYWORDS: [&str; 14] = [
    "and",
    "atan2",
    "bool",
    "by",
    "group_left",
    "group_right",
    "ignoring",
    "inf",
    "nan",
    "offset",
    "on",
    "or",
    "unless",
    "without",
];

/// Units of durations; each store knows some of them and refuses the others.
const UNITS: [&str; 9] = ["ns", "us", "ms", "s", "m", "h", "d", "w", "y"];

/// Why a parameter cannot be filled in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadParameter {
    #[error("the template has no parameter `{0}`")]
    Unknown(String),
    #[error("the parameter `{0}` has no value")]
    Missing(String),
    #[error(
        "the parameter `{0}` has several values, and does not stand after `=~` or `!~` everywhere"
    )]
    Several(String),
    #[error("the parameter `{name}` is not {what}")]
    Other { name: String, what: &'static str },
}

impl Template<'_> {
    /// The query. A name that is given several times has several values.
    pub fn fill(&self, values: &[(String, String)]) -> Result<String, BadParameter> {
        let known = self.parameters();
        let mut given = values.iter().map(|(name, _)| name.as_str());
        if let Some(unknown) = given.find(|name| !known.contains(name)) {
            return Err(BadParameter::Unknown(unknown.to_owned()));
        }
        let mut query = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(text) => query.push_str(text),
                Piece::Parameter { name, position } => {
                    query.push_str(&position.write(name, &of(values, name))?);
                }
            }
        }
        Ok(query)
    }
}

fn of<'v>(values: &'v [(String, String)], name: &str) -> Vec<&'v str> {
    let values = values.iter().filter(|(key, _)| key == name);
    values.map(|(_, value)| value.as_str()).collect()
}

impl Position {
    /// The values of a parameter in this place.
    fn write(self, name: &str, values: &[&str]) -> Result<String, BadParameter> {
        // An empty text compares with labels that are not there, and as a pattern with everything around it.
        if values.is_empty() || values.contains(&"") {
            return Err(BadParameter::Missing(name.to_owned()));
        }
        let other = |what| BadParameter::Other {
            name: name.to_owned(),
            what,
        };
        if let Self::Pattern { quote } = self {
            let text = any_of(values);
            return text_between(&text, quote).ok_or(other(NO_BACKTICKS));
        }
        let [value] = values else {
            return Err(BadParameter::Several(name.to_owned()));
        };
        match self {
            Self::Text { quote } | Self::Pattern { quote } => {
                text_between(value, quote).ok_or(other(NO_BACKTICKS))
            }
            Self::Duration if is_duration(value) => Ok((*value).to_owned()),
            Self::Duration => Err(other("a duration such as `5m`")),
            Self::Name if is_name(value) => Ok((*value).to_owned()),
            Self::Name => Err(other("a name")),
            Self::Literal if is_number(value) || is_duration(value) => Ok((*value).to_owned()),
            Self::Literal => Err(other("a number or a duration")),
        }
    }
}

const NO_BACKTICKS: &str = "a text that can stand between backticks";

/// A pattern that matches each of some texts.
fn any_of(values: &[&str]) -> String {
    let patterns: Vec<String> = values.iter().map(|value| literal::pattern(value)).collect();
    match patterns.as_slice() {
        [one] => one.clone(),
        several => format!("(?:{})", several.join("|")),
    }
}

/// A text as it is written between quotes; between backticks Go knows no escapes, and drops carriage returns.
fn text_between(text: &str, quote: char) -> Option<String> {
    if quote != '`' {
        return Some(literal::inside(text, quote));
    }
    (!text.contains(['`', '\r'])).then(|| text.to_owned())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'))
        && !KEYWORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `90s`, `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = rest.len() - unit.len();
        let length = unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len());
        let (unit, next) = unit.split_at(length);
        if digits == 0 || !UNITS.contains(&unit) {
            return false;
        }
        rest = next;
    }
    !text.is_empty()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(query: &str, values: &[(&str, &str)]) -> Result<String, BadParameter> {
        let values: Vec<(String, String)> = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Template::parse(query).unwrap().fill(&values)
    }

    #[test]
    fn values_are_written_as_their_place_asks() {
        for (query, values, filled) in [
            ("up", &[][..], "up"),
            (
                r#"x{a="${a}", b=~"${a}.*"}"#,
                &[("a", r#"q"\.z"#)],
                r#"x{a="q\"\\.z", b=~"q\"\\\\\\.z.*"}"#,
            ),
            ("x{a='${a}'}", &[("a", "it's \"1\"")], r#"x{a='it\'s "1"'}"#),
            ("x{a=~`${a}`}", &[("a", "a.b")], r"x{a=~`a\.b`}"),
            (
                r#"x{ns=~"${ns}"}"#,
                &[("ns", "data"), ("ns", "a.b")],
                r#"x{ns=~"(?:data|a\\.b)"}"#,
            ),
            (
                "topk(${n}, rate(${m}[${w}])) by (${l}) > ${min}",
                &[
                    ("n", "3"),
                    ("m", "http:requests"),
                    ("w", "1h30m"),
                    ("l", "pod"),
                    ("min", "-1.5e3"),
                ],
                "topk(3, rate(http:requests[1h30m])) by (pod) > -1.5e3",
            ),
        ] {
            assert_eq!(fill(query, values).unwrap(), filled, "{query}");
        }
    }

    #[test]
    fn values_of_another_kind_are_refused() {
        for (query, values, words) in [
            ("up", &[("a", "x")][..], "no parameter `a`"),
            (r#"x{a="${a}"}"#, &[], "`a` has no value"),
            (r#"x{a="${a}"}"#, &[("a", "")], "`a` has no value"),
            (
                r#"x{a=~"${a}"}"#,
                &[("a", "x"), ("a", "")],
                "`a` has no value",
            ),
            (
                r#"x{a="${a}"}"#,
                &[("a", "x"), ("a", "y")],
                "several values",
            ),
            ("x{a=`${a}`}", &[("a", "`} or y")], "between backticks"),
            ("x[${a}]", &[("a", "5")], "not a duration"),
            ("x[${a}]", &[("a", "5m] or y[1m")], "not a duration"),
            ("x[${a}]", &[("a", "m")], "not a duration"),
            ("x > ${a}", &[("a", "y")], "not a number"),
            ("x > ${a}", &[("a", "1 or y")], "not a number"),
            ("x > ${a}", &[("a", "NaN")], "not a number"),
            ("x > ${a}", &[("a", "1e999")], "not a number"),
            ("sum by (${a}) (x)", &[("a", "pod, node")], "not a name"),
            ("x > ${a}{}", &[("a", "bool")], "not a name"),
            ("x > ${a}{}", &[("a", "OR")], "not a name"),
        ] {
            let said = fill(query, values).unwrap_err().to_string();
            assert!(said.contains(words), "{query}: {said}");
        }
    }

    /// The query without what stands in its strings, as a parser of Go's literals sees it.
    fn skeleton(query: &str) -> Option<String> {
        let mut outside = String::new();
        let mut rest = query.chars();
        while let Some(c) = rest.next() {
            outside.push(c);
            if !matches!(c, '"' | '\'') {
                continue;
            }
            loop {
                match rest.next()? {
                    '\\' => {
                        rest.next()?;
                    }
                    '\n' => return None,
                    other if other == c => break,
                    _ => {}
                }
            }
            outside.push(c);
        }
        Some(outside)
    }

    proptest! {
        #[test]
        fn no_value_changes_the_query_around_it(value in "\\PC{1,20}|[\"'\\\\`\n\r{}\\[\\]()|=~$0-9a-z ]{1,20}") {
            const QUERY: &str = r#"sum(x{a="${v}", b=~'.*${v}', c!="-${v}-"}[5m]) > 0"#;
            let filled = fill(QUERY, &[("v", &value)]).unwrap();
            prop_assert_eq!(skeleton(&filled), skeleton(QUERY));
        }

        #[test]
        fn a_value_outside_of_quotes_is_one_word_or_refused(value in "[ -~]{1,12}") {
            for query in ["x[${v}]", "sum by (${v}) (x)", "x > ${v}", "${v}{}"] {
                if let Ok(filled) = fill(query, &[("v", &value)]) {
                    prop_assert!(!value.contains(|c: char| " ,(){}[]\"'`#/|&~=<>".contains(c)), "{}", filled);
                }
            }
        }
    }
}
