//! How much of all requests those are that failed.
//!
//! Span metrics count every request. Without them the requests of the same first operation are sampled, and those among
//! them that are known to have failed counted: the share is at least that, since the search for failed ones is a sample
//! too.

use std::collections::BTreeSet;

use bsq_sdk::Window;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::Traces;

use crate::group::{Group, Place};

/// Requests of one operation below which a share says nothing.
const LEAST: f64 = 5.0;

/// The requests that are known to have failed.
pub(crate) struct Sample {
    failed: BTreeSet<String>,
    /// The search was not cut, so the first failure of it is the first of the window.
    is_whole: bool,
}

/// Of all requests, those that failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    pub(crate) failed: f64,
    pub(crate) all: f64,
    pub(crate) read: u32,
    /// It is at least this.
    pub(crate) is_sampled: bool,
}

impl Sample {
    /// Of the search for failed requests, of which so many at most were read whole.
    pub(crate) fn of(failing: &Traces, most: usize) -> Self {
        let ids = failing.traces.iter().map(|trace| trace.trace_id.clone());
        Self {
            failed: ids.collect(),
            is_whole: !failing.truncated && failing.traces.len() <= most,
        }
    }

    /// When a place began to fail, where the window shows a time before it.
    pub(crate) fn onset(&self, window: Window, group: &Group) -> Option<Timestamp> {
        let first = crate::tell::time_of(group.first)?;
        let quiet = first.duration_since(window.start);
        let length = window.end.duration_since(window.start);
        (self.is_whole && quiet.as_secs() > length.as_secs() / 10).then_some(first)
    }

    /// The share for a place; absent where nothing tells it.
    pub(crate) fn share(&self, cx: &Context, place: &Place, group: &Group) -> Option<Share> {
        counted(cx, place).or_else(|| self.sampled(cx, group))
    }

    fn sampled(&self, cx: &Context, group: &Group) -> Option<Share> {
        let (service, operation) = group.began.first()?;
        let parameters = [("service", service.as_str()), ("operation", operation)];
        let traces = cx.traces("operation", &parameters).ok()?;
        let same = traces
            .traces
            .iter()
            .filter(|trace| trace.root_service == *service && trace.root_name == *operation);
        let (mut all, mut failed) = (0.0, 0.0);
        for trace in same {
            all += 1.0;
            failed += f64::from(u8::from(self.failed.contains(&trace.trace_id)));
        }
        Share {
            failed,
            all,
            read: traces.read,
            is_sampled: true,
        }
        .if_enough()
    }
}

/// What span metrics say of the operation that broke.
fn counted(cx: &Context, (service, operation, _): &Place) -> Option<Share> {
    let parameters = [("service", service.as_str()), ("operation", operation)];
    let answer = cx.metric("calls", &parameters).ok()?;
    let (mut all, mut failed) = (0.0, 0.0);
    let series = answer.series.iter();
    for series in series.filter(|series| series.label("span_name") == operation) {
        let calls = series
            .value()
            .filter(|calls| calls.is_finite())
            .unwrap_or_default();
        all += calls;
        if series.label("status_code") == "STATUS_CODE_ERROR" {
            failed += calls;
        }
    }
    Share {
        failed,
        all,
        read: answer.read,
        is_sampled: false,
    }
    .if_enough()
}

impl Share {
    fn if_enough(self) -> Option<Self> {
        (self.all >= LEAST).then_some(self)
    }

    pub(crate) fn percent(self) -> f64 {
        self.failed / self.all * 100.0
    }

    /// `12 of 20 sampled`, `4 % of 1200`.
    pub(crate) fn told(self) -> String {
        if self.is_sampled {
            format!("{:.0} of {:.0} sampled", self.failed, self.all)
        } else {
            format!("{:.0} % of {:.0} in an hour", self.percent(), self.all)
        }
    }
}
