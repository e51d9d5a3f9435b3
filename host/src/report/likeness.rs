//! Whether two titles say the same: counts, durations and generated names are never twice the same.

/// The characters that Kubernetes makes names up from: without vowels, so that no word comes of it.
const GENERATED: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Characters of a pod's suffix, and of a template's hash.
const SUFFIX: usize = 5;
const HASH: std::ops::RangeInclusive<usize> = 7..=10;

/// Whether both say the same of the same thing.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    one == other || parts(one).eq(parts(other))
}

/// The words of a title, without what differs from run to run.
fn parts(title: &str) -> impl Iterator<Item = &str> {
    let is_end = |character: char| !character.is_alphanumeric();
    title.split(is_end).map(|part| {
        let is_number = part.starts_with(|first: char| first.is_ascii_digit())
            && part
                .trim_end_matches(char::is_alphabetic)
                .bytes()
                .all(|byte| byte.is_ascii_digit());
        if is_number || is_generated(part) {
            ""
        } else {
            part
        }
    })
}

fn is_generated(part: &str) -> bool {
    (part.len() == SUFFIX || HASH.contains(&part.len()))
        && part.chars().all(|character| GENERATED.contains(character))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::is_alike;

    #[rstest]
    #[case(
        "iam/keycloak-7fbbff5848-h9l7b runs and is not ready",
        "iam/keycloak-7fbbff5848-zzzzz runs and is not ready",
        true
    )]
    #[case("BackOff of db-0 (14 times)", "BackOff of db-0 (19 times)", true)]
    #[case("the volume is used up in 3h", "the volume is used up in 40m", true)]
    #[case("95 % of data is used", "99 % of data is used", true)]
    #[case(
        "db-0 ends again and again: exit 1",
        "db-0 cannot start: no space left on device",
        false
    )]
    #[case(
        "the pods of web are not ready",
        "the pods of api are not ready",
        false
    )]
    #[case(
        "each of 2 pods fails",
        "each of 3 pods of Deployment web fails",
        false
    )]
    fn numbers_and_generated_names_are_no_news(
        #[case] one: &str,
        #[case] other: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(is_alike(one, other), expected);
    }
}
