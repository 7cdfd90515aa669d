//! What waits to be written to one connection: finished frames in order, bounded in messages and bytes.
//!
//! Anyone may push, only the owner task takes. A frame of this connection alone is copied after the others
//! into one buffer; a frame that many connections share is one reference-counted slice. What was taken still
//! counts until it is written, so that a stalled reader is noticed.

use std::{
    collections::VecDeque,
    ops::{AddAssign, SubAssign},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use bytes::Bytes;

use super::buffers;
use crate::{
    config::{OutboxLimits, Overflow},
    error::EmitError,
    proto::frame,
};

/// The outbox of one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// The owner sleeps and wants to know of the next push. Raised under the lock, when the queue was seen empty.
    armed: AtomicBool,
    /// A message was refused, and the policy is to end slow connections.
    overflowed: AtomicBool,
    /// The owner task, from its first poll on. It never moves.
    owner: OnceLock<Waker>,
}

/// A finished frame on its way in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame<'a> {
    /// For this connection only.
    Own(&'a [u8]),
    /// For many.
    Shared(&'a Bytes),
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The connection has ended.
    Closed,
    /// The outbox is full.
    Full,
}

/// Everything that waits: `own` was pushed first, then `shared`, then `rest`.
#[derive(Debug, Default)]
struct Queue {
    own: Vec<u8>,
    /// Frames before this byte of `own` were given up. Invariant: a frame boundary, `own_at <= own.len()`.
    own_at: usize,
    /// The usual case of a broadcast: exactly one shared frame, without an allocation.
    /// Invariant: `rest` is empty while this is `None`.
    shared: Option<Bytes>,
    rest: VecDeque<Bytes>,
    /// Messages in this queue.
    waiting: u32,
    /// What is not written yet: what is in this queue, and what the owner took.
    unwritten: Amount,
    /// The socket did not take everything when the owner wrote last.
    blocked: bool,
    closed: bool,
    /// What the limits do not count, until it is written: what a client has missed is as much as the recovery's
    /// limits allow.
    exempt: Amount,
    /// Messages given up by the policies that drop.
    dropped: u64,
    /// Tasks that wait for room.
    wanting: Vec<Waker>,
}

/// Messages, and the bytes of their frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amount {
    pub(crate) messages: u32,
    pub(crate) bytes: usize,
}

impl Amount {
    fn one(bytes: usize) -> Self {
        Self { messages: 1, bytes }
    }

    /// What is left of it without `other`, which may be more.
    fn without(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        self.messages -= other.messages;
        self.bytes -= other.bytes;
    }
}

/// What the owner takes at once: `own[own_at..]` first, then `shared`, then `rest`.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) own: Vec<u8>,
    pub(crate) own_at: usize,
    pub(crate) shared: Option<Bytes>,
    pub(crate) rest: VecDeque<Bytes>,
    pub(crate) messages: u32,
}

