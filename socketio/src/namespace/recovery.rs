//! Connection state recovery (Socket.IO protocol v5): what a client missed while it was away.
//!
//! Everything here is used under the namespace's lock, so that numbers, log and pushes have one order. No clock:
//! the time is an argument.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use foldhash::quality::RandomState;
use tokio::time::Instant;

use super::{
    Target,
    logs::{Entry, Logs, Missed, Owner},
};
use crate::{
    cluster::{NotRecovered, Position},
    config::RecoveryLimits,
    peer::Peer,
    socket::{Pid, SocketId},
};

/// The recovery of one namespace: the numbers of what was sent, and the sockets that may be recovered.
#[derive(Debug)]
pub(crate) struct Recovery {
    limits: RecoveryLimits,
    logs: Arc<Logs>,
    /// What went to several of the namespace.
    many: Owner,
    /// Whose numbers these are.
    epoch: Epoch,
    /// With a history: of what came before this, the log may lack something. `None`: it has not begun.
    floor: Option<u64>,
    /// With a history: when the sessions of all were stored last.
    renewed: Option<Instant>,
    /// The number of the last entry that was logged. Numbers are never used twice.
    last: u64,
    away: HashMap<Pid, Away, RandomState>,
    /// When those in `away` left, in order; entries of recovered sockets stay here until their time.
    left: VecDeque<(Instant, Pid)>,
    /// The sockets that are there.
    present: HashMap<Pid, SocketId, RandomState>,
}

/// Whose numbers the entries of a log have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epoch {
    /// Its own. Tells its offsets from those of another server, or of this one before it was started again.
    Own([u8; 3]),
    /// Those of the cluster's history, which all nodes share.
    History,
}

/// A socket that may be recovered.
#[derive(Debug, Clone)]
pub(crate) struct Away {
    pub(crate) id: SocketId,
    pub(crate) rooms: Vec<Arc<str>>,
    /// What the program has kept on it, as JSON.
    pub(crate) data: Option<Arc<str>>,
    /// The last entry before it was accepted: where a client starts that has never had an event.
    pub(crate) anchor: u64,
    /// The last entry that was sent to it.
    pub(crate) sent: u64,
    /// The last entry of all when it left.
    pub(crate) left: u64,
    at: Instant,
    peer: Option<Peer>,
}

/// What is known of a socket that leaves.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) pid: Pid,
    pub(crate) id: SocketId,
    pub(crate) rooms: Vec<Arc<str>>,
    pub(crate) data: Option<Arc<str>>,
    pub(crate) anchor: u64,
    pub(crate) sent: u64,
    pub(crate) peer: Option<Peer>,
}

/// A socket that is recovered: it is owed what was logged after `after`.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) pid: Pid,
    pub(crate) away: Away,
    pub(crate) after: u64,
    /// What it has missed before that, out of the cluster's history.
    fetched: Vec<Bytes>,
}

/// Where a client is in the log, as it receives that with every event: 12 characters, or a place in the cluster's history.
pub(crate) enum Offset {
    Own([u8; 12]),
    History(String),
}

impl Offset {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            // base64 is ASCII
            Self::Own(text) => str::from_utf8(text).unwrap_or_default(),
            Self::History(text) => text,
        }
    }
}

impl Recovery {
    pub(crate) fn new(limits: RecoveryLimits, logs: Arc<Logs>, epoch: Epoch) -> Self {
        Self {
            limits,
            many: logs.open(),
            logs,
            epoch,
            floor: None,
            renewed: None,
            last: 0,
            away: HashMap::default(),
            left: VecDeque::new(),
            present: HashMap::default(),
        }
    }

