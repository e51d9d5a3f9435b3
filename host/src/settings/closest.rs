//! The known word that a mistyped one most likely meant.

/// The closest of the known words, if one is close enough to be meant.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|other| (distance(word, other), other))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, other)| other)
}

/// Insertions, deletions and replacements that turn one word into the other. Words from outside are cut at 64
/// characters: no key is longer, and the cost is the product of both lengths.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, left) in from.chars().take(64).enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(index + 1);
        for ((right, above), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let replaced = diagonal + usize::from(left != *right);
            let beside = next.last().copied().unwrap_or(0);
            next.push(replaced.min(above + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let known = ["url", "token", "timeout", "tenant", "ca"];
        for (word, meant) in [
            ("urll", Some("url")),
            ("tokne", Some("token")),
            ("tken", Some("token")),
            ("timout", Some("timeout")),
            ("password", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known), meant, "{word}");
        }
    }
}
