//! The smallest part of a list for which something still holds.

use crate::ui::Fault;

/// Delta debugging (Zeller and Hildebrandt, 2002): leave out halves, then quarters, down to single items, as long as
/// `holds` says so of the rest. No single item of what is left can be left out. `holds` is true of the whole list.
pub(super) async fn minimal<T: Clone>(
    items: Vec<T>,
    mut holds: impl AsyncFnMut(&[T]) -> Result<bool, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut kept = items;
    let mut parts = 2;
    while !kept.is_empty() {
        let size = kept.len().div_ceil(parts);
        let mut is_smaller = false;
        let mut start = 0;
        while start < kept.len() {
            let rest = without(&kept, start, size);
            if holds(&rest).await? {
                kept = rest;
                is_smaller = true;
            } else {
                start += size;
            }
        }
        if size == 1 && !is_smaller {
            break;
        }
        if !is_smaller || size > 1 {
            parts = (parts * 2).min(kept.len().max(1));
        }
    }
    Ok(kept)
}

fn without<T: Clone>(items: &[T], start: usize, count: usize) -> Vec<T> {
    let before = items.iter().take(start);
    before
        .chain(items.iter().skip(start + count))
        .cloned()
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(items: Vec<u32>, needed: &[u32]) -> (Vec<u32>, usize) {
        let mut tests = 0;
        let holds = async |rest: &[u32]| {
            tests += 1;
            Ok(needed.iter().all(|one| rest.contains(one)))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let kept = runtime.block_on(minimal(items, holds)).unwrap();
        (kept, tests)
    }

    #[test]
    fn one_of_a_thousand_is_found_in_few_steps() {
        let (kept, tests) = run((0..1_000).collect(), &[617]);
        assert_eq!(kept, [617]);
        assert!(tests < 60, "{tests}");
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_is_needed(
            count in 0u32..60,
            needed in prop::collection::btree_set(0u32..60, 0..6),
        ) {
            let needed: Vec<u32> = needed.into_iter().filter(|one| *one < count).collect();
            let (kept, _) = run((0..count).collect(), &needed);
            prop_assert_eq!(kept, needed);
        }
    }
}
