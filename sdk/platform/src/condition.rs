//! Conditions, as objects write them into their status.

use bsq_sdk::prelude::*;

/// Whether something holds, and since when.
#[derive(Object, Debug, Clone)]
pub struct Condition {
    pub r#type: String,
    pub status: String,
    pub last_transition_time: Option<Timestamp>,
}

/// The same, with the reason in a word and in a sentence.
#[derive(Object, Debug, Clone)]
pub struct Explained {
    pub r#type: String,
    pub status: String,
    pub reason: String,
    pub message: String,
    pub last_transition_time: Option<Timestamp>,
}

impl Explained {
    /// `False, Failed: the account is deactivated`.
    #[must_use]
    pub fn told(&self) -> String {
        let parts = [self.status.as_str(), self.reason.as_str()];
        let head: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match self.message.as_str() {
            "" => head.join(", "),
            message => format!("{}: {message}", head.join(", ")),
        }
    }
}

/// A condition, however much of it is read.
pub trait State {
    fn r#type(&self) -> &str;
    fn status(&self) -> &str;
    fn since(&self) -> Option<Timestamp>;

    fn is_true(&self) -> bool {
        self.status() == "True"
    }
}

macro_rules! states {
    ($($condition:ty),*) => {$(
        impl State for $condition {
            fn r#type(&self) -> &str {
                &self.r#type
            }

            fn status(&self) -> &str {
                &self.status
            }

            fn since(&self) -> Option<Timestamp> {
                self.last_transition_time
            }
        }
    )*};
}
states!(Condition, Explained);

/// The condition of a type.
pub fn find<'a, C: State>(conditions: &'a [C], name: &str) -> Option<&'a C> {
    conditions.iter().find(|it| it.r#type() == name)
}

/// The condition of a type, where it holds.
pub fn holding<'a, C: State>(conditions: &'a [C], name: &str) -> Option<&'a C> {
    conditions
        .iter()
        .find(|it| it.r#type() == name && it.is_true())
}
