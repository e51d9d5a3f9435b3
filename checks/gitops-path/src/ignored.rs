//! Applications that lie in a namespace which Argo CD does not look at: made where a use case lives, and never seen.

use std::collections::BTreeSet;

use bsq_sdk::prelude::*;

use crate::Settings;
use crate::objects::Application;

/// The applications that Argo CD does not see, and where it looks instead.
pub(crate) struct Ignored<'a> {
    homes: BTreeSet<&'a str>,
    applications: Vec<&'a Item<Application>>,
}

impl<'a> Ignored<'a> {
    pub(crate) fn of(
        cx: &Context,
        settings: &Settings,
        applications: &'a [Item<Application>],
    ) -> Self {
        let homes: BTreeSet<&str> = applications
            .iter()
            .filter(|it| it.is_looked_at())
            .map(Item::namespace)
            .collect();
        let is_ignored = |it: &&Item<Application>| {
            !it.is_looked_at()
                && it.deleted().is_none()
                && !homes.contains(it.namespace())
                && !settings.is_young(cx.now(), it.created())
        };
        // Where Argo CD looks at none, it is Argo CD that does not run.
        let applications = match homes.is_empty() {
            true => Vec::new(),
            false => applications.iter().filter(is_ignored).collect(),
        };
        Self {
            homes,
            applications,
        }
    }

    /// Those that would have delivered a workload of this namespace and name.
    pub(crate) fn meant_for(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &'a Item<Application>> {
        let is_meant =
            move |it: &&&'a Item<Application>| it.namespace() == namespace && it.name() == name;
        self.applications.iter().filter(is_meant).copied()
    }
}

pub(crate) fn tell(report: &mut Report, ignored: &Ignored<'_>) {
    let Ignored {
        homes,
        applications,
    } = ignored;
    for application in applications {
        let known: Vec<_> = homes.iter().copied().collect();
        let title = format!(
            "application {} lies in namespace {}, where Argo CD does not look: it takes those of {}",
            application.name(),
            application.namespace(),
            known.join(", ")
        );
        let finding = report.finding("BSQ-GITOPS-004", *application, title);
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
