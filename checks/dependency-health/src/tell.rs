//! The findings: one for each root, with who is hit by it, and one for each that is hit, which follows from the root.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::blame::{Blame, Hit};
use crate::component::{Area, Component};
use crate::workload::Workload;

/// Names in a title, and workloads of a component in a finding.
const MOST: usize = 3;

/// Pods that one finding names as its cause.
const MOST_CAUSES: usize = 50;

pub(crate) fn tell(report: &mut Report, blame: &Blame<'_>) {
    let roots = blame.roots();
    for (component, down) in &roots {
        root(report, blame, component, down);
    }
    for hit in blame.hits() {
        let behind = blame.roots_of(hit);
        let causes = roots.iter().filter(|(it, _)| behind.contains(it.id));
        let causes: Vec<_> = causes.flat_map(|(_, down)| down.iter().copied()).collect();
        if hit.failing.is_empty() {
            runs_without(report, hit, &causes);
        } else {
            fails_with(report, blame, hit, &causes);
        }
    }
}

fn root(report: &mut Report, blame: &Blame<'_>, component: &Component, down: &[&Workload]) {
    let Some(first) = down.first() else { return };
    let hits = blame
        .hits()
        .filter(|hit| blame.roots_of(hit).contains(component.id));
    let (running, failing): (Vec<_>, Vec<_>) = hits.partition(|hit| hit.failing.is_empty());
    let follow = match (failing.as_slice(), running.as_slice()) {
        ([], []) => return,
        ([], [_]) => format!("{} runs without it", names(&running)),
        ([], _) => format!("{} run without it", names(&running)),
        ([_], _) => format!("{} fails with it", names(&failing)),
        (_, _) => format!("{} fail with it", names(&failing)),
    };
    let title = format!(
        "{} ({}) is down, and {follow}",
        component.title,
        first.told()
    );
    let finding = report.finding(code(component), first.subject.clone(), title);
    finding.since(down.iter().filter_map(|it| it.since()).min());
    for workload in down.iter().take(MOST) {
        finding.evidence_from(workload.read, workload.told(), state(workload));
    }
    for hit in failing.iter().chain(&running) {
        dependent(finding, hit);
    }
    let all = failing.iter().chain(&running).map(|hit| hit.component.id);
    finding.attribute("dependents", all.collect::<Vec<_>>().join(","));
    for workload in down {
        for pod in workload.unready.iter().take(MOST_CAUSES) {
            finding.caused_by(pod.clone());
        }
        finding.caused_by(workload.subject.clone());
    }
    look(finding, first);
    finding.link(page(component));
    finding.link("/docs/runtime/component-interaction-map");
}

/// A component that is hit, as evidence of what it hangs on.
fn dependent(finding: &mut Finding, hit: &Hit<'_>) {
    let value = if hit.failing.is_empty() {
        format!("runs; {}", losses(hit, |loss| loss.loss))
    } else {
        let needs = losses(hit, |loss| loss.dependency.title);
        format!("{}; needs {needs}", state(hit.workload))
    };
    finding.evidence_from(hit.workload.read, name(hit), value);
}

/// `Keycloak (StatefulSet iam/keycloak)`.
fn name(hit: &Hit<'_>) -> String {
    format!("{} ({})", hit.component.title, hit.workload.told())
}

fn fails_with(report: &mut Report, blame: &Blame<'_>, hit: &Hit<'_>, causes: &[&Workload]) {
    let code = match hit.component.area {
        Area::CoreAi => "BSQ-DEP-013",
        Area::ProAi => "BSQ-DEP-014",
        _ => "BSQ-DEP-012",
    };
    let needs = losses(hit, |loss| loss.dependency.title);
    let behind = blame.roots_of(hit);
    let is_direct = hit
        .losses
        .iter()
        .any(|loss| behind.contains(loss.dependency.id));
    let further = match causes.first() {
        Some(cause) if !is_direct => format!(", which in turn waits for {}", cause.told()),
        _ => String::new(),
    };
    let title = format!("{} fails together with {needs}{further}", name(hit));
    let finding = report.finding(code, hit.workload.subject.clone(), title);
    finding.since(hit.failing.iter().filter_map(|it| it.since()).min());
    for workload in hit.failing.iter().take(MOST) {
        finding.evidence_from(workload.read, workload.told(), state(workload));
    }
    hit_by(finding, hit, causes);
    finding.link(map(hit.component));
}