impl Frame<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
        }
    }
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
            self.overflowed.store(true, Ordering::Relaxed);
            self.wake();
        }
        pushed
    }

    /// Applies the policy to a frame that was refused before it reached this queue: emitted before its
    /// socket was accepted, after as many as may wait.
    pub(crate) fn refuse(&self, limits: &OutboxLimits) {
        if limits.overflow == Overflow::Disconnect {
            self.overflowed.store(true, Ordering::Relaxed);
            self.wake();
        } else {
            self.lock().dropped += 1;
        }
    }

    /// Appends a frame that the limits do not refuse: the protocol's own, of which there are few.
    pub(crate) fn push_control(&self, frame: Frame<'_>) {
        self.change(|queue| {
            if !queue.closed {
                queue.append(frame);
            }
        });
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
    pub(crate) fn push_missed(&self, frames: Vec<Bytes>) {
        if frames.is_empty() {
            return;
        }
        self.change(|queue| {
            if queue.closed {
                return;
            }
            for frame in &frames {
                queue.exempt += Amount::one(frame.len());
                queue.append(Frame::Shared(frame));
            }
        });
    }

    /// Is the client known not to take more at the moment?
    pub(crate) fn is_blocked(&self) -> bool {
        self.lock().blocked
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
        if !queue.wanting.iter().any(|known| known.will_wake(waker)) {
            queue.wanting.push(waker.clone());
        }
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
        let taken = Taken {
            own: std::mem::take(&mut queue.own),
            own_at: std::mem::take(&mut queue.own_at),
            shared: queue.shared.take(),
            rest: std::mem::take(&mut queue.rest),
            messages: std::mem::take(&mut queue.waiting),
        };
        drop(queue);
        wanting.into_iter().for_each(Waker::wake);
        Some(taken)
    }

    /// For the owner: the peer does not take more than what is `written`. Pushes wake nobody then: a blocked owner
    /// waits for the socket.
    pub(crate) fn set_blocked(&self, written: Amount, limits: &OutboxLimits) {
        let mut queue = self.lock();
        let wanting = queue.written(written);
        queue.blocked = true;
        if limits.overflow == Overflow::Disconnect && queue.is_over(limits) {
            self.overflowed.store(true, Ordering::Relaxed);
        }
        drop(queue);
        wanting.into_iter().for_each(Waker::wake);
    }

    /// For the owner: the peer takes more again.
    pub(crate) fn set_unblocked(&self) {
        self.lock().blocked = false;
    }

    /// Is the connection to be ended, because its peer reads too slowly?
    pub(crate) fn is_overflowed(&self) -> bool {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// Nothing can be pushed any more; what waits stays, to be written or dropped with the outbox.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let wanting = std::mem::take(&mut queue.wanting);
        drop(queue);
        for task in wanting {
            task.wake();
        }
    }

    /// Gives back what waits, because nobody will write it. Returns how many messages that were.
    pub(crate) fn clear(&self) -> u32 {
        let mut queue = self.lock();
        let messages = queue.unwritten.messages;
        let given_up = queue.dropped;
        let lost =
            std::mem::replace(&mut *queue, Queue { closed: true, dropped: given_up, ..Queue::default() });
        drop(queue);
        for task in lost.wanting {
            task.wake();
        }
        messages
    }

    /// Gives up what waits and was not taken.
    pub(crate) fn discard(&self) {
        let mut queue = self.lock();
        let waiting = std::mem::take(&mut queue.waiting);
        queue.dropped += u64::from(waiting);
        let own = std::mem::take(&mut queue.own).split_off(std::mem::take(&mut queue.own_at));
        let shared = queue.shared.take();
        let rest = std::mem::take(&mut queue.rest);
        let bytes = own.len() + shared.iter().chain(&rest).map(Bytes::len).sum::<usize>();
        queue.unwritten -= Amount { messages: waiting, bytes };
    }

    /// How many messages the policy has given up so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
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

impl Queue {
    fn push(&mut self, frame: Frame<'_>, limits: &OutboxLimits) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        // Over the limit, flushing comes before the policy: only a socket that is known not to take more, or
        // four times the limit, is a reason to refuse. A single message of any size may go alone.
        let len = frame.len();
        if self.unwritten.messages > 0
            && (self.exceeds(len, limits, HARD) || self.blocked && self.exceeds(len, limits, 1))
        {
            match limits.overflow {
                Overflow::Disconnect => return Err(Refused::Full),
                Overflow::DropNewest => {
                    self.dropped += 1;
                    return Err(Refused::Full);
                }
                Overflow::DropOldest => {
                    while self.exceeds(len, limits, 1) && self.drop_oldest() {
                        self.dropped += 1;
                    }
                }
            }
        }
        self.append(frame);
        Ok(())
    }

    /// This much is written; returns who waits for room.
    fn written(&mut self, written: Amount) -> Vec<Waker> {
        self.unwritten = self.unwritten.without(written);
        // what is exempt comes before everything that is counted
        self.exempt = self.exempt.without(written);
        if written.bytes > 0 { std::mem::take(&mut self.wanting) } else { vec![] }
    }

    fn exceeds(&self, len: usize, limits: &OutboxLimits, times: usize) -> bool {
        let Amount { messages, bytes } = self.counted();
        messages as usize >= limits.messages as usize * times || bytes + len > limits.bytes * times
    }

    fn is_over(&self, limits: &OutboxLimits) -> bool {
        let Amount { messages, bytes } = self.counted();
        messages > limits.messages || messages > 1 && bytes > limits.bytes
    }

    fn counted(&self) -> Amount {
        self.unwritten.without(self.exempt)
    }

    fn append(&mut self, frame: Frame<'_>) {
        self.waiting += 1;
        self.unwritten += Amount::one(frame.len());
        match (frame, &self.shared) {
            (Frame::Own(bytes), None) => {
                if self.own.capacity() == 0 {
                    self.own = buffers::take();
                }
                self.own.extend_from_slice(bytes);
            }
            (Frame::Shared(bytes), None) => self.shared = Some(bytes.clone()),
            (Frame::Own(bytes), Some(_)) => self.rest.push_back(Bytes::copy_from_slice(bytes)),
            (Frame::Shared(bytes), Some(_)) => self.rest.push_back(bytes.clone()),
        }
    }

    /// Gives up the oldest message of the queue: not one that the owner took, which may be half written.
    fn drop_oldest(&mut self) -> bool {
        let len = match frame::first_len(&self.own[self.own_at..]) {
            Some(len) => {
                self.own_at += len;
                if self.own_at == self.own.len() {
                    self.own.clear();
                    self.own_at = 0;
                } else if self.own_at > self.own.len() / 2 {
                    self.own.drain(..self.own_at);
                    self.own_at = 0;
                }
                len
            }
            None => match self.shared.take() {
                Some(frame) => {
                    self.shared = self.rest.pop_front();
                    frame.len()
                }
                None => return false,
            },
        };
        self.waiting -= 1;
        self.unwritten -= Amount::one(len);
        true
    }
}

/// A socket that was never seen blocked may have this many times the limit waiting.
const HARD: usize = 4;

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
