//! The queue of an outbox: what is on its way to one client, what of it counts, and what happens when that is too much.

use std::{
    collections::VecDeque,
    ops::{AddAssign, SubAssign},
    task::Waker,
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    config::{OutboxLimits, Overflow},
    connection::buffers,
    proto::frame,
};

/// A finished frame on its way in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame<'a> {
    /// For this connection only.
    Own(&'a [u8]),
    /// For many.
    Shared(&'a Bytes),
    /// For this connection only, and its header is still to be written.
    Bare { opcode: u8, payload: &'a [u8] },
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The connection has ended.
    Closed,
    /// The outbox is full.
    Full,
}

/// Everything that waits: what is [sealed](Self::seal) was pushed first, then `own`, then `shared`, then `rest`.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) own: Vec<u8>,
    /// Frames before this byte of `own` were given up. Invariant: a frame boundary, `own_at <= own.len()`.
    pub(super) own_at: usize,
    /// The usual case of a broadcast: exactly one shared frame, without an allocation.
    /// Invariant: `rest` is empty while this is `None`.
    pub(super) shared: Option<Bytes>,
    pub(super) rest: VecDeque<Bytes>,
    /// Messages in this queue.
    pub(super) waiting: u32,
    /// What is not written yet: what is in this queue, what the owner took, and what is in answers to GETs.
    pub(super) unwritten: Amount,
    /// Since when the client has taken nothing, although something may wait. `None`: it takes what there is.
    pub(super) blocked: Option<Instant>,
    /// The client fetches: that no GET of it waits does not mean yet that it is slow.
    pub(super) fetches: bool,
    pub(super) closed: bool,
    /// What few connections need.
    rare: Option<Box<Rare>>,
}

#[derive(Debug, Default)]
struct Rare {
    /// What no policy gives up: frames, several in one piece or one in each.
    sealed: VecDeque<Bytes>,
    /// The first so much of what is not written does not count for the limits: what was held while its socket was
    /// connecting, and what a client has missed.
    exempt: Amount,
    /// What a client has missed is bounded by the limits of recovery, not by the ceiling.
    missed: Amount,
    /// Bytes that are held by sockets that are connecting.
    held: usize,
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
    pub(crate) fn one(bytes: usize) -> Self {
        Self { messages: 1, bytes }
    }

    /// What is left of it without `other`, which may be more.
    pub(super) fn without(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// What it costs in memory.
    fn cost(self) -> usize {
        self.bytes.saturating_add(self.messages as usize * PIECE)
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
        *self = self.without(other);
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

impl Taken {
    /// How much it is.
    pub(crate) fn amount(&self) -> Amount {
        let shared = self.shared.iter().chain(&self.rest).map(Bytes::len).sum::<usize>();
        Amount { messages: self.messages, bytes: self.own.len() - self.own_at + shared }
    }
}

impl Frame<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
            Self::Bare { payload, .. } => frame::len(payload.len()),
        }
    }

    /// In memory of its own, or in that of all who share it.
    pub(crate) fn to_bytes(self) -> Bytes {
        match self {
            Self::Own(bytes) => Bytes::copy_from_slice(bytes),
            Self::Shared(bytes) => bytes.clone(),
            Self::Bare { opcode, payload } => {
                let mut bytes = Vec::with_capacity(self.len());
                frame::append(&mut bytes, opcode, payload);
                bytes.into()
            }
        }
    }
}

impl Queue {
    pub(super) fn push(&mut self, frame: Frame<'_>, limits: &OutboxLimits) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let Amount { messages, bytes } = self.unwritten;
        // a single message of any size may go alone
        if messages > 0 && (messages >= limits.messages || bytes + frame.len() > limits.bytes) {
            self.make_room(frame.len(), limits)?;
        }
        self.append(frame);
        Ok(())
    }

    /// Over the limits, what counts is whether the client takes something, and for how long it has not; at the ceiling
    /// nothing counts any more.
    #[cold]
    fn make_room(&mut self, len: usize, limits: &OutboxLimits) -> Result<(), Refused> {
        let is_over = |queue: &Self| {
            let Amount { messages, bytes } = queue.counted();
            messages > 0 && (messages >= limits.messages || bytes + len > limits.bytes)
        };
        let is_beyond = |queue: &Self| queue.is_beyond(len + PIECE, limits);
        match limits.overflow {
            Overflow::Disconnect => {
                let is_stalled = self.stalled_for().is_some_and(|time| time >= limits.stall_timeout);
                if is_beyond(self) || is_stalled && is_over(self) {
                    return Err(Refused::Full);
                }
            }
            Overflow::DropNewest => {
                if is_beyond(self) || is_over(self) && self.is_slow() {
                    self.rare().dropped += 1;
                    return Err(Refused::Full);
                }
            }
            Overflow::DropOldest => {
                let is_slow = self.is_slow();
                while (is_beyond(self) || is_slow && is_over(self)) && self.drop_oldest() {
                    self.rare().dropped += 1;
                }
                if is_beyond(self) {
                    self.rare().dropped += 1;
                    return Err(Refused::Full);
                }
            }
        }
        Ok(())
    }

    /// Appends a frame that no policy gives up. At the ceiling it is refused like any other.
    pub(super) fn push_control(&mut self, frame: Frame<'_>, limits: &OutboxLimits) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        if self.unwritten.messages > 0 && self.is_beyond(frame.len() + PIECE, limits) {
            return Err(Refused::Full);
        }
        self.append(frame);
        self.seal(limits);
        Ok(())
    }

    /// Appends what the limits do not count.
    pub(super) fn push_exempt(&mut self, frames: &[Bytes], is_missed: bool, limits: &OutboxLimits) {
        let mut pushed = Amount::default();
        for frame in frames {
            pushed += Amount::one(frame.len());
            self.append(Frame::Shared(frame));
        }
        self.seal(limits);
        let unwritten = self.unwritten;
        let rare = self.rare();
        rare.exempt = unwritten;
        if is_missed {
            rare.missed += pushed;
        }
    }

    /// What waits now is not given up, where the policy would.
    fn seal(&mut self, limits: &OutboxLimits) {
        if limits.overflow == Overflow::DropOldest {
            let own = std::mem::take(&mut self.own).split_off(std::mem::take(&mut self.own_at));
            let (shared, rest) = (self.shared.take(), std::mem::take(&mut self.rest));
            let sealed = &mut self.rare().sealed;
            sealed.extend((!own.is_empty()).then(|| own.into()).into_iter().chain(shared).chain(rest));
        }
    }

    /// Reserves memory for what is held elsewhere, as long as its socket is connecting.
    pub(super) fn hold(&mut self, len: usize, limits: &OutboxLimits) -> Result<(), Refused> {
        let held = self.rare.as_ref().map_or(0, |rare| rare.held);
        if (held > 0 || self.unwritten.messages > 0) && self.is_beyond(len + PIECE, limits) {
            return Err(Refused::Full);
        }
        self.rare().held += len + PIECE;
        Ok(())
    }

    /// Gives back what so many messages had reserved.
    pub(super) fn unhold(&mut self, held: Amount) {
        let rare = self.rare();
        rare.held = rare.held.saturating_sub(held.cost());
        self.tidy();
    }

    /// This much is written; returns who waits for room.
    pub(super) fn written(&mut self, written: Amount) -> Vec<Waker> {
        self.unwritten -= written;
        if self.rare.is_some() { self.written_rare(written) } else { vec![] }
    }

    #[cold]
    fn written_rare(&mut self, written: Amount) -> Vec<Waker> {
        let rare = self.rare();
        // what is exempt comes before everything that is counted
        rare.exempt -= written;
        rare.missed -= written;
        let wanting = if written.bytes > 0 { std::mem::take(&mut rare.wanting) } else { vec![] };
        self.tidy();
        wanting
    }

    pub(super) fn append(&mut self, frame: Frame<'_>) {
        self.waiting += 1;
        self.unwritten += Amount::one(frame.len());
        match (frame, &self.shared) {
            (Frame::Own(bytes), None) => self.own().extend_from_slice(bytes),
            (Frame::Shared(bytes), None) => self.shared = Some(bytes.clone()),
            (Frame::Bare { opcode, payload }, None) => frame::append(self.own(), opcode, payload),
            (frame, Some(_)) => self.rest.push_back(frame.to_bytes()),
        }
    }

    fn own(&mut self) -> &mut Vec<u8> {
        if self.own.capacity() == 0 {
            self.own = buffers::take();
        }
        &mut self.own
    }

    /// Takes everything that waits.
    pub(super) fn take(&mut self) -> Taken {
        if self.rare.is_some()
            && let Some(taken) = self.take_sealed()
        {
            return taken;
        }
        Taken {
            own: std::mem::take(&mut self.own),
            own_at: std::mem::take(&mut self.own_at),
            shared: self.shared.take(),
            rest: std::mem::take(&mut self.rest),
            messages: std::mem::take(&mut self.waiting),
        }
    }

    #[cold]
    fn take_sealed(&mut self) -> Option<Taken> {
        let mut sealed = std::mem::take(&mut self.rare().sealed);
        let first = sealed.pop_front()?;
        let own = std::mem::take(&mut self.own).split_off(std::mem::take(&mut self.own_at));
        let own = (!own.is_empty()).then(|| own.into());
        sealed.extend(own.into_iter().chain(self.shared.take()).chain(std::mem::take(&mut self.rest)));
        let messages = std::mem::take(&mut self.waiting);
        Some(Taken { shared: Some(first), rest: sealed, messages, ..Taken::default() })
    }

    /// Does more wait than the limits say?
    pub(super) fn is_over(&self, limits: &OutboxLimits) -> bool {
        let Amount { messages, bytes } = self.counted();
        messages > limits.messages || messages > 1 && bytes > limits.bytes
    }

    pub(super) fn count_dropped(&mut self, messages: u64) {
        if messages > 0 {
            self.rare().dropped += messages;
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.rare.as_ref().map_or(0, |rare| rare.dropped)
    }

    pub(super) fn want_room(&mut self, waker: &Waker) {
        let wanting = &mut self.rare().wanting;
        if !wanting.iter().any(|known| known.will_wake(waker)) {
            wanting.push(waker.clone());
        }
    }

    pub(super) fn take_wanting(&mut self) -> Vec<Waker> {
        self.rare.as_mut().map(|rare| std::mem::take(&mut rare.wanting)).unwrap_or_default()
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    fn tidy(&mut self) {
        self.rare.take_if(|rare| {
            rare.exempt == Amount::default()
                && rare.missed == Amount::default()
                && (rare.held, rare.dropped) == (0, 0)
                && rare.wanting.is_empty()
                && rare.sealed.is_empty()
        });
    }

    fn counted(&self) -> Amount {
        self.rare.as_ref().map_or(self.unwritten, |rare| self.unwritten.without(rare.exempt))
    }

    /// Would `more` bytes be more than may be on the way to one client?
    fn is_beyond(&self, more: usize, limits: &OutboxLimits) -> bool {
        let (held, missed) = self.rare.as_ref().map_or((0, 0), |rare| (rare.held, rare.missed.cost()));
        let cost = self.unwritten.cost().saturating_sub(missed).saturating_add(held);
        cost.saturating_add(more) > limits.ceiling()
    }

    fn stalled_for(&self) -> Option<Duration> {
        self.blocked.map(|since| since.elapsed())
    }

    /// Is the client known not to take more? One that fetches is given time to ask again.
    fn is_slow(&self) -> bool {
        self.stalled_for().is_some_and(|time| !self.fetches || time >= BETWEEN_FETCHES)
    }

    /// Gives up the oldest message of the queue: not one that the owner took, which may be half written, nor one that is
    /// sealed.
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

/// What a message costs besides its bytes: its place in the queue, and what the allocator adds.
const PIECE: usize = 64;

/// A client that fetches is slow if it has not asked again after this time: a round trip over a bad network takes a
/// second or two.
const BETWEEN_FETCHES: Duration = Duration::from_secs(5);
