//! How a denial reads: what was asked, and the line that would allow it.
//!
//! The line is built from the call as it was decoded, and is never wider than the call.

use serde::Serialize;

use super::{Denial, Gate};

impl Denial {
    /// The check does not say that it needs this.
    pub(super) fn undeclared(gate: &Gate, call: &str, table: &str, keys: &str) -> Self {
        Self {
            reason: format!(
                "`{}` may not {call}: its manifest declares no such need",
                gate.id()
            ),
            hint: format!("declare it in `check.toml`: `[[{table}]]` with {keys} and a `why`"),
            line: None,
        }
    }

    /// The check says that it needs this, and the operator does not allow it.
    pub(super) fn ungranted(
        gate: &Gate,
        call: &str,
        family: &'static str,
        entry: &impl Serialize,
    ) -> Self {
        let line = line(family, entry);
        Self {
            reason: format!("`{}` may not {call}: no grant allows it", gate.id()),
            hint: format!(
                "add `{line}` to a `[[check]]` row with `digest = \"{}\"` in `grants.toml`",
                gate.grant.digest.as_deref().unwrap_or("sha256:…")
            ),
            line: Some(line),
        }
    }

    /// The call itself is one that nothing could allow.
    pub(super) fn unsound(gate: &Gate, call: &str, why: &str, hint: &str) -> Self {
        Self {
            reason: format!("`{}` may not {call}: {why}", gate.id()),
            hint: hint.to_owned(),
            line: None,
        }
    }
}

/// One line of a row in `grants.toml`.
pub(super) fn line(family: &str, entry: &impl Serialize) -> String {
    format!("{family} = [{}]", inline(entry))
}

/// A value as TOML writes it within a line.
pub(super) fn inline(value: &impl Serialize) -> String {
    let mut text = String::new();
    match value.serialize(toml::ser::ValueSerializer::new(&mut text)) {
        Ok(_) => text,
        // The grants' types hold strings, lists and flags only, all of which TOML can write.
        Err(error) => error.to_string(),
    }
}

/// `list v1/Pod in namespace \`data\``.
pub(super) fn in_namespaces(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [all] if all == "*" => " in all namespaces".to_owned(),
        [one] => format!(" in namespace `{one}`"),
        many => format!(" in namespaces `{}`", many.join("`, `")),
    }
}
