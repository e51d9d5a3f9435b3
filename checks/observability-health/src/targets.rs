//! What Prometheus itself says of its targets: which it cannot scrape, and whether it has any.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_sdk::reads::Series;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;

/// Seconds from one value to the next: as often as most targets are scraped.
const STEP: u32 = 60;

/// A target whose last value is older than this many steps is gone or up again.
const FRESH: i64 = 2;

/// Targets that one finding shows.
const MOST: usize = 5;

/// A target that is down now.
struct Down<'a> {
    series: &'a Series,
    /// The beginning of the last time without interruption; none where that lies before the window.
    since: Option<Timestamp>,
    lasted: SignedDuration,
}

/// Returns whether Prometheus scrapes anything: `None` where it was not asked or does not say.
pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes) -> Option<bool> {
    let totals = cx.metric("targets", &[]).ok()?;
    if totals.series.is_empty() {
        if totals.truncated || !totals.warnings.is_empty() {
            return None;
        }
        nothing(report, totals.read);
        return Some(false);
    }
    let Ok(answer) = cx.metric_range("down", &[], STEP) else {
        return Some(true);
    };
    let mut jobs: BTreeMap<(&str, &str), Vec<Down<'_>>> = BTreeMap::new();
    for series in &answer.series {
        let job = (series.label("namespace"), series.label("job"));
        let is_skipped = wishes.skip_jobs.iter().any(|it| it == job.1);
        if let Some(down) = down(cx, series).filter(|_| !is_skipped)
            && is_over(down.lasted, wishes.down_after)
        {
            jobs.entry(job).or_default().push(down);
        }
    }
    for ((namespace, job), targets) in jobs {
        let is_it = |it: &&Series| it.label("namespace") == namespace && it.label("job") == job;
        let total = totals.series.iter().find(is_it).and_then(Series::value);
        finding(report, answer.read, (namespace, job), total, &targets);
    }
    Some(true)
}

fn is_over(lasted: SignedDuration, tolerated: Duration) -> bool {
    SignedDuration::try_from(tolerated).is_ok_and(|tolerated| lasted >= tolerated)
}

/// The last time without interruption in which a target was down, if that is not over.
fn down<'a>(cx: &Context, series: &'a Series) -> Option<Down<'a>> {
    let step = SignedDuration::from_secs(i64::from(STEP));
    let gap = step.saturating_mul(i32::try_from(FRESH).unwrap_or(i32::MAX));
    let mut times = series.points.iter().rev().filter_map(|point| {
        i64::try_from(point.time)
            .ok()
            .and_then(|it| Timestamp::from_millisecond(it).ok())
    });
    let last = times.next()?;
    if cx.now().duration_since(last) > gap {
        return None;
    }
    let mut first = last;
    for time in times {
        if first.duration_since(time) > gap {
            break;
        }
        first = time;
    }
    // What was down from the beginning of the window on began before it.
    let is_known = first.duration_since(cx.window().start) > gap;
    Some(Down {
        series,
        since: Some(first).filter(|_| is_known),
        lasted: cx.now().duration_since(first),
    })
}

fn finding(
    report: &mut Report,
    read: u32,
    (namespace, job): (&str, &str),
    total: Option<f64>,
    targets: &[Down<'_>],
) {
    let count = targets.len();
    let all =
        total.is_some_and(|total| u32::try_from(count).is_ok_and(|it| f64::from(it) >= total));
    let place = match namespace {
        "" => format!("job {job}"),
        namespace => format!("job {job} in {namespace}"),
    };
    let title = match (all, count, total) {
        (true, 1, _) => {
            format!("Prometheus cannot scrape the one target of {place}: its metrics are missing")
        }
        (true, ..) => format!(
            "Prometheus cannot scrape any of the {count} targets of {place}: their metrics are missing"
        ),
        (false, _, Some(total)) => {
            format!("Prometheus cannot scrape {count} of {total} targets of {place}")
        }
        (false, _, None) => format!("Prometheus cannot scrape {count} targets of {place}"),
    };
    let subject = Named::new("scrape-job", format!("{namespace}/{job}")).with_read(read);
    let finding = report.finding("BSQ-OBS-009", subject, title);
    if !all {
        finding.severity(Severity::Low);
    }
    finding.since(targets.iter().filter_map(|it| it.since).min());
    for target in targets.iter().take(MOST) {
        let minutes = target.lasted.as_mins();
        let value = match target.since {
            Some(since) => format!("0, since {since}"),
            None => format!("0, for at least {minutes} minutes"),
        };
        finding.evidence(format!("up of {}", target.series.label("instance")), value);
    }
    for target in targets {
        let (namespace, pod) = (target.series.label("namespace"), target.series.label("pod"));
        if !namespace.is_empty() && !pod.is_empty() {
            finding.caused_by(ObjectRef::new("v1/Pod", pod).in_namespace(namespace));
        }
    }
    if !namespace.is_empty() {
        finding.look(["kubectl", "-n", namespace, "get", "pods,endpointslices"]);
    }
    finding.advice("the page of targets in Prometheus says what it was answered");
    finding.link("/docs/runtime/runtime-observability-model");
}

fn nothing(report: &mut Report, read: u32) {
    let title = "Prometheus answers and scrapes nothing: no metric now means nothing";
    let subject = Named::new("scrape-job", "all").with_read(read);
    let finding = report.finding("BSQ-OBS-010", subject, title);
    finding.evidence("count(up)", "no series");
    finding.step(
        "see which monitors there are and whether Prometheus selects them",
        [
            "kubectl",
            "get",
            "servicemonitors.monitoring.coreos.com",
            "--all-namespaces",
        ],
    );
    finding.link("/docs/runtime/runtime-observability-model");
}
