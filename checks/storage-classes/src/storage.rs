//! Everything that was read, indexed: classes by name, pods by the claim that they mount, events by their object.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bsq_sdk::prelude::*;

use crate::objects::{Claim, Event, Pod, StorageClass};

type Place = (String, String);

/// The site's word on what is normal.
#[derive(Settings)]
pub(crate) struct Tolerance {
    pub(crate) pending_after: Duration,
    pub(crate) rwo_class: String,
    pub(crate) rwx_class: String,
}

pub(crate) struct Storage {
    /// `None` where they could not be read: nothing is said then of a class that is not there.
    pub(crate) classes: Option<Vec<Item<StorageClass>>>,
    pub(crate) claims: Vec<Item<Claim>>,
    /// Those that have not ended and that a claim is made for or mounted by.
    pub(crate) pods: Vec<Item<Pod>>,
    pub(crate) tolerance: Tolerance,
    pub(crate) now: Timestamp,
    users: BTreeMap<Place, Vec<usize>>,
    events: BTreeMap<(String, Place), Vec<Item<Event>>>,
}

impl Storage {
    /// # Errors
    ///
    /// Claims cannot be listed; the rest only makes findings say less.
    pub(crate) fn read(cx: &Context) -> Result<Self> {
        let tolerance = cx.settings()?;
        let claims = cx.list::<Claim>()?;
        // Pods that no volume of any claim is made for are most of them.
        let owners: BTreeSet<Place> = claims.iter().filter_map(made_for).collect();
        let is_user = |pod: &Item<Pod>| {
            let place = (pod.namespace().to_owned(), pod.name().to_owned());
            !pod.is_over() && (pod.claims().next().is_some() || owners.contains(&place))
        };
        let pods = cx.list_where::<Pod>(is_user).or_empty();
        let mut users: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (index, pod) in pods.iter().enumerate() {
            for claim in pod.claims() {
                let place = (pod.namespace().to_owned(), claim.to_owned());
                users.entry(place).or_default().push(index);
            }
        }
        let mut events: BTreeMap<_, Vec<Item<Event>>> = BTreeMap::new();
        for event in cx.list::<Event>().or_empty() {
            let object = &event.involved_object;
            let place = (object.namespace.clone(), object.name.clone());
            events
                .entry((object.kind.clone(), place))
                .or_default()
                .push(event);
        }
        for events in events.values_mut() {
            events.sort_by_key(|event| std::cmp::Reverse(event.last_seen()));
        }
        Ok(Self {
            classes: cx.list::<StorageClass>().ok(),
            claims,
            pods,
            tolerance,
            now: cx.now(),
            users,
            events,
        })
    }

    /// The class of this name; nothing also where classes could not be read.
    pub(crate) fn class(&self, name: &str) -> Option<&Item<StorageClass>> {
        self.classes
            .iter()
            .flatten()
            .find(|class| class.name() == name)
    }

    /// Whether it is known that there is no class of this name.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.classes.is_some() && self.class(name).is_none()
    }

    pub(crate) fn defaults(&self) -> impl Iterator<Item = &Item<StorageClass>> {
        self.classes
            .iter()
            .flatten()
            .filter(|class| class.is_default())
    }

    /// Pods that mount a claim and have not ended; also the pod that an ephemeral claim was made for.
    pub(crate) fn users(&self, claim: &Item<Claim>) -> Vec<&Item<Pod>> {
        let place = (claim.namespace().to_owned(), claim.name().to_owned());
        let mounted = self.users.get(&place).into_iter().flatten();
        let mounted = mounted.filter_map(|index| self.pods.get(*index));
        let owner = made_for(claim).and_then(|(namespace, name)| {
            let is_it = |pod: &&Item<Pod>| pod.namespace() == namespace && pod.name() == name;
            self.pods.iter().find(is_it)
        });
        mounted.chain(owner).collect()
    }

    /// Pods that cannot start before the claim is bound; those that are being deleted do not wait.
    pub(crate) fn waiting(&self, claim: &Item<Claim>) -> Vec<&Item<Pod>> {
        let mut users = self.users(claim);
        users.retain(|pod| pod.status.phase == "Pending" && pod.deleted().is_none());
        users
    }

    /// Events of an object, newest first, and not of an earlier one of its name.
    pub(crate) fn events<'a, T>(
        &'a self,
        kind: &str,
        item: &'a Item<T>,
    ) -> impl Iterator<Item = &'a Item<Event>> {
        let place = (item.namespace().to_owned(), item.name().to_owned());
        let events = self
            .events
            .get(&(kind.to_owned(), place))
            .into_iter()
            .flatten();
        events.filter(move |event| {
            let uid = &event.involved_object.uid;
            uid.is_empty() || item.uid().is_empty() || uid == item.uid()
        })
    }

    /// Whether something has lasted longer than it may. What has no known beginning has.
    pub(crate) fn is_over_due(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| self.now.duration_since(since) > self.allowed())
    }

    fn allowed(&self) -> SignedDuration {
        SignedDuration::try_from(self.tolerance.pending_after).unwrap_or(SignedDuration::MAX)
    }
}

/// The pod that an ephemeral claim was made for.
fn made_for(claim: &Item<Claim>) -> Option<Place> {
    let owner = claim.owner().filter(|owner| owner.kind == "Pod")?;
    Some((claim.namespace().to_owned(), owner.name.clone()))
}
