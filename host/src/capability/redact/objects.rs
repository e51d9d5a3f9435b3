//! The pass over raw JSON: objects as they were pruned, and answers of servers.
//!
//! No tree is built. The literals are looked for in the raw text; where one stands, the string around it is read, looked at
//! as text, and written anew if something was found, so that the JSON stays JSON whatever was escaped in it. A string that
//! has no literal is never read, unless a site has rules of its own.

use std::ops::Range;

use super::literals;
use super::pass::{Pass, Span};
use super::rules::{FIELD, is_placeholder, is_secret_field, is_secret_flag};
use crate::capability::prune::{end_of_string, unquoted_token};

/// What stands in place of a value whose field says what it is.
const MARK: &str = "\"[redacted:field]\"";

/// A text that replaces a part of the JSON.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// The JSON with marks, and the rules that put them there, one for each hit; nothing where nothing was found.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) json: Option<String>,
    pub(super) hits: Vec<usize>,
}

/// Sweep the text of one JSON value.
pub(super) fn sweep(pass: &Pass, json: &str) -> Swept {
    let mut sweep = Sweep {
        pass,
        json,
        done: 0,
        edits: Vec::new(),
        hits: Vec::new(),
    };
    if pass.has_own_rules() {
        sweep.every_string();
    } else {
        sweep.strings_with_literals();
    }
    Swept {
        json: sweep.edited(),
        hits: sweep.hits,
    }
}

struct Sweep<'p, 't> {
    pass: &'p Pass,
    json: &'t str,
    /// Strings before this are done.
    done: usize,
    edits: Vec<Edit>,
    hits: Vec<usize>,
}

impl Sweep<'_, '_> {
    fn strings_with_literals(&mut self) {
        for hit in literals::hits(self.json) {
            if hit.is_marked_field {
                self.hits.push(FIELD);
            } else if hit.at >= self.done
                && let Some(open) = opening_quote(self.json.as_bytes(), hit.at)
            {
                self.string(open);
            }
        }
    }

    fn every_string(&mut self) {
        while let Some(open) = self.json.get(self.done..).and_then(|rest| rest.find('"')) {
            let open = self.done + open;
            if self
                .json
                .get(open..)
                .is_some_and(|rest| rest.starts_with("\"[redacted]\""))
            {
                self.hits.push(FIELD);
            }
            self.string(open);
            // A text that ends within a string has none after it.
            if self.done <= open {
                return;
            }
        }
    }

    /// The string that begins at `open`, and the value after it where it is a key that says what it holds.
    fn string(&mut self, open: usize) {
        let Some(end) = end_of_string(self.json.as_bytes(), open + 1) else {
            return;
        };
        self.done = end;
        let token = self.json.get(open..end).unwrap_or_default();
        let Some(text) = unquoted_token(token.as_bytes()) else {
            return;
        };
        match self.next_byte(end) {
            Some((colon, b':')) if is_secret_field(&text) => self.drop_string(colon + 1),
            Some((comma, b',')) if is_secret_flag(&text) => self.drop_string(comma + 1),
            _ => {
                if let Some((marked, spans)) = self.pass.text(&text) {
                    self.note(&spans);
                    let text = serde_json::Value::from(marked).to_string();
                    self.edits.push(Edit {
                        range: open..end,
                        text,
                    });
                }
            }
        }
    }

    /// Replace the value at `from` if it is a string that says something.
    fn drop_string(&mut self, from: usize) {
        let Some((open, b'"')) = self.next_byte(from) else {
            return;
        };
        let Some(end) = end_of_string(self.json.as_bytes(), open + 1) else {
            return;
        };
        let inner = self.json.get(open + 1..end - 1).unwrap_or_default();
        if self.next_byte(end).is_some_and(|(_, byte)| byte == b':') {
            return;
        }
        self.done = end;
        if inner == "[redacted]" {
            self.hits.push(FIELD);
            return;
        }
        if inner.is_empty() || is_placeholder(inner) {
            return;
        }
        self.hits.push(FIELD);
        self.edits.push(Edit {
            range: open..end,
            text: MARK.to_owned(),
        });
    }

