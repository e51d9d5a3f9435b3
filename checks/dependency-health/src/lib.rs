//! What platform components depend on is healthy; and where it is not, who is hit by it.
//!
//! ```text
//! Deployments, StatefulSets, DaemonSets, pods ─► workload ─► recognise ─► deployed ─┐
//!                                                                       graph ─┴─► blame ─► tell   roots, hits
//!                                                                                    └────► hint   PostgreSQL
//! ```
//!
//! The graph is the documentation's. A component that is not deployed is not missing: nothing here says that it should be.
//! What a pod or a workload suffers from is told by other checks; findings here name them as their cause, and say who
//! hangs on them.

mod blame;
mod component;
mod deployed;
mod graph;
mod hint;
mod objects;
mod recognise;
mod tell;
mod workload;

use std::time::Duration;

use bsq_sdk::prelude::*;

use blame::Blame;
use deployed::Deployed;
use workload::Workload;

/// The site's word on what is normal, and on which workload is what.
#[derive(Settings)]
struct Wishes {
    ready_after: Duration,
    together_within: Duration,
    recognise: Vec<String>,
}

/// What platform components depend on is healthy.
///
/// # Errors
///
/// What the host answers to the lists of workloads.
#[check]
pub fn dependencies_are_healthy(cx: &Context) -> Result<Report> {
    let mut report = Report::new("what platform components depend on is healthy");
    let wishes: Wishes = cx.settings()?;
    let workloads = Workload::list(cx)?;
    let deployed = Deployed::of(workloads, &wishes.recognise, cx.now(), wishes.ready_after);
    let count = deployed.components().count();
    if count == 0 {
        return report.not_applicable("no workload here looks like a component of the platform");
    }
    let blame = Blame::of(&deployed);
    tell::tell(&mut report, &blame);
    hint::tell(&mut report, &deployed, &blame, wishes.together_within);
    let absent = deployed.absent();
    report.attribute(
        "deployed",
        deployed
            .components()
            .map(|it| it.id)
            .collect::<Vec<_>>()
            .join(","),
    );
    report.attribute("not-deployed", absent.join(", "));
    if report.findings().is_empty() {
        report.summary(format!(
            "none of {count} components lacks what it depends on; not deployed here: {}",
            if absent.is_empty() {
                "none".to_owned()
            } else {
                absent.join(", ")
            }
        ));
    }
    report.pass()
}
