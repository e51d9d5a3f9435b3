//! What a check answers.

use std::cell::RefCell;
use std::fmt::Display;
use std::mem;

use crate::error::Result;
use crate::finding::{Finding, Severity};
use crate::run::Severities;
use crate::subject::Subject;

/// What a check says of itself; the host decides. It never says `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All was read, and it is well.
    Pass,
    /// Something needs a look, nothing is down.
    Warn,
    /// Something is down or will be soon.
    Fail,
    /// Not answered, or no question here.
    Skip,
}

/// Why a check says `skip`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// What the check looks at does not exist here.
    NotApplicable,
    /// The site has not configured what the check needs.
    NotConfigured,
    /// All was read and it does not decide the question.
    Inconclusive,
    /// Something could not be read.
    Unknown,
}

/// A report in the making.
///
/// The verdict follows from the worst finding; only a `skip` is said. A report that a `?` drops is not lost: what it held
/// goes to the host with the error.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// #[derive(Object)]
/// #[object(kind = "v1/Namespace")]
/// struct Namespace { status: Status }
/// #[derive(Object)]
/// struct Status { phase: String }
///
/// fn namespaces_are_active(cx: &Context) -> Result<Report> {
///     let mut report = Report::new("every namespace is active");
///     for namespace in cx.list::<Namespace>()? {
///         if namespace.status.phase != "Active" {
///             let title = format!("namespace {} is being deleted", namespace.name());
///             report.finding("BSQ-LOOK-001", &namespace, title).since(namespace.deleted());
///         }
///     }
///     report.or_not_applicable("no namespace is in scope")
/// }
/// ```
#[derive(Debug, Default)]
pub struct Report {
    pub(crate) summary: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) skip: Option<Skip>,
    pub(crate) looked_at: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    Always(SkipReason),
    IfNothingSeen(String),
}

thread_local! {
    /// What dropped reports held: how findings outlive a `?`.
    static LEFT: RefCell<Left> = RefCell::default();
}

/// What is left of reports that were not returned.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) summary: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Left {
    pub(crate) fn take() -> Self {
        LEFT.with(RefCell::take)
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        // A thread that ends has no use for it, so a store that is gone already is fine.
        let _ = LEFT.try_with(|left| {
            let mut left = left.borrow_mut();
            if !self.summary.is_empty() {
                left.summary = mem::take(&mut self.summary);
            }
            left.findings.append(&mut self.findings);
            left.attributes.append(&mut self.attributes);
        });
    }
}

impl Report {
    /// A report on a claim: one positive line that holds when there is no finding.
    #[must_use]
    pub fn new(claim: impl Into<String>) -> Self {
        let mut report = Self::default();
        report.summary = claim.into();
        report
    }

    /// Add a finding with a code of `check.toml`, what it is about, and one line that says the fact with names in it.
    pub fn finding(
        &mut self,
        code: &str,
        subject: impl Into<Subject>,
        title: impl AsRef<str>,
    ) -> &mut Finding {
        self.findings
            .push(Finding::new(code, subject.into(), title.as_ref()));
        // The vector holds at least the one that was pushed.
        let last = self.findings.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "the index of the element that was just pushed"
        )]
        &mut self.findings[last]
    }

    /// Another summary than the claim.
    pub fn summary(&mut self, summary: impl Into<String>) -> &mut Self {
        self.summary = summary.into();
        self
    }

    /// Say how many things the question was asked of, where that is not every object that was listed.
    pub fn looked_at(&mut self, count: usize) -> &mut Self {
        *self.looked_at.get_or_insert_default() += count;
        self
    }

    /// Anything else that a program may want to read.
    pub fn attribute(&mut self, name: impl Into<String>, value: impl Display) -> &mut Self {
        self.attributes.push((name.into(), value.to_string()));
        self
    }

    /// The findings so far.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Done: pass, or what the worst finding says.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn pass(self) -> Result<Self> {
        Ok(self)
    }

    /// Done; and where nothing was looked at, the question does not arise here.
    ///
    /// What was looked at is what [`Report::looked_at`] counted, else each object that was listed or got.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn or_not_applicable(mut self, otherwise: impl Into<String>) -> Result<Self> {
        self.skip = Some(Skip::IfNothingSeen(otherwise.into()));
        Ok(self)
    }

    /// The question does not arise here. Findings, if any, count more.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn not_applicable(self, why: impl Into<String>) -> Result<Self> {
        self.skipped(SkipReason::NotApplicable, why.into())
    }

    /// The site has not configured what is needed. Findings, if any, count more.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn not_configured(self, why: impl Into<String>) -> Result<Self> {
        self.skipped(SkipReason::NotConfigured, why.into())
    }

    /// All was read and it still does not decide the question. Findings, if any, count more.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn inconclusive(self, why: impl Into<String>) -> Result<Self> {
        self.skipped(SkipReason::Inconclusive, why.into())
    }

    /// Something could not be learned. Findings, if any, make the verdict, and the row says that they are not all.
    ///
    /// # Errors
    ///
    /// Never; it returns a `Result` so that it can end the function.
    pub fn unknown(self, why: impl Into<String>) -> Result<Self> {
        self.skipped(SkipReason::Unknown, why.into())
    }

    fn skipped(mut self, reason: SkipReason, why: String) -> Result<Self> {
        self.skip = Some(Skip::Always(reason));
        self.summary = why;
        Ok(self)
    }
}

/// The verdict of findings: that of the worst. A code that `check.toml` lacks is refused by the host, so it says nothing.
pub(crate) fn verdict_of(findings: &[Finding], severities: &Severities<'_>) -> Option<Verdict> {
    let severity = |finding: &Finding| finding.severity.or_else(|| severities(&finding.code));
    Some(match findings.iter().filter_map(severity).max()? {
        Severity::Info => Verdict::Pass,
        Severity::Low | Severity::Medium => Verdict::Warn,
        Severity::High | Severity::Critical => Verdict::Fail,
    })
}
