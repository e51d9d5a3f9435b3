//! The first look at a platform: what `kubectl get` of namespaces, pods, ingresses and events shows, read.
//!
//! It says where to look, not what is wrong: the checks of each part do that, and fail where this one only warns. So a
//! list that cannot be read costs its part alone.

mod events;
mod ingresses;
mod namespaces;
mod pods;

use std::time::Duration;

use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

/// The settings of `check.toml`, and the run's clock.
pub(crate) struct Tolerance {
    settings: Settings,
    now: Timestamp,
}

#[derive(Settings)]
struct Settings {
    starting_after: Duration,
    address_after: Duration,
    terminating_after: Duration,
    events: usize,
}

impl Tolerance {
    /// Whether something has lasted longer than it may. What has no beginning has.
    fn is_over(&self, since: Option<Timestamp>, allowed: Duration) -> bool {
        since.is_none_or(|since| is_older(self.now, since, allowed))
    }
}

/// Look at the four lists.
///
/// # Errors
///
/// The settings have other types than `check.toml` says.
#[check]
pub fn first_look(cx: &Context) -> Result<Report> {
    let mut report = Report::new("nothing stands out at first sight");
    let tolerance = Tolerance {
        settings: cx.settings()?,
        now: cx.now(),
    };
    // Events first: the server prepares them beside the pods, which the host asks for by itself.
    let warnings = events::look(cx, &mut report, &tolerance);
    let namespaces = namespaces::look(cx, &mut report, &tolerance);
    let pods = pods::look(cx, &mut report, &tolerance);
    let ingresses = ingresses::look(cx, &mut report, &tolerance);
    report.looked_at(namespaces + pods + ingresses);
    report.summary(format!(
        "{namespaces} namespaces, {pods} pods, {ingresses} ingresses; {warnings} warnings in the window"
    ));
    report.or_not_applicable("there are no namespaces, pods or ingresses here")
}
