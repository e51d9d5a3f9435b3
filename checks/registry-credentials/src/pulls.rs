//! What became of pulls: those that fail now, and those that came through in the window.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::image::registry;
use bsq_platform::time::is_older;
use bsq_sdk::prelude::*;

use crate::objects::{Event, Pod};
use crate::reason::Reason;

/// The site's word on what is normal.
#[derive(Settings)]
pub(crate) struct Tolerance {
    pub(crate) starting_after: Duration,
    pub(crate) quota_percent: u32,
}

impl Tolerance {
    /// Whether something has lasted longer than it may. What has no known beginning has.
    pub(crate) fn is_over(&self, now: Timestamp, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| is_older(now, since, self.starting_after))
    }
}

/// One image that a pod cannot get.
pub(crate) struct Failure<'a> {
    pub(crate) pod: &'a Item<Pod>,
    pub(crate) image: &'a str,
    pub(crate) registry: &'a str,
    pub(crate) reason: Reason,
    pub(crate) message: &'a str,
    /// The read that the message comes from.
    pub(crate) read: u32,
    pub(crate) since: Option<Timestamp>,
}

impl<'a> Failure<'a> {
    /// Every container that waits for its image. One that was refused a moment ago may have its image in another.
    pub(crate) fn all(
        cx: &Context,
        tolerance: &Tolerance,
        pods: &'a [Item<Pod>],
        events: &'a [Item<Event>],
    ) -> Vec<Self> {
        let mut refused: BTreeMap<(&str, &str), Vec<&'a Item<Event>>> = BTreeMap::new();
        let said = events
            .iter()
            .filter(|event| event.reason == "Failed" && event.message.contains("pull"));
        for event in said {
            let object = &event.involved_object;
            refused
                .entry((&object.namespace, &object.name))
                .or_default()
                .push(event);
        }
        let alive = pods
            .iter()
            .filter(|pod| !pod.is_over() && pod.deleted().is_none());
        let failures = alive.flat_map(|pod| {
            let is_young = !tolerance.is_over(cx.now(), pod.created());
            let events = refused.get(&(pod.namespace(), pod.name()));
            let waiting = pod
                .statuses()
                .filter_map(|status| Some((status, status.state.waiting.as_ref()?)));
            waiting
                .filter(move |(_, waiting)| match waiting.reason.as_str() {
                    "ErrImagePull" => !is_young,
                    reason => matches!(reason, "ImagePullBackOff" | "RegistryUnavailable"),
                })
                .map(move |(status, waiting)| {
                    let about = events
                        .into_iter()
                        .flatten()
                        .filter(|event| event.is_about(pod, &status.name));
                    let event = about.max_by_key(|event| event.last_seen());
                    Self::of(pod, &status.image, &waiting.message, event.copied())
                })
        });
        failures.collect()
    }

    fn of(
        pod: &'a Item<Pod>,
        image: &'a str,
        waiting: &'a str,
        event: Option<&'a Item<Event>>,
    ) -> Self {
        let told = event.map_or("", |event| event.message.as_str());
        let reason = match Reason::of(told, image) {
            Reason::Other => Reason::of(waiting, image),
            reason => reason,
        };
        // The event says why; the container's status often only that it backs off.
        let (message, read) = match event {
            Some(event) if !told.is_empty() => (told, event.read()),
            _ => (waiting, pod.read()),
        };
        let since = event.and_then(|event| event.first_seen()).or(pod.created());
        Self {
            pod,
            image,
            registry: registry(image),
            reason,
            message: message.trim(),
            read,
            since,
        }
    }
}

/// Images that were pulled in the window, by registry.
pub(crate) fn succeeded<'a>(cx: &Context, events: &'a [Item<Event>]) -> BTreeMap<&'a str, usize> {
    let mut pulled = BTreeMap::new();
    let window = cx.window();
    let is_pull = |event: &&Item<Event>| {
        event.reason == "Pulled" && event.last_seen().is_some_and(|time| window.holds(time))
    };
    for event in events.iter().filter(is_pull) {
        // `Container image "…" already present on machine` is no pull.
        let image = event
            .message
            .strip_prefix("Successfully pulled image \"")
            .and_then(|rest| rest.split('"').next());
        if let Some(image) = image {
            *pulled.entry(registry(image)).or_default() += 1;
        }
    }
    pulled
}
