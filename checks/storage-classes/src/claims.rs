//! Claims that are not bound or have lost their volume: one finding each, that names the cause which it shares with others.

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::causes::{self, class_subject, default_class, sharing_class};
use crate::objects::Claim;
use crate::pending::{Pending, Why};
use crate::storage::Storage;

pub(crate) fn tell(report: &mut Report, storage: &Storage) {
    let pending: Vec<_> = storage
        .claims
        .iter()
        .filter_map(|claim| Pending::of(storage, claim))
        .collect();
    let nobody_shares = causes::tell(report, storage, &pending);
    for pending in &pending {
        claim(report, storage, pending, nobody_shares);
    }
    lost(report, storage);
}

fn claim(report: &mut Report, storage: &Storage, pending: &Pending<'_>, nobody_shares: bool) {
    let Pending {
        claim,
        why,
        since,
        waiting,
    } = pending;
    let code = match why {
        Why::NotShared { .. } => "BSQ-STO-006",
        _ => "BSQ-STO-001",
    };
    let title = format!("claim {} is not bound: {}", full_name(claim), reason(why));
    let finding = report.finding(code, *claim, title);
    finding.since(*since);
    if waiting.is_empty() {
        finding.severity(Severity::Medium);
    }
    facts(finding, claim, why);
    if !waiting.is_empty() {
        finding.evidence("pods that wait for it", waiting.join(", "));
    }
    match why {
        Why::ClassMissing(name) => {
            finding.caused_by(class_subject(name, None));
        }
        Why::NoDefault => {
            finding.caused_by(default_class());
        }
        Why::NotShared { .. } if nobody_shares => {
            finding.caused_by(sharing_class());
        }
        Why::NotShared { .. } => {
            finding.advice(match storage.tolerance.rwx_class.as_str() {
                "" => "name a class of a shared file system in the claim, or ask for ReadWriteOnce"
                    .to_owned(),
                class => format!("name `{class}` in the claim, or ask for ReadWriteOnce"),
            });
        }
        Why::Silent(class, _) => {
            finding.caused_by(*class);
        }
        _ => {}
    }
    finding.look(command::describe(claim.namespace(), "pvc", claim.name()));
    finding.link("/docs/deployment/prerequirements");
}

fn reason(why: &Why<'_>) -> String {
    match why {
        Why::ClassMissing(name) => format!("storage class {name} does not exist"),
        Why::NoDefault => "it names no storage class, and none is the default".to_owned(),
        Why::NotShared { class, .. } => format!(
            "it asks for ReadWriteMany, which storage class {} ({}) does not give",
            class.name(),
            class.provisioner
        ),
        Why::Silent(class, _) => format!("provisioner {} does not answer", class.provisioner),
        Why::Failed(event) => first_words(&event.message),
        Why::NoVolume(_) => "no volume fits, and none is made by itself".to_owned(),
        Why::Unsaid => "nothing says why".to_owned(),
    }
}

fn facts(finding: &mut Finding, claim: &Item<Claim>, why: &Why<'_>) {
    finding.evidence("status.phase", &claim.status.phase);
    finding.evidence(
        "spec.storageClassName",
        claim
            .spec
            .storage_class_name
            .as_deref()
            .unwrap_or("not set"),
    );
    finding.evidence("spec.accessModes", claim.spec.access_modes.join(", "));
    match why {
        Why::Failed(event)
        | Why::Silent(_, event)
        | Why::NotShared {
            event: Some(event), ..
        } => {
            finding.evidence_from(event.read(), "event", event.told());
        }
        Why::NoVolume(Some(message)) => {
            finding.evidence(
                "status.conditions.PodScheduled of a pod that waits",
                message,
            );
        }
        _ => {}
    }
}

fn lost(report: &mut Report, storage: &Storage) {
    for claim in storage
        .claims
        .iter()
        .filter(|claim| claim.status.phase == "Lost")
    {
        let volume = &claim.spec.volume_name;
        let title = format!("claim {} has lost its volume {volume}", full_name(claim));
        let finding = report.finding("BSQ-STO-010", claim, title);
        finding
            .evidence("status.phase", "Lost")
            .evidence("spec.volumeName", volume);
        let users: Vec<_> = storage.users(claim).into_iter().map(full_name).collect();
        if !users.is_empty() {
            finding.evidence("pods that mount it", users.join(", "));
        }
        finding.look(command::describe(claim.namespace(), "pvc", claim.name()));
        finding.step(
            "whether the volume is still there",
            ["kubectl", "get", "pv", volume],
        );
        finding.link("/docs/runtime/storage-model");
    }
}

/// The end of a provisioner's message is what failed; what stands before says through whom.
fn first_words(message: &str) -> String {
    let said = message.rsplit("desc = ").next().unwrap_or(message).trim();
    match said.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", said.get(..end).unwrap_or_default()),
        None => said.to_owned(),
    }
}
