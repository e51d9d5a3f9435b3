//! Private keys: a text of many lines, of which no line but the first and the last would be known for one.
//!
//! A log may hold a part of one only: its beginning, where the program was stopped, or its end, where the log was cut. So
//! what lies beside one mark is taken for key text as long as it looks like it.

use std::ops::Range;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const KIND: &str = "PRIVATE KEY";

/// The words before `PRIVATE KEY` in a mark: `ENCRYPTED`, `OPENSSH`.
const MAX_KIND_BYTES: usize = 32;

/// The text of one key: RSA keys of 16,384 bits have 13 kB.
const MAX_KEY_BYTES: usize = 32 << 10;

/// The key to whose mark the words `PRIVATE KEY-----` at `at` belong; nothing where there is no mark.
pub(super) fn span(text: &str, at: usize) -> Option<Range<usize>> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let before = text.get(line..at)?;
    let close = at + text.get(at..)?.find("-----")? + 5;
    let found = [BEGIN, END].map(|mark| {
        let from = before.rfind(mark)?;
        (before.len() - from <= mark.len() + MAX_KIND_BYTES).then_some(line + from)
    });
    match found {
        [Some(begin), end] if end.is_none_or(|end| end < begin) => {
            Some(begin..end_of(text, close).unwrap_or_else(|| after(text, close)))
        }
        [_, Some(end)] => Some(start_before(text, end)..close),
        _ => None,
    }
}

/// Where the mark of the end ends, if it comes before another beginning.
fn end_of(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let end = rest.find(END).filter(|end| *end <= MAX_KEY_BYTES)?;
    if rest.find(BEGIN).is_some_and(|begin| begin < end) {
        return None;
    }
    let kind = end + rest.get(end..)?.find(KIND)?;
    let close = kind + rest.get(kind..)?.find("-----")? + 5;
    (close - end <= 2 * MAX_KIND_BYTES).then_some(from + close)
}

/// How far key text goes on after a beginning that has no end.
fn after(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let is_key = |byte: &u8| is_base64(*byte) || *byte == b'\\';
    let mut end = from + rest.bytes().take_while(|byte| is_key(byte)).count();
    if text
        .get(end..)
        .is_none_or(|rest| !rest.starts_with(['\n', '\r']))
    {
        return end;
    }
    for line in text.get(end..).unwrap_or_default().split_inclusive('\n') {
        let is_first = line.trim().is_empty();
        if !is_first && !is_key_text(line) {
            break;
        }
        end += line.len();
    }
    // The last line break belongs to what follows.
    end - usize::from(text.get(..end).is_some_and(|text| text.ends_with('\n')))
}

/// From where key text leads to an end that has no beginning.
fn start_before(text: &str, end: usize) -> usize {
    let mut start = end;
    let before = text.get(..end).unwrap_or_default();
    for line in before.split_inclusive('\n').rev() {
        if !is_key_text(line) {
            break;
        }
        start -= line.len();
    }
    start
}

/// One word of base64, after a time where lines begin with one.
fn is_key_text(line: &str) -> bool {
    let line = line.trim();
    let word = line
        .get(super::lines::time_before(line)..)
        .unwrap_or_default();
    !word.is_empty() && word.bytes().all(is_base64)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<&str> {
        span(text, text.find(KIND).unwrap()).map(|span| &text[span])
    }

    #[test]
    fn a_whole_key_is_found_and_a_certificate_beside_it_is_left() {
        let whole = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        assert_eq!(key(&format!("a {whole} b")), Some(whole));
        let escaped = r"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
        assert_eq!(key(&format!("\"{escaped}\"")), Some(escaped));
    }

    #[test]
    fn half_a_key_is_found_as_far_as_it_looks_like_one() {
        let begun = "-----BEGIN PRIVATE KEY-----\nMIIE\nabc=";
        assert_eq!(key(&format!("x\n{begun}\nthen it stopped")), Some(begun));
        let ended = "MIIE\nabc=\n-----END PRIVATE KEY-----";
        assert_eq!(key(&format!("it went on\n{ended}\nx")), Some(ended));
        let timed = "2026-11-23T06:12:04Z -----BEGIN PRIVATE KEY-----\n2026-11-23T06:12:04Z MIIE\nend of it";
        assert!(key(timed).unwrap().ends_with("MIIE"));
    }

    #[test]
    fn words_alone_are_no_key() {
        assert_eq!(key("no PRIVATE KEY----- here"), None);
    }
}
