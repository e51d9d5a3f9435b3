//! The walk through an object: what is kept is copied to the output, what is not is passed over.

use std::ops::Range;

use super::cursor::{Cursor, NoToken, unquoted};
use crate::capability::Mask;

/// How deep an object may be nested. It protects this recursion, and that of every reader after it. Schemas of custom
/// resources are the deepest honest objects, at about 40.
const MAX_DEPTH: u8 = 64;

/// Dropped wherever it stands: it repeats the whole object, Secrets included, past every mask.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// In place of a value that sounds secret.
const REDACTED: &[u8] = b"\"[redacted]\"";

/// What the walk has written and found. Its methods answer whether they wrote something; if not, the key before it has
/// to go.
pub(super) struct Walk<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) out: Vec<u8>,
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) is_too_deep: bool,
}

/// What a map has shown of a name and the value beside it.
#[derive(Default)]
struct Pair<'t> {
    name: Option<&'t [u8]>,
    is_secret: bool,
    value: Option<Range<usize>>,
}

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t [u8], head: &str) -> Self {
        let mut out = Vec::with_capacity(2048);
        out.extend_from_slice(head.as_bytes());
        Self {
            cursor: Cursor::new(text),
            out,
            name: None,
            namespace: None,
            is_too_deep: false,
        }
    }

    /// Pass over a value.
    pub(super) fn drop_value(&mut self) -> Result<bool, NoToken> {
        self.cursor.value().map(|_| false)
    }

    /// The value of a top-level field.
    pub(super) fn top(&mut self, mask: &Mask) -> Result<bool, NoToken> {
        self.value(mask, MAX_DEPTH)
    }

    fn value(&mut self, mask: &Mask, depth: u8) -> Result<bool, NoToken> {
        let first = self.cursor.peek()?;
        if !matches!(first, b'{' | b'[') {
            let token = self.cursor.value()?;
            if *mask == Mask::All {
                self.out.extend_from_slice(token);
            }
            return Ok(*mask == Mask::All);
        }
        let Some(depth) = depth.checked_sub(1) else {
            self.is_too_deep = true;
            return self.drop_value();
        };
        self.cursor.pass(first)?;
        self.out.push(first);
        if first == b'[' {
            self.items(mask, depth)?;
            self.out.push(b']');
        } else {
            self.fields(mask, depth)?;
            self.out.push(b'}');
        }
        Ok(true)
    }

    fn items(&mut self, mask: &Mask, depth: u8) -> Result<(), NoToken> {
        let start = self.out.len();
        let mut is_first = true;
        while self.cursor.pass_separator(is_first, b']')? {
            is_first = false;
            let mark = self.out.len();
            self.separate(start);
            if !self.value(mask, depth)? {
                self.out.truncate(mark);
            }
        }
        Ok(())
    }

    fn fields(&mut self, mask: &Mask, depth: u8) -> Result<(), NoToken> {
        let start = self.out.len();
        let mut pair = Pair::default();
        let mut is_first = true;
        while self.cursor.pass_separator(is_first, b'}')? {
            is_first = false;
            let token = self.cursor.key()?;
            let key = unquoted(token).ok_or(NoToken::Wrong)?;
            if key == "name" {
                pair.is_secret |= pair.sounds_secret();
                pair.name = self.cursor.clone().string().ok();
            }
            let below = match &*key {
                LAST_APPLIED => None,
                key => mask.child(key),
            };
            let mark = self.out.len();
            let Some(below) = below else {
                self.drop_value()?;
                continue;
            };
            let value = self.key(start, token);
            if !self.value(below, depth)? {
                self.out.truncate(mark);
            } else if key == "value" {
                pair.value = Some(value..self.out.len());
            }
        }
        if let Some(value) = pair.value.take()
            && (pair.is_secret || pair.sounds_secret())
        {
            self.redact(value);
        }
        Ok(())
    }

    /// An object's `metadata`: identity is kept and noted, `managedFields` only where it is named.
    pub(super) fn metadata(&mut self, mask: &Mask) -> Result<bool, NoToken> {
        if self.cursor.peek()? != b'{' {
            return self.drop_value();
        }
        self.cursor.pass(b'{')?;
        self.out.push(b'{');
        let start = self.out.len();
        let mut is_first = true;
        while self.cursor.pass_separator(is_first, b'}')? {
            is_first = false;
            let token = self.cursor.key()?;
            let key = unquoted(token).ok_or(NoToken::Wrong)?;
            let below = match &*key {
                "name" | "namespace" | "uid" | "resourceVersion" => Some(&Mask::All),
                "managedFields" if *mask == Mask::All => None,
                LAST_APPLIED => None,
                key => mask.child(key),
            };
            let mark = self.out.len();
            let Some(below) = below else {
                self.drop_value()?;
                continue;
            };
            let value = self.key(start, token);
            if !self.top(below)? {
                self.out.truncate(mark);
                continue;
            }
            let text = || Some(unquoted(self.out.get(value..)?)?.into_owned());
            match &*key {
                "name" => self.name = text(),
                "namespace" => self.namespace = text(),
                _ => {}
            }
        }
        self.out.push(b'}');
        Ok(true)
    }

    /// Write a key of a map whose first entry is written here. Answers where its value goes.
    fn key(&mut self, start: usize, token: &[u8]) -> usize {
        self.separate(start);
        self.out.extend_from_slice(token);
        self.out.push(b':');
        self.out.len()
    }

    fn separate(&mut self, start: usize) {
        if self.out.len() > start {
            self.out.push(b',');
        }
    }

    /// Replace a written value, unless it is empty: that it is empty says nothing secret and much about the fault.
    fn redact(&mut self, value: Range<usize>) {
        let is_empty = matches!(self.out.get(value.clone()), Some(b"\"\"" | b"null"));
        if !is_empty {
            self.out.splice(value, REDACTED.iter().copied());
        }
    }
}

impl Pair<'_> {
    fn sounds_secret(&self) -> bool {
        let name = self.name.and_then(unquoted);
        name.is_some_and(|name| sounds_secret(&name))
    }
}

/// The name of an environment variable or a parameter whose value nobody should see. A word that ends in `KEY` counts
/// (`API_KEY`, `accessKey`), one that merely begins with it does not (`KEYCLOAK_URL`).
pub(in crate::capability) fn sounds_secret(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "TOKEN",
        "CREDENTIAL",
    ];
    const WORDS: &[&str] = &["KEYS", "PASS", "PWD"];
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            let word = word.to_ascii_uppercase();
            PARTS.iter().any(|part| word.contains(part))
                || word.ends_with("KEY")
                || WORDS.contains(&word.as_str())
        })
}
