//! What the dates of a credential say of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::finding::Finding;
use crate::reads::CredentialFacts;

/// Whether a credential's own dates let it be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It shows no dates.
    Unknown,
    /// Now lies within its dates.
    Valid,
    /// It ended then.
    Expired(Timestamp),
    /// It begins then.
    NotYet(Timestamp),
}

impl CredentialFacts {
    /// When it ends, if it says so.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires.and_then(timestamp)
    }

    /// When it begins, if it says so.
    #[must_use]
    pub fn begins_at(&self) -> Option<Timestamp> {
        self.not_before.and_then(timestamp)
    }

    /// Whether its dates let it be used at a moment. Clocks differ: the leeway is what servers forgive.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use bsq_sdk::Timestamp;
    /// use bsq_sdk::credential::Validity;
    /// use bsq_sdk::reads::CredentialFacts;
    ///
    /// let token = CredentialFacts { expires: Some(1_000), ..CredentialFacts::default() };
    /// let at = |second| Timestamp::from_second(second).map(|now| token.validity(now, Duration::from_secs(30)));
    /// assert_eq!(at(1_020)?, Validity::Valid);
    /// assert_eq!(at(1_031)?, Validity::Expired(Timestamp::from_second(1_000)?));
    /// # Ok::<(), bsq_sdk::jiff::Error>(())
    /// ```
    #[must_use]
    pub fn validity(&self, now: Timestamp, leeway: Duration) -> Validity {
        let leeway = SignedDuration::try_from(leeway).unwrap_or(SignedDuration::MAX);
        match (self.begins_at(), self.expires_at()) {
            (_, Some(end)) if now.duration_since(end) > leeway => Validity::Expired(end),
            (Some(begin), _) if begin.duration_since(now) > leeway => Validity::NotYet(begin),
            (None, None) => Validity::Unknown,
            _ => Validity::Valid,
        }
    }

    /// Show them in a finding.
    pub fn show(&self, finding: &mut Finding) {
        finding.evidence_from(self.read, "credential kind", &self.kind);
        for (source, time) in [
            ("credential nbf", self.begins_at()),
            ("credential exp", self.expires_at()),
        ] {
            if let Some(time) = time {
                finding.evidence_from(self.read, source, time);
            }
        }
        if let Some(issuer) = &self.issuer {
            finding.evidence_from(self.read, "credential iss", issuer);
        }
        if !self.audience.is_empty() {
            finding.evidence_from(self.read, "credential aud", self.audience.join(", "));
        }
    }
}

fn timestamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_compared_with_leeway_on_both_sides() {
        let moment =
            |second: u64| Timestamp::from_second(1_000 + second.cast_signed()).unwrap_or_default();
        let facts = |not_before: Option<u64>, expires: Option<u64>| CredentialFacts {
            not_before: not_before.map(|second| 1_000 + second),
            expires: expires.map(|second| 1_000 + second),
            ..CredentialFacts::default()
        };
        for (not_before, expires, validity) in [
            (None, None, Validity::Unknown),
            (Some(0), Some(200), Validity::Valid),
            (None, Some(75), Validity::Valid),
            (None, Some(65), Validity::Expired(moment(65))),
            (Some(125), None, Validity::Valid),
            (Some(135), None, Validity::NotYet(moment(135))),
        ] {
            let found = facts(not_before, expires).validity(moment(100), Duration::from_secs(30));
            assert_eq!(found, validity, "{not_before:?} {expires:?}");
        }
    }

    #[test]
    fn a_date_beyond_time_is_no_date() {
        let facts = CredentialFacts {
            expires: Some(u64::MAX),
            ..CredentialFacts::default()
        };
        assert_eq!(facts.expires_at(), None);
    }
}
