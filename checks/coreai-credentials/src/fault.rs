//! What is wrong with a credential, from the API's answer and the credential's own facts. Pure.

use bsq_sdk::coreai::Reply;
use bsq_sdk::credential::Validity;
use bsq_sdk::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not known, revoked, or made for something else: its facts do not say.
    Refused,
    /// The moment, where the credential says it.
    Expired(Option<Timestamp>),
    NotYet(Timestamp),
    /// A LiteLLM key: begins with `sk-`, and not with `sk-bsq-`.
    LiteLlmKey,
    /// Neither a key nor a three-part token.
    Shapeless,
    /// A token gets in, this key does not.
    OnlyTokens,
    NotAuthorized,
    /// The platform's fault, whatever the key.
    CannotBeChecked,
    OverBudget,
    Throttled,
}

impl Fault {
    /// The API's word decides whether something is wrong; the facts only explain a refusal. A credential that is accepted
    /// after its end is accepted.
    pub(crate) fn of(reply: Reply, kind: &str, validity: Validity) -> Option<Self> {
        Some(match reply {
            Reply::Expired => Self::Expired(match validity {
                Validity::Expired(end) => Some(end),
                _ => None,
            }),
            Reply::Refused => Self::refused(kind, validity),
            Reply::Forbidden | Reply::ModelForbidden => Self::NotAuthorized,
            Reply::CannotCheckKeys => Self::CannotBeChecked,
            Reply::OverBudget => Self::OverBudget,
            Reply::Throttled => Self::Throttled,
            Reply::Accepted | Reply::NotFound | Reply::Fails | Reply::Stranger | Reply::Other => {
                return None;
            }
        })
    }

    fn refused(kind: &str, validity: Validity) -> Self {
        match (validity, kind) {
            (Validity::Expired(end), _) => Self::Expired(Some(end)),
            (Validity::NotYet(begin), _) => Self::NotYet(begin),
            (_, "sk") => Self::LiteLlmKey,
            (_, "opaque") => Self::Shapeless,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_explain_before_shape_and_only_a_refusal() {
        let end = Timestamp::UNIX_EPOCH;
        for (reply, kind, validity, fault) in [
            (
                Reply::Refused,
                "jwt",
                Validity::Expired(end),
                Some(Fault::Expired(Some(end))),
            ),
            (
                Reply::Refused,
                "jwt",
                Validity::NotYet(end),
                Some(Fault::NotYet(end)),
            ),
            (Reply::Refused, "jwt", Validity::Valid, Some(Fault::Refused)),
            (
                Reply::Refused,
                "sk",
                Validity::Unknown,
                Some(Fault::LiteLlmKey),
            ),
            (
                Reply::Refused,
                "opaque",
                Validity::Unknown,
                Some(Fault::Shapeless),
            ),
            (
                Reply::Refused,
                "sk-bsq",
                Validity::Unknown,
                Some(Fault::Refused),
            ),
            (
                Reply::Expired,
                "sk-bsq",
                Validity::Unknown,
                Some(Fault::Expired(None)),
            ),
            (Reply::Accepted, "jwt", Validity::Expired(end), None),
            (Reply::Fails, "jwt", Validity::Expired(end), None),
            (
                Reply::CannotCheckKeys,
                "sk",
                Validity::Unknown,
                Some(Fault::CannotBeChecked),
            ),
        ] {
            assert_eq!(Fault::of(reply, kind, validity), fault, "{reply:?} {kind}");
        }
    }
}
