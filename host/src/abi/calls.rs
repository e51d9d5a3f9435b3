//! The reads of one execution, numbered: what was asked, what is known of it, and why not all.
//!
//! Pages of one list are one read. Equal denials are one read, counted. A list that was not followed to its end is
//! truncated when the execution ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::capability::{Coverage, ErrorCode};
use crate::engine::limits::MAX_READ_ROWS;
use crate::report::model::{CoverageTable, ReadRow};

/// Reads that are kept apart. Host calls are bounded too; this bounds what an operator's higher cap could cost.
const MAX_READS: usize = 20_000;

/// What a call came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Came {
    pub(crate) coverage: Coverage,
    /// What was said, where it is not complete.
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
}

impl Came {
    pub(crate) fn complete() -> Self {
        Self {
            coverage: Coverage::Complete,
            detail: None,
            hint: None,
        }
    }

    pub(crate) fn partly(coverage: Coverage, detail: impl Into<String>) -> Self {
        Self {
            coverage,
            detail: Some(detail.into()),
            hint: None,
        }
    }
}

/// The numbered reads.
#[derive(Debug)]
pub(crate) struct CallLog {
    reads: Vec<ReadRow>,
    /// Denied calls by their text.
    denied: BTreeMap<String, usize>,
    /// Lists of which a page is missing, by their text.
    open: BTreeMap<String, usize>,
    /// Reads beyond what is kept, by coverage.
    beyond: BTreeMap<Coverage, u32>,
    count: u32,
    trace: Option<Vec<String>>,
}

impl CallLog {
    pub(crate) fn new(is_traced: bool) -> Self {
        Self {
            reads: Vec::new(),
            denied: BTreeMap::new(),
            open: BTreeMap::new(),
            beyond: BTreeMap::new(),
            count: 0,
            trace: is_traced.then(Vec::new),
        }
    }

    /// Note one read and give its number.
    pub(crate) fn note(&mut self, call: &str, came: Came) -> u32 {
        if came.coverage == Coverage::Denied
            && let Some(row) = self
                .denied
                .get(call)
                .and_then(|index| self.reads.get_mut(*index))
        {
            row.times = row.times.saturating_add(1);
            return row.read;
        }
        self.count = self.count.saturating_add(1);
        if self.reads.len() >= MAX_READS {
            *self.beyond.entry(came.coverage).or_default() += 1;
            return self.count;
        }
        if came.coverage == Coverage::Denied {
            self.denied.insert(call.to_owned(), self.reads.len());
        }
        self.reads.push(ReadRow {
            read: self.count,
            call: call.to_owned(),
            coverage: came.coverage,
            detail: came.detail,
            hint: came.hint,
            times: 1,
        });
        self.count
    }

    /// Note one page of a list; `is_first` begins a new one, and `has_more` leaves it open.
    pub(crate) fn note_page(
        &mut self,
        call: &str,
        is_first: bool,
        has_more: bool,
        came: Came,
    ) -> u32 {
        let known = if is_first {
            None
        } else {
            self.open.remove(call)
        };
        let read = match known.and_then(|index| self.reads.get_mut(index)) {
            Some(row) => {
                if came.coverage > row.coverage {
                    (row.coverage, row.detail, row.hint) = (came.coverage, came.detail, came.hint);
                }
                row.read
            }
            None => self.note(call, came),
        };
        // A denied list has no pages, and beyond what is kept there is no row to leave open.
        if has_more && let Some(index) = self.reads.iter().rposition(|row| row.read == read) {
            self.open.insert(call.to_owned(), index);
        }
        read
    }

    /// The check could not decode what a read gave it.
    pub(crate) fn mark_invalid(&mut self, read: u32, detail: String) {
        if let Some(row) = self.reads.iter_mut().find(|row| row.read == read) {
            row.coverage = Coverage::Invalid;
            row.detail = Some(detail);
        }
    }

    /// Whether there is a read of this number.
    pub(crate) fn has(&self, read: u32) -> bool {
        read > 0 && read <= self.count
    }

    /// Keep one line of the trace.
    pub(crate) fn trace(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.trace
            && lines.len() < MAX_READS
        {
            lines.push(line());
        }
    }

