//! Which words are a site's own.
//!
//! `words.txt` holds the words of the checks, of their manifests and of the platform's graph, and those of every cluster.
//! They are public, and a check that looks for `timeout` has to find it. A test keeps the list complete.

use std::collections::HashSet;
use std::sync::LazyLock;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("words.txt").lines().collect());

/// Shorter words are in every text, and say little.
const MIN_BYTES: usize = 3;

/// The letters and digits of generated names: no vowels, so that no word comes about by chance.
const GENERATED: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Whether a word, in lower case, tells whose it is.
pub(super) fn is_own(word: &str) -> bool {
    word.len() >= MIN_BYTES
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !COMMON.contains(word)
        && !is_generated(word)
}

/// What a controller appends to the name of a pod: five characters, or the hash of a template before it. Who reads a
/// name takes it off by its look.
fn is_generated(word: &str) -> bool {
    matches!(word.len(), 5 | 8..=10) && word.bytes().all(|byte| GENERATED.contains(&byte))
}

/// The words of a text: runs of letters and digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sites_own_words_are_told_from_everyones() {
        for word in ["orbitalx", "moonshot7", "payrollx"] {
            assert!(is_own(word), "{word}");
        }
        for word in [
            "postgresql",
            "keycloak",
            "timeout",
            "db",
            "5432",
            "7d9f8b6c5d",
            "x2xbz",
            "system",
        ] {
            assert!(!is_own(word), "{word}");
        }
    }
}
