//! Volumes that are nearly full, and those that will be soon.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::command;
use bsq_sdk::reads::Series;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::store::{Store, own};
use crate::{trend, words};

/// Volumes whose trend is asked for, the fullest first: each takes a query.
const MOST_TRENDS: usize = 20;

/// Findings of one run: more full volumes than this have one cause, which the first ones show too.
const MOST: usize = 30;

/// Pods that a finding names.
const PODS: usize = 5;

struct Volume {
    /// As the label says it, which is another namespace where the measured one is `exported_namespace`.
    label: String,
    namespace: String,
    claim: String,
    free: f64,
    read: u32,
}

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let space = read(store, "volume-space");
    let inodes: BTreeMap<(String, String), f64> = read(store, "volume-inodes")
        .into_iter()
        .map(|volume| ((volume.namespace, volume.claim), volume.free))
        .collect();
    let mut told = 0;
    for (index, volume) in space.iter().enumerate() {
        let is_watched = index < MOST_TRENDS && volume.free < percent(wishes.volume_watch);
        let ends = if is_watched {
            volume.until_full(store)
        } else {
            None
        };
        let key = (volume.namespace.clone(), volume.claim.clone());
        let inodes = inodes.get(&key).copied();
        let is_told = volume.tell(store, report, wishes, ends, inodes);
        told += usize::from(is_told);
        if told == MOST {
            report.attribute("left-out", "volumes less full than those told");
            break;
        }
    }
}

/// Every volume in scope, the fullest first.
fn read(store: &mut Store<'_>, template: &str) -> Vec<Volume> {
    let metrics = store.instant(template, &[]);
    let of = |series: &Series| {
        Some(Volume {
            label: series.label("namespace").to_owned(),
            namespace: own(series, "namespace").to_owned(),
            claim: series.label("persistentvolumeclaim").to_owned(),
            free: series.value().filter(|free| free.is_finite())?,
            read: metrics.read,
        })
    };
    let mut volumes: Vec<Volume> = metrics.series.iter().filter_map(of).collect();
    volumes.retain(|volume| store.is_in_scope(&volume.namespace));
    volumes.sort_by(|one, other| {
        let free = one.free.total_cmp(&other.free);
        free.then_with(|| (&one.namespace, &one.claim).cmp(&(&other.namespace, &other.claim)))
    });
    volumes
}

impl Volume {
    fn holds(&self, series: &Series) -> bool {
        own(series, "namespace") == self.namespace
            && series.label("persistentvolumeclaim") == self.claim
    }

    fn until_full(&self, store: &mut Store<'_>) -> Option<Duration> {
        let parameters = [("namespace", self.label.as_str()), ("claim", &self.claim)];
        let answer = store.range("volume-trend", &parameters);
        let series = answer.series.iter().find(|series| self.holds(series))?;
        trend::until_full(&series.points)
    }

    /// What is wrong with it, if anything is: the code and the fact.
    fn judge(
        &self,
        wishes: &Wishes,
        soon: Option<Duration>,
        inodes: Option<f64>,
    ) -> Option<(&'static str, String)> {
        let name = format!("{}/{}", self.namespace, self.claim);
        let used = words::percent(1.0 - self.free);
        let soon = soon.map(words::duration);
        if self.free < percent(wishes.volume_low) {
            let by = soon.map(|ends| format!(", and is used up in {ends}"));
            let by = by.unwrap_or_default();
            return Some((
                "BSQ-METRIC-002",
                format!("volume {name} is {used} full{by}"),
            ));
        }
        if let Some(free) = inodes.filter(|free| *free < percent(wishes.volume_critical)) {
            let free = words::percent(free);
            let title =
                format!("volume {name} has {free} of its inodes left: no file can be made soon");
            return Some(("BSQ-METRIC-002", title));
        }
        let ends = soon?;
        let title = format!("volume {name} is {used} full and will be used up in {ends}");
        Some(("BSQ-METRIC-003", title))
    }

    /// Say what is wrong with it, if anything is.
    fn tell(
        &self,
        store: &mut Store<'_>,
        report: &mut Report,
        wishes: &Wishes,
        ends: Option<Duration>,
        inodes: Option<f64>,
    ) -> bool {
        let soon = ends.filter(|ends| *ends <= wishes.volume_horizon);
        let Some((code, title)) = self.judge(wishes, soon, inodes) else {
            return false;
        };
        let is_full = code == "BSQ-METRIC-002";
        let pods = if is_full {
            self.pods(store)
        } else {
            Vec::new()
        };
        let claim = ObjectRef::new("v1/PersistentVolumeClaim", &self.claim)
            .in_namespace(&self.namespace)
            .with_read(self.read);
        let finding = report.finding(code, claim, title);
        if self.free < percent(wishes.volume_critical) {
            finding.severity(Severity::High);
        }
        finding.evidence("free space", words::percent(self.free));
        if let Some(free) = inodes {
            finding.evidence("free inodes", words::percent(free));
        }
        if let Some(end) = soon.and_then(|ends| store.now().checked_add(ends).ok()) {
            let end = Timestamp::from_second(end.as_second()).unwrap_or(end);
            finding.evidence("full at", end);
        }
        for pod in pods.iter().take(PODS) {
            finding.evidence("mounted by", pod.name());
            finding.caused_by_finding("BSQ-POD-007", pod);
        }
        finding.look(command::describe(&self.namespace, "pvc", &self.claim));
        finding.advice("enlarge the claim, if its storage class allows it, or make room in it");
        finding.link("/docs/runtime/storage-model");
        true
    }

    /// The pods that mount it: one that says itself that its volume is full is the same fact.
    fn pods(&self, store: &mut Store<'_>) -> Vec<ObjectRef> {
        let mounts = store.instant("volume-pods", &[("claim", &self.claim)]);
        let own_ones = mounts
            .series
            .iter()
            .filter(|series| own(series, "namespace") == self.namespace);
        own_ones
            .map(|series| own(series, "pod"))
            .filter(|pod| !pod.is_empty())
            .map(|pod| ObjectRef::new("v1/Pod", pod).in_namespace(&self.namespace))
            .collect()
    }
}

fn percent(number: u32) -> f64 {
    f64::from(number) / 100.0
}
