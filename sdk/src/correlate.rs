//! What a correlator reads: the finished results of checks.

use crate::finding::Finding;
use crate::report::Verdict;

/// The result of one check in one environment.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// fn several_fail(_cx: &Context, results: &[CheckResult]) -> Result<Report> {
///     let mut report = Report::new("no two checks fail at once");
///     let failing: Vec<_> = results.iter().filter(|result| result.verdict == Some(Verdict::Fail)).collect();
///     if failing.len() > 1 {
///         let title = format!("{} checks fail at once", failing.len());
///         report.finding("BSQ-ESC-001", Named::new("platform", "all"), title);
///     }
///     report.looked_at(results.len());
///     report.or_not_applicable("no check ran")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// The context name of the environment.
    pub environment: String,
    /// The check.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What the host said; absent for `error`.
    pub verdict: Option<Verdict>,
    /// Whether everything was read.
    pub complete: bool,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// What else the host says.
    pub attributes: Vec<(String, String)>,
}