    /// The table of the report, and the trace.
    pub(crate) fn finish(mut self) -> (CoverageTable, Vec<String>) {
        for index in self.open.into_values() {
            if let Some(row) = self.reads.get_mut(index)
                && row.coverage == Coverage::Complete
            {
                row.coverage = Coverage::Truncated;
                row.detail = Some("the check did not read the list to its end".to_owned());
            }
        }
        let mut counts = self.beyond;
        for row in &self.reads {
            *counts.entry(row.coverage).or_default() += 1;
        }
        let complete = counts.keys().all(|coverage| coverage.is_complete());
        let kept = self.reads.len();
        let mut reads = self.reads;
        // What is not complete is what a reader looks for.
        reads.sort_by_key(|row| (row.coverage.is_complete(), row.read));
        reads.truncate(MAX_READ_ROWS);
        reads.sort_by_key(|row| row.read);
        let beyond = self.count as usize - kept;
        let omitted = u32::try_from(kept - reads.len() + beyond).unwrap_or(u32::MAX);
        let table = CoverageTable {
            complete,
            counts,
            reads,
            omitted,
        };
        (table, self.trace.unwrap_or_default())
    }
}

/// One line of a trace: each step that a call went through.
pub(crate) struct TraceLine<'a> {
    pub(crate) read: u32,
    pub(crate) call: &'a str,
    pub(crate) count: (u32, u32),
    /// What the gate said.
    pub(crate) gate: &'a str,
    /// Shared or new, where the view was asked.
    pub(crate) view: Option<bool>,
    pub(crate) bytes: u64,
    pub(crate) came: &'a Came,
    pub(crate) took: Duration,
}

impl TraceLine<'_> {
    pub(crate) fn render(&self) -> String {
        let view = match self.view {
            Some(true) => "shared",
            Some(false) => "new",
            None => "not asked",
        };
        let mut line = format!(
            "#{} {} · call {} of {} · gate: {} · view: {view} · {} bytes · {} · {:.1} ms",
            self.read,
            self.call,
            self.count.0,
            self.count.1,
            self.gate,
            self.bytes,
            coverage_name(self.came.coverage),
            self.took.as_secs_f64() * 1_000.0,
        );
        if let Some(detail) = &self.came.detail {
            line.push_str(" · ");
            line.push_str(detail);
        }
        line
    }
}

fn coverage_name(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Complete => "complete",
        Coverage::Absent => "absent",
        Coverage::Truncated => "truncated",
        Coverage::Denied => "denied",
        Coverage::Forbidden => "forbidden",
        Coverage::NotCollected => "not-collected",
        Coverage::Unsupported => "unsupported",
        Coverage::NotConfigured => "not-configured",
        Coverage::Failed => "failed",
        Coverage::Invalid => "invalid",
    }
}

impl From<&crate::capability::ReadError> for Came {
    fn from(error: &crate::capability::ReadError) -> Self {
        let hint = match error.code {
            ErrorCode::NotConfigured => Some("name it in `bsq.toml`".to_owned()),
            _ => None,
        };
        Self {
            coverage: error.code.coverage(),
            detail: Some(error.message.clone()),
            hint,
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn equal_denials_are_one_counted_read() {
        let mut calls = CallLog::new(false);
        let denied = || Came::partly(Coverage::Denied, "no grant");
        assert_eq!(calls.note("list v1/Pod", denied()), 1);
        assert_eq!(calls.note("list v1/Secret", denied()), 2);
        assert_eq!(calls.note("list v1/Pod", denied()), 1);
        let (table, _) = calls.finish();
        assert_eq!(table.reads[0].times, 2);
        assert_eq!(table.counts[&Coverage::Denied], 2);
    }

    #[test]
    fn a_list_is_one_read_and_truncated_until_its_end() {
        let mut calls = CallLog::new(false);
        assert_eq!(calls.note_page("list a", true, true, Came::complete()), 1);
        assert_eq!(calls.note_page("list b", true, true, Came::complete()), 2);
        assert_eq!(calls.note_page("list a", false, false, Came::complete()), 1);
        let (table, _) = calls.finish();
        assert_eq!(table.reads[0].coverage, Coverage::Complete);
        assert_eq!(table.reads[1].coverage, Coverage::Truncated);
        assert!(!table.complete);
    }

    #[test]
    fn what_is_not_complete_comes_before_the_cap() {
        let mut calls = CallLog::new(false);
        for number in 0..300 {
            calls.note(&format!("get {number}"), Came::complete());
        }
        calls.note("get last", Came::partly(Coverage::Failed, "reset"));
        let (table, _) = calls.finish();
        assert_eq!(table.reads.len(), MAX_READ_ROWS);
        assert_eq!(table.omitted, 301 - MAX_READ_ROWS as u32);
        assert_eq!(table.reads[MAX_READ_ROWS - 1].coverage, Coverage::Failed);
        assert_eq!(table.counts[&Coverage::Complete], 300);
    }
}
