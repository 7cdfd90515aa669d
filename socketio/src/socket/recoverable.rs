//! What a socket has that its client can recover.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Pid;

/// With recovery only.
#[derive(Debug)]
pub(super) struct Recoverable {
    /// How the client proves that it is the same one.
    pub(super) pid: Pid,
    /// The last entries of the log before it was accepted, and that were sent to it.
    anchor: AtomicU64,
    sent: AtomicU64,
    /// In a cluster with a history: what is stored of it there is not as it is.
    unsaved: AtomicBool,
}

impl Recoverable {
    pub(super) fn new(pid: Pid, anchor: u64, sent: u64) -> Self {
        Self { pid, anchor: anchor.into(), sent: sent.into(), unsaved: true.into() }
    }

    pub(super) fn set_anchor(&self, number: u64) {
        self.anchor.store(number, Ordering::Relaxed);
        self.set_sent(number);
    }

    pub(super) fn set_sent(&self, number: u64) {
        self.sent.store(number, Ordering::Relaxed);
    }

    pub(super) fn set_unsaved(&self) {
        self.unsaved.store(true, Ordering::Relaxed);
    }

    /// Is it to be stored again? It is not afterwards.
    pub(super) fn take_unsaved(&self) -> bool {
        self.unsaved.swap(false, Ordering::Relaxed)
    }

    pub(super) fn anchor_and_sent(&self) -> (u64, u64) {
        (self.anchor.load(Ordering::Relaxed), self.sent.load(Ordering::Relaxed))
    }
}
