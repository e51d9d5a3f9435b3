//! Applications that Argo CD has counted as unhealthy for ten minutes. Why they are is the question of the checks that
//! read Applications; OutOfSync alone is no question here, since manual sync is a choice.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::store::{Store, own};

/// Findings of one run: beyond this the platform fails, which the first ones say too.
const MOST: usize = 30;

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, _: &Wishes) {
    let answer = store.instant("applications", &[]);
    let in_scope = answer
        .series
        .iter()
        .filter(|series| store.is_in_scope(own(series, "namespace")));
    for series in in_scope.take(MOST) {
        let (namespace, name) = (own(series, "namespace"), series.label("name"));
        let health = series.label("health_status");
        let subject = ObjectRef::new("argoproj.io/v1alpha1/Application", name)
            .in_namespace(namespace)
            .with_read(answer.read);
        let same = subject.clone();
        let title = format!("Argo CD counts application {name} as {health}");
        let finding = report.finding("BSQ-METRIC-009", subject, title);
        finding.evidence("argocd_app_info health_status", health);
        finding.caused_by(same);
        finding.look(command::yaml(namespace, "application", name));
        finding.link("/docs/troubleshooting");
    }
}
