//! What metrics say of health and saturation.
//!
//! ```text
//! presence ─► probes that fit ─► a query each ─► findings
//!        └─► probes that do not: named as left out, since no data is not the same as no problem
//! ```
//!
//! Names of metrics are those of the upstream exporters, so each is a probe: where a site does not collect it, nothing is
//! said. What other checks see in the objects themselves (pods that wait, certificates, applications) is told here as
//! their consequence, so that it stands alone only where those objects could not be read.
//!
//! Claims that wait are left to the check of storage classes: a phase alone does not tell a claim that nobody uses yet.

mod alert;
mod application;
mod certificate;
mod gpu;
mod lasting;
mod node;
mod queue;
mod saturation;
mod store;
mod target;
mod trend;
mod volume;
mod waiting;
mod words;

use std::time::Duration;

use bsq_sdk::prelude::*;

use store::Store;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    target_down_after: Duration,
    skip_jobs: Vec<String>,
    volume_low: u32,
    volume_critical: u32,
    volume_watch: u32,
    volume_horizon: Duration,
    node_after: Duration,
    node_busy: u32,
    node_load: f64,
    node_memory: u32,
    certificate_renewal_after: Duration,
    certificate_ends_within: Duration,
    queue: u32,
    skip_alerts: Vec<String>,
    skip_alert_severities: Vec<String>,
}

/// One question to the metrics.
struct Probe {
    what: &'static str,
    /// Without it there is nothing to ask.
    metric: &'static str,
    /// It is about machines, which belong to no namespace.
    is_of_cluster: bool,
    tell: fn(&mut Store<'_>, &mut Report, &Wishes),
}

impl Probe {
    const fn new(
        what: &'static str,
        metric: &'static str,
        tell: fn(&mut Store<'_>, &mut Report, &Wishes),
    ) -> Self {
        Self {
            what,
            metric,
            is_of_cluster: false,
            tell,
        }
    }

    const fn of_cluster(mut self) -> Self {
        self.is_of_cluster = true;
        self
    }
}

/// Every store knows its own targets, so they alone confirm nothing of the platform.
const TARGETS: &str = "scrape targets";

const PROBES: &[Probe] = &[
    Probe::new(TARGETS, "up", target::tell),
    Probe::new(
        "volumes",
        "kubelet_volume_stats_available_bytes",
        volume::tell,
    ),
    Probe::new("node conditions", "kube_node_status_condition", node::tell).of_cluster(),
    Probe::new(
        "node processors",
        "node_cpu_seconds_total",
        saturation::processors,
    )
    .of_cluster(),
    Probe::new(
        "node memory",
        "node_memory_MemAvailable_bytes",
        saturation::memory,
    )
    .of_cluster(),
    Probe::new("waiting containers", "kube_pod_info", waiting::tell),
    Probe::new(
        "certificates",
        "certmanager_certificate_expiration_timestamp_seconds",
        certificate::tell,
    ),
    Probe::new("applications", "argocd_app_info", application::tell),
    Probe::new("model queues", "vllm:num_requests_waiting", queue::tell),
    Probe::new("GPUs", "DCGM_FI_DEV_XID_ERRORS", gpu::tell).of_cluster(),
];

/// Metrics confirm that the platform is healthy and not saturated.
///
/// # Errors
///
/// `not-configured` without a metric store, and what the host answers to the question what the store holds.
#[check]
pub fn metrics_confirm_health(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report = Report::new("metrics confirm health");
    let mut store = Store::open(cx)?;
    let of_platform = cx.scope().namespaces.is_empty();

    let (mut asked, mut left_out) = (Vec::new(), Vec::new());
    for probe in PROBES {
        if probe.is_of_cluster && !of_platform {
            continue;
        }
        if store.holds(probe.metric) {
            (probe.tell)(&mut store, &mut report, &wishes);
            asked.push(probe.what);
        } else {
            left_out.push(probe.what);
            report.attribute(
                "not-collected",
                format!("{} ({})", probe.what, probe.metric),
            );
        }
    }
    if of_platform {
        alert::tell(&mut store, &mut report, &wishes);
    }
    conclude(report, &store, &asked, &left_out)
}

fn conclude(
    mut report: Report,
    store: &Store<'_>,
    asked: &[&str],
    left_out: &[&str],
) -> Result<Report> {
    for warning in store.warnings() {
        report.attribute("warning", warning);
    }
    if let Some(error) = store.failure() {
        return report.unknown(format!(
            "some metrics could not be read: {}",
            error.message()
        ));
    }
    if store.is_partial() {
        return report.unknown("some answers of the metric store are partial");
    }
    if asked.iter().all(|what| *what == TARGETS) {
        let why = format!(
            "the metric store holds none of what is looked for: {}",
            left_out.join(", ")
        );
        return report.inconclusive(why);
    }
    let but = match left_out {
        [] => String::new(),
        names => format!("; not collected here: {}", names.join(", ")),
    };
    report.summary(format!("metrics confirm {}{but}", asked.join(", ")));
    report.pass()
}
