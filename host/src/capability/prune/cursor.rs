//! A place in JSON text, and the tokens from there on.
//!
//! It finds where a token ends and copies nothing. What it passes over it does not judge: brackets are counted and
//! strings are ended, and whether a kept text is sound JSON is for who keeps it to check. So what is dropped, which is
//! most of an object, costs one look at each byte.

use std::borrow::Cow;

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoToken {
    /// The text ends before the token does.
    Cut,
    /// Something else stands there.
    Wrong,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes passed.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no space, without passing it.
    pub(super) fn peek(&mut self) -> Result<u8, NoToken> {
        while let Some(&byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(NoToken::Cut)
    }

    /// Pass a byte of punctuation.
    pub(super) fn pass(&mut self, byte: u8) -> Result<(), NoToken> {
        if self.peek()? != byte {
            return Err(NoToken::Wrong);
        }
        self.at += 1;
        Ok(())
    }

    /// Pass the start of an item or an entry; `false` where the closing bracket was passed instead.
    pub(super) fn pass_separator(&mut self, is_first: bool, close: u8) -> Result<bool, NoToken> {
        match self.peek()? {
            byte if byte == close => {
                self.at += 1;
                Ok(false)
            }
            b',' if !is_first => {
                self.at += 1;
                Ok(true)
            }
            _ if is_first => Ok(true),
            _ => Err(NoToken::Wrong),
        }
    }

    /// A string with its quotes.
    pub(super) fn string(&mut self) -> Result<&'t [u8], NoToken> {
        if self.peek()? != b'"' {
            return Err(NoToken::Wrong);
        }
        let start = self.at;
        self.at = end_of_string(self.text, start + 1).ok_or(NoToken::Cut)?;
        Ok(self.since(start))
    }

    /// A key with its quotes, and the colon after it.
    pub(super) fn key(&mut self) -> Result<&'t [u8], NoToken> {
        let key = self.string()?;
        self.pass(b':')?;
        Ok(key)
    }

    /// Any value.
    pub(super) fn value(&mut self) -> Result<&'t [u8], NoToken> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => self.nested(),
            b',' | b':' | b'}' | b']' => Err(NoToken::Wrong),
            _ => self.word(),
        }
    }

    /// A number, `true`, `false` or `null`: it ends before the next punctuation.
    fn word(&mut self) -> Result<&'t [u8], NoToken> {
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
        let length = self.rest().iter().position(is_end).ok_or(NoToken::Cut)?;
        let start = self.at;
        self.at += length;
        Ok(self.since(start))
    }

    /// An object or an array.
    fn nested(&mut self) -> Result<&'t [u8], NoToken> {
        let start = self.at;
        let mut at = start;
        let mut depth = 0_usize;
        while let Some(byte) = self.text.get(at) {
            at += 1;
            match byte {
                b'"' => at = end_of_string(self.text, at).ok_or(NoToken::Cut)?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 1 => {
                    self.at = at;
                    return Ok(self.since(start));
                }
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        Err(NoToken::Cut)
    }

    fn since(&self, start: usize) -> &'t [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// The text of a string token; `None` where the token is another or no sound string.
pub(in crate::capability) fn unquoted(token: &[u8]) -> Option<Cow<'_, str>> {
    let text = token.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if text.contains(&b'\\') {
        return serde_json::from_slice(token).ok().map(Cow::Owned);
    }
    std::str::from_utf8(text).ok().map(Cow::Borrowed)
}

/// The place after the closing quote of the string whose text begins here.
pub(in crate::capability) fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += quote_or_backslash(text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Eight bytes at a time: most of an object's text lies in strings.
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The lowest high bit that this sets marks the first byte that is zero; others above it may be set falsely.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (words, tail) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (LOW * u64::from(b'"'))) | zeros(word ^ (LOW * u64::from(b'\\')));
        if found != 0 {
            return Some(index * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let is_found = |byte: &u8| matches!(byte, b'"' | b'\\');
    Some(words.len() * 8 + tail.iter().position(is_found)?)
}
