//! The host's word on one execution: unknown is never green.
//!
//! A pure function of how the execution ended, what the component said, its worst finding and what is known of its
//! reads. The order of the questions is the rule; `docs` and the README quote it.

use std::collections::BTreeMap;

use crate::capability::Coverage;
use crate::manifest::Severity;
use crate::report::model::{Outcome, SkipReason, Verdict};

/// What the verdict is made from.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub outcome: &'a Outcome,
    /// What the component said, with its reason for a skip.
    pub guest: Option<(Verdict, Option<SkipReason>)>,
    pub worst: Option<Severity>,
    pub reads: &'a BTreeMap<Coverage, u32>,
}

/// What the row says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decided {
    pub verdict: Verdict,
    pub skip_reason: Option<SkipReason>,
    pub complete: bool,
}

/// Decide the verdict of one row.
pub fn decide(facts: &Facts<'_>) -> Decided {
    let (verdict, skip_reason) = verdict(facts);
    Decided {
        verdict,
        skip_reason,
        complete: is_complete(facts, verdict, skip_reason),
    }
}

fn verdict(facts: &Facts<'_>) -> (Verdict, Option<SkipReason>) {
    let ended_by = match facts.outcome {
        Outcome::Completed => None,
        Outcome::Failed {
            code: Some(code), ..
        } => Some(code.as_str()),
        Outcome::NotStarted { .. } => return (Verdict::Skip, Some(SkipReason::Unknown)),
        _ => return (Verdict::Error, None),
    };
    let found = facts.worst.map_or(Verdict::Pass, Verdict::of);
    if found != Verdict::Pass {
        // The component may say worse than its findings, never better.
        let said = facts.guest.map_or(found, |(said, _)| said);
        return (
            if said == Verdict::Fail {
                Verdict::Fail
            } else {
                found
            },
            None,
        );
    }
    if has(facts.reads, Coverage::is_failure) {
        return (Verdict::Error, None);
    }
    if !has(facts.reads, |coverage| coverage.is_complete())
        || has(facts.reads, |coverage| !coverage.is_complete())
    {
        return (Verdict::Skip, Some(SkipReason::Unknown));
    }
    match (ended_by, facts.guest) {
        (Some("absent"), _) => (Verdict::Skip, Some(SkipReason::NotApplicable)),
        (Some("not-configured"), _) => (Verdict::Skip, Some(SkipReason::NotConfigured)),
        // It gave up although every read that it did is known: nothing says why.
        (Some(_), _) | (None, None) => (Verdict::Error, None),
        (None, Some((Verdict::Skip, reason))) => {
            (Verdict::Skip, Some(reason.unwrap_or(SkipReason::Unknown)))
        }
        (None, Some(_)) if !has(facts.reads, |coverage| coverage != Coverage::NotConfigured) => {
            (Verdict::Skip, Some(SkipReason::NotConfigured))
        }
        (None, Some((said, _))) => (said, None),
    }
}

fn is_complete(facts: &Facts<'_>, verdict: Verdict, reason: Option<SkipReason>) -> bool {
    let gave_up_knowing = match facts.outcome {
        Outcome::Completed => true,
        Outcome::Failed {
            code: Some(code), ..
        } => code == "absent" || code == "not-configured",
        _ => false,
    };
    gave_up_knowing
        && verdict != Verdict::Error
        && reason != Some(SkipReason::Unknown)
        && !says_unknown(facts.guest)
        && !has(facts.reads, |coverage| !coverage.is_complete())
}

/// Beside what it found, the component says that there is more which it does not know.
pub fn says_unknown(guest: Option<(Verdict, Option<SkipReason>)>) -> bool {
    matches!(guest, Some((_, Some(SkipReason::Unknown))))
}

fn has(reads: &BTreeMap<Coverage, u32>, is_such: impl Fn(Coverage) -> bool) -> bool {
    reads
        .iter()
        .any(|(coverage, count)| *count > 0 && is_such(*coverage))
}

impl Verdict {
    /// What a finding of this severity makes of a row.
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Pass,
            Severity::Low | Severity::Medium => Self::Warn,
            Severity::High | Severity::Critical => Self::Fail,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ALL: [Coverage; 10] = [
        Coverage::Complete,
        Coverage::Absent,
        Coverage::Truncated,
        Coverage::Denied,
        Coverage::Forbidden,
        Coverage::NotCollected,
        Coverage::Unsupported,
        Coverage::NotConfigured,
        Coverage::Failed,
        Coverage::Invalid,
    ];

    fn decide_with(
        outcome: Outcome,
        guest: Option<(Verdict, Option<SkipReason>)>,
        worst: Option<Severity>,
        reads: &[Coverage],
    ) -> Decided {
        let mut counts = BTreeMap::new();
        for read in reads {
            *counts.entry(*read).or_insert(0) += 1;
        }
        decide(&Facts {
            outcome: &outcome,
            guest,
            worst,
            reads: &counts,
        })
    }