    /// The number of the last entry.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// The offset that stands for a number.
    pub(crate) fn offset(&self, number: u64) -> Offset {
        let Epoch::Own(epoch) = self.epoch else {
            return Offset::History(Position::of_number(number).to_string());
        };
        let mut bytes = [0; 9];
        bytes[..3].copy_from_slice(&epoch);
        // 2^48 events are not reached
        bytes[3..].copy_from_slice(&number.to_be_bytes()[2..]);
        let mut offset = [0; 12];
        // 9 bytes are 12 characters exactly
        let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut offset);
        Offset::Own(offset)
    }

    fn number(&self, offset: &str) -> Option<u64> {
        let bytes: [u8; 9] = URL_SAFE_NO_PAD.decode(offset).ok()?.try_into().ok()?;
        let epoch = [bytes[0], bytes[1], bytes[2]];
        let mut number = [0; 8];
        number[2..].copy_from_slice(&bytes[3..]);
        let number = u64::from_be_bytes(number);
        (self.epoch == Epoch::Own(epoch) && number <= self.last).then_some(number)
    }

    /// The number that the next entry will have.
    pub(crate) fn next(&self) -> u64 {
        self.last + 1
    }

    /// Logs what is sent under this number, which is greater than the last.
    pub(crate) fn append(&mut self, number: u64, now: Instant, frame: Bytes, target: Target) {
        self.last = number;
        let owner = target.only.map_or(self.many, Owner::One);
        self.logs.append(owner, Entry { number: self.last, at: now, frame, target });
    }

    /// Are the entries those of the cluster's history?
    pub(crate) fn is_ordered(&self) -> bool {
        self.epoch == Epoch::History
    }

    /// From this place in the history on, the log has everything.
    pub(crate) fn start(&mut self, position: u64) {
        if self.floor.is_none() {
            self.floor = Some(position);
            self.last = self.last.max(position);
        }
    }

    /// Is everything in the log that came after this place in the history?
    pub(crate) fn has_all_since(&self, after: u64) -> bool {
        let missed = Missed { after, sent: u64::MAX, left: 0, is_meant: &|_| true };
        self.floor.is_some_and(|floor| floor <= after) && self.logs.covers_many(self.many, &missed)
    }

    /// Returns `true` each half window: then the sessions of all are stored again.
    pub(crate) fn is_renewal(&mut self, now: Instant) -> bool {
        let is_due = self.renewed.is_none_or(|renewed| renewed + self.limits.window / 2 <= now);
        if is_due {
            self.renewed = Some(now);
        }
        is_due
    }

    pub(crate) fn window(&self) -> std::time::Duration {
        self.limits.window
    }

    /// A socket is there.
    pub(crate) fn enter(&mut self, pid: Pid, id: SocketId) {
        self.present.insert(pid, id);
    }

    /// The socket that has this private id now.
    pub(crate) fn present(&self, pid: &Pid) -> Option<SocketId> {
        self.present.get(pid).copied()
    }

    /// A socket is not there any more, for good.
    pub(crate) fn forget(&mut self, pid: &Pid) {
        if let Some(id) = self.present.remove(pid) {
            self.logs.remove([Owner::One(id)]);
        }
    }

    /// A socket that was to be recovered is not wanted.
    pub(crate) fn forget_claim(&mut self, claim: &Claim) {
        self.logs.remove([Owner::One(claim.away.id)]);
    }

    /// A socket leaves, and may be recovered. Returns the change in the number of absent sockets.
    pub(crate) fn leave(&mut self, now: Instant, socket: Leaving) -> isize {
        let Leaving { pid, id, rooms, data, anchor, sent, peer } = socket;
        if self.is_ordered() {
            // whichever node its client comes to, it is taken from the history
            self.forget(&pid);
            return 0;
        }
        if !self.logs.count_away(peer) {
            self.forget(&pid);
            return 0;
        }
        self.present.remove(&pid);
        let before = self.away.len();
        let away = Away { id, rooms, data, anchor, sent, left: self.last, at: now, peer };
        if let Some(before) = self.away.insert(pid, away) {
            self.logs.discount_away(before.peer);
        }
        self.left.push_back((now, pid));
        self.sweep(now);
        self.away.len() as isize - before as isize
    }

    /// Restores a claim whose connection ended before it was accepted. Returns as [`leave`](Self::leave).
    pub(crate) fn take_back(&mut self, claim: Claim) -> isize {
        let (at, pid, peer) = (claim.away.at, claim.pid, claim.away.peer);
        if !self.logs.count_away(peer) {
            self.forget_claim(&claim);
            return 0;
        }
        let before = self.away.insert(claim.pid, claim.away);
        let more = isize::from(before.is_none());
        before.into_iter().for_each(|before| self.logs.discount_away(before.peer));
        // its place in the order of time may have been passed meanwhile
        self.left.push_back((at, pid));
        more
    }

    /// Forgets those whose time is over. Returns how many that were, and how many are left.
    pub(crate) fn forget_expired(&mut self, now: Instant) -> (isize, usize) {
        let before = self.away.len();
        self.sweep(now);
        (before as isize - self.away.len() as isize, self.away.len())
    }

    /// Forgets those whose time is over, and the oldest of too many.
    fn sweep(&mut self, now: Instant) {
        let mut forgotten = vec![];
        while let Some(&(at, pid)) = self.left.front() {
            let is_over = at + self.limits.window < now;
            // there may be many of sockets that have returned
            let are_many = self.left.len() > self.limits.sessions || self.logs.away() > self.limits.sessions;
            if !is_over && !are_many {
                break;
            }
            self.left.pop_front();
            if self.away.get(&pid).is_some_and(|away| away.at == at)
                && let Some(away) = self.away.remove(&pid)
            {
                self.logs.discount_away(away.peer);
                forgotten.push(Owner::One(away.id));
            }
        }
        if !forgotten.is_empty() {
            self.logs.remove(forgotten);
        }
    }

    /// Takes the socket with this private id, if everything that it missed is still there. It can be taken once.
    ///
    /// `offset`: the last that the client has received; `None`: it has received nothing yet.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub(crate) fn claim(
        &mut self,
        now: Instant,
        pid: Pid,
        offset: Option<&str>,
    ) -> Result<Claim, NotRecovered> {
        let away = self.away.get(&pid).filter(|away| away.at + self.limits.window >= now);
        let away = away.ok_or(NotRecovered::NoSession)?;
        let after = match offset {
            Some(offset) => self.number(offset).ok_or(NotRecovered::ForeignOffset)?,
            None => away.anchor,
        };
        let claim = Claim { pid, away: away.clone(), after, fetched: vec![] };
        if !self.covers(&claim) {
            return Err(NotRecovered::Trimmed);
        }
        self.away.remove(&pid);
        self.logs.discount_away(claim.away.peer);
        Ok(claim)
    }

    /// Is everything still in the logs that the client may not have received?
    fn covers(&self, claim: &Claim) -> bool {
        self.logs.covers(self.many, claim.away.id, &claim.missed(&|_| true))
    }

    /// What the client has missed, in order. `None`: it is not all there any more.
    pub(crate) fn missed(&self, claim: &Claim) -> Option<Vec<Bytes>> {
        let is_meant = |target: &Target| target.means(claim.away.id, &claim.away.rooms);
        if self.is_ordered() && !self.has_all_since(claim.after) {
            return None;
        }
        let logged = self.logs.missed(self.many, claim.away.id, &claim.missed(&is_meant))?;
        Some(claim.fetched.iter().cloned().chain(logged).collect())
    }
}

impl Claim {
    /// Of a socket that some node has had: it is owed what was fetched, and what is logged `after` it.
    pub(crate) fn kept(
        pid: Pid,
        (id, rooms, data): (SocketId, Vec<Arc<str>>, Option<Arc<str>>),
        after: u64,
        fetched: Vec<Bytes>,
    ) -> Self {
        let away =
            Away { id, rooms, data, anchor: after, sent: after, left: 0, at: Instant::now(), peer: None };
        Self { pid, away, after, fetched }
    }

    fn missed<'a>(&self, is_meant: &'a dyn Fn(&Target) -> bool) -> Missed<'a> {
        let Away { sent, left, .. } = self.away;
        Missed { after: self.after, sent, left, is_meant }
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        self.away.values().for_each(|away| self.logs.discount_away(away.peer));
        let sockets = self.away.values().map(|away| away.id).chain(self.present.values().copied());
        self.logs.remove(std::iter::once(self.many).chain(sockets.map(Owner::One)));
    }
}

#[cfg(test)]
mod tests;
