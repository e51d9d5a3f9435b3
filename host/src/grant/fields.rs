//! What is left of declared fields under granted ones.

use crate::capability::Mask;

/// The fields that lie within both. `None` when there are none: an empty mask is never handed on.
pub(super) fn intersection(left: &Mask, right: &Mask) -> Option<Mask> {
    let mut paths = Vec::new();
    for one in left.paths() {
        for other in right.paths() {
            paths.extend(common(&segments(&one), &segments(&other)));
        }
    }
    from_paths(paths)
}

/// The fields that lie within one or both.
pub(super) fn union(left: &Mask, right: &Mask) -> Mask {
    let paths = left.paths().into_iter().chain(right.paths());
    from_paths(paths).unwrap_or_default()
}

/// Both paths as one, the more exact one where they differ by `*`.
fn common(left: &[String], right: &[String]) -> Option<String> {
    let mut path = String::new();
    for index in 0..left.len().max(right.len()) {
        let segment = match (left.get(index), right.get(index)) {
            (Some(one), Some(other)) if one == other || other == "*" => one,
            (Some(one), Some(other)) if one == "*" => other,
            (Some(_), Some(_)) => return None,
            (Some(rest), None) | (None, Some(rest)) => rest,
            (None, None) => break,
        };
        if path.is_empty() {
            path.push_str(segment);
        } else if segment == "*" {
            path.push_str(".*");
        } else {
            path.push_str("[\"");
            path.push_str(segment);
            path.push_str("\"]");
        }
    }
    (!path.is_empty()).then_some(path)
}

fn from_paths(paths: impl IntoIterator<Item = String>) -> Option<Mask> {
    let mut paths = paths.into_iter().peekable();
    paths.peek()?;
    Mask::from_paths(paths).ok()
}

/// The segments of a path that a mask wrote.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for (index, part) in path.split("[\"").enumerate() {
        let (key, rest) = match part.split_once("\"]") {
            Some((key, rest)) if index > 0 => (Some(key), rest),
            _ => (None, part),
        };
        segments.extend(key.map(str::to_owned));
        segments.extend(
            rest.split('.')
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
    }
    segments
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&["status"], &["status.phase"], &["status.phase"])]
    #[case(&["status.phase"], &["status"], &["status.phase"])]
    #[case(&["metadata.labels"], &["metadata.labels[\"a/b.c\"]"], &["metadata.labels[\"a/b.c\"]"])]
    #[case(&["a.*.b"], &["a.x"], &["a.x.b"])]
    #[case(&["a", "b.c"], &["b", "d"], &["b.c"])]
    #[case(&["a"], &["b"], &[])]
    fn only_what_lies_within_both_is_left(
        #[case] left: &[&str],
        #[case] right: &[&str],
        #[case] both: &[&str],
    ) {
        let left = Mask::from_paths(left).unwrap();
        let right = Mask::from_paths(right).unwrap();
        let paths = |mask: Option<Mask>| mask.map_or(Vec::new(), |mask| mask.paths());
        assert_eq!(paths(intersection(&left, &right)), both);
        assert_eq!(paths(intersection(&right, &left)), both);
    }
}