fn runs_without(report: &mut Report, hit: &Hit<'_>, causes: &[&Workload]) {
    let code = match hit.component.area {
        Area::CoreAi => "BSQ-DEP-016",
        Area::ProAi => "BSQ-DEP-017",
        _ => "BSQ-DEP-015",
    };
    let title = format!(
        "{} runs without {}: {}",
        name(hit),
        losses(hit, |loss| loss.dependency.title),
        losses(hit, |loss| loss.loss)
    );
    let finding = report.finding(code, hit.workload.subject.clone(), title);
    let down = hit.losses.iter().flat_map(|loss| &loss.down);
    finding.since(down.filter_map(|it| it.since()).min());
    hit_by(finding, hit, causes);
    finding.link(map(hit.component));
}

/// What it needs and lacks, and the roots that it follows from.
fn hit_by(finding: &mut Finding, hit: &Hit<'_>, causes: &[&Workload]) {
    for loss in &hit.losses {
        for workload in loss.down.iter().take(MOST) {
            let source = format!("{} ({})", loss.dependency.title, workload.told());
            finding.evidence_from(workload.read, source, state(workload));
        }
    }
    for cause in causes {
        finding.caused_by(cause.subject.clone());
    }
    if let Some(cause) = causes.first() {
        look(finding, cause);
    }
}

/// The dependencies of a hit, or what is missed for them, each once.
fn losses<'a>(
    hit: &'a Hit<'_>,
    what: impl Fn(&'a crate::blame::Loss<'_>) -> &'static str,
) -> String {
    let mut told: Vec<&str> = Vec::new();
    for loss in &hit.losses {
        let said = what(loss);
        if !told.contains(&said) {
            told.push(said);
        }
    }
    listed(&told)
}

fn names(hits: &[&Hit<'_>]) -> String {
    let names: Vec<_> = hits.iter().map(|hit| hit.component.title).collect();
    listed(&names)
}

/// `Keycloak`, `Keycloak and MLflow`, `Keycloak, MLflow, Temporal and 3 more`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => {
            let shown: Vec<_> = names.iter().take(MOST).copied().collect();
            format!("{} and {} more", shown.join(", "), names.len() - MOST)
        }
    }
}

pub(crate) fn state(workload: &Workload) -> String {
    match workload.since() {
        Some(since) => format!("{}, since {since}", workload.count()),
        None => workload.count(),
    }
}

pub(crate) fn look(finding: &mut Finding, workload: &Workload) {
    let subject = &workload.subject;
    let kind = subject.kind().to_lowercase();
    finding.look(command::describe(
        subject.namespace(),
        &kind,
        subject.name(),
    ));
}

fn code(component: &Component) -> &'static str {
    match component.area {
        Area::Postgresql => "BSQ-DEP-001",
        Area::ObjectStore => "BSQ-DEP-002",
        Area::Keycloak => "BSQ-DEP-003",
        Area::Workflow => "BSQ-DEP-004",
        Area::Inference => "BSQ-DEP-005",
        Area::Network => "BSQ-DEP-006",
        Area::Delivery => "BSQ-DEP-007",
        Area::Observability => "BSQ-DEP-008",
        Area::CoreAi => "BSQ-DEP-009",
        Area::ProAi => "BSQ-DEP-010",
        Area::Access => "BSQ-DEP-011",
    }
}

/// The page about a root.
fn page(component: &Component) -> &'static str {
    match component.area {
        Area::Postgresql => "/docs/runtime/components/postgresql",
        Area::ObjectStore if component.id == "minio" => "/docs/runtime/components/minio",
        Area::ObjectStore => "/docs/runtime/storage-model",
        Area::Keycloak => "/docs/runtime/components/keycloak",
        Area::Workflow => "/docs/runtime/components/temporal",
        Area::Inference => "/docs/runtime/inference-model",
        Area::Network => "/docs/runtime/ingress-and-routing-model",
        Area::Delivery => "/docs/runtime/components/harbor",
        Area::Observability => "/docs/runtime/runtime-observability-model",
        Area::CoreAi => "/docs/coreai/component-interaction-map",
        Area::ProAi if component.id == "clickhouse" => "/docs/proai/reference-architecture",
        Area::ProAi => "/docs/proai/components/kafka",
        Area::Access => "/docs/runtime/runtime-security-model",
    }
}

/// The page that shows how a component hangs together with others.
fn map(component: &Component) -> &'static str {
    match component.area {
        Area::CoreAi => "/docs/coreai/component-interaction-map",
        Area::ProAi => "/docs/proai/reference-architecture",
        _ => "/docs/runtime/component-interaction-map",
    }
}
