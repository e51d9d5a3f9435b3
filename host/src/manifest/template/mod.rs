//! Query templates: PromQL or TraceQL with parameters, written `${name}`.
//!
//! What a parameter may be follows from where it stands, which is found out here and not left to whoever fills it in.
//! Whatever a check gives for it, the query stays the one that the operator granted: a value is one literal, and a text
//! never leaves its quotes.
//!
//! | Where it stands | What it may be |
//! |---|---|
//! | in quotes, after `=` or `!=` | any text |
//! | in quotes, after `=~` or `!~` | any text, matched literally; several values are any of them |
//! | in `[…]`, after `offset` | a duration such as `5m` |
//! | after `by (` and the like, where a label's name belongs, before `{` or `[` | a name |
//! | after an operator, `(` or `,` | a number or a duration |

mod fill;
mod scan;

pub use fill::BadParameter;

use std::collections::BTreeSet;

/// A template, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template<'t> {
    pieces: Vec<Piece<'t>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece<'t> {
    Fixed(&'t str),
    Parameter { name: &'t str, position: Position },
}

/// What a parameter stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Position {
    Text {
        quote: char,
    },
    Pattern {
        quote: char,
    },
    Duration,
    Name,
    /// A number or a duration.
    Literal,
}

impl<'t> Template<'t> {
    /// Take a template apart, or say what is wrong with it.
    pub fn parse(query: &'t str) -> Result<Self, String> {
        if query.trim().is_empty() {
            return Err("`query` is empty".to_owned());
        }
        scan::pieces(query).map(|pieces| Self { pieces })
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> BTreeSet<&'t str> {
        let names = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Parameter { name, .. } => Some(*name),
            Piece::Fixed(_) => None,
        });
        names.collect()
    }
}
