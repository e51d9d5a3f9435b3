//! Argo CD's own ladder, asked of every application in this order: is it there, synced, healthy, which resource fails,
//! and what holds it back.
//!
//! ```text
//! Application ─┬─► presence                                            applications that are not in the list at all
//!              ├─► delivery ─► operation, fault, repositories, drift   the rungs up to `Synced`
//!              └─► health ───► workloads                               the rungs from `Healthy` on
//! ```
//!
//! One application gives at most one finding on the way to the cluster and one on what runs there; a state that follows
//! from the first is evidence of it. Applications that one repository fails are one finding. Why a workload itself does
//! not run is the question of other checks.

mod causes;
mod delivery;
mod drift;
mod fault;
mod health;
mod objects;
mod operation;
mod presence;
mod repositories;
mod tell;
mod workloads;

use std::time::Duration;

use bsq_platform::application::is_asked_for;
use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use delivery::Delivery;
use objects::Application;

/// The site's word on what is normal.
#[derive(Settings)]
struct Tolerance {
    progressing_after: Duration,
    expect: Vec<String>,
}

impl Tolerance {
    /// Whether a state that should pass has lasted too long. A state without a known beginning has not: it may be new.
    fn is_over(&self, now: Timestamp, since: Option<Timestamp>) -> bool {
        since.is_some_and(|since| is_older(now, since, self.progressing_after))
    }
}

/// Every application is there, synced and healthy.
///
/// # Errors
///
/// What the host answers to the list of applications.
#[check]
pub fn applications_are_synced_and_healthy(cx: &Context) -> Result<Report> {
    let tolerance: Tolerance = cx.settings()?;
    let mut report = Report::new("every Argo CD application is there, synced and healthy");
    let Some(applications) = cx.list::<Application>().or_absent()? else {
        presence::nothing_installed(&mut report, &tolerance.expect);
        return report.not_applicable(
            "Argo CD is not installed: the cluster does not know the kind Application",
        );
    };
    presence::look(cx, &mut report, &applications, &tolerance.expect);
    let applications: Vec<_> = applications
        .into_iter()
        .filter(|it| is_asked_for(cx, it))
        .collect();
    report.looked_at(applications.len());

    let mut repositories = repositories::Repositories::default();
    let mut workloads = workloads::Workloads::new(cx);
    for application in &applications {
        let delivery = Delivery::of(application, &tolerance, cx.now());
        delivery.tell(cx, &mut report, &mut repositories, application);
        health::tell(
            &mut report,
            &mut workloads,
            application,
            &delivery,
            &tolerance,
            cx.now(),
        );
    }
    repositories.tell(&mut report);
    report.or_not_applicable("no Argo CD application is in scope")
}
