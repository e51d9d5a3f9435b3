//! Where applications come from: can Argo CD read it, and is it the repository, branch and path that it should be?
//!
//! ```text
//! Application ─┬─► failing   what cannot be read, and who else reads it     (one finding for each place)
//!              ├─► expected  what differs from the site's own word          (one for each other value)
//!              └─► suspect   what stands apart from all siblings, where an application is not well
//! ```
//!
//! An application gives one of the three at most, the first that holds. That it is out of sync, or cannot be compared, is
//! told by `argocd-apps`, whose findings point here; this check says why. A source that stands apart is no fault of a
//! healthy application, which may be pinned on purpose.

mod address;
mod expected;
mod failing;
mod fault;
mod objects;
mod suspect;
mod tell;

use std::time::Duration;

use bsq_platform::application::is_asked_for;
use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use expected::Expected;
use failing::Failing;
use objects::Application;

#[derive(Settings)]
struct Settings {
    repository: String,
    branch: String,
    path: String,
    settled_after: Duration,
}

/// Every source is read, and is the expected one.
///
/// # Errors
///
/// What the host answers to the list of applications.
#[check]
pub fn sources_are_read_and_expected(cx: &Context) -> Result<Report> {
    let settings: Settings = cx.settings()?;
    let mut report = Report::new("every source is read, and none stands apart");
    let Some(applications) = cx.list::<Application>().or_absent()? else {
        return report.not_applicable(
            "Argo CD is not installed: the cluster does not know the kind Application",
        );
    };
    let expected = Expected::new(&settings, &applications);
    if expected.is_configured() {
        report.summary(format!("every source is read, and is {expected}"));
    }
    let asked = applications
        .iter()
        .filter(|it| is_asked_for(cx, it) && it.deleted().is_none());
    let asked: Vec<_> = asked.filter(|it| it.sources().next().is_some()).collect();
    report.looked_at(asked.len());

    let failing = Failing::of(&asked, &applications);
    failing.tell(&mut report, &expected);
    let readable: Vec<_> = asked.into_iter().filter(|it| !failing.holds(it)).collect();
    let others = expected.tell(&mut report, &readable);
    for application in others {
        let is_settled = |created| is_older(cx.now(), created, settings.settled_after);
        // What has no beginning is as old as can be.
        if application.created().is_none_or(is_settled) {
            suspect::tell(&mut report, application, &applications);
        }
    }
    report.or_not_applicable("no application in scope has a source")
}
