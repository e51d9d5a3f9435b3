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

/// A condition, however much of it is read.
pub trait State {
    fn r#type(&self) -> &str;
    fn status(&self) -> &str;
    fn since(&self) -> Option<Timestamp>;

    fn is_true(&self) -> bool {
        self.status() == "True"
    }
}

impl State for Condition {
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

impl State for Explained {
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
