//! Places for network connections: how many there are, and how many one address has.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::quality::RandomState;

use crate::peer::Peer;

/// Places for network connections.
#[derive(Debug)]
pub(crate) struct Places {
    total: usize,
    for_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_peer: HashMap<Peer, usize, RandomState>,
}

/// A place for one connection, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    peer: Peer,
}

impl Places {
    pub(crate) fn new(total: usize, for_each: usize) -> Self {
        Self { total, for_each, taken: Mutex::default() }
    }

    /// `None`: all are taken, or as many as this address may have.
    pub(crate) fn take(self: &Arc<Self>, peer: Peer) -> Option<Place> {
        let mut taken = self.taken();
        if taken.total >= self.total {
            return None;
        }
        let own = taken.by_peer.entry(peer).or_default();
        // an address without a place has no entry, unless it may have none
        if *own >= self.for_each {
            return None;
        }
        *own += 1;
        taken.total += 1;
        Some(Place { places: self.clone(), peer })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.total -= 1;
        if let Some(own) = taken.by_peer.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}
