//! Which component fails, as the logs say it.
//!
//! ```text
//! namespaces ─► query, halved while full ─► line (level) ─► signal (what failed) ─► tally (by component) ─► findings
//! ```
//!
//! One query for all namespaces, and for halves of them where it brings as many lines as it may: a component that floods
//! the log hides only its neighbours. Lines count from a threshold on, since every healthy system writes a stray error. No lines at all are not the same as no errors: then one
//! more query asks whether there is any line.

mod level;
mod pattern;
mod query;
mod signal;
mod tally;
mod target;
mod tell;

use bsq_sdk::prelude::*;

use query::Asked;

/// The site's word on what is normal.
#[derive(Settings)]
struct Threshold {
    min_lines: usize,
    min_other_lines: usize,
    skip_namespaces: Vec<String>,
}

/// No component writes errors into its log.
///
/// # Errors
///
/// `not-configured` without a log store, and what the host answers where it answered nothing at all.
#[check]
pub fn components_log_no_errors(cx: &Context) -> Result<Report> {
    let threshold: Threshold = cx.settings()?;
    let mut report = Report::new("no component writes errors into its log");
    let namespaces = query::namespaces(cx, &threshold.skip_namespaces)?;
    if namespaces.is_empty() {
        return report.not_applicable("no namespace is in scope");
    }
    let Asked {
        tally,
        answered,
        last_error,
    } = query::ask(cx, &namespaces)?;
    tell::tell(cx, &mut report, &tally, &threshold);

    let count = namespaces.len();
    if let Some(error) = last_error {
        let summary = format!(
            "logs of {answered} of {count} namespaces were read: {}",
            error.message()
        );
        return if answered == 0 {
            Err(error)
        } else {
            report.unknown(summary)
        };
    }
    if tally.lines() == 0 && !query::has_any_line(cx, &namespaces)? {
        return report.inconclusive("there is no log line at all: not the same as no errors");
    }
    if report.findings().is_empty() {
        report.summary(format!(
            "no component of {count} namespaces writes errors beyond single lines"
        ));
    }
    report.pass()
}
