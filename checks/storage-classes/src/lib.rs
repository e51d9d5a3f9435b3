//! Storage as the cluster gives it: classes, claims, volumes.
//!
//! ```text
//! claims, classes, pods, events ─► Storage ─┬─► pending ─► causes, claims   why a claim is not bound; what several have in common
//!                                           ├─► attach              one volume, two nodes
//! volumes ──────────────────────────────────┴─► volumes             what could not be given back
//! ```
//!
//! A claim that nobody waits for, of a class that waits for its first consumer, is well. So is one whose consumer the
//! scheduler places nowhere for other reasons: that is the pod's finding.

mod attach;
mod causes;
mod claims;
mod objects;
mod pending;
mod storage;
mod volumes;

use bsq_sdk::prelude::*;

use storage::Storage;

/// Every claim that is waited for is bound.
///
/// # Errors
///
/// What the host answers to the list of claims, and a setting of another type.
#[check]
pub fn claims_are_bound(cx: &Context) -> Result<Report> {
    let mut report = Report::new("every volume claim that is waited for is bound");
    let storage = Storage::read(cx)?;
    let expected = [&storage.tolerance.rwo_class, &storage.tolerance.rwx_class];
    report
        .looked_at(storage.claims.len() + expected.iter().filter(|name| !name.is_empty()).count());
    claims::tell(&mut report, &storage);
    attach::tell(&mut report, &storage);
    volumes::tell(cx, &mut report, &storage);
    report.or_not_applicable("there are no volume claims here")
}
