//! Did what runs come through Git? Asked of each workload that nothing in the cluster made.
//!
//! ```text
//! Application ─┬─► Delivered (status.resources) ◄──┐
//!              ├─► ignored   applications that Argo CD does not look at
//! workloads ───┴─► tracking ─► untracked, orphans  │ by annotation, label, and what applications list
//!                 └► changed  who wrote it after the last sync ◄──┘
//! ```
//!
//! Much runs beside Argo CD on a healthy platform: Argo CD itself, what Terraform or an installer put there, what an
//! operator makes. So only what the site names (`namespaces`) has to be delivered; elsewhere a workload that is the
//! exception among delivered ones, or that calls the CoreAI API as use cases do, is information.

mod changed;
mod delivered;
mod ignored;
mod objects;
mod orphans;
mod tracking;
mod untracked;
mod workloads;

use std::time::Duration;

use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use delivered::Delivered;
use ignored::Ignored;
use objects::Application;
use tracking::Tracking;

#[derive(Settings)]
struct Settings {
    namespaces: Vec<String>,
    young: Duration,
}

impl Settings {
    /// What has no beginning is not young.
    fn is_young(&self, now: Timestamp, created: Option<Timestamp>) -> bool {
        created.is_some_and(|created| !is_older(now, created, self.young))
    }
}

/// Every workload that should be is delivered by Argo CD, and as Git says.
///
/// # Errors
///
/// What the host answers to the lists of applications and workloads.
#[check]
pub fn workloads_are_delivered(cx: &Context) -> Result<Report> {
    let settings: Settings = cx.settings()?;
    let mut report = Report::new("what runs was delivered by Argo CD, and is as Git says");
    let Some(applications) = cx.list::<Application>().or_absent()? else {
        return report.not_applicable(
            "Argo CD is not installed: the cluster does not know the kind Application",
        );
    };
    if applications.is_empty() && cx.scope().kind != "platform" {
        return report.inconclusive(
            "no application is in scope, so nothing is known of what delivers the workloads",
        );
    }
    if applications.is_empty() && settings.namespaces.is_empty() {
        return report.not_applicable("there is no Argo CD application");
    }
    let workloads = workloads::read(cx)?;
    report.looked_at(workloads.len());

    let delivered = Delivered::of(&applications);
    let mut tracking = Tracking::new(cx, &applications, &delivered);
    let standings: Vec<_> = workloads
        .iter()
        .filter(|it| it.is_made_by_hand_or_tool)
        .map(|it| (it, tracking.of(it)))
        .collect();
    let ignored = Ignored::of(cx, &settings, &applications);
    untracked::tell(cx, &mut report, &settings, &standings, &ignored);
    orphans::tell(&mut report, &applications, &standings);
    changed::tell(cx, &mut report, &applications, &workloads);
    ignored::tell(&mut report, &ignored);
    report.or_not_applicable("no workload is in scope")
}