    fn next_byte(&self, from: usize) -> Option<(usize, u8)> {
        let rest = self.json.as_bytes().get(from..)?;
        let at = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some((from + at, *rest.get(at)?))
    }

    fn note(&mut self, spans: &[Span]) {
        self.hits.extend(spans.iter().map(|span| span.rule));
    }

    fn edited(&self) -> Option<String> {
        if self.edits.is_empty() {
            return None;
        }
        let mut edited = String::with_capacity(self.json.len());
        let mut done = 0;
        for Edit { range, text } in &self.edits {
            edited.push_str(self.json.get(done..range.start).unwrap_or_default());
            edited.push_str(text);
            done = range.end;
        }
        edited.push_str(self.json.get(done..).unwrap_or_default());
        Some(edited)
    }
}

/// The quote that opens the string in which `at` lies: the nearest one before that is not escaped. `at` may be the quote.
fn opening_quote(json: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        let quote = json.get(..end)?.iter().rposition(|byte| *byte == b'"')?;
        let before = json.get(..quote)?;
        let escapes = before
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        if escapes % 2 == 0 {
            return Some(quote);
        }
        end = quote;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::super::rules::OwnRule;
    use super::*;

    fn swept(json: &str) -> String {
        let json = sweep(&Pass::default(), json)
            .json
            .unwrap_or(json.to_owned());
        serde_json::from_str::<Value>(&json).unwrap();
        json
    }

    #[test]
    fn secrets_of_every_place_go_and_the_json_stays_json() {
        for (json, expected) in [
            (
                r#"{"a":"redis://:hunter2@c\u0022x"}"#,
                r#"{"a":"redis://[redacted:url]@c\"x"}"#,
            ),
            (
                r#"{"password": "hunter2"}"#,
                r#"{"password": "[redacted:field]"}"#,
            ),
            (
                r#"["--db-password","hunter2","b"]"#,
                r#"["--db-password","[redacted:field]","b"]"#,
            ),
            (
                r#"["--db-password=hunter2"]"#,
                r#"["--db-password=[redacted:assignment]"]"#,
            ),
            (
                r#"{"x":"{\"password\":\"hunter2\",\"b\":1}"}"#,
                r#"{"x":"{\"password\":\"[redacted:assignment]\",\"b\":1}"}"#,
            ),
            (
                r#"{"x":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}"#,
                r#"{"x":"[redacted:private-key]\n"}"#,
            ),
            (
                r#"{"a/token=hunter2":1}"#,
                r#"{"a/token=[redacted:assignment]":1}"#,
            ),
        ] {
            assert_eq!(swept(json), expected);
        }
    }

    #[test]
    fn what_names_a_secret_stays() {
        for json in [
            r#"{"secretName":"tls","tokenExpirationSeconds":3607,"serviceAccountToken":{"path":"token"}}"#,
            r#"{"password":"","token":null,"secretKey":{"name":"a","key":"password"}}"#,
            r#"{"name":"--password","value":"$(DB_PASSWORD)"}"#,
            r#"{"image":"https://registry.test:5000/a@sha256:0123"}"#,
            r#"{"value":"[redacted]"}"#,
        ] {
            assert_eq!(swept(json), json);
        }
    }

    #[test]
    fn a_sites_own_rule_finds_what_has_no_literal_and_marks_are_counted() {
        let own = OwnRule::new("badge", "^B-[0-9]{4}$").unwrap();
        let pass = Pass::new(vec![own]).unwrap();
        let swept = sweep(&pass, r#"{"a":"B-1234","b":"B-12345","c":"[redacted]"}"#);
        assert_eq!(
            swept.json.unwrap(),
            r#"{"a":"[redacted:badge]","b":"B-12345","c":"[redacted]"}"#
        );
        let names: Vec<&str> = swept.hits.iter().map(|hit| pass.name(*hit)).collect();
        assert_eq!(names, ["badge", "field"]);
    }
}
