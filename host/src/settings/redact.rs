//! `[redact]` of `bsq.toml`: what this site has secrets look like.

use serde::Deserialize;

use crate::capability::redact::{OwnRule, Redactor};
use crate::ui::Fault;

/// Each is looked for in every text. A site has a few; a hundred is more than anyone keeps in order.
const MOST_RULES: usize = 100;

/// The rules that a site adds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RedactSection {
    pub rule: Vec<RuleSection>,
}

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSection {
    /// What the mark and the tally call it.
    pub name: String,
    /// What is taken out, but for what its groups `keep` and `tail` match.
    pub pattern: String,
}

impl RedactSection {
    /// Whether every rule can be used; `shown` names the file in errors.
    pub(super) fn check(&self, shown: &str) -> Result<(), Fault> {
        if self.rule.len() > MOST_RULES {
            let cause = format!("`{shown}`: more than {MOST_RULES} of [[redact.rule]]");
            return Err(Fault::new("BSQ0125", cause).hint("join patterns with `|`"));
        }
        self.redactor().map(drop).map_err(|mut fault| {
            fault.cause = format!("`{shown}`: {}", fault.cause);
            fault
        })
    }

    /// The rules of the host and these.
    pub(super) fn redactor(&self) -> Result<Redactor, Fault> {
        let refused = |name: &str, error: anyhow::Error| {
            Fault::new(
                "BSQ0125",
                format!("[[redact.rule]] `{name}` cannot be used"),
            )
            .because(error)
            .hint("write `name = \"badge\"` and `pattern = '\\bB-[0-9]{6}\\b'`")
        };
        let rules = self.rule.iter().map(|rule| {
            OwnRule::new(&rule.name, &rule.pattern)
                .map_err(|error| refused(&rule.name, error.into()))
        });
        let rules = rules.collect::<Result<_, _>>()?;
        Redactor::new(rules).map_err(|error| refused("all together", error.into()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::settings::ConfigFile;

    #[test]
    fn a_sites_rule_is_used() {
        let text = "[[redact.rule]]\nname = 'badge'\npattern = '(?P<keep>badge )B-[0-9]{4}'\n";
        let config = ConfigFile::parse(text, "bsq.toml").unwrap();
        let redactor = config.redactor(true).unwrap();
        assert_eq!(
            redactor.text("of badge B-1234."),
            "of badge [redacted:badge]."
        );
        let off = config.redactor(false).unwrap();
        assert_eq!(off.text("of badge B-1234."), "of badge B-1234.");
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_refused_with_its_name() {
        for pattern in ["(", "x*", r"(?:\w{1,1000}){1,1000}"] {
            let text = format!("[[redact.rule]]\nname = 'badge'\npattern = '{pattern}'\n");
            let fault = ConfigFile::parse(&text, "bsq.toml").unwrap_err();
            assert_eq!(fault.code, "BSQ0125", "{pattern}");
            assert!(fault.cause.contains("badge"), "{}", fault.cause);
        }
    }
}
