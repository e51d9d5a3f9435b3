//! Is each workload what it should be: enough ready pods, and a rollout that goes on. One finding for a workload; what its
//! pods suffer from is in theirs.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::objects::{Event, Pod};
use crate::pods::{self, Pods};
use crate::workload::Workload;

/// Pods that one finding shows; the rest is a number.
const MOST_SHOWN: usize = 5;

/// Pods that one finding names as its cause. A DaemonSet may have a thousand, and one that another check tells is enough.
const MOST_CAUSES: usize = 50;

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    tolerance: &Tolerance,
    workloads: &[Workload],
    pods: &Pods,
) {
    let mut refusals = Refusals::new(cx);
    for workload in workloads {
        let unready = pods.unready(&workload.subject);
        if workload.is_short() {
            let refusal = refusals.of(workload);
            if is_over(workload, tolerance, &unready, refusal.as_ref()) {
                short(report, workload, &unready, refusal.as_ref());
            }
        } else if workload.wanted > 0 && workload.stuck().is_some() {
            stuck(report, workload, &unready);
        }
    }
}

/// What was answered to the controller that wanted to create a pod.
struct Refusal {
    read: u32,
    source: String,
    message: String,
    since: Option<Timestamp>,
}

/// Refusals by workload. Events are read when the first workload without a condition of its own asks.
struct Refusals<'a> {
    cx: &'a Context,
    events: Option<Vec<Item<Event>>>,
}

impl<'a> Refusals<'a> {
    fn new(cx: &'a Context) -> Self {
        Self { cx, events: None }
    }

    fn of(&mut self, workload: &Workload) -> Option<Refusal> {
        if let Some(condition) = workload.refused() {
            return Some(Refusal {
                read: workload.read(),
                source: "status.conditions[ReplicaFailure]".to_owned(),
                message: condition.message.clone(),
                since: condition.last_transition_time,
            });
        }
        // Deployments have the condition; the other two have events only.
        if workload.subject.kind() == "Deployment" {
            return None;
        }
        let cx = self.cx;
        let events = self
            .events
            .get_or_insert_with(|| cx.list::<Event>().or_empty());
        let is_refusal = |event: &&Item<Event>| {
            let object = &event.involved_object;
            event.reason == "FailedCreate"
                && event.namespace() == workload.subject.namespace()
                && object.kind == workload.subject.kind()
                && object.name == workload.subject.name()
                && event
                    .last_seen()
                    .is_some_and(|last| cx.window().holds(last))
        };
        let event = events
            .iter()
            .filter(is_refusal)
            .max_by_key(|it| it.last_seen())?;
        Some(Refusal {
            read: event.read(),
            source: "event FailedCreate".to_owned(),
            message: event.message.clone(),
            since: event.first_seen(),
        })
    }
}

/// Whether it lasts: from the first pod that is not ready, else from what its controller said or somebody changed.
fn is_over(
    workload: &Workload,
    tolerance: &Tolerance,
    unready: &[&Item<Pod>],
    refusal: Option<&Refusal>,
) -> bool {
    let by_pods = unready
        .iter()
        .filter_map(|pod| pods::unready_since(pod))
        .min();
    let by_itself = [workload.created, workload.changed]
        .into_iter()
        .flatten()
        .max();
    let since = by_pods
        .or_else(|| refusal.and_then(|refusal| refusal.since))
        .or_else(|| workload.unavailable_since())
        .or(by_itself);
    unready.iter().any(|pod| pods::is_looping(pod)) || tolerance.is_over(since)
}

fn short(
    report: &mut Report,
    workload: &Workload,
    unready: &[&Item<Pod>],
    refusal: Option<&Refusal>,
) {
    let Workload { ready, wanted, .. } = workload;
    let name = workload.told();
    let lack = match (ready, wanted) {
        (0, 1) => "it has no ready pod".to_owned(),
        (0, _) => format!("none of its {wanted} wanted pods is ready"),
        _ => format!("{ready} of {wanted} wanted pods are ready"),
    };
    let (code, title) = match (refusal, ready) {
        (Some(refusal), _) => {
            let why = refused(&refusal.message);
            (
                "BSQ-SVC-004",
                format!("{name}: its pods cannot be created: {why}"),
            )
        }
        (None, 0) => ("BSQ-SVC-001", format!("{name} serves nobody: {lack}")),
        (None, _) if workload.stuck().is_some() => (
            "BSQ-SVC-003",
            format!("{name}: its rollout is stuck, {lack}"),
        ),
        (None, _) => ("BSQ-SVC-002", format!("{name}: {lack}")),
    };
    let finding = report.finding(code, workload.subject.clone(), title);
    finding.since(match refusal {
        Some(refusal) => refusal.since,
        None => since(workload, unready),
    });
    finding.evidence("replicas", format!("{ready} ready, {wanted} wanted"));
    if let Some(refusal) = refusal {
        finding.evidence_from(refusal.read, &refusal.source, &refusal.message);
    }
    rollout(finding, workload, unready);
}

/// Out of service since the last pod went; short since the first did.
fn since(workload: &Workload, unready: &[&Item<Pod>]) -> Option<Timestamp> {
    let pods = unready.iter().filter_map(|pod| pods::unready_since(pod));
    match workload.ready {
        0 => workload.unavailable_since().or_else(|| pods.max()),
        _ => pods.min(),
    }
}

/// The old pods still serve, the new ones do not come.
fn stuck(report: &mut Report, workload: &Workload, unready: &[&Item<Pod>]) {
    let title = format!(
        "{}: its rollout is stuck, the old pods still serve",
        workload.told()
    );
    let finding = report.finding("BSQ-SVC-003", workload.subject.clone(), title);
    finding.since(workload.stuck().and_then(|it| it.last_transition_time));
    finding.evidence(
        "replicas",
        format!("{} ready, {} wanted", workload.ready, workload.wanted),
    );
    rollout(finding, workload, unready);
}

fn rollout(finding: &mut Finding, workload: &Workload, unready: &[&Item<Pod>]) {
    if workload.updated < workload.wanted {
        let value = format!("{} of {}", workload.updated, workload.wanted);
        finding.evidence("pods of the newest revision", value);
    }
    if let Some(condition) = workload.stuck() {
        finding.evidence("status.conditions[Progressing]", &condition.message);
    }
    for pod in unready.iter().take(MOST_SHOWN) {
        finding.evidence_from(pod.read(), format!("pod {}", pod.name()), pods::told(pod));
    }
    for pod in unready.iter().take(MOST_CAUSES) {
        finding.caused_by(*pod);
    }
    if unready.is_empty() {
        // Its pods are not known; a finding about any of them names the workload as its owner.
        finding.caused_by(workload.subject.clone());
    }
    let kind = workload.subject.kind().to_lowercase();
    let (namespace, name) = (workload.subject.namespace(), workload.subject.name());
    finding.look(command::describe(namespace, &kind, name));
    if let Some(pod) = unready.first() {
        finding.look(command::describe(namespace, "pod", pod.name()));
    }
    finding.link("/docs/troubleshooting");
}

/// `exceeded quota: …` of the API server's long answer.
fn refused(message: &str) -> &str {
    let why = message
        .find("exceeded quota")
        .or_else(|| message.find("is forbidden: "));
    let told = why.and_then(|at| message.get(at..)).unwrap_or(message);
    told.strip_prefix("is forbidden: ").unwrap_or(told)
}
