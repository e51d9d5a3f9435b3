//! Requests that wait before a model, and whether its GPUs are what they wait for.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::Series;

use crate::Wishes;
use crate::store::{Store, own};

/// GPUs as busy as this have nothing left to give.
const BUSY: f64 = 90.0;

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let answer = store.instant("queues", &[]);
    let limit = f64::from(wishes.queue);
    let long: Vec<&Series> = answer
        .series
        .iter()
        .filter(|series| store.is_in_scope(own(series, "namespace")))
        .filter(|series| series.value().is_some_and(|waiting| waiting >= limit))
        .collect();
    if long.is_empty() {
        return;
    }
    let gpus = if store.holds("DCGM_FI_DEV_GPU_UTIL") {
        Some(store.instant("gpu-busy", &[]))
    } else {
        None
    };
    for series in long {
        let model = match series.label("model_name") {
            "" => "without a name",
            name => name,
        };
        let namespace = own(series, "namespace");
        let waiting = series.value().unwrap_or_default();
        let busy = gpus.as_ref().and_then(|gpus| {
            let of = gpus
                .series
                .iter()
                .find(|gpu| own(gpu, "namespace") == namespace)?;
            Some((gpus.read, of.value()?))
        });
        let title = format!(
            "at least {waiting:.0} requests have waited before model {model} for 10 minutes{}",
            suspicion(busy)
        );
        let subject = Named::new("model", model).with_read(answer.read);
        let finding = report.finding("BSQ-METRIC-010", subject, title);
        finding.evidence(
            "vllm:num_requests_waiting, least over 10m",
            format!("{waiting:.0}"),
        );
        if let Some((read, busy)) = busy {
            finding.evidence_from(read, "GPU use over 10m", format!("{busy:.0} %"));
        }
        finding.advice("add replicas of the model, or find out who asks so much of it");
        if namespace.is_empty() {
            finding.look(["kubectl", "get", "models.kubeai.org", "--all-namespaces"]);
        } else {
            finding.look(["kubectl", "-n", namespace, "get", "models.kubeai.org,pods"]);
        }
        finding.link("/docs/runtime/inference-model");
    }
}

fn suspicion(busy: Option<(u32, f64)>) -> &'static str {
    match busy {
        Some((_, busy)) if busy >= BUSY => ", and its GPUs are busy",
        Some(_) => ", though its GPUs are not busy",
        None => "",
    }
}
