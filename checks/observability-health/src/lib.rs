//! Metrics, logs and traces can be relied on, so that "no data" is told apart from "no problem".
//!
//! ```text
//! Deployments, StatefulSets, DaemonSets, pods ─► workload (product) ─┬─► signals   with probe: what each says of itself
//!                                                                    ├─► nodes     where Alloy does not run
//!                                                                    ├─► monitors  what should be scraped and is not
//!                                                                    └─► storage   what cannot be flushed
//! Prometheus ─► targets      Loki ─► holds any log?
//! ```
//!
//! That a workload lacks pods is the finding of other checks and named as the cause; here is told what cannot be seen
//! meanwhile. What is not deployed is not missing.

mod monitors;
mod nodes;
mod objects;
mod probe;
mod product;
mod signals;
mod storage;
mod targets;
mod workload;

use std::time::Duration;

use bsq_sdk::prelude::*;

use probe::{Held, Said};
use product::Product;
use signals::{SIGNALS, State};
use workload::Workload;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    ready_after: Duration,
    down_after: Duration,
    skip_jobs: Vec<String>,
    flush_errors: usize,
    log_reads: usize,
}

/// Metrics, logs and traces can be relied on.
///
/// # Errors
///
/// What the host answers to the lists of workloads.
#[check]
pub fn signals_can_be_relied_on(cx: &Context) -> Result<Report> {
    let mut report = Report::new("metrics, logs and traces can be relied on");
    let wishes: Wishes = cx.settings()?;
    let workloads = Workload::list(cx)?;
    let mut states = Vec::new();
    let mut refused = None;
    for signal in &SIGNALS {
        let mut state = signals::tell(cx, &mut report, &wishes, signal, &workloads);
        match (signal.product, state) {
            (Product::Prometheus, State::Works | State::NotDeployed)
                if targets::tell(cx, &mut report, &wishes) == Some(false) =>
            {
                state = State::Blind;
            }
            (Product::Loki, State::Works) => match probe::held_logs(cx) {
                Held::Nothing(said) => {
                    holds_nothing(&mut report, &said);
                    state = State::Blind;
                }
                Held::Refused(answer) => {
                    refused = Some(answer);
                    state = State::Unknown;
                }
                Held::Some | Held::Unknown => {}
            },
            _ => {}
        }
        report.attribute(signal.name, state.told());
        states.push((signal.name, state));
    }
    nodes::tell(cx, &mut report, &wishes, &workloads);
    monitors::tell(cx, &mut report, &workloads);
    storage::tell(cx, &mut report, &wishes, &workloads);
    finish(report, &states, &workloads, refused)
}

/// A log store without one stream in the window: nobody writes into it.
fn holds_nothing(report: &mut Report, said: &Said) {
    let title = "Loki answers and holds no log of this time: no log line now means nothing";
    let finding = report.finding("BSQ-OBS-012", Named::new("signal", "logs"), title);
    finding.evidence_from(said.read, &said.source, &said.value);
    // What collects does not run.
    finding.caused_by_code("BSQ-OBS-005");
    finding.step(
        "see whether Alloy runs and can write to Loki",
        [
            "kubectl",
            "get",
            "pods",
            "--all-namespaces",
            "-l",
            "app.kubernetes.io/name=alloy",
        ],
    );
    finding.advice(
        "with several tenants: the endpoint asks for one, which `tenant` in bsq.toml names",
    );
    finding.link("/docs/runtime/runtime-observability-model");
}

fn finish(
    mut report: Report,
    states: &[(&str, State)],
    workloads: &[Workload],
    refused: Option<String>,
) -> Result<Report> {
    let is_here = states.iter().any(|(_, state)| *state != State::NotDeployed);
    if !is_here && nodes::is_whole(workloads).is_none() {
        let why = "no Prometheus, Loki, Tempo, Grafana or Alloy is here, nor an endpoint of one";
        return report.not_applicable(why);
    }
    if let Some(is_whole) = nodes::is_whole(workloads) {
        let state = if is_whole { "works" } else { "has gaps" };
        report.attribute("collection", state);
    }
    if let Some(answer) = refused {
        return report.unknown(format!(
            "Loki works and does not tell which logs it holds: it answers {answer}"
        ));
    }
    if report.findings().is_empty() {
        let told: Vec<_> = states
            .iter()
            .map(|(name, state)| format!("{name}: {}", state.told()))
            .collect();
        report.summary(told.join(", "));
    }
    report.pass()
}
