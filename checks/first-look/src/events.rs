//! What was warned of in the window, the latest first: one line for each reason and object.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bsq_platform::event::{self, Counted};
use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "v1/Event")]
struct Event {
    r#type: String,
    reason: String,
    message: String,
    count: i64,
    first_timestamp: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
    series: Option<Counted>,
    involved_object: Involved,
}

#[derive(Object)]
struct Involved {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    uid: String,
}

impl Event {
    /// The latest of what the two event styles write.
    fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }

    fn first_seen(&self) -> Option<Timestamp> {
        event::first_seen(self.first_timestamp, self.event_time)
    }

    fn times(&self) -> i64 {
        let series = self.series.as_ref().map_or(0, |series| series.count);
        series.max(self.count).max(1)
    }
}

/// Warnings of one reason about one object.
struct Group<'a> {
    latest: &'a Item<Event>,
    last_seen: Timestamp,
    first_seen: Option<Timestamp>,
    times: i64,
}

/// Report the latest warnings; says how many events of the window warn.
pub(crate) fn look(cx: &Context, report: &mut Report, tolerance: &Tolerance) -> usize {
    let events = cx.list::<Event>().or_empty();
    let mut warnings = 0;
    let mut groups: BTreeMap<(&str, &str, &str, &str), Group<'_>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.r#type == "Warning") {
        let Some(last_seen) = event.last_seen().filter(|time| cx.window().holds(*time)) else {
            continue;
        };
        warnings += 1;
        let object = &event.involved_object;
        let key = (
            event.reason.as_str(),
            object.kind.as_str(),
            object.namespace.as_str(),
            object.name.as_str(),
        );
        let group = Group {
            latest: event,
            last_seen,
            first_seen: event.first_seen(),
            times: event.times(),
        };
        groups
            .entry(key)
            .and_modify(|known| known.add(&group))
            .or_insert(group);
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    groups.sort_by_key(|group| Reverse(group.last_seen));
    report.attribute("warning-groups", groups.len());
    for group in groups.iter().take(tolerance.settings.events) {
        group.write(report);
    }
    warnings
}

impl<'a> Group<'a> {
    fn add(&mut self, other: &Self)
    where
        Self: 'a,
    {
        if other.last_seen > self.last_seen {
            (self.latest, self.last_seen) = (other.latest, other.last_seen);
        }
        self.first_seen = [self.first_seen, other.first_seen]
            .into_iter()
            .flatten()
            .min();
        self.times += other.times;
    }

    fn write(&self, report: &mut Report) {
        let Event {
            reason,
            message,
            involved_object: object,
            ..
        } = &**self.latest;
        let place = [object.namespace.as_str(), object.name.as_str()];
        let place = place
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/");
        let times = if self.times > 1 {
            format!(" ({} times)", self.times)
        } else {
            String::new()
        };
        let title = format!("{reason} on {} {place}{times}", object.kind);
        let version = if object.api_version.is_empty() {
            "v1"
        } else {
            &object.api_version
        };
        let subject = ObjectRef::new(&format!("{version}/{}", object.kind), &object.name)
            .in_namespace(&object.namespace)
            .with_uid(&object.uid)
            .with_read(self.latest.read());
        let finding = report.finding("BSQ-LOOK-005", subject, title);
        finding
            .since(self.first_seen)
            .evidence("message", message.trim());
        finding
            .evidence("last seen", self.last_seen)
            .attribute("count", self.times)
            .attribute("reason", reason);
    }
}
