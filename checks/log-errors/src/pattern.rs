//! What stays of a line when all that differs from one occurrence to the next is taken out: numbers, times, ids, addresses.

/// Characters of a pattern: lines differ early, and stack traces are long.
const LENGTH: usize = 200;

/// The pattern of a message: each part that is mostly digits or an id becomes `#`; short names such as `s3` and `x509` stay.
pub(crate) fn of(message: &str) -> String {
    let mut pattern = String::with_capacity(LENGTH);
    for word in message.split_whitespace() {
        if pattern.len() + word.len() >= LENGTH {
            break;
        }
        let word = masked(word);
        // Neighbours that are all numbers are one: a date and a time, a list of sizes.
        if word == "#" && pattern.ends_with('#') {
            continue;
        }
        if !pattern.is_empty() {
            pattern.push(' ');
        }
        pattern.push_str(&word);
    }
    pattern
}

/// A word with its runs of digits and hexadecimal ids replaced.
fn masked(word: &str) -> String {
    let mut masked = String::new();
    for part in word.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let end = part
            .trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .len();
        let (core, tail) = part.split_at_checked(end).unwrap_or((part, ""));
        if varies(core) {
            masked.push('#')
        } else {
            masked.push_str(core)
        }
        masked.push_str(tail);
    }
    // `#.#.#.#:#` and `#-#T#:#:#.#Z` say no more than one of them.
    if masked.chars().all(|c| !c.is_ascii_alphabetic()) && masked.contains('#') {
        "#".to_owned()
    } else {
        masked
    }
}

/// Whether a part is likely to differ next time.
fn varies(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let is_hex = part.len() >= 8 && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_name = part.len() <= 4 && part.starts_with(|c: char| c.is_ascii_alphabetic());
    digits > 0 && !is_name && (is_hex || digits * 2 >= part.len() || part.len() > 12)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_differs_each_time_is_taken_out() {
        for (one, other) in [
            (
                "2026-11-23T06:03:04.123Z ERROR took 30 ms",
                "2026-11-23T07:00:00.001Z ERROR took 4711 ms",
            ),
            (
                "dial tcp 10.96.5.4:5432: connection refused",
                "dial tcp 10.96.5.77:5432: connection refused",
            ),
            (
                "request 3f2b9c1e-1d2a-4c3b-9a8f-0123456789ab failed",
                "request 00000000-1d2a-4c3b-9a8f-ffffffffffff failed",
            ),
            (
                "pod keycloak-7d9f8b6c5d-x2k4z gone",
                "pod keycloak-6c5d7d9f8b-q9w8e gone",
            ),
            (
                "commit 4f1c2d3aa10b5c6d failed",
                "commit deadbeef00112233 failed",
            ),
        ] {
            assert_eq!(of(one), of(other));
        }
    }

    #[test]
    fn words_stay() {
        assert_eq!(
            of("s3: x509: Connection to postgresql.data:5432 refused"),
            "s3: x509: Connection to postgresql.data:# refused"
        );
    }
}
