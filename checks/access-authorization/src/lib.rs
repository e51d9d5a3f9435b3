//! Does authorization block access after authentication.
//!
//! ```text
//! GET /models as coreai, as user ─► blocker (pure) ─► request: who blocks, and what the user does not see
//! OpenFGA: pods, GET /healthz ────────────────────► openfga
//! logs of gateway, LiteLLM, OpenFGA ──────────────► denials
//! ```
//!
//! 403 is this check's, 401 is not: who is not authenticated was never authorized, and that question stays open.

mod blocker;
mod denials;
mod openfga;
mod pod;
mod request;

use std::time::Duration;

use bsq_sdk::prelude::*;

use openfga::OpenFga;
use request::Requests;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    starting_after: Duration,
    min_denials: usize,
    many_denials: usize,
}

/// Whoever is authenticated is not blocked.
///
/// # Errors
///
/// A setting of another type; what cannot be read is a finding or left to the host.
#[check]
pub fn the_authenticated_are_not_blocked(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report = Report::new("whoever is authenticated is not blocked");
    let pods = cx.list::<pod::Pod>().or_empty();
    let requests = Requests::read(cx, &mut report);
    let openfga = OpenFga::read(cx, &mut report, &pods, wishes.starting_after);
    denials::tell(cx, &mut report, &pods, &wishes);
    conclude(report, &requests, &openfga)
}

/// The word where there is no finding: an authenticated request decides; OpenFGA's health alone says a part.
fn conclude(mut report: Report, requests: &Requests, openfga: &OpenFga) -> Result<Report> {
    if let OpenFga::Misfit(why) = openfga {
        return report.inconclusive(why.clone());
    }
    if requests.is_authenticated() {
        return report.pass();
    }
    if let Some(why) = requests.undecided() {
        return report.inconclusive(format!(
            "no request was authenticated, so none was authorized: {why}"
        ));
    }
    if matches!(openfga, OpenFga::Absent) {
        return report.not_configured("the CoreAI API is not configured, and OpenFGA is not here");
    }
    report.summary("OpenFGA decides; whether a request is blocked was not asked, the CoreAI API is not configured");
    report.pass()
}
