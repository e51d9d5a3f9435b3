//! Namespaces that are deleted and do not end.

use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "v1/Namespace")]
struct Namespace {
    status: Status,
}

#[derive(Object)]
struct Status {
    conditions: Vec<Condition>,
}

#[derive(Object)]
struct Condition {
    r#type: String,
    status: String,
    message: String,
}

/// Conditions of a namespace that say what keeps it, the more telling first.
const TELLING: [&str; 4] = [
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionDiscoveryFailure",
];

/// Report what does not end; says how many namespaces there are.
pub(crate) fn look(cx: &Context, report: &mut Report, tolerance: &Tolerance) -> usize {
    let namespaces = cx.list::<Namespace>().or_empty();
    for namespace in &namespaces {
        let Some(deleted) = namespace.deleted() else {
            continue;
        };
        if !tolerance.is_over(Some(deleted), tolerance.settings.terminating_after) {
            continue;
        }
        let title = format!(
            "namespace {} is being deleted and does not end",
            namespace.name()
        );
        let finding = report.finding("BSQ-LOOK-001", namespace, title);
        finding
            .since(deleted)
            .evidence("metadata.deletionTimestamp", deleted);
        for name in TELLING {
            let mut conditions = namespace.status.conditions.iter();
            let holds =
                |condition: &&Condition| condition.r#type == name && condition.status == "True";
            if let Some(condition) = conditions.find(holds) {
                finding.evidence(format!("status.conditions.{name}"), &condition.message);
            }
        }
        finding.look([
            "kubectl",
            "get",
            "namespace",
            namespace.name(),
            "-o",
            "yaml",
        ]);
    }
    namespaces.len()
}
