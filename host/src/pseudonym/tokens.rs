//! Tokens in place of words, and the way back.

use std::collections::HashSet;

use serde_json::Value;

use super::address;
use super::collect::{Collected, EXEMPT};
use super::flags;
use super::key::KeyFile;
use super::words::{is_own, words};

/// Hexadecimal digits of a token. With ten, a site of ten thousand words has two of one token in one case of twenty
/// thousand.
const DIGITS: usize = 10;

/// Puts tokens in place of a site's own words, and keeps in the key file what each stands for.
pub struct Tokens<'k> {
    key: &'k mut KeyFile,
    own: HashSet<String>,
}

impl<'k> Tokens<'k> {
    /// Words that were collected here, and all that the key file knows. The words of a person are in it too, and may be
    /// everyone's.
    pub fn new(key: &'k mut KeyFile, collected: Collected) -> Self {
        let mut own = collected.words();
        let known = key.words.values();
        own.extend(known.filter(|word| is_own(word)).cloned());
        Self { key, own }
    }

    /// A JSON value with tokens. Kinds, codes and the like stay.
    pub fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(changed) = self.text(text) {
                    *text = changed;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                let entries = std::mem::take(fields).into_iter();
                *fields = entries.map(|(key, value)| self.entry(key, value)).collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn entry(&mut self, key: String, mut value: Value) -> (String, Value) {
        match (key.as_str(), &mut value) {
            ("mask", _) => return (key, value),
            // A word, never what lies below: a line of a recording is called `read` too.
            (name, Value::String(_)) if EXEMPT.contains(&name) => return (key, value),
            // A continue token of the server holds the name where it goes on.
            ("cursor" | "next", Value::String(cursor)) => {
                *cursor = format!("cursor-{}", self.digits(cursor));
                return (key, value);
            }
            ("recorded-by", Value::String(login)) => {
                *login = self.person(login);
                return (key, value);
            }
            ("kubectl", Value::Array(words)) => self.command(words),
            _ => self.value(&mut value),
        }
        // Names of fields have no punctuation; those of labels, annotations and files have.
        let is_name = key.contains(['/', '.', '-', '_']);
        let changed = is_name.then(|| self.text(&key)).flatten();
        (changed.unwrap_or(key), value)
    }

    /// The words of a command, each by itself.
    fn command(&mut self, words: &mut [Value]) {
        let persons: Vec<usize> = flags::in_words(words).collect();
        for (at, word) in words.iter_mut().enumerate() {
            match word {
                Value::String(word) if persons.contains(&at) => *word = self.person(word),
                word => self.value(word),
            }
        }
    }

    /// A text with tokens; `None` where it stays.
    pub fn text(&mut self, text: &str) -> Option<String> {
        let persons = flags::values(text);
        if persons.is_empty() {
            return self.plain(text);
        }
        let mut changed = String::new();
        let mut done = 0;
        for person in persons {
            self.push(
                &mut changed,
                text.get(done..person.start).unwrap_or_default(),
            );
            done = person.end;
            let person = self.person(text.get(person).unwrap_or_default());
            changed.push_str(&person);
        }
        self.push(&mut changed, text.get(done..).unwrap_or_default());
        Some(changed)
    }

    fn push(&mut self, changed: &mut String, text: &str) {
        match self.plain(text) {
            Some(with_tokens) => changed.push_str(&with_tokens),
            None => changed.push_str(text),
        }
    }

    /// A text of which no word stays, whoever else may use it.
    fn person(&mut self, text: &str) -> String {
        let mut changed = String::new();
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || !letter.is_ascii();
        for part in text.split_inclusive(|letter| !is_word(letter)) {
            let word = part.trim_end_matches(|letter| !is_word(letter));
            if !word.is_empty() {
                // Told apart by case, so that a path is revealed as it was.
                let token = format!("x{}", self.digits(word));
                self.key.words.insert(token.clone(), word.to_owned());
                changed.push_str(&token);
            }
            changed.push_str(part.get(word.len()..).unwrap_or_default());
        }
        changed
    }

    /// A text that is no command.
    fn plain(&mut self, text: &str) -> Option<String> {
        let mut changed = String::new();
        let mut done = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let found = self.replacement(text, at, length);
            if let Some((length, replacement)) = found {
                changed.push_str(text.get(done..at).unwrap_or_default());
                changed.push_str(&replacement);
                at += length;
                done = at;
            } else if length > 0 {
                at += length;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        (done > 0).then(|| changed + text.get(done..).unwrap_or_default())
    }

    /// What stands in place of the word of `length` bytes at `at`, or of the address that begins with it.
    fn replacement(&mut self, text: &str, at: usize, length: usize) -> Option<(usize, String)> {
        let word = text.get(at..at + length).filter(|word| !word.is_empty())?;
        let rest = text.get(at..)?;
        let is_within = at
            .checked_sub(1)
            .and_then(|before| text.as_bytes().get(before));
        let may_be_address = word.len() <= 4
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && matches!(rest.as_bytes().get(length), Some(b'.' | b':'))
            && is_within != Some(&b'.');
        if may_be_address && let Some((address, length)) = address::at_start(rest) {
            let changed = address.changed(&self.key.key)?;
            let original = rest.get(..length)?.to_owned();
            self.key.addresses.insert(changed.clone(), original);
            return Some((length, changed));
        }
        let lower = word.to_ascii_lowercase();
        if !self.own.contains(&lower) {
            return None;
        }
        Some((length, self.token(word, lower)))
    }

    fn token(&mut self, word: &str, lower: String) -> String {
        let token = format!("x{}", self.digits(&lower));
        let shown = if word.bytes().any(|byte| byte.is_ascii_lowercase()) {
            token.clone()
        } else {
            token.to_ascii_uppercase()
        };
        self.key.words.insert(token, lower);
        shown
    }

    fn digits(&self, text: &str) -> String {
        let hash = blake3::keyed_hash(&self.key.key, text.as_bytes());
        hash.to_hex().chars().take(DIGITS).collect()
    }
}

/// A text with the words and addresses that its tokens stand for.
pub fn reveal(key: &KeyFile, text: &str) -> String {
    let mut revealed = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let word = rest.get(..length).unwrap_or_default();
        let is_fresh = !revealed.ends_with('.');
        let known = address::at_start(rest).filter(|_| is_fresh && length > 0);
        let address = known.and_then(|(_, length)| {
            let original = key.addresses.get(rest.get(..length)?)?;
            Some((length, original.clone()))
        });
        let found = address.or_else(|| Some((length, key.word(word)?)));
        let (length, replacement) = found.unwrap_or_else(|| {
            let length = length.max(rest.chars().next().map_or(1, char::len_utf8));
            (length, rest.get(..length).unwrap_or_default().to_owned())
        });
        revealed.push_str(&replacement);
        rest = rest.get(length..).unwrap_or_default();
    }
    revealed
}

/// How many tokens stand in a text that are not of this key.
pub fn unknown(key: &KeyFile, text: &str) -> usize {
    let lower = words(text)
        .filter(|word| is_token(word))
        .map(str::to_ascii_lowercase);
    let unknown: HashSet<String> = lower
        .filter(|token| !key.words.contains_key(token))
        .collect();
    unknown.len()
}

fn is_token(word: &str) -> bool {
    let digits = word.strip_prefix(['x', 'X']);
    digits.is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
