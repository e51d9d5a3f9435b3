//! Whether images can be pulled, as far as that shows from outside.
//!
//! ```text
//! pods, events ─► pulls ─┬─► credentials ◄─ Secrets, service accounts   by namespace and registry
//!                        ├─► registry                                   by registry: unreachable, images missing
//!                        └─► harbor ◄─ ingresses                        Harbor in the cluster that it serves
//! endpoint `registry` ─► probe
//! ```
//!
//! Each failing pod is the finding of another check and points here for its cause. Credentials that nobody used are
//! neither valid nor invalid: without a pull in the window or an answer to a credential the check is inconclusive.

mod credentials;
mod harbor;
mod objects;
mod probe;
mod pulls;
mod reason;
mod registry;
mod secrets;
mod tell;

use bsq_sdk::prelude::*;

use harbor::Harbor;
use objects::{Event, Ingress, Pod};
use probe::Probe;
use pulls::{Failure, Tolerance};
use secrets::PullSecrets;

/// Images can be pulled.
///
/// # Errors
///
/// What the host answers to the lists of pods and events, and a setting of another type.
#[check]
pub fn images_can_be_pulled(cx: &Context) -> Result<Report> {
    let tolerance: Tolerance = cx.settings()?;
    let mut report = Report::new("images can be pulled");
    let pods = cx.list::<Pod>()?;
    let events = cx.list::<Event>()?;
    let ingresses = cx.list::<Ingress>().or_empty();

    let failures = Failure::all(cx, &tolerance, &pods, &events);
    let harbor = Harbor::of(&pods, &ingresses);
    PullSecrets::read(cx).tell(cx, &mut report, &pods, &failures);
    registry::tell(&mut report, &pods, &failures, &harbor);
    harbor.tell(cx, &mut report, &tolerance, &failures);
    let probe = Probe::ask(cx, &mut report, &tolerance);

    let pulled = pulls::succeeded(cx, &events);
    match (pulled.is_empty(), &probe) {
        _ if pods.is_empty() && probe == Probe::NotConfigured => report.not_applicable("there are no pods here"),
        (false, _) => {
            let count = match pulled.values().sum() {
                1 => "1 image was".to_owned(),
                count => format!("{count} images were"),
            };
            let from: Vec<_> = pulled.into_keys().collect();
            if report.findings().is_empty() {
                let from = tell::some(&from);
                report.summary(format!("{count} pulled in the window, from {from}"));
            }
            report.pass()
        }
        (true, Probe::Accepted) => {
            if report.findings().is_empty() {
                report.summary("the registry takes the credential of endpoint registry; no image was pulled in the window");
            }
            report.pass()
        }
        (true, Probe::Answers) => report.inconclusive(
            "no image was pulled in the window, and the registry answers without saying whether a credential is valid",
        ),
        (true, _) => report.inconclusive(
            "no image was pulled in the window, and no [endpoint.registry] says whether credentials are valid",
        ),
    }
}
