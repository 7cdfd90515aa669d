//! The account of a connection: everything that its peer has caused to exist in this process is counted here.
//!
//! What waits is charged when it begins to wait, by making a [`Charge`](super::Charge), and is given back when that is
//! dropped: nothing can wait without one, and nothing can be forgotten. So the sum is known at every moment without looking
//! at what it consists of, and reading pauses when it is too much.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What the peer of one connection has caused to exist.
#[derive(Debug, Default)]
pub(crate) struct Account {
    things: AtomicUsize,
    bytes: AtomicUsize,
    /// Answers of the peer that the program waits for.
    awaited: AtomicUsize,
    /// Nothing is read until something is given back.
    is_paused: AtomicBool,
}

/// May more be read?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    /// Not unless the program awaits an answer of this peer: without reading on, it could never come.
    WhileAwaiting,
    None,
}

impl Account {
    /// What may be read is `things`, with `bytes`; while an answer is awaited, [`WHILE_AWAITING`] times as much.
    pub(crate) fn room(&self, things: usize, bytes: usize) -> Room {
        // paired with `give_back`, which looks after giving back whether anybody waits for that
        let (held, held_bytes) = (self.things.load(Ordering::SeqCst), self.bytes.load(Ordering::SeqCst));
        if held < things && held_bytes < bytes {
            Room::Enough
        } else if held < things * WHILE_AWAITING && held_bytes < bytes * WHILE_AWAITING {
            Room::WhileAwaiting
        } else {
            Room::None
        }
    }

    /// Does the program await an answer of this peer?
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Relaxed) > 0
    }

    /// For the owner task: it pauses, and is woken when something is given back. It is to look once more after this.
    pub(crate) fn pause(&self) {
        self.is_paused.store(true, Ordering::SeqCst);
    }

    /// For the owner task: it looks by itself.
    pub(crate) fn resume(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
    }

    pub(super) fn charge(&self, bytes: usize) {
        self.things.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives one thing back. `true`: the owner task is to be woken, which waits for that.
    pub(super) fn give_back(&self, bytes: usize) -> bool {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.things.fetch_sub(1, Ordering::SeqCst);
        self.is_paused.load(Ordering::SeqCst) && self.is_paused.swap(false, Ordering::SeqCst)
    }

    pub(super) fn count_awaited(&self) {
        self.awaited.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn discount_awaited(&self) {
        self.awaited.fetch_sub(1, Ordering::Relaxed);
    }

    /// Things and bytes that are charged.
    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.things.load(Ordering::SeqCst), self.bytes.load(Ordering::SeqCst))
    }
}

/// While a handler awaits an acknowledgement, this many times the account may wait for it.
const WHILE_AWAITING: usize = 8;
