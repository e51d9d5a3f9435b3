//! Single flight: equal work is done once, and whoever asks later gets what came of it.
//!
//! The work runs in a task of its own. A check that times out while it waits loses its wait, not the work that others
//! wait for too.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::Shared;
use tokio::sync::oneshot;

/// What came of shared work, and whether it was under way already.
#[derive(Clone, Debug)]
pub struct Asked<T> {
    pub value: T,
    /// This call started no work of its own.
    pub is_shared: bool,
}

/// Work by key, kept for the run: a failure is remembered as well as a success, so that all checks see the same.
#[derive(Debug)]
pub(super) struct Flights<K, V: Clone> {
    flights: Mutex<BTreeMap<K, Shared<oneshot::Receiver<V>>>>,
}

impl<K: Ord, V: Clone + Send + 'static> Flights<K, V> {
    pub(super) fn new() -> Self {
        Self {
            flights: Mutex::new(BTreeMap::new()),
        }
    }

    /// Wait for the work of a key, starting it where it is not under way. `None` where it ended without a value, which
    /// takes a panic in it.
    pub(super) async fn join<F>(&self, key: K, work: impl FnOnce() -> F) -> Asked<Option<V>>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (flight, is_shared) = self.begin(key, work);
        Asked {
            value: flight.await.ok(),
            is_shared,
        }
    }

    /// Start the work of a key where it is not under way, without waiting for it.
    pub(super) fn begin<F>(
        &self,
        key: K,
        work: impl FnOnce() -> F,
    ) -> (Shared<oneshot::Receiver<V>>, bool)
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.get(&key) {
            Some(flight) => (flight.clone(), true),
            None => {
                let flight = start(work());
                flights.insert(key, flight.clone());
                (flight, false)
            }
        }
    }
}

fn start<V: Clone + Send + 'static>(
    work: impl Future<Output = V> + Send + 'static,
) -> Shared<oneshot::Receiver<V>> {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        // Nobody may be waiting any more; the value still answers who asks later.
        let _ = sender.send(work.await);
    });
    receiver.shared()
}
