//! What waits to be written to one connection: finished frames in order, bounded in messages and bytes.
//!
//! Anyone may push, only the owner task takes. A frame of this connection alone is copied after the others
//! into one buffer; a frame that many connections share is one reference-counted slice. What was taken still
//! counts until it is written, so that a stalled reader is noticed.

mod queue;

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use bytes::Bytes;
use tokio::time::Instant;

use self::queue::Queue;
pub(crate) use self::queue::{Amount, Frame, Refused, Taken};
use crate::{
    config::{OutboxLimits, Overflow},
    error::EmitError,
};

/// The outbox of one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// The owner sleeps and wants to know of the next push. Raised under the lock, when the queue was seen empty.
    armed: AtomicBool,
    /// A message was refused, and the connection is to end for it.
    overflowed: AtomicBool,
    /// The owner task, from its first poll on. It never moves.
    owner: OnceLock<Waker>,
}

/// A client that takes nothing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stall {
    pub(crate) since: Instant,
    /// More waits than the limits say.
    pub(crate) is_over: bool,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            queue: Mutex::default(),
            armed: AtomicBool::new(false),
            overflowed: AtomicBool::new(false),
            owner: OnceLock::new(),
        }
    }

    /// Appends a frame, or applies the policy. Never blocks; wakes the owner if it sleeps.
    pub(crate) fn push(&self, frame: Frame<'_>, limits: &OutboxLimits) -> Result<(), Refused> {
        let pushed = self.change(|queue| queue.push(frame, limits));
        if pushed == Err(Refused::Full) && limits.overflow == Overflow::Disconnect {
            self.overflow();
        }
        pushed
    }

    /// Reserves memory for a message that is held until its socket is accepted, or applies the policy.
    pub(crate) fn hold(&self, len: usize, limits: &OutboxLimits) -> Result<(), Refused> {
        let held = self.lock().hold(len, limits);
        if held.is_err() {
            match limits.overflow {
                Overflow::Disconnect => self.overflow(),
                Overflow::DropNewest => self.lock().count_dropped(1),
                // the caller gives up an older one
                Overflow::DropOldest => {}
            }
        }
        held
    }

    /// Gives back what was reserved for messages that are not held any more.
    pub(crate) fn unhold(&self, held: Amount, dropped: u64) {
        let mut queue = self.lock();
        queue.unhold(held);
        queue.count_dropped(dropped);
    }

    /// Appends a frame of the protocol. The policies do not give it up; what its peer caused counts like everything else,
    /// so the connection ends if there is too much of it.
    pub(crate) fn push_control(&self, frame: Frame<'_>, limits: &OutboxLimits) {
        if self.change(|queue| queue.push_control(frame, limits)) == Err(Refused::Full) {
            self.overflow();
        }
    }

    /// Appends a close frame. In the same moment the outbox closes: nothing may follow it.
    pub(crate) fn push_last(&self, frame: Frame<'_>) {
        self.change(|queue| {
            if !queue.closed {
                queue.append(frame);
                queue.closed = true;
            }
        });
        self.close();
    }

    /// Appends what a client has missed while it was away. The limits do not count it.
    pub(crate) fn push_missed(&self, frames: &[Bytes], limits: &OutboxLimits) {
        self.push_exempt(frames, true, limits);
    }

    /// Appends what was held while its socket was connecting. The limits do not count it, the ceiling does.
    pub(crate) fn push_held(&self, frames: &[Bytes], limits: &OutboxLimits) {
        self.push_exempt(frames, false, limits);
    }

    fn push_exempt(&self, frames: &[Bytes], is_missed: bool, limits: &OutboxLimits) {
        if frames.is_empty() {
            return;
        }
        self.change(|queue| {
            if !queue.closed {
                queue.push_exempt(frames, is_missed, limits);
            }
        });
    }

    /// Can the client not take more at the moment?
    pub(crate) fn is_blocked(&self) -> bool {
        self.lock().blocked.is_some()
    }

    /// Since when the client takes nothing, if it does not.
    pub(crate) fn stall(&self, limits: &OutboxLimits) -> Option<Stall> {
        let queue = self.lock();
        queue.blocked.map(|since| Stall { since, is_over: queue.is_over(limits) })
    }

    /// Bytes that are not written yet.
    pub(crate) fn unwritten(&self) -> usize {
        self.lock().unwritten.bytes
    }

    /// Does something wait that was not taken?
    pub(crate) fn has_waiting(&self) -> bool {
        self.lock().waiting > 0
    }

    /// Is there room for another message within the limits? If not, `waker` is woken to ask again.
    pub(crate) fn poll_room(&self, limits: &OutboxLimits, waker: &Waker) -> Poll<Result<(), Refused>> {
        let mut queue = self.lock();
        if queue.closed {
            return Poll::Ready(Err(Refused::Closed));
        }
        if queue.unwritten.messages < limits.messages && queue.unwritten.bytes < limits.bytes {
            return Poll::Ready(Ok(()));
        }
        queue.want_room(waker);
        Poll::Pending
    }

    /// Wakes the owner task.
    pub(crate) fn wake(&self) {
        if let Some(owner) = self.owner.get() {
            owner.wake_by_ref();
        }
    }

    /// For the owner: takes note of its waker. From here until it finds the queue empty, it looks by itself
    /// and pushes wake nobody.
    pub(crate) fn begin_turn(&self, waker: &Waker) {
        if self.owner.get().is_none() {
            let _ = self.owner.set(waker.clone());
        }
        // a push that has just seen it raised wakes us once more: that is all
        self.armed.store(false, Ordering::Relaxed);
    }

    /// For the owner: this much of what it took is `written`; takes everything that waits, or arms the wake-up if
    /// there is nothing.
    pub(crate) fn take(&self, written: Amount) -> Option<Taken> {
        let mut queue = self.lock();
        let wanting = queue.written(written);
        if queue.waiting == 0 {
            self.armed.store(true, Ordering::Relaxed);
            drop(queue);
            wanting.into_iter().for_each(Waker::wake);
            return None;
        }
        let taken = queue.take();
        drop(queue);
        wanting.into_iter().for_each(Waker::wake);
        Some(taken)
    }

    /// For the owner: the peer does not take more than what is `written`. Pushes wake nobody then: a blocked owner
    /// waits for the socket.
    pub(crate) fn set_blocked(&self, written: Amount) {
        let mut queue = self.lock();
        let wanting = queue.written(written);
        queue.fetches = false;
        if written.bytes > 0 || queue.blocked.is_none() {
            queue.blocked = Some(Instant::now());
        }
        drop(queue);
        wanting.into_iter().for_each(Waker::wake);
    }

    /// For the owner: the client has no GET that waits. `answered`: because one was answered just now.
    pub(crate) fn set_between_fetches(&self, answered: bool) {
        let mut queue = self.lock();
        queue.fetches = true;
        if answered || queue.blocked.is_none() {
            queue.blocked = Some(Instant::now());
        }
    }

    /// The client has taken a part of an answer.
    pub(crate) fn note_progress(&self) {
        if let Some(since) = &mut self.lock().blocked {
            *since = Instant::now();
        }
    }

    /// An answer to a GET is written, or never will be.
    pub(crate) fn fetched(&self, amount: Amount) {
        let mut queue = self.lock();
        let wanting = queue.written(amount);
        if let Some(since) = &mut queue.blocked {
            *since = Instant::now();
        }
        drop(queue);
        wanting.into_iter().for_each(Waker::wake);
    }

    /// For the owner: the peer takes more again.
    pub(crate) fn set_unblocked(&self) {
        self.lock().blocked = None;
    }

    /// Is the connection to be ended, because its peer reads too slowly?
    pub(crate) fn is_overflowed(&self) -> bool {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// Nothing can be pushed any more; what waits stays, to be written or dropped with the outbox.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let wanting = queue.take_wanting();
        drop(queue);
        for task in wanting {
            task.wake();
        }
    }

    /// Gives back what waits, because nobody will write it. Returns how many messages that were.
    pub(crate) fn clear(&self) -> u32 {
        let mut queue = self.lock();
        let messages = queue.unwritten.messages;
        let given_up = queue.dropped();
        let mut lost = std::mem::take(&mut *queue);
        queue.closed = true;
        queue.count_dropped(given_up);
        drop(queue);
        lost.take_wanting().into_iter().for_each(Waker::wake);
        messages
    }

    /// Gives up what waits and was not taken.
    pub(crate) fn discard(&self) {
        let mut queue = self.lock();
        let taken = queue.take();
        queue.unwritten -= taken.amount();
        queue.count_dropped(u64::from(taken.messages));
    }

    /// How many messages the policy has given up so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped()
    }

    fn overflow(&self) {
        self.overflowed.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn change<R>(&self, change: impl FnOnce(&mut Queue) -> R) -> R {
        let mut queue = self.lock();
        let result = change(&mut queue);
        let wake = self.armed.load(Ordering::Relaxed) && self.armed.swap(false, Ordering::Relaxed);
        drop(queue);
        if wake {
            self.wake();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // nothing that can panic runs under this lock
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Refused> for EmitError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Closed => Self::Closed,
            Refused::Full => Self::Full,
        }
    }
}

/// Where finished frames go, and how much may wait there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out<'a> {
    pub(crate) outbox: &'a Outbox,
    pub(crate) limits: &'a OutboxLimits,
}

impl Out<'_> {
    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), Refused> {
        self.outbox.push(frame, self.limits)
    }
}

#[cfg(test)]
mod tests;
