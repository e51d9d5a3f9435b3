//! Lines of a text: where they begin and end, what they begin with, and whether one goes on where the one before ended.

use std::ops::Range;

/// A word at the beginning of a line: the rest of a token is at most what a log driver cuts at.
const MAX_WORD_BYTES: usize = 16 << 10;

/// Whether what follows a literal may be a secret that goes on over the end of the line: it has few blanks.
pub(super) fn is_near_end(rest: &str) -> bool {
    const MOST_BLANKS: usize = 4;
    rest.bytes()
        .filter(u8::is_ascii_whitespace)
        .take(MOST_BLANKS + 1)
        .count()
        <= MOST_BLANKS
}

/// The line that a byte stands on, without its end.
pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n'));
    let end = text.get(at..).and_then(|after| after.find('\n'));
    start.map_or(0, |start| start + 1)..end.map_or(text.len(), |end| at + end)
}

/// How many bytes of a line are the time that it begins with, and the space after it.
pub(super) fn time_before(line: &str) -> usize {
    let bytes = line.as_bytes();
    let is_time = bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
        && bytes.first().is_some_and(u8::is_ascii_digit);
    let space = if is_time { line.find(' ') } else { None };
    space.map_or(0, |space| space + 1)
}

/// The first word of the line that begins at `from`, after its time.
pub(super) fn first_word(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + time_before(rest);
    let word = text.get(start..)?;
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let bytes = word.as_bytes().iter().take(MAX_WORD_BYTES);
    let mut length = bytes.clone().position(is_end).unwrap_or(bytes.len());
    while !word.is_char_boundary(length) {
        length -= 1;
    }
    (length > 0).then_some(start..start + length)
}

/// Whether a word at the beginning of a line is likely the rest of a token that the line before ended in.
pub(super) fn looks_like_a_rest(word: &str, after: &str) -> bool {
    let word = word.trim_end_matches([';', ',', '&', '}']);
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let is_dated = word.as_bytes().get(4) == Some(&b'-') && word.as_bytes().get(7) == Some(&b'-');
    let is_klog = word.starts_with(['I', 'W', 'E', 'F'])
        && word.len() == 5
        && word.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let is_alone = after.is_empty() || after.starts_with(['\n', '\r']);
    let is_cased = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    !word.is_empty()
        && word.bytes().all(is_token)
        && !is_dated
        && !is_klog
        && (is_mixed || is_alone && (is_cased || word.len() >= 16))
}

/// At most so many bytes from the end.
pub(super) fn last_bytes(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default()
}

/// At most so many bytes from the beginning.
pub(super) fn first_bytes(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
