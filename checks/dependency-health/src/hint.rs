//! Several components that keep their state in one PostgreSQL begin to fail together while it looks well: ready pods are no
//! proof that a database answers, so that is where to look first. A hint, not a fault.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::blame::Blame;
use crate::component::Component;
use crate::deployed::Deployed;
use crate::graph;
use crate::tell;
use crate::workload::Workload;

const DATABASE: &str = "postgresql";

/// A component that fails and that nothing which is down explains.
struct Unexplained<'a> {
    component: &'static Component,
    workload: &'a Workload,
}

pub(crate) fn tell(
    report: &mut Report,
    deployed: &Deployed,
    blame: &Blame<'_>,
    together: Duration,
) {
    let Some(database) = Component::by_id(DATABASE) else {
        return;
    };
    // By the database that serves them: failures of two databases are no common cause.
    let mut served: BTreeMap<&ObjectRef, (&Workload, Vec<Unexplained<'_>>)> = BTreeMap::new();
    for component in deployed.components() {
        let needs = graph::needs(component.id).any(|edge| edge.to == DATABASE);
        if !needs || blame.is_explained(component) {
            continue;
        }
        let serving = deployed.serving(component, database);
        let failing = deployed.failing(component);
        if let (Some(by), Some(workload)) = (serving.first(), failing.first())
            && serving.iter().all(|it| !it.is_short())
        {
            let entry = served.entry(&by.subject).or_insert((by, Vec::new()));
            entry.1.push(Unexplained {
                component,
                workload,
            });
        }
    }
    for (database, failing) in served.into_values() {
        let failing = began_together(failing, together);
        if failing.len() >= 2 {
            finding(report, database, &failing);
        }
    }
}

/// The most that began within one span of time. One whose beginning is not known may have.
fn began_together(mut failing: Vec<Unexplained<'_>>, within: Duration) -> Vec<Unexplained<'_>> {
    let within = SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX);
    let is_near = |start: Timestamp, it: &Unexplained<'_>| {
        it.workload.since().is_none_or(|since| {
            let after = since.duration_since(start);
            !after.is_negative() && after <= within
        })
    };
    let starts = failing.iter().filter_map(|it| it.workload.since());
    let best = starts.max_by_key(|start| failing.iter().filter(|it| is_near(*start, it)).count());
    if let Some(start) = best {
        failing.retain(|it| is_near(start, it));
    }
    failing
}

fn finding(report: &mut Report, database: &Workload, failing: &[Unexplained<'_>]) {
    let names: Vec<_> = failing.iter().map(|it| it.component.title).collect();
    let title = format!(
        "{} fail, all keep their state in PostgreSQL ({}), and it looks well: look there first",
        tell::listed(&names),
        database.told()
    );
    let finding = report.finding("BSQ-DEP-018", database.subject.clone(), title);
    finding.since(failing.iter().filter_map(|it| it.workload.since()).min());
    finding.evidence_from(database.read, database.told(), tell::state(database));
    for it in failing {
        let source = format!("{} ({})", it.component.title, it.workload.told());
        finding.evidence_from(it.workload.read, source, tell::state(it.workload));
    }
    let (namespace, name) = (database.subject.namespace(), database.subject.name());
    let target = format!("{}/{name}", database.subject.kind().to_lowercase());
    finding.step(
        "see whether it takes connections: too many of them, a full disk or a failover stop it while its pods are ready",
        command::logs(namespace, &target),
    );
    finding.link("/docs/runtime/components/postgresql");
}
