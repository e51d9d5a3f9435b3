//! Metrics, logs, traces and dashboards: does what keeps them work? One finding for a signal, since what matters to who
//! reads it is that its silence means nothing.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::probe::{self, Probe, Said};
use crate::product::Product;
use crate::workload::Workload;

/// Pods that one finding names as its cause.
const MOST_CAUSES: usize = 50;

/// What is known of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Works,
    Blind,
    NotDeployed,
    Unknown,
}

impl State {
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Blind => "blind",
            Self::NotDeployed => "not deployed",
            Self::Unknown => "unknown",
        }
    }
}

/// A signal, and what keeps it.
pub(crate) struct Signal {
    pub(crate) name: &'static str,
    pub(crate) product: Product,
    code: &'static str,
    /// What its loss means for who looks at it.
    meaning: &'static str,
    page: &'static str,
}

pub(crate) const SIGNALS: [Signal; 4] = [
    Signal {
        name: "metrics",
        product: Product::Prometheus,
        code: "BSQ-OBS-001",
        meaning: "no metric now means nothing",
        page: "/docs/runtime/runtime-observability-model",
    },
    Signal {
        name: "logs",
        product: Product::Loki,
        code: "BSQ-OBS-002",
        meaning: "no log line now means nothing",
        page: "/docs/runtime/runtime-observability-model",
    },
    Signal {
        name: "traces",
        product: Product::Tempo,
        code: "BSQ-OBS-003",
        meaning: "no trace now means nothing",
        page: "/docs/runtime/components/grafana-tempo",
    },
    Signal {
        name: "dashboards",
        product: Product::Grafana,
        code: "BSQ-OBS-004",
        meaning: "its dashboards cannot be looked at",
        page: "/docs/runtime/components/grafana",
    },
];

/// Look at the workloads of a signal and ask its endpoint.
pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    signal: &Signal,
    all: &[Workload],
) -> State {
    let workloads: Vec<_> = all
        .iter()
        .filter(|it| it.product == signal.product)
        .collect();
    let lasts = |it: &&&Workload| it.is_down() && it.lasts(cx.now(), wishes.ready_after);
    let down: Vec<_> = workloads.iter().filter(lasts).copied().collect();
    // One that has just started may say that it is not ready.
    let starts = workloads
        .iter()
        .any(|it| it.is_short() && !it.lasts(cx.now(), wishes.ready_after));
    match probe::ask(cx, signal.product) {
        Probe::Fails(said) if !starts => {
            blind(report, signal, &down, &workloads, Some(&said));
            State::Blind
        }
        Probe::NoDatabase(said) if !starts => {
            no_database(report, &workloads, &said);
            State::Blind
        }
        _ if !down.is_empty() => {
            blind(report, signal, &down, &workloads, None);
            State::Blind
        }
        Probe::Well => State::Works,
        Probe::NotConfigured if workloads.is_empty() => State::NotDeployed,
        Probe::NotConfigured if !starts => State::Works,
        _ => State::Unknown,
    }
}

fn blind(
    report: &mut Report,
    signal: &Signal,
    down: &[&Workload],
    all: &[&Workload],
    said: Option<&Said>,
) {
    let product = signal.product.title();
    let what = match (down.first(), said) {
        (Some(first), _) => format!(
            "{} has {} of {} pods ready",
            first.told(),
            first.ready,
            first.wanted
        ),
        (None, Some(_)) => "it says that it is not ready".to_owned(),
        (None, None) => return,
    };
    let title = format!("{product} does not work, so {}: {what}", signal.meaning);
    let finding = report.finding(signal.code, Named::new("signal", signal.name), title);
    finding.since(down.iter().filter_map(|it| it.since()).min());
    if let Some(said) = said {
        finding.evidence_from(said.read, &said.source, &said.value);
    }
    workloads(finding, if down.is_empty() { all } else { down });
    finding.link(signal.page);
    finding.link("/docs/runtime/runtime-observability-model");
}

/// Grafana keeps users and dashboards in PostgreSQL, so nobody can log in, while the stores still answer.
fn no_database(report: &mut Report, all: &[&Workload], said: &Said) {
    let title = "Grafana cannot use its database, so nobody can log in: look at Prometheus, Loki and Tempo without it";
    let finding = report.finding("BSQ-OBS-007", Named::new("signal", "dashboards"), title);
    finding.evidence_from(said.read, &said.source, &said.value);
    // PostgreSQL that is down, with those that depend on it.
    finding.caused_by_code("BSQ-DEP-001");
    workloads(finding, all);
    finding.link("/docs/runtime/components/grafana");
    finding.link("/docs/runtime/components/postgresql");
}

/// The workloads as evidence, and what is wrong with them as the cause.
fn workloads(finding: &mut Finding, all: &[&Workload]) {
    for workload in all {
        finding.evidence_from(workload.read, workload.told(), workload.state());
        if workload.is_short() {
            for pod in workload.unready().take(MOST_CAUSES) {
                finding.caused_by(pod);
            }
            finding.caused_by(workload.subject.clone());
        }
    }
    if let Some(first) = all.first() {
        let subject = &first.subject;
        let kind = subject.kind().to_lowercase();
        let (namespace, name) = (subject.namespace(), subject.name());
        finding.look(command::describe(namespace, &kind, name));
        let target = format!("{kind}/{name}");
        finding.look(command::log(namespace, &target));
    }
}
