//! What a run may show of what it saw: the rules of redaction, and what is told of their hits.

use std::borrow::Cow;
use std::sync::Arc;

use super::json;
use crate::capability::redact::Redactor;
use crate::report::model::Report;
use crate::settings::{ConfigFile, Policy, Settings};
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

/// The report as it may be shown. What checks read was redacted before; what the host adds of its own, and what an older
/// recording or another tool's bundle holds, is looked at here.
pub(super) fn shown(report: Report, rules: &Redactor) -> Result<Report, Fault> {
    match rules.json(&json(&report)?) {
        Cow::Borrowed(_) => Ok(report),
        Cow::Owned(text) => serde_json::from_str(&text).map_err(|error| {
            Fault::new("BSQ0603", "cannot read the redacted report")
                .because(error)
                .hint("this is an error of bsq-host: report it with the command")
        }),
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
