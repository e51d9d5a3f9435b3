//! Why a claim is not bound: what the class, the binder, the provisioner and the scheduler say of it.

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Claim, Event, StorageClass};
use crate::storage::Storage;

/// The reason, with the class that it lies in where it lies in one.
pub(crate) enum Why<'a> {
    ClassMissing(String),
    NoDefault,
    /// ReadWriteMany of a class that gives disks.
    NotShared {
        class: &'a Item<StorageClass>,
        event: Option<&'a Item<Event>>,
    },
    /// The provisioner has not even begun.
    Silent(&'a Item<StorageClass>, &'a Item<Event>),
    /// It has tried, and says what failed.
    Failed(&'a Item<Event>),
    /// Volumes are made by hand here, and none fits.
    NoVolume(Option<String>),
    Unsaid,
}

/// A claim that should be bound and is not.
pub(crate) struct Pending<'a> {
    pub(crate) claim: &'a Item<Claim>,
    pub(crate) why: Why<'a>,
    pub(crate) since: Option<Timestamp>,
    /// The pods that wait for it.
    pub(crate) waiting: Vec<String>,
}

impl<'a> Pending<'a> {
    /// The claim's trouble; nothing where it is bound, young, or waits for a consumer that is not there or that the
    /// scheduler places nowhere for other reasons.
    pub(crate) fn of(storage: &'a Storage, claim: &'a Item<Claim>) -> Option<Self> {
        if claim.status.phase != "Pending" || claim.deleted().is_some() {
            return None;
        }
        let pods = storage.waiting(claim);
        let why = why(storage, claim, !pods.is_empty())?;
        let first_pod = pods.iter().filter_map(|pod| pod.created()).min();
        // A class that waits for its consumer begins with it.
        let since = claim
            .created()
            .max(first_pod.filter(|_| waits(storage, claim)));
        storage.is_over_due(since).then(|| Self {
            claim,
            why,
            since,
            waiting: pods.iter().map(|pod| full_name(pod)).collect(),
        })
    }
}

fn waits(storage: &Storage, claim: &Item<Claim>) -> bool {
    class_of(storage, claim).is_some_and(|class| class.waits_for_consumer())
}

/// The class that a claim names, or the default for one that names none.
fn class_of<'a>(storage: &'a Storage, claim: &Item<Claim>) -> Option<&'a Item<StorageClass>> {
    match claim.spec.storage_class_name.as_deref() {
        Some(name) => storage.class(name),
        None => storage.defaults().next(),
    }
}

fn why<'a>(storage: &'a Storage, claim: &'a Item<Claim>, is_waited_for: bool) -> Option<Why<'a>> {
    let unplaced = storage_words(storage, claim);
    let named = claim.spec.storage_class_name.as_deref();
    match named {
        // Nothing is made for it, so it may be there for later.
        Some("") => return is_waited_for.then_some(Why::NoVolume(unplaced)),
        Some(name) if storage.lacks(name) => return Some(Why::ClassMissing(name.to_owned())),
        None if storage.classes.is_some() && storage.defaults().next().is_none() => {
            return Some(Why::NoDefault);
        }
        _ => {}
    }
    let events = || storage.events("PersistentVolumeClaim", claim);
    // An event about a class that is there was written before the class was made.
    let is_current = |event: &&Item<Event>| {
        missing_class(&event.message).is_none_or(|name| storage.class(name).is_none())
    };
    let failed = events()
        .filter(is_current)
        .find(|event| event.reason == "ProvisioningFailed");
    if let Some(missing) = failed.and_then(|event| missing_class(&event.message)) {
        return Some(Why::ClassMissing(missing.to_owned()));
    }
    let class = class_of(storage, claim);
    // Where classes could not be read, each may be one that waits.
    if class.is_none_or(|class| class.waits_for_consumer()) {
        let is_placed = !claim.metadata.annotations.selected_node.is_empty();
        if !is_waited_for || !(is_placed || failed.is_some() || unplaced.is_some()) {
            return None;
        }
    }
    let of_disks =
        class.filter(|class| claim.is_shared() && !claim.is_block() && class.gives_disks());
    match (class, failed) {
        (Some(class), Some(event)) if claim.is_shared() && denies_sharing(&event.message) => {
            Some(Why::NotShared {
                class,
                event: Some(event),
            })
        }
        (_, Some(event)) => Some(of_disks.map_or(Why::Failed(event), |class| Why::NotShared {
            class,
            event: Some(event),
        })),
        (Some(class), None) if class.makes_none() => {
            is_waited_for.then_some(Why::NoVolume(unplaced))
        }
        _ => Some(of_disks.map_or_else(
            || silent(events(), class).unwrap_or(Why::Unsaid),
            |class| Why::NotShared { class, event: None },
        )),
    }
}

fn silent<'a>(
    events: impl Iterator<Item = &'a Item<Event>>,
    class: Option<&'a Item<StorageClass>>,
) -> Option<Why<'a>> {
    let mut waits = None;
    for event in events {
        match event.reason.as_str() {
            // The provisioner's own word: it works on it.
            "Provisioning" => return None,
            "ExternalProvisioning" => waits = waits.or(Some(event)),
            _ => {}
        }
    }
    class
        .zip(waits)
        .map(|(class, event)| Why::Silent(class, event))
}

/// What the scheduler says of storage for a pod that waits for the claim; other reasons are not the claim's.
fn storage_words(storage: &Storage, claim: &Item<Claim>) -> Option<String> {
    let is_storage = |message: &&str| {
        message.contains("persistent volumes to bind") || message.contains("enough free storage")
    };
    let waiting = storage.waiting(claim);
    let mut messages = waiting.iter().filter_map(|pod| pod.unscheduled());
    messages.find(is_storage).map(str::to_owned)
}

/// `storageclass.storage.k8s.io "fast" not found`.
fn missing_class(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("storageclass")?;
    let (_, rest) = rest.split_once('"')?;
    let (name, rest) = rest.split_once('"')?;
    rest.contains("not found").then_some(name)
}

/// The words of provisioners for a mode that they do not give; each has its own.
fn denies_sharing(message: &str) -> bool {
    let message = message.to_lowercase();
    let words = [
        "readwritemany",
        "readwriteonce",
        "multi_node_multi_writer",
        "multi node access",
        "access mode",
    ];
    words.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{denies_sharing, missing_class};

    #[test]
    fn a_missing_class_is_named() {
        assert_eq!(
            missing_class("storageclass.storage.k8s.io \"fast\" not found"),
            Some("fast")
        );
        assert_eq!(
            missing_class("rpc error: code = Internal desc = pool not found"),
            None
        );
    }

    #[test]
    fn provisioners_deny_sharing_in_their_own_words() {
        for message in [
            "Only support ReadWriteOnce access mode",
            "multi node access modes are only supported on rbd `block` type volumes",
            "Volume capabilities MULTI_NODE_MULTI_WRITER not supported",
        ] {
            assert!(denies_sharing(message), "{message}");
        }
        assert!(!denies_sharing("rpc error: code = DeadlineExceeded"));
    }
}
