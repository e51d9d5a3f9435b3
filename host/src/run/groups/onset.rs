//! When findings began, and whether one may have begun by another.

use jiff::{SignedDuration, Timestamp};

use crate::report::model::Finding;

/// What has no known beginning comes after what has one.
pub(super) type Onset = (bool, Option<Timestamp>);

/// A container that ends again and again is started anew after at most this, and what is known of it is its last start:
/// its trouble may be older than it seems by as much. Probes, log lines and clocks differ by less.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn onset(finding: &Finding) -> Onset {
    let since = time(finding);
    (since.is_none(), since)
}

/// What began within a minute began together: servers write whole seconds, and which of two was noticed first is chance.
pub(super) fn together((is_unknown, since): Onset) -> (bool, Option<i64>) {
    (is_unknown, since.map(|since| since.as_second() / 60))
}

/// A consequence does not begin clearly before its cause. What has no known beginning may have any.
pub(super) fn can_cause(cause: &Finding, consequence: &Finding) -> bool {
    can_begin(time(cause), time(consequence))
}

/// The same of times that are known already.
pub(super) fn can_begin(cause: Option<Timestamp>, consequence: Option<Timestamp>) -> bool {
    let (Some(cause), Some(consequence)) = (cause, consequence) else {
        return true;
    };
    cause.duration_since(consequence) <= SLACK
}

fn time(finding: &Finding) -> Option<Timestamp> {
    finding.since.as_ref().and_then(|text| text.parse().ok())
}
