//! Every pod that should run does, or the reason is known.
//!
//! It does what a person does with `describe` and `logs`: name the container, read its state and how it ended, the events
//! of kubelet and scheduler, and the last lines of the instance that failed; then say once what many pods have in common.
//!
//! ```text
//! pods, events ─► pod::diagnose ─► Trouble… ─► group::of ─► log of the first ─► one finding a group
//!                  ├ scheduling, mount          (cause)
//!                  └ container ─ crash, blocked ─ image
//! ```

mod blocked;
mod clue;
mod container;
mod crash;
mod events;
mod exit;
mod group;
mod image;
mod mount;
mod nodes;
mod objects;
mod owner;
mod pod;
mod scheduling;
mod tolerance;
mod trouble;

use bsq_sdk::prelude::*;

use crate::events::Events;
use crate::group::Group;
use crate::nodes::{LostNodes, is_unready};
use crate::objects::{Event, Pod};
use crate::pod::Done;
use crate::tolerance::Tolerance;
use crate::trouble::Trouble;

/// Look at every pod in scope.
///
/// # Errors
///
/// Pods cannot be listed. Events and logs are optional: without them findings say less.
#[check]
pub fn pods_run(cx: &Context) -> Result<Report> {
    let mut report = Report::new("every pod that should run does");
    let tolerance = Tolerance {
        settings: cx.settings()?,
        now: cx.now(),
    };
    let (mut seen, mut done) = (0, Done::default());
    let pods = cx.list_where::<Pod>(|pod| {
        seen += 1;
        done.note(pod);
        !pod::is_plainly_well(pod)
    })?;
    report.looked_at(seen);
    if seen == 0 {
        return report.or_not_applicable("there are no pods here");
    }
    let events = Events::new(cx.list::<Event>().or_empty());
    let diagnose = |nodes: &LostNodes| -> Vec<Trouble<'_>> {
        let troubles = pods
            .iter()
            .flat_map(|pod| pod::diagnose(pod, &events, nodes, &tolerance, &done));
        troubles.collect()
    };
    let mut nodes = LostNodes::default();
    let mut troubles = diagnose(&nodes);
    if troubles.iter().any(|trouble| is_unready(trouble.pod)) {
        nodes = LostNodes::read(cx);
    }
    if !nodes.is_empty() {
        troubles = diagnose(&nodes);
    }
    let mut groups = group::of(troubles);
    read_logs(cx, &mut groups, tolerance.settings.log_reads);
    nodes.tell(&mut report, &pods);
    for group in groups {
        group.report(&mut report);
    }
    report.pass()
}

/// Ask for as many logs as the settings allow: a cluster in flames has more failing containers than a report has use for.
fn read_logs(cx: &Context, groups: &mut [Group<'_>], most: usize) {
    for group in groups
        .iter_mut()
        .filter(|group| group.wants_log())
        .take(most)
    {
        cx.progress(format!("log of a container in {}", group.namespace()));
        group.read_log(cx);
    }
}
