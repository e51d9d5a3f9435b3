//! Applications that lie in a namespace which Argo CD does not look at: made where a use case lives, and never seen.

use std::collections::BTreeSet;

use bsq_sdk::prelude::*;

use crate::Settings;
use crate::objects::Application;

pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    settings: &Settings,
    applications: &[Item<Application>],
) {
    let homes: BTreeSet<_> = applications
        .iter()
        .filter(|it| it.is_looked_at())
        .map(Item::namespace)
        .collect();
    // Where Argo CD looks at none, it is Argo CD that does not run.
    if homes.is_empty() {
        return;
    }
    let ignored = applications.iter().filter(|it| {
        !it.is_looked_at()
            && it.deleted().is_none()
            && !homes.contains(it.namespace())
            && !settings.is_young(cx.now(), it.created())
    });
    for application in ignored {
        let known: Vec<_> = homes.iter().copied().collect();
        let title = format!(
            "application {} lies in namespace {}, where Argo CD does not look: it takes those of {}",
            application.name(),
            application.namespace(),
            known.join(", ")
        );
        let finding = report.finding("BSQ-GITOPS-004", application, title);
        finding.since(application.created());
        finding.evidence("status", "empty: never compared");
        finding.look([
            "kubectl",
            "get",
            "applications.argoproj.io",
            "--all-namespaces",
        ]);
        finding.advice("make it where Argo CD looks, or let Argo CD look there (`application.namespaces`) and the project allow it (`sourceNamespaces`)");
        finding.link("/docs/deployment/configuration-model");
    }
}
