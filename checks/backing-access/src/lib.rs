//! Whether what services stand on can be used: databases, object stores, the secret store, Secrets and ConfigMaps.
//!
//! ```text
//! pods ─┬─► server ─► down      PostgreSQL, MinIO, OpenBao without a ready pod; MinIO that waits for Keycloak
//!       ├─► named               Secrets and ConfigMaps that are not there
//!       └─► lines ◄─ logs       full, out of connections, keys that do not fit
//! endpoints ─► probe            OpenBao sealed, MinIO without quorum
//! Rook's objects ─► ceph
//! ```
//!
//! Pods that fail, and errors in logs, are findings of other checks, which point here or are pointed at.

mod ceph;
mod down;
mod lines;
mod named;
mod objects;
mod probe;
mod server;

use std::time::Duration;

use bsq_sdk::prelude::*;

use objects::Pod;
use server::{Patience, Server};

/// The site's word on what is normal.
#[derive(Settings)]
struct Tolerance {
    unready_after: Duration,
    min_lines: usize,
}

/// What services stand on can be used.
///
/// # Errors
///
/// What the host answers to the list of pods, and a setting of another type.
#[check]
pub fn backing_services_can_be_used(cx: &Context) -> Result<Report> {
    let tolerance: Tolerance = cx.settings()?;
    let patience = Patience {
        unready_after: tolerance.unready_after,
        now: cx.now(),
    };
    let mut report =
        Report::new("databases, object stores and secrets that services stand on can be used");
    let pods = cx.list::<Pod>()?;
    let servers = Server::all(&pods);

    let (endpoints, sealed) = probe::ask(cx, &mut report, &servers);
    down::tell(cx, &mut report, &servers, &patience, &sealed);
    let named = named::tell(cx, &mut report, &pods, &patience);
    let ceph = ceph::tell(cx, &mut report, &patience);
    let has_logs = lines::tell(cx, &mut report, &pods, &servers, tolerance.min_lines);

    report.looked_at(servers.len() + named + ceph + endpoints);
    if report.findings().is_empty() && !servers.is_empty() && !has_logs {
        report.summary("databases, object stores and secrets can be used; what their users log was not asked, there is no log store");
    }
    report.or_not_applicable(
        "no database, object store or secret store is here, and no pod names a Secret or ConfigMap",
    )
}
