//! What is wrong with the user's token, from the API's word, the token's own facts and Keycloak's issuer. Pure.

use std::time::Duration;

use bsq_sdk::coreai::Reply;
use bsq_sdk::credential::Validity;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;

use crate::issuer::difference;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Expired(Timestamp),
    /// The gateway says so; the token itself does not show it.
    Over,
    NotYet(Timestamp),
    /// It holds by this host's clock and not by the API's.
    Clocks(Timestamp),
    /// A LiteLLM key, or neither key nor token.
    Shape,
    Issuer(&'static str),
    Audience,
    /// The facts show no reason.
    Refused,
    /// The gateway has no database to look the key up in.
    CannotBeChecked,
}

/// What a token is judged by, beside itself.
pub(crate) struct Judge<'a> {
    /// This host's clock.
    pub(crate) now: Timestamp,
    /// The API's, where its answer says it.
    pub(crate) date: Option<Timestamp>,
    pub(crate) leeway: Duration,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) issuers: &'a [String],
    pub(crate) audience: &'a str,
}

impl Judge<'_> {
    /// The API's word counts most: who is authenticated has a good token, whatever its dates say to us. Without a word of
    /// it the facts alone are judged, and what they do not show stays open.
    pub(crate) fn fault(&self, facts: &CredentialFacts, said: Option<Reply>) -> Option<Fault> {
        match said {
            Some(reply) if reply.is_authenticated() => None,
            Some(Reply::Refused) => Some(self.reason(facts).unwrap_or(Fault::Refused)),
            Some(Reply::Expired) => Some(self.dates(facts).unwrap_or(Fault::Over)),
            Some(Reply::CannotCheckKeys) => Some(Fault::CannotBeChecked),
            _ => self.reason(facts),
        }
    }

    fn reason(&self, facts: &CredentialFacts) -> Option<Fault> {
        let issuer = || difference(facts.issuer.as_deref()?, self.issuer?, self.issuers);
        self.dates(facts)
            .or_else(|| matches!(facts.kind.as_str(), "sk" | "opaque").then_some(Fault::Shape))
            .or_else(|| issuer().map(Fault::Issuer))
            .or_else(|| self.misses_audience(facts).then_some(Fault::Audience))
    }

    /// The clock of the one who judges decides, where it is known.
    fn dates(&self, facts: &CredentialFacts) -> Option<Fault> {
        let here = facts.validity(self.now, self.leeway);
        let there = self
            .date
            .map_or(here, |date| facts.validity(date, self.leeway));
        match (here, there, self.date) {
            (Validity::Valid, Validity::Expired(_) | Validity::NotYet(_), Some(date)) => {
                Some(Fault::Clocks(date))
            }
            (_, Validity::Expired(end), _) => Some(Fault::Expired(end)),
            (_, Validity::NotYet(begin), _) => Some(Fault::NotYet(begin)),
            _ => None,
        }
    }

    fn misses_audience(&self, facts: &CredentialFacts) -> bool {
        let is_wanted = |audience: &String| audience == self.audience;
        facts.kind == "jwt" && !self.audience.is_empty() && !facts.audience.iter().any(is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000 + second).unwrap_or_default()
    }

    fn judge(date: Option<i64>) -> Judge<'static> {
        Judge {
            now: at(0),
            date: date.map(at),
            leeway: Duration::from_secs(30),
            issuer: Some("https://a.test/realms/bsq"),
            issuers: &[],
            audience: "coreai",
        }
    }

    fn token(expires: u64) -> CredentialFacts {
        CredentialFacts {
            kind: "jwt".to_owned(),
            expires: Some(expires),
            issuer: Some("https://a.test/realms/bsq".to_owned()),
            audience: vec!["coreai".to_owned()],
            ..CredentialFacts::default()
        }
    }

    #[test]
    fn the_word_of_the_api_counts_more_than_dates() {
        let (old, fresh) = (token(900), token(1_100));
        for (facts, said, fault) in [
            (&old, Some(Reply::Accepted), None),
            (&old, Some(Reply::Forbidden), None),
            (&old, Some(Reply::Refused), Some(Fault::Expired(at(-100)))),
            (&old, None, Some(Fault::Expired(at(-100)))),
            (&old, Some(Reply::Fails), Some(Fault::Expired(at(-100)))),
            (&fresh, Some(Reply::Refused), Some(Fault::Refused)),
            (&fresh, Some(Reply::Expired), Some(Fault::Over)),
            (
                &fresh,
                Some(Reply::CannotCheckKeys),
                Some(Fault::CannotBeChecked),
            ),
            (&fresh, Some(Reply::Throttled), None),
            (&fresh, None, None),
        ] {
            assert_eq!(judge(None).fault(facts, said), fault, "{said:?}");
        }
    }

    #[test]
    fn the_clock_of_the_one_who_judges_decides() {
        let refused = Some(Reply::Refused);
        let ahead = judge(Some(300)).fault(&token(1_100), refused);
        assert_eq!(ahead, Some(Fault::Clocks(at(300))));
        // By this clock it is over; by the API's it is not, so that is not why it was refused.
        let behind = judge(Some(-300)).fault(&token(900), refused);
        assert_eq!(behind, Some(Fault::Refused));
    }

    #[test]
    fn reasons_stand_in_the_order_in_which_they_are_certain() {
        let refused = Some(Reply::Refused);
        let key = CredentialFacts {
            kind: "sk".to_owned(),
            ..CredentialFacts::default()
        };
        assert_eq!(judge(None).fault(&key, refused), Some(Fault::Shape));
        let elsewhere = CredentialFacts {
            issuer: Some("https://b.test/realms/bsq".to_owned()),
            audience: Vec::new(),
            ..token(1_100)
        };
        assert_eq!(
            judge(None).fault(&elsewhere, refused),
            Some(Fault::Issuer("its host is another"))
        );
        let account = CredentialFacts {
            audience: vec!["account".to_owned()],
            ..token(1_100)
        };
        assert_eq!(judge(None).fault(&account, refused), Some(Fault::Audience));
    }
}
