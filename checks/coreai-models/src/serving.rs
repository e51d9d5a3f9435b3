//! Is each KubeAI model served as it should be: profile, replicas, and what its pods say where there are none ready.

use bsq_platform::command;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::kubeai::{Condition, Model, Pod, Served, is_of};
use crate::listing::Listing;

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    listing: &Listing,
    served: &Served,
) {
    for model in served.models() {
        if !model.has_sound_profile() {
            profile(report, model);
        }
        let (ready, wanted) = (model.status.replicas.ready, model.wanted());
        if ready >= wanted && (ready > 0 || model.status.replicas.all > 0) {
            continue;
        }
        // Scaled to zero on purpose: the first request waits until it is loaded.
        if wanted > 0 {
            short(cx, report, wishes, listing, model);
        }
    }
}

fn profile(report: &mut Report, model: &Item<Model>) {
    let profile = &model.spec.resource_profile;
    let title = format!(
        "model {}: resource profile {profile} has no count",
        model.name()
    );
    let finding = report.finding("BSQ-MODEL-016", model, title);
    finding.since(model.created());
    finding.evidence("spec.resourceProfile", profile);
    finding.advice("a profile is written `<profile>:<count>`, such as `nvidia-gpu-l4:1`");
    look(finding, model);
    finding.link("/docs/coreai/models/model-installer-api");
}

/// A model with fewer ready replicas than it should have.
fn short(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    listing: &Listing,
    model: &Item<Model>,
) {
    let pods = cx.list_in::<Pod>(model.namespace()).or_empty();
    let pods: Vec<_> = pods.into_iter().filter(|pod| is_of(pod, model)).collect();
    let unplaced = pods
        .iter()
        .find_map(|pod| pod.unscheduled().map(|condition| (pod, condition)));
    if let Some((pod, condition)) = unplaced {
        return unschedulable(report, listing, model, pod, condition);
    }
    let faulty = pods.iter().any(|pod| pod.fault().is_some());
    let since = pods
        .iter()
        .filter_map(Item::created)
        .min()
        .or(model.created());
    let loads = since
        .is_some_and(|since| cx.now().duration_since(since).unsigned_abs() < wishes.starting_after);
    if faulty || (model.status.replicas.ready == 0 && !loads) {
        not_ready(report, listing, model, &pods, since);
    }
}

fn unschedulable(
    report: &mut Report,
    listing: &Listing,
    model: &Item<Model>,
    pod: &Item<Pod>,
    condition: &Condition,
) {
    let why = if condition.message.contains("Insufficient nvidia.com/gpu") {
        "no node has a free nvidia.com/gpu"
    } else {
        "no node takes its pod"
    };
    let title = format!("model {} {}: {why}", model.name(), state(listing, model));
    let finding = report.finding("BSQ-MODEL-015", model, title);
    finding.since(condition.last_transition_time.or(pod.created()));
    finding.evidence_from(
        pod.read(),
        format!("PodScheduled of pod {}", pod.name()),
        &condition.message,
    );
    replicas(finding, listing, model);
    finding.caused_by(pod);
    finding.look(command::describe(pod.namespace(), "pod", pod.name()));
    finding.look(["kubectl", "describe", "nodes"]);
    finding.link("/docs/runtime/inference-model");
}

fn not_ready(
    report: &mut Report,
    listing: &Listing,
    model: &Item<Model>,
    pods: &[Item<Pod>],
    since: Option<Timestamp>,
) {
    let why = match pods {
        [] => "it has no pods".to_owned(),
        _ => pods
            .iter()
            .find_map(|pod| pod.fault())
            .unwrap_or_else(|| "its pods do not become ready".to_owned()),
    };
    let title = format!("model {} {}: {why}", model.name(), state(listing, model));
    let finding = report.finding("BSQ-MODEL-014", model, title);
    finding.since(since);
    for pod in pods {
        finding.evidence_from(pod.read(), format!("pod {}", pod.name()), pod.told());
        finding.caused_by(pod);
    }
    replicas(finding, listing, model);
    if let Some(pod) = pods.first() {
        finding.look(command::logs(pod.namespace(), pod.name()));
        finding.look(command::describe(pod.namespace(), "pod", pod.name()));
    }
    look(finding, model);
    finding.link("/docs/runtime/inference-model");
}

/// How the two halves of the model stand.
fn state(listing: &Listing, model: &Item<Model>) -> &'static str {
    match (listing.lists(model.name()), model.status.replicas.ready) {
        (_, 1..) => "lacks a replica",
        (Some(true), _) => "is listed but not served",
        (Some(false), _) => "is neither listed nor served",
        (None, _) => "is not served",
    }
}

fn replicas(finding: &mut Finding, listing: &Listing, model: &Item<Model>) {
    if model.status.replicas.ready > 0 {
        finding.severity(Severity::Medium);
    }
    finding.evidence(
        "status.replicas",
        format!(
            "{} of {} ready",
            model.status.replicas.ready,
            model.wanted()
        ),
    );
    finding.evidence(
        "spec",
        format!(
            "{} {} on {}",
            model.spec.engine, model.spec.url, model.spec.resource_profile
        ),
    );
    if let (Some(is_listed), Listing::Models { read, .. }) = (listing.lists(model.name()), listing)
    {
        finding.evidence_from(
            *read,
            "GET /models",
            if is_listed { "listed" } else { "not listed" },
        );
    }
}

fn look(finding: &mut Finding, model: &Item<Model>) {
    finding.look(command::yaml(
        model.namespace(),
        "models.kubeai.org",
        model.name(),
    ));
}
