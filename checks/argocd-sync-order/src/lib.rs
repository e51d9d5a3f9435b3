//! What a sync waits for: the hook or wave that runs, and the prerequisites that are not there.
//!
//! ```text
//! Application ─┬─► steps ─┬─► hook ──► job ─► log ─► sso      Jobs of PreSync, Sync and PostSync
//!              │          └─► wave                            a resource that its wave waits for
//!              ├─► deletion ──► job ─► log ─► sso             Jobs of PostDelete
//!              └─► needs ─┬─► prerequisites                   Secrets and claims of workloads and hooks
//!                         ├─► kinds                           kinds that are not served
//!                         └─► dependencies                    applications that it is built on
//! ```
//!
//! That an application is out of sync, waits or is unhealthy is told by `argocd-apps`; its findings fold under those of
//! this check, whose subjects are the hook, the resource or the prerequisite. Only applications of this cluster that are
//! not well are looked at, so a healthy platform costs the list of applications and that of jobs.

mod deletion;
mod dependencies;
mod hook;
mod job;
mod jobs;
mod keycloak;
mod kinds;
mod missing;
mod objects;
mod pod;
mod prerequisites;
mod sso;
mod steps;
mod tell;
mod template;
mod wave;
mod workloads;

use std::time::Duration;

use bsq_platform::application::is_asked_for;
use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use jobs::Jobs;
use keycloak::Keycloak;
use objects::Application;
use workloads::Workloads;

/// The site's word on what is normal.
#[derive(Settings)]
struct Tolerance {
    progressing_after: Duration,
    log_reads: usize,
}

impl Tolerance {
    /// Whether a state that should pass has lasted too long. A state without a known beginning has not: it may be new.
    fn is_over(&self, now: Timestamp, since: Option<Timestamp>) -> bool {
        since.is_some_and(|since| is_older(now, since, self.progressing_after))
    }
}

/// What every part of the check reads from, each kind once and only when asked.
struct Sources<'a> {
    cx: &'a Context,
    tolerance: Tolerance,
    jobs: Jobs<'a>,
    workloads: Workloads<'a>,
    keycloak: Keycloak,
}

/// No sync waits for what is not there.
///
/// # Errors
///
/// What the host answers to the list of applications. Everything else is optional: without it findings say less.
#[check]
pub fn nothing_is_waited_for(cx: &Context) -> Result<Report> {
    let tolerance: Tolerance = cx.settings()?;
    let mut report = Report::new("no sync waits for a hook, a wave or a prerequisite");
    let Some(all) = cx.list::<Application>().or_absent()? else {
        return report.not_applicable(
            "Argo CD is not installed: the cluster does not know the kind Application",
        );
    };
    let here: Vec<_> = all
        .iter()
        .filter(|it| is_asked_for(cx, it) && it.is_of_this_cluster())
        .collect();
    report.looked_at(here.len());
    let sources = Sources {
        cx,
        jobs: Jobs::new(cx, tolerance.log_reads),
        workloads: Workloads::new(cx),
        keycloak: Keycloak::default(),
        tolerance,
    };
    let mut needs = prerequisites::Needs::default();
    for application in &here {
        if application.deleted().is_some() {
            deletion::tell(&sources, &mut report, application);
            continue;
        }
        let steps = steps::of(application, &sources.tolerance, cx.now());
        for step in &steps {
            if step.is_hook() {
                hook::tell(&sources, &mut report, &mut needs, application, step);
            } else {
                wave::tell(&sources, &mut report, application, step);
            }
        }
        if !steps.is_empty() || application.is_unwell(&sources.tolerance, cx.now()) {
            needs.add(&sources, application);
            dependencies::tell(&mut report, application, &all);
        }
    }
    deletion::tell_left_over(&sources, &mut report, &all);
    kinds::tell(cx, &mut report, &here, &all);
    needs.tell(&sources, &mut report, &all);
    report.or_not_applicable("no Argo CD application of this cluster is in scope")
}
