//! What is left of declared fields under granted ones.

use crate::capability::Mask;

/// The fields that lie within both. `None` when there are none: an empty mask is never handed on.
pub(super) fn intersection(left: &Mask, right: &Mask) -> Option<Mask> {
    Some(left.intersection(right)).filter(|mask| !mask.is_empty())
}

/// The fields that lie within one or both.
pub(super) fn union(left: &Mask, right: &Mask) -> Mask {
    left.union(right)
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
