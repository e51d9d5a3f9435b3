//! Tokens in place of names, hosts and addresses, so that an incident can be shown to someone who may not know whose it is.
//!
//! It works on what is written at the end, a recording or a report, never on what checks read: they see the cluster as it
//! is. A name is taken apart into words, and each word that is the site's own becomes a token of the same key. So a name
//! that is made of another (`NAME-0`, `NAME-credentials`, `NAME.NAMESPACE.svc`) is made of the same tokens, and a replay
//! finds what it found. Words that checks themselves look for or say stay: they are in this repository.
//!
//! ```text
//! recording, report ─► collect (words of names, hosts, mail addresses) ─► Tokens (key file) ─► the same, with tokens
//! ```

mod address;
mod collect;
mod flags;
mod key;
mod tokens;
mod words;

pub use collect::Collected;
pub use key::KeyFile;
pub use tokens::{Tokens, reveal, unknown};

#[cfg(test)]
mod tests;
