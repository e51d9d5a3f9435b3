//! Events by the pod that they are about.

use std::collections::BTreeMap;

use bsq_sdk::prelude::*;

use crate::objects::{Event, Pod};

/// The events of pods, newest first within a pod.
#[derive(Default)]
pub(crate) struct Events {
    by_pod: BTreeMap<(String, String), Vec<Item<Event>>>,
}

impl Events {
    pub(crate) fn new(events: Vec<Item<Event>>) -> Self {
        let mut by_pod: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in events
            .into_iter()
            .filter(|event| event.involved_object.kind == "Pod")
        {
            let pod = (
                event.involved_object.namespace.clone(),
                event.involved_object.name.clone(),
            );
            by_pod.entry(pod).or_default().push(event);
        }
        for events in by_pod.values_mut() {
            events.sort_by_key(|event| std::cmp::Reverse(event.last_seen()));
        }
        Self { by_pod }
    }

    /// The newest event of a pod with one of these reasons.
    pub(crate) fn latest<'a>(
        &'a self,
        pod: &'a Item<Pod>,
        reasons: &[&str],
    ) -> Option<&'a Item<Event>> {
        self.of(pod)
            .find(|event| reasons.contains(&event.reason.as_str()))
    }

    /// The newest event of one container with one of these reasons; an event that names no container is of any.
    pub(crate) fn of_container<'a>(
        &'a self,
        pod: &'a Item<Pod>,
        container: &str,
        reasons: &[&str],
    ) -> Option<&'a Item<Event>> {
        self.of(pod)
            .filter(|event| event.concerned().is_none_or(|known| known == container))
            .find(|event| reasons.contains(&event.reason.as_str()))
    }

    /// The events of this pod, not of an earlier one of the same name.
    pub(crate) fn of<'a>(&'a self, pod: &'a Item<Pod>) -> impl Iterator<Item = &'a Item<Event>> {
        let key = (pod.namespace().to_owned(), pod.name().to_owned());
        let events = self.by_pod.get(&key).into_iter().flatten();
        events.filter(move |event| {
            let uid = &event.involved_object.uid;
            uid.is_empty() || pod.uid().is_empty() || uid == pod.uid()
        })
    }
}
