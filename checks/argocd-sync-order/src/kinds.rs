//! Kinds that applications need and the cluster does not serve: which, who needs them, and who should bring them.
//!
//! That a kind is needed and missing is Argo CD's word. Whether it still is, and whether it is served in another version
//! or defined and not accepted, is the cluster's.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;
use bsq_sdk::reads::ServedKind;

use crate::missing::Missing;
use crate::objects::Application;
use crate::tell;

#[derive(Object)]
#[object(kind = "apiextensions.k8s.io/v1/CustomResourceDefinition")]
struct Definition {
    spec: DefinitionSpec,
    status: DefinitionStatus,
}

#[derive(Object)]
struct DefinitionSpec {
    group: String,
    names: Names,
}

#[derive(Object)]
struct Names {
    kind: String,
}

#[derive(Object)]
struct DefinitionStatus {
    conditions: Vec<Condition>,
}

#[derive(Object)]
struct Condition {
    r#type: String,
    status: String,
    message: String,
}

/// Who needs a kind, and the words of Argo CD.
struct Need<'a> {
    application: &'a Item<Application>,
    message: &'a str,
    since: Option<Timestamp>,
}

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    applications: &[&Item<Application>],
    all: &[Item<Application>],
) {
    let mut missing: BTreeMap<Missing, Vec<Need<'_>>> = BTreeMap::new();
    for application in applications.iter().filter(|it| it.deleted().is_none()) {
        for (kind, need) in needs(application) {
            let known = missing.entry(kind).or_default();
            let same = |it: &Need<'_>| it.application.name() == application.name();
            if !known.iter().any(same) {
                known.push(need);
            }
        }
    }
    if missing.is_empty() {
        return;
    }
    let served = cx.kinds().ok();
    let mut definitions = None;
    for (kind, needs) in &missing {
        let versions = served.as_deref().map(|served| versions(served, kind));
        let is_served = versions
            .as_ref()
            .is_some_and(|versions| match &kind.version {
                Some(version) => versions.contains(version.as_str()),
                None => !versions.is_empty(),
            });
        // It came in the meantime: the next sync finds it.
        if is_served {
            continue;
        }
        let definitions = definitions.get_or_insert_with(|| cx.list::<Definition>().or_empty());
        finding(
            report,
            kind,
            needs,
            &versions.unwrap_or_default(),
            definitions,
            all,
        );
    }
}

fn versions<'a>(served: &'a [ServedKind], kind: &Missing) -> BTreeSet<&'a str> {
    served
        .iter()
        .filter(|it| it.group == kind.group && it.kind == kind.kind)
        .map(|it| it.version.as_str())
        .collect()
}

/// What Argo CD says that it could not apply or compare.
fn needs(application: &Item<Application>) -> Vec<(Missing, Need<'_>)> {
    let status = &application.status;
    let conditions = status
        .conditions
        .iter()
        .map(|it| (it.message.as_str(), it.last_transition_time));
    let operation = status
        .operation_state
        .as_ref()
        .filter(|it| matches!(it.phase.as_str(), "Failed" | "Error" | "Running"));
    let steps = operation.iter().flat_map(|operation| {
        let since = operation.finished_at.or(operation.started_at);
        operation
            .sync_result
            .resources
            .iter()
            .filter(|step| step.status == "SyncFailed")
            .map(move |step| (step.message.as_str(), since))
    });
    let whole = operation
        .iter()
        .map(|it| (it.message.as_str(), it.finished_at.or(it.started_at)));
    let said = conditions.chain(steps).chain(whole);
    said.filter_map(|(message, since)| {
        let need = Need {
            application,
            message,
            since,
        };
        Some((Missing::named_in(message)?, need))
    })
    .collect()
}

fn finding(
    report: &mut Report,
    kind: &Missing,
    needs: &[Need<'_>],
    versions: &BTreeSet<&str>,
    definitions: &[Item<Definition>],
    all: &[Item<Application>],
) {
    let name = kind.name();
    let definition = definitions
        .iter()
        .find(|it| it.spec.group == kind.group && it.spec.names.kind == kind.kind);
    let others: Vec<_> = versions.iter().copied().collect();
    let state = match (others.is_empty(), definition) {
        (false, _) => format!(
            "is served as {}, not as {}",
            others.join(", "),
            kind.version.as_deref().unwrap_or_default()
        ),
        (true, Some(_)) => "is defined and not served".to_owned(),
        (true, None) => "is not installed".to_owned(),
    };
    let names: Vec<_> = needs.iter().map(|it| it.application.name()).collect();
    let who = match names.as_slice() {
        [only] => format!("application {only} needs it"),
        [first, rest @ ..] => format!("application {first} and {} more need it", rest.len()),
        [] => return,
    };
    let read = needs.first().map_or(0, |need| need.application.read());
    let subject = Named::new("kind", &name).with_read(read);
    let finding = report.finding(
        "BSQ-SYNC-010",
        subject,
        format!("kind {name} {state}, {who}"),
    );
    finding.since(needs.iter().filter_map(|it| it.since).min());
    for need in needs.iter().take(tell::MOST) {
        finding.evidence_from(
            need.application.read(),
            format!("application {}", need.application.name()),
            need.message,
        );
    }
    if let Some(definition) = definition {
        for condition in definition.status.conditions.iter().filter(|it| is_bad(it)) {
            finding.evidence_from(
                definition.read(),
                format!("{} of {}", condition.r#type, definition.name()),
                format!("{}: {}", condition.status, condition.message),
            );
        }
    }
    bringers(finding, kind, &names, all);
    finding.attribute("applications", names.join(","));
    finding.look(["kubectl", "get", "customresourcedefinitions"]);
    finding.advice(
        "an operator brings the kind: it is to be installed first, by someone who may define kinds",
    );
    finding.link("/docs/deployment/prerequirements");
}

fn is_bad(condition: &Condition) -> bool {
    match condition.r#type.as_str() {
        "Established" | "NamesAccepted" => condition.status != "True",
        "Terminating" => condition.status == "True",
        _ => false,
    }
}

/// Applications that list the definition: the kind comes with them.
fn bringers(finding: &mut Finding, kind: &Missing, needed_by: &[&str], all: &[Item<Application>]) {
    let suffix = format!(".{}", kind.group);
    for application in all {
        let listed = application
            .status
            .resources
            .iter()
            .find(|it| it.kind == "CustomResourceDefinition" && it.name.ends_with(&suffix));
        let Some(listed) = listed else { continue };
        finding.evidence_from(
            application.read(),
            format!("definitions of {} come with application", kind.group),
            format!("{}: {}", application.name(), listed.status),
        );
        if !needed_by.contains(&application.name()) {
            finding.caused_by(application);
        }
    }
}
