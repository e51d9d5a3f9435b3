//! From the outside to the pod: class → ingress → address → Service → port → endpoints → pods.
//!
//! ```text
//! Ingress, ApisixRoute ─► routes ─► backend, port   one finding for a Service, with every host that leads to it
//!                     └─► class, address      what lets requests in at all
//!                     └─► tls, duplicates     what lets in the wrong way
//! ```
//!
//! Why pods are not ready is the question of other checks; findings here name them as the cause.

mod address;
mod backend;
mod class;
mod duplicates;
mod objects;
mod pods;
mod port;
mod routes;
mod tls;

use std::time::Duration;

use bsq_sdk::prelude::*;

use backend::Backends;
use class::Classes;
use objects::{Ingress, Service};
use routes::Routes;

/// The site's word on what is normal.
#[derive(Settings)]
struct Tolerance {
    address_after: Duration,
}

impl Tolerance {
    /// Whether an object is young enough that controllers may not have come to it yet.
    fn is_young(&self, now: Timestamp, created: Option<Timestamp>) -> bool {
        created
            .is_some_and(|created| now.duration_since(created).unsigned_abs() < self.address_after)
    }
}

/// Every ingress has an address and leads to ready pods.
///
/// # Errors
///
/// What the host answers to the lists of ingresses, Services and endpoint slices.
#[check]
pub fn ingresses_lead_to_ready_pods(cx: &Context) -> Result<Report> {
    let tolerance: Tolerance = cx.settings()?;
    let mut report =
        Report::new("every ingress has an address and leads to a Service with ready pods");
    let mut ingresses = cx.list::<Ingress>()?;
    // The solvers of certificate challenges come and go; a certificate that fails is another check's finding.
    ingresses.retain(|ingress| !ingress.is_challenge_solver());

    let classes = Classes::read(cx);
    classes.tell(&mut report, &ingresses);
    let services = cx.list::<Service>()?;
    address::tell(cx, &mut report, &tolerance, &classes, &ingresses, &services);
    tls::tell(cx, &mut report, &tolerance, &ingresses);
    duplicates::tell(&mut report, &ingresses);

    let routes = Routes::of(cx, &ingresses);
    report.looked_at(
        ingresses.len() + routes.services().len() + address::load_balancers(&services).count(),
    );
    Backends::read(cx, &services, &routes)?.tell(cx, &mut report);
    report.or_not_applicable("no ingress, gateway route or load balancer is in scope")
}
