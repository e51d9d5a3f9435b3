//! Paths of HTTP endpoints, as needs, grants and calls write them.
//!
//! A path is compared by whole segments and as it is sent, so anything that a server could read in a second way (dot
//! segments, encoded separators, empty segments) is not a path at all.

/// Whether a path has exactly one reading: it begins with `/` and holds no dot segments, no empty segments but a last
/// one, no backslash, no query, no fragment, no control character, no space, and no encoded separator, dot or `%`.
pub fn is_sound(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let is_bad_char =
        |c: char| matches!(c, '\\' | '?' | '#') || c.is_control() || c.is_whitespace();
    if rest.contains(is_bad_char) || has_unsound_escape(rest) {
        return false;
    }
    let segments: Vec<&str> = rest.split('/').collect();
    segments.iter().enumerate().all(|(index, segment)| {
        let is_last = index + 1 == segments.len();
        (is_last || !segment.is_empty()) && !matches!(*segment, "." | "..")
    })
}

/// Whether a path lies below a prefix of whole segments: `/models/a` below `/models`, `/modelsx` not.
pub fn is_within(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Escapes of `/`, `\`, `.`, `%` and control characters hide a second reading; broken escapes have none.
fn has_unsound_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let byte = rest
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            None => true,
            Some(byte) => matches!(byte, b'/' | b'\\' | b'.' | b'%') || byte < 0x20 || byte == 0x7f,
        }
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/models")]
    #[case("/")]
    #[case("/api/v1/a%20b/")]
    fn one_reading_is_sound(#[case] path: &str) {
        assert!(is_sound(path));
    }

    #[rstest]
    #[case("")]
    #[case("models")]
    #[case("/models/../admin")]
    #[case("/./models")]
    #[case("/models//admin")]
    #[case("/models/%2e%2e/admin")]
    #[case("/models%2Fadmin")]
    #[case("/models%5cadmin")]
    #[case("/models%252fadmin")]
    #[case("/models\\admin")]
    #[case("/models?admin=1")]
    #[case("/models#admin")]
    #[case("/models%0d")]
    #[case("/models%g0")]
    #[case("/models%")]
    #[case("/a b")]
    fn a_second_reading_is_unsound(#[case] path: &str) {
        assert!(!is_sound(path));
    }

    #[test]
    fn prefixes_match_whole_segments() {
        assert!(is_within("/models", "/models"));
        assert!(is_within("/models/a", "/models"));
        assert!(is_within("/models/a", "/models/"));
        assert!(is_within("/anything", "/"));
        assert!(!is_within("/modelsx", "/models"));
        assert!(!is_within("/", "/models"));
    }
}
