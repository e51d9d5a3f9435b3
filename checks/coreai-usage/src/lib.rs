//! Do applications call the stable CoreAI API, and by its whole address.
//!
//! ```text
//! Deployment, StatefulSet, DaemonSet, CronJob, ConfigMap ─► workload ─► environment ─┐
//! Service, Ingress ─► known   which names mean LiteLLM, which the CoreAI API ─────────┴─► usage
//! ```
//!
//! The portal, the CoreAI API and Model Installer may call LiteLLM. An address out of a Secret is not read, so it is
//! unknown; of ConfigMaps only the keys that hold such an address are read. Whether the API answers is another check's.

mod address;
mod known;
mod objects;
mod usage;
mod workload;

use bsq_sdk::prelude::*;

use known::Known;
use usage::Calls;
use workload::ConfigMaps;

/// The site's word on what is normal.
#[derive(Settings)]
struct Site {
    may_call_litellm: Vec<String>,
}

/// What was seen of the clients.
#[derive(Default)]
struct Clients {
    known: usize,
    /// `apps/chat: OPENAI_BASE_URL comes from Secret chat`.
    unknown: Vec<String>,
}

/// Applications call the CoreAI API.
///
/// # Errors
///
/// What the host answers to the lists of Deployments and Services.
#[check]
pub fn applications_call_the_coreai_api(cx: &Context) -> Result<Report> {
    let site: Site = cx.settings()?;
    let mut report =
        Report::new("applications call the CoreAI API, as far as their environment says");
    let workloads = workload::all(cx)?;
    let known = Known::read(cx, &workloads)?;
    let maps = ConfigMaps::read(cx);
    let mut clients = Clients::default();
    let applications = workloads.iter().filter(|workload| {
        workload.is_on && !known.may_call_gateway(workload, &site.may_call_litellm)
    });
    for workload in applications {
        let environment = workload.environment(&maps);
        let calls = Calls::of(workload, &environment.values, &known);
        calls.tell(&mut report, workload, &known);
        if !environment.unknown.is_empty() {
            let why = environment.unknown.join(", ");
            clients
                .unknown
                .push(format!("{}: {why}", workload.full_name()));
        } else if calls.is_any() {
            clients.known += 1;
        }
    }
    conclude(report, &clients)
}

fn conclude(mut report: Report, clients: &Clients) -> Result<Report> {
    report.looked_at(clients.known);
    for unknown in &clients.unknown {
        report.attribute("unknown", unknown);
    }
    if let Some(first) = clients.unknown.first() {
        let why = format!(
            "{} of {} applications take the address of a model API from where it is not read ({first})",
            clients.unknown.len(),
            clients.known + clients.unknown.len()
        );
        return report.inconclusive(why);
    }
    if clients.known > 0 && report.findings().is_empty() {
        report.summary(format!(
            "{} applications call the CoreAI API, none calls LiteLLM, as far as their environment says",
            clients.known
        ));
    }
    report.or_not_applicable("no application names the CoreAI API or LiteLLM in its environment")
}
