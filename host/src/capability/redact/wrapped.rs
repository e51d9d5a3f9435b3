//! Secrets in wrappings: base64, as Secrets and many headers have it, and percent signs, as addresses have it.
//!
//! What is inside cannot be matched by patterns, but its words can be wrapped too. Six bits make a character of base64, so
//! a word has three forms, by what stands before it; their first and last characters depend on the neighbours and are left
//! out. Where one of these forms stands, the word around it is unwrapped and looked at.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::capability::endpoint::inside_base64;

/// Words that are looked for in base64, in the cases in which they are written. Short ones have forms that ordinary words
/// would hold.
const WORDS: [&str; 28] = [
    "password",
    "Password",
    "PASSWORD",
    "passwd",
    "passphrase",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "eyJhbGciOi",
    "authorization",
    "Authorization",
    "Bearer ",
    "bearer ",
    "secret_key",
    "SECRET_KEY",
    "secretKey",
    "api_key",
    "API_KEY",
    "apiKey",
    "_SECRET",
    "_TOKEN",
    "token\":",
    "token=",
    "https://",
    "http://",
    "redis://",
    "glpat-",
    "sk-bsq-",
    "postgres",
];
const MORE_WORDS: [&str; 16] = [
    "amqp://",
    "amqps://",
    "mongodb",
    "mysql://",
    "rediss://",
    "sk-lf-",
    "ghp_",
    "AKIA",
    "github_pat_",
    "client_secret",
    "_KEY=",
    "xoxb-",
    "Cookie: ",
    "cookie: ",
    "--token ",
    "--api-key ",
];

/// The same behind percent signs.
const PERCENT: [&str; 24] = [
    "%3a%2f%2f",
    "password%3d",
    "passwd%3d",
    "passphrase%3d",
    "token%3d",
    "secret%3d",
    "api_key%3d",
    "apikey%3d",
    "secret_key%3d",
    "password%22",
    "token%22",
    "secret%22",
    "api_key%22",
    "password%3a",
    "token%3a",
    "bearer%20",
    "bearer+",
    "basic%20",
    "private%20key",
    "private+key",
    "cookie%3a",
    "token%20",
    "password%20",
    "-key%20",
];

/// Forms of fewer characters stand in too many words.
const MIN_FORM_BYTES: usize = 5;

/// A Secret has at most a mebibyte.
const MAX_WORD_BYTES: usize = 2 << 20;

/// Both alphabets are brought to this one before.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A way in which a text is wrapped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wrapping {
    Base64,
    Percent,
}

/// What gives a wrapped secret away.
pub(super) fn literals() -> impl Iterator<Item = (String, Wrapping)> {
    let words = WORDS.iter().chain(&MORE_WORDS);
    let forms = words.flat_map(|word| {
        let forms = (0..3).flat_map(|offset| inside_base64(word.as_bytes(), offset));
        forms.filter_map(|form| String::from_utf8(form).ok())
    });
    let mut forms: Vec<String> = forms.filter(|form| form.len() >= MIN_FORM_BYTES).collect();
    // `eyJ`, `sk-` at the beginning of what was wrapped.
    forms.extend(["ZXlKaGJH", "c2st"].map(str::to_owned));
    forms.sort();
    forms.dedup();
    let base64 = forms.into_iter().map(|form| (form, Wrapping::Base64));
    let percent = PERCENT
        .iter()
        .map(|word| ((*word).to_owned(), Wrapping::Percent));
    base64.chain(percent)
}

impl Wrapping {
    fn is_part(self, byte: u8) -> bool {
        let others: &[u8] = match self {
            Self::Base64 => b"+/_-",
            Self::Percent => b"%._~+-",
        };
        byte.is_ascii_alphanumeric() || others.contains(&byte)
    }

    /// The wrapped word around a place.
    pub(super) fn word(self, text: &str, at: Range<usize>) -> Range<usize> {
        let bytes = text.as_bytes();
        let before = bytes.get(..at.start).unwrap_or_default();
        let after = bytes.get(at.end..).unwrap_or_default();
        let is_part = |byte: &&u8| self.is_part(**byte);
        let start = at.start - before.iter().rev().take_while(is_part).count();
        let mut end = at.end + after.iter().take_while(is_part).count();
        if self == Self::Base64 {
            let padding = bytes.get(end..).unwrap_or_default();
            end += padding
                .iter()
                .take(2)
                .take_while(|byte| **byte == b'=')
                .count();
        }
        start..end
    }

    /// What the word may hold. Where a word of base64 begins is not known if a `/` or `-` stands before it.
    pub(super) fn texts(self, word: &str) -> Vec<String> {
        if word.len() > MAX_WORD_BYTES {
            return Vec::new();
        }
        match self {
            Self::Percent => vec![percent_decoded(word)],
            Self::Base64 => (0..4)
                .filter_map(|skip| base64_decoded(word.get(skip..)?))
                .collect(),
        }
    }
}

fn base64_decoded(word: &str) -> Option<String> {
    let plain = word
        .trim_end_matches('=')
        .replace('-', "+")
        .replace('_', "/");
    // A single character at the end holds no whole byte.
    let whole = match plain.len() % 4 {
        1 => plain.get(..plain.len() - 1)?,
        _ => plain.as_str(),
    };
    let bytes = BASE64.decode(whole).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Percent signs and plus signs, as a form has them.
fn percent_decoded(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| u8::from_str_radix(word.get(at + 1..at + 3)?, 16).ok())
            .flatten();
        decoded.push(match (escaped, byte) {
            (Some(escaped), _) => escaped,
            (None, b'+') => b' ',
            (None, byte) => byte,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    match String::from_utf8_lossy(&decoded) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}
