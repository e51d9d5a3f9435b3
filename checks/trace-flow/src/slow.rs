//! Requests that take long, and the span in which they spend the most time of its own. Information: a long answer of a
//! model is long by nature, and what is too long only the site can say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bsq_sdk::prelude::*;
use bsq_sdk::reads::TraceSummary;

use crate::span::{Span, Tree};
use crate::{Wishes, read};

/// Operations that are told.
const MOST: usize = 5;

struct Slow<'a> {
    traces: Vec<&'a TraceSummary>,
    longest: &'a TraceSummary,
}

/// Search for slow requests and tell them; how many there are.
///
/// # Errors
///
/// What the host answers to the search.
pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes) -> Result<usize> {
    let after = format!("{}s", wishes.slow_after.as_secs());
    let found = cx.traces("slow", &[("slow", &after)])?;
    let limit = wishes.slow_after.as_millis();
    let mut operations: BTreeMap<(&str, &str), Slow<'_>> = BTreeMap::new();
    for trace in &found.traces {
        if u128::from(trace.duration_ms) < limit {
            continue;
        }
        let key = (trace.root_service.as_str(), trace.root_name.as_str());
        let slow = operations.entry(key).or_insert_with(|| Slow {
            traces: Vec::new(),
            longest: trace,
        });
        slow.traces.push(trace);
        if trace.duration_ms > slow.longest.duration_ms {
            slow.longest = trace;
        }
    }
    let mut frequent: Vec<_> = operations
        .into_iter()
        .filter(|(_, slow)| slow.traces.len() >= wishes.min_traces.max(1))
        .collect();
    frequent.sort_by_key(|(_, slow)| Reverse(slow.traces.len()));
    for ((service, name), slow) in frequent.into_iter().take(MOST) {
        slow.tell(cx, report, found.read, &format!("{service} {name}"));
    }
    Ok(found.traces.len())
}

impl Slow<'_> {
    fn tell(&self, cx: &Context, report: &mut Report, search: u32, operation: &str) {
        let longest = seconds(self.longest.duration_ms);
        let count = self.traces.len();
        // Where its time goes is worth a read; without it the fact stands all the same, and the host has the failure.
        let tree = read(cx, "slow", self.longest).ok();
        let where_to = tree.as_ref().and_then(|(tree, read)| {
            let (span, own) = busiest(tree)?;
            Some((format!("{} {}", span.service, span.name), own, *read))
        });
        let most = where_to
            .as_ref()
            .map(|(name, ..)| format!(", most of it in {name}"))
            .unwrap_or_default();
        let title = format!("{count} requests of {operation} take up to {longest}{most}");
        let subject = Named::new("operation", operation).with_read(search);
        let finding = report.finding("BSQ-TRACE-003", subject, title);
        finding.evidence("duration", &longest);
        finding.evidence("trace", &self.longest.trace_id);
        if let Some((name, own, read)) = where_to {
            let own = seconds(own / 1_000_000);
            finding.evidence_from(read, "own time", format!("{own} in {name}"));
        }
        finding.advice(format!(
            "open trace {} in Grafana's view of Tempo",
            self.longest.trace_id
        ));
        finding.link("/docs/runtime/components/grafana-tempo");
    }
}

/// The span with the most time that none of its children accounts for. Children that run side by side may account for
/// more than all of it.
fn busiest(tree: &Tree) -> Option<(&Span, u64)> {
    let own = |span: &Span| {
        let below: u64 = tree.children(span).map(Span::length).sum();
        span.length().saturating_sub(below)
    };
    tree.spans()
        .iter()
        .map(|span| (span, own(span)))
        .max_by_key(|(_, own)| *own)
}

fn seconds(milliseconds: u64) -> String {
    format!("{:.1} s", milliseconds as f64 / 1000.0)
}
