//! What comes of one condition.

/// A condition that holds, with what carries it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) code: &'static str,
    /// What it is about: a kind and a name.
    pub(crate) subject: (&'static str, String),
    pub(crate) title: String,
    /// Where each fact was read, and the fact.
    pub(crate) facts: Vec<(String, String)>,
    /// Since when, in seconds since 1970.
    pub(crate) since: Option<bsq_sdk::Timestamp>,
    pub(crate) hand_over: Vec<HandOver>,
    pub(crate) page: &'static str,
}

/// A thing to take along: one sentence, and the command that gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HandOver {
    pub(crate) text: &'static str,
    pub(crate) command: &'static [&'static str],
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Met(Condition),
    /// It does not hold, and that is known; why.
    NotMet(String),
    /// All is known and it still does not decide the question.
    Undecided(String),
    /// Something that could decide it could not be read.
    Unknown(String),
}

impl Decision {
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Met(_) => "yes".to_owned(),
            Self::NotMet(why) => format!("no: {why}"),
            Self::Undecided(why) => format!("undecided: {why}"),
            Self::Unknown(why) => format!("unknown: {why}"),
        }
    }
}
