//! Find the parameters of a template, and what may stand in the place of each.

use super::{Piece, Position};

/// Words after which parentheses hold names of labels.
const LABEL_LISTS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// After these a number may stand.
const OPERATORS: [char; 11] = ['=', '<', '>', '+', '-', '*', '/', '%', '^', '(', ','];

/// A bracket that is not closed yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Open {
    Brace,
    Bracket,
    Parenthesis { holds_labels: bool },
}

/// A string that is not closed yet.
#[derive(Clone, Copy, Debug)]
struct Quote {
    mark: char,
    compared: Compared,
    /// The last character was a backslash that escapes the next.
    is_escaping: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Compared {
    Equal,
    Matching,
    /// An argument of a function, whose meaning is not known here.
    No,
}

struct Scan<'t> {
    query: &'t str,
    open: Vec<Open>,
    quote: Option<Quote>,
}

/// Take a template apart.
pub(super) fn pieces(query: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut scan = Scan {
        query,
        open: Vec::new(),
        quote: None,
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = find(query, at) {
        let fixed = slice(query, at, start);
        scan.read(at, fixed)?;
        let (name, end) = parameter(query, start)?;
        let position = scan.position(name, start, end)?;
        pieces.extend([Piece::Fixed(fixed), Piece::Parameter { name, position }]);
        at = end;
    }
    let rest = slice(query, at, query.len());
    scan.read(at, rest)?;
    pieces.push(Piece::Fixed(rest));
    if scan.quote.is_some() || !scan.open.is_empty() {
        return Err("a quote or a bracket in `query` is not closed".to_owned());
    }
    Ok(pieces)
}

fn find(query: &str, from: usize) -> Option<usize> {
    query.get(from..)?.find("${").map(|at| from + at)
}

fn slice(query: &str, from: usize, to: usize) -> &str {
    query.get(from..to).unwrap_or_default()
}

/// The name of the parameter that begins here, and where it ends.
fn parameter(query: &str, start: usize) -> Result<(&str, usize), String> {
    let inner = slice(query, start + "${".len(), query.len());
    let Some((name, _)) = inner.split_once('}') else {
        return Err(format!("`${{{inner}` in `query` has no `}}`"));
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name {
        return Err(format!(
            "`${{{name}}}` in `query` is no parameter; write lower case with dashes"
        ));
    }
    Ok((name, start + "${}".len() + name.len()))
}

impl Scan<'_> {
    /// Follow quotes and brackets through a part without parameters.
    fn read(&mut self, from: usize, part: &str) -> Result<(), String> {
        for (offset, c) in part.char_indices() {
            match &mut self.quote {
                Some(quote) if quote.is_escaping => quote.is_escaping = false,
                Some(quote) if c == '\\' && quote.mark != '`' => quote.is_escaping = true,
                Some(quote) if c == quote.mark => self.quote = None,
                Some(_) => {}
                None => self.code(from + offset, c)?,
            }
        }
        Ok(())
    }

    /// One character outside of strings.
    fn code(&mut self, at: usize, c: char) -> Result<(), String> {
        let rest = slice(self.query, at, self.query.len());
        match c {
            // A quote in a comment would be taken for the beginning of a string.
            '#' => return Err("`query` holds a comment; say it in `why`".to_owned()),
            '/' if rest.starts_with("//") || rest.starts_with("/*") => {
                return Err("`query` holds a comment; say it in `why`".to_owned());
            }
            '"' | '\'' | '`' => {
                self.quote = Some(Quote {
                    mark: c,
                    compared: compared(self.before(at)),
                    is_escaping: false,
                });
            }
            '(' => self.open.push(Open::Parenthesis {
                holds_labels: LABEL_LISTS.contains(&last_word(self.before(at)).as_str()),
            }),
            '{' => self.open.push(Open::Brace),
            '[' => self.open.push(Open::Bracket),
            ')' | '}' | ']' => self.close(c)?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, c: char) -> Result<(), String> {
        let is_its_own = matches!(
            (self.open.pop(), c),
            (Some(Open::Parenthesis { .. }), ')')
                | (Some(Open::Brace), '}')
                | (Some(Open::Bracket), ']')
        );
        if is_its_own {
            Ok(())
        } else {
            Err(format!("`{c}` in `query` closes nothing"))
        }
    }

    fn before(&self, at: usize) -> &str {
        slice(self.query, 0, at).trim_end()
    }

    /// What the parameter between two places stands for.
    fn position(&self, name: &str, start: usize, end: usize) -> Result<Position, String> {
        match self.quote {
            Some(quote) => quoted(quote, name),
            None => self.bare(name, start, end),
        }
    }

    /// A parameter outside of strings.
    fn bare(&self, name: &str, start: usize, end: usize) -> Result<Position, String> {
        let is_glue = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
        let after = slice(self.query, end, self.query.len());
        let is_glued = slice(self.query, 0, start).ends_with(|c: char| is_glue(c) || c == '}')
            || after.starts_with(is_glue);
        if is_glued {
            return Err(format!(
                "`${{{name}}}` in `query` is a part of a word; outside of quotes it stands alone"
            ));
        }
        let before = self.before(start);
        let inner = self.open.last();
        let is_counted = before.ends_with(OPERATORS) || last_word(before) == "bool";
        Ok(match inner {
            Some(Open::Bracket) => Position::Duration,
            _ if last_word(before.trim_end_matches(['-', ' '])) == "offset" => Position::Duration,
            Some(Open::Parenthesis { holds_labels: true }) => Position::Name,
            _ if after.trim_start().starts_with(['{', '[']) => Position::Name,
            Some(Open::Brace) if before.ends_with(['{', ',']) => Position::Name,
            _ if is_counted => Position::Literal,
            _ => {
                return Err(format!(
                    "it cannot be told what `${{{name}}}` in `query` stands for; put it into quotes, into `[…]`, or \
                     after an operator"
                ));
            }
        })
    }
}

/// A parameter within a string.
fn quoted(quote: Quote, name: &str) -> Result<Position, String> {
    if quote.is_escaping {
        return Err(format!("a backslash before `${{{name}}}` in `query`"));
    }
    match quote.compared {
        Compared::Equal => Ok(Position::Text { quote: quote.mark }),
        Compared::Matching => Ok(Position::Pattern { quote: quote.mark }),
        Compared::No => Err(format!(
            "`${{{name}}}` in `query` stands in a text that is compared with nothing; a parameter in quotes comes \
             after `=`, `!=`, `=~` or `!~`"
        )),
    }
}

fn compared(before: &str) -> Compared {
    if before.ends_with("=~") || before.ends_with("!~") {
        Compared::Matching
    } else if before.ends_with('=') {
        Compared::Equal
    } else {
        Compared::No
    }
}

/// The word that a text ends with, in lower case: keywords have no case.
fn last_word(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part(*c))
        .last()
        .map_or(text.len(), |(at, _)| at);
    slice(text, start, text.len()).to_ascii_lowercase()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Each parameter with what it stands for, as `name position`.
    fn positions(query: &str) -> Result<Vec<String>, String> {
        let found = pieces(query)?;
        let named = found.iter().filter_map(|piece| match piece {
            Piece::Fixed(_) => None,
            Piece::Parameter { name, position } => Some(match position {
                Position::Text { .. } => format!("{name} text"),
                Position::Pattern { .. } => format!("{name} pattern"),
                Position::Duration => format!("{name} duration"),
                Position::Name => format!("{name} name"),
                Position::Literal => format!("{name} literal"),
            }),
        });
        Ok(named.collect())
    }

    #[test]
    fn what_a_parameter_stands_for_follows_from_its_place() {
        for (query, expected) in [
            ("up", &[][..]),
            (
                r#"rate(x{a="${service}", b!="${a-b}"}[${window}])"#,
                &["service text", "a-b text", "window duration"],
            ),
            (
                r#"sum by (${by}) (x{ns=~"${ns}-.*", c!~'a|${c}', d = `${d}`})"#,
                &["by name", "ns pattern", "c pattern", "d text"],
            ),
            (
                "max_over_time(x[${window}:${step}] offset ${ago}) > bool ${limit}",
                &[
                    "window duration",
                    "step duration",
                    "ago duration",
                    "limit literal",
                ],
            ),
            (
                "topk(${n}, rate(${metric}[5m])) / ${by-zero}",
                &["n literal", "metric name", "by-zero literal"],
            ),
            (
                "x{${label}=\"a\", ${other}!=\"b\"}",
                &["label name", "other name"],
            ),
            ("x offset -${ago}", &["ago duration"]),
            (
                r#"{ resource.service.name = "${service}" && duration > ${slow} } | count() > ${n}"#,
                &["service text", "slow literal", "n literal"],
            ),
            // A quote that is escaped, or of another kind, ends nothing.
            (r#"x{a="\"${a}", b='"${b}'}"#, &["a text", "b text"]),
        ] {
            assert_eq!(positions(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        for (query, words) in [
            ("x{a=\"${a", "has no `}`"),
            ("${A}", "is no parameter"),
            ("${}", "is no parameter"),
            ("${metric}_total{}", "part of a word"),
            ("x[${n}m]", "part of a word"),
            ("x > ${a}${b}", "part of a word"),
            ("{ span.${attribute} = 1 }", "part of a word"),
            ("${metric}", "cannot be told"),
            ("x ${operator} y", "cannot be told"),
            (
                r#"label_replace(x, "${a}", "$1", "b", "(.*)")"#,
                "compared with nothing",
            ),
            (r#"x{a="\${a}"}"#, "backslash"),
            ("x # \"\n{a=\"${a}\"}", "comment"),
            ("{ a = 1 // \"\n && b = \"${b}\" }", "comment"),
            ("x{a=\"${a}\"", "not closed"),
            ("x{a=\"${a}}", "not closed"),
            ("sum(x]", "closes nothing"),
        ] {
            let said = positions(query).unwrap_err();
            assert!(said.contains(words), "{query}: {said}");
        }
    }
}
