//! The metric store as the probes see it: what it holds, one answer for each question, and what went wrong on the way.
//!
//! A question that fails gives no series and is kept, so that the other probes go on; the host has it in the row too.

use std::collections::BTreeSet;

use bsq_sdk::Window;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Metrics, Series};

/// Points of a range query: enough to see an onset within a hundredth of the window, few enough for hundreds of series.
const POINTS: u64 = 120;

/// Exporters are scraped every 15 to 60 seconds; a finer step only repeats values.
const LEAST_STEP: u64 = 30;

pub(crate) struct Store<'a> {
    cx: &'a Context,
    names: BTreeSet<String>,
    failure: Option<Error>,
    warnings: BTreeSet<String>,
    is_partial: bool,
}

impl<'a> Store<'a> {
    /// Ask what the store holds at all.
    ///
    /// # Errors
    ///
    /// What the host answers.
    pub(crate) fn open(cx: &'a Context) -> Result<Self> {
        let present = cx.metric("presence", &[])?;
        let mut store = Self {
            cx,
            names: BTreeSet::new(),
            failure: None,
            warnings: BTreeSet::new(),
            is_partial: false,
        };
        let series = present.series.iter();
        store.names = series
            .map(|series| series.label("__name__").to_owned())
            .collect();
        store.note(&present);
        Ok(store)
    }

    pub(crate) fn holds(&self, metric: &str) -> bool {
        self.names.contains(metric)
    }

    /// A template, for the run's moment.
    pub(crate) fn instant(&mut self, template: &str, parameters: &[(&str, &str)]) -> Metrics {
        let answer = self.cx.metric(template, parameters);
        self.take(answer)
    }

    /// A template, over the run's window.
    pub(crate) fn range(&mut self, template: &str, parameters: &[(&str, &str)]) -> Metrics {
        let answer = self.cx.metric_range(template, parameters, self.step());
        self.take(answer)
    }

    /// Seconds between the points of a range.
    pub(crate) fn step(&self) -> u32 {
        let window = self.window();
        let length = window.end.duration_since(window.start).unsigned_abs();
        let step = (length.as_secs() / POINTS).max(LEAST_STEP);
        u32::try_from(step).unwrap_or(u32::MAX)
    }

    pub(crate) fn window(&self) -> Window {
        self.cx.window()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.cx.now()
    }

    /// Whether a namespace lies in the scope. What names none belongs to the platform.
    pub(crate) fn is_in_scope(&self, namespace: &str) -> bool {
        let scope = &self.cx.scope().namespaces;
        scope.is_empty() || scope.iter().any(|known| known == namespace)
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    pub(crate) fn warnings(&self) -> &BTreeSet<String> {
        &self.warnings
    }

    pub(crate) fn is_partial(&self) -> bool {
        self.is_partial
    }

    fn take(&mut self, answer: Result<Metrics>) -> Metrics {
        match answer {
            Ok(metrics) => {
                self.note(&metrics);
                metrics
            }
            Err(error) => {
                self.failure.get_or_insert(error);
                Metrics::default()
            }
        }
    }

    fn note(&mut self, metrics: &Metrics) {
        self.is_partial |= metrics.truncated;
        self.warnings.extend(metrics.warnings.iter().cloned());
    }
}

/// A label of the thing that is measured. Where Prometheus gives its own target's label the name, the measured one is
/// kept with this prefix.
pub(crate) fn own<'a>(series: &'a Series, name: &str) -> &'a str {
    match series.label(&format!("exported_{name}")) {
        "" => series.label(name),
        exported => exported,
    }
}
