//! What a run may show of what it saw: the rules of redaction, and what is told of their hits.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::json;
use crate::capability::redact::Redactor;
use crate::cli::{Global, GrantArgs};
use crate::report::model::Report;
use crate::settings::{ConfigFile, Environment, Places, Policy, Settings};
use crate::ui::{Fault, Talk, talk_by};

/// The rules of this run, which hold for stderr from here on. Where the policy of the host forbids to leave texts as they
/// are, asking for it is a fault.
pub(super) fn rules(settings: &Settings, config: &ConfigFile) -> Result<Arc<Redactor>, Fault> {
    if !settings.is_redacted {
        Policy::of_host()?.permit_no_redact()?;
    }
    let rules = Arc::new(config.redactor(settings.is_redacted)?);
    talk_by(Arc::clone(&rules));
    Ok(rules)
}

/// The rules of this site, for what was written before: by another site, or before a rule was.
pub(super) fn rules_of_site(
    grant: &GrantArgs,
    global: &Global,
    environment: &Environment,
) -> Result<Redactor, Fault> {
    let places = Places::new(global, grant, environment);
    ConfigFile::load(&places.config)?.redactor(true)
}

/// The report as it may be shown. What checks read was redacted before; what the host adds of its own, and what an older
/// recording or another tool's bundle holds, is looked at here.
pub(super) fn shown(report: Report, rules: &Redactor) -> Result<Report, Fault> {
    let redacted = redacted(&json(&report)?, rules);
    let redacted = redacted.map_err(|error| {
        Fault::new("BSQ0603", "cannot read the redacted report")
            .because(error)
            .hint("this is an error of bsq-host: report it with the command")
    })?;
    Ok(redacted.unwrap_or(report))
}

/// What the rules leave of a JSON text; nothing where they leave it as it is.
pub(super) fn redacted<T: DeserializeOwned>(
    json: &str,
    rules: &Redactor,
) -> serde_json::Result<Option<T>> {
    match rules.json(json) {
        Cow::Borrowed(_) => Ok(None),
        Cow::Owned(text) => serde_json::from_str(&text).map(Some),
    }
}

/// How often each rule found something, and where; never what.
pub(super) fn tell(report: &Report) {
    for run in &report.runs {
        for row in &run.measured.redaction {
            Talk.line(&format!(
                "redacted: {} of {} in {} of {}",
                row.hits, row.rule, row.place, run.context
            ));
        }
    }
}