    fn failed(code: &str) -> Outcome {
        Outcome::Failed {
            code: Some(code.to_owned()),
            message: String::new(),
        }
    }

    const PASS: Option<(Verdict, Option<SkipReason>)> = Some((Verdict::Pass, None));

    #[rstest]
    #[case::trap(Outcome::Trapped { message: String::new() }, PASS, Some(Severity::High), &[Coverage::Complete], Verdict::Error, None, false)]
    #[case::not_started(Outcome::NotStarted { reason: String::new() }, None, None, &[], Verdict::Skip, Some(SkipReason::Unknown), false)]
    #[case::worst_finding_beats_the_guests_word(Outcome::Completed, PASS, Some(Severity::Low), &[Coverage::Complete], Verdict::Warn, None, true)]
    #[case::worst_finding_beats_a_failed_read(Outcome::Completed, PASS, Some(Severity::Critical), &[Coverage::Failed], Verdict::Fail, None, false)]
    #[case::info_leaves_a_pass(Outcome::Completed, PASS, Some(Severity::Info), &[Coverage::Complete], Verdict::Pass, None, true)]
    #[case::failed_read(Outcome::Completed, PASS, None, &[Coverage::Complete, Coverage::Failed], Verdict::Error, None, false)]
    #[case::failed_beats_denied(Outcome::Completed, PASS, None, &[Coverage::Denied, Coverage::Invalid], Verdict::Error, None, false)]
    #[case::denied_read(Outcome::Completed, PASS, None, &[Coverage::Complete, Coverage::Denied], Verdict::Skip, Some(SkipReason::Unknown), false)]
    #[case::no_read_at_all(Outcome::Completed, PASS, None, &[], Verdict::Skip, Some(SkipReason::Unknown), false)]
    #[case::absent_is_known(Outcome::Completed, PASS, None, &[Coverage::Absent], Verdict::Pass, None, true)]
    #[case::guest_skips(Outcome::Completed, Some((Verdict::Skip, Some(SkipReason::Inconclusive))), None, &[Coverage::Complete], Verdict::Skip, Some(SkipReason::Inconclusive), true)]
    #[case::found_and_more_is_unknown(Outcome::Completed, Some((Verdict::Skip, Some(SkipReason::Unknown))), Some(Severity::High), &[Coverage::Complete], Verdict::Fail, None, false)]
    #[case::ended_by_absent(failed("absent"), None, None, &[Coverage::Absent], Verdict::Skip, Some(SkipReason::NotApplicable), true)]
    #[case::ended_by_not_configured(failed("not-configured"), None, None, &[Coverage::NotConfigured], Verdict::Skip, Some(SkipReason::NotConfigured), true)]
    #[case::ended_by_forbidden(failed("forbidden"), None, None, &[Coverage::Forbidden], Verdict::Skip, Some(SkipReason::Unknown), false)]
    #[case::ended_by_timeout(failed("timeout"), None, None, &[Coverage::Failed], Verdict::Error, None, false)]
    #[case::ended_with_findings(failed("timeout"), None, Some(Severity::High), &[Coverage::Failed], Verdict::Fail, None, false)]
    #[case::pass_without_any_source(Outcome::Completed, PASS, None, &[Coverage::NotConfigured], Verdict::Skip, Some(SkipReason::NotConfigured), true)]
    fn rule_1_in_its_order(
        #[case] outcome: Outcome,
        #[case] guest: Option<(Verdict, Option<SkipReason>)>,
        #[case] worst: Option<Severity>,
        #[case] reads: &[Coverage],
        #[case] verdict: Verdict,
        #[case] skip_reason: Option<SkipReason>,
        #[case] complete: bool,
    ) {
        assert_eq!(
            decide_with(outcome, guest, worst, reads),
            Decided {
                verdict,
                skip_reason,
                complete
            }
        );
    }

    proptest! {
        #[test]
        fn rule_1_unknown_is_never_green(
            reads in proptest::collection::vec(0usize..ALL.len(), 0..12),
            said in 0usize..3,
            info in any::<bool>(),
        ) {
            let reads: Vec<_> = reads.into_iter().map(|index| ALL[index]).collect();
            let said = [Verdict::Pass, Verdict::Warn, Verdict::Fail][said];
            let worst = info.then_some(Severity::Info);
            let decided = decide_with(Outcome::Completed, Some((said, None)), worst, &reads);
            let is_unknown = reads.is_empty() || reads.iter().any(|read| !read.is_complete());
            if is_unknown {
                prop_assert!(matches!(decided.verdict, Verdict::Skip | Verdict::Error));
                prop_assert!(!decided.complete);
            }
        }
    }
}
