//! Where cross-service requests break, as their traces show it.
//!
//! ```text
//! search ─► whole traces ─► tree of spans ─► the deepest failure that reached the caller ─► groups ─► share ─► findings
//! ```
//!
//! A failure that somebody above it made good (a retry, a fallback) broke no request, so only traces whose first span
//! failed count. A search is a sample; how much of all requests it is, span metrics say, or another sample of the same
//! operation. Without any word on that, a failure is information.
//!
//! The platform sends the spans of its GenAI calls to MLflow by default: that Tempo has none is no fault.

mod broken;
mod group;
mod parse;
mod share;
mod slow;
mod span;
mod tell;

use std::time::Duration;

use bsq_sdk::prelude::*;
use bsq_sdk::reads::TraceSummary;

use group::Groups;
use share::Sample;
use span::Tree;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    min_traces: usize,
    error_share: u32,
    error_share_high: u32,
    slow_after: Duration,
    most_traces: usize,
}

/// Cross-service requests reach their end.
///
/// # Errors
///
/// `not-configured` without a trace store, and what the host answers to the search for failed requests.
#[check]
pub fn requests_reach_their_end(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report = Report::new("cross-service requests reach their end");
    let failing = cx.traces("failing", &[])?;
    let mut groups = Groups::default();
    let mut unread = None;
    for summary in failing.traces.iter().take(wishes.most_traces) {
        match read(cx, "failing", summary) {
            Ok((tree, read)) => groups.add(&tree, summary, read),
            Err(error) => unread = Some(error),
        }
    }
    let sample = Sample::of(&failing, wishes.most_traces);
    tell::tell(cx, &mut report, &groups, &sample, &wishes);
    let slow = slow::tell(cx, &mut report, &wishes);

    if let Some(error) = unread {
        return report.unknown(format!(
            "some traces could not be read: {}",
            error.message()
        ));
    }
    if let Err(error) = &slow {
        return report.unknown(format!(
            "slow requests could not be searched: {}",
            error.message()
        ));
    }
    let has_some = !failing.traces.is_empty() || slow.is_ok_and(|slow| slow > 0);
    if !has_some && !has_traces(cx)? {
        return report.inconclusive(
            "there is no trace at all in the window: not the same as no errors (spans of GenAI calls go to MLflow by default)",
        );
    }
    report.summary(summary(&groups));
    report.pass()
}

/// Whether there is any trace. The store's own count is asked first: on a busy platform a search for anything finds more
/// than one answer holds, which would count as unknown.
fn has_traces(cx: &Context) -> Result<bool> {
    let received = cx.metric("received", &[]).or_empty();
    Ok(!received.series.is_empty() || !cx.traces("any", &[])?.traces.is_empty())
}

fn summary(groups: &Groups) -> String {
    match (groups.broken(), groups.recovered()) {
        (0, 0) => "no request failed".to_owned(),
        (0, recovered) => {
            format!("no request failed; in {recovered} a failure was made good on the way")
        }
        (broken, _) => format!(
            "{broken} failed requests were looked at; none of their breaks is frequent enough to be told as a fault"
        ),
    }
}

fn read(cx: &Context, template: &str, summary: &TraceSummary) -> Result<(Tree, u32)> {
    let trace = cx.trace(template, &summary.trace_id)?;
    Ok((Tree::of(parse::spans(&trace.json)), trace.read))
}
