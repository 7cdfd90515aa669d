//! What was sent, kept for clients that reconnect: the logs of all namespaces, under one bound. No clock: the time is
//! an argument.
//!
//! Events to many are logged once for their namespace, events to one socket in a log of that socket. Each kind has the
//! bound for itself, so that what is said to one socket pushes nothing out that many may have missed; and where the
//! bound is reached, the longest log of the kind loses its oldest entry, so that one flood costs the others nothing.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use foldhash::quality::RandomState;
use tokio::time::Instant;

use super::Target;
use crate::{config::Config, peer::Peer, socket::SocketId};

/// The logs of a server. Its lock is taken under a namespace's, and no other one under it.
#[derive(Debug)]
pub(crate) struct Logs {
    /// Of each kind.
    events: usize,
    bytes: usize,
    /// Of the log of one socket: what may wait for it while it is there.
    own_events: usize,
    own_bytes: usize,
    /// How long an entry may be needed.
    keep: Duration,
    /// How many sockets may be recovered.
    away: AtomicUsize,
    /// How many of one address there may be.
    away_of_one: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    logs: HashMap<Owner, Log, RandomState>,
    many: Pool,
    own: Pool,
    next: u64,
    /// How many sockets of each address may be recovered.
    away: HashMap<Peer, usize, RandomState>,
}

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Owner {
    /// What went to several of a namespace.
    Many(u64),
    /// What went to this socket alone.
    One(SocketId),
}

#[derive(Debug, Default)]
struct Log {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The number of the last entry that was given up.
    given_up: u64,
}

/// What the logs of one kind hold together.
#[derive(Debug, Default)]
struct Pool {
    events: usize,
    bytes: usize,
    /// The logs that hold something, by their bytes.
    by_bytes: BTreeSet<(usize, Owner)>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) frame: Bytes,
    pub(super) target: Target,
}

/// The part of both logs that a client may have missed.
pub(super) struct Missed<'a> {
    /// Of these the client has everything.
    pub(super) after: u64,
    /// The last that was sent to it.
    pub(super) sent: u64,
    /// The last of all when it left.
    pub(super) left: u64,
    pub(super) is_meant: &'a dyn Fn(&Target) -> bool,
}

impl Logs {
    /// `None`: nothing is recovered.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let limits = config.recovery?;
        Some(Self {
            events: limits.events,
            bytes: limits.bytes,
            own_events: limits.events.min(config.outbox.messages as usize),
            own_bytes: limits.bytes.min(config.outbox.bytes),
            // the window, and the time after which a lost client is noticed
            keep: limits.window + config.ping_interval + config.ping_timeout,
            away: AtomicUsize::new(0),
            away_of_one: config.share(limits.sessions),
            inside: Mutex::default(),
        })
    }

    /// A new log for what goes to many.
    pub(super) fn open(&self) -> Owner {
        let mut inside = self.lock();
        inside.next += 1;
        Owner::Many(inside.next)
    }

    /// Logs what was sent, to the socket alone or to many.
    pub(super) fn append(&self, owner: Owner, entry: Entry) {
        let mut inside = self.lock();
        let now = entry.at;
        inside.push(owner, entry);
        inside.forget_expired(owner, now, self.keep);
        if let Owner::One(_) = owner {
            while inside
                .logs
                .get(&owner)
                .is_some_and(|log| log.entries.len() > self.own_events || log.bytes > self.own_bytes)
            {
                inside.give_up(owner);
            }
        }
        loop {
            let pool = inside.pool(owner);
            if pool.events <= self.events && pool.bytes <= self.bytes {
                break;
            }
            let Some(&(_, longest)) = pool.by_bytes.last() else { break };
            inside.give_up(longest);
        }
    }

    /// Nobody will ask for these logs any more.
    pub(super) fn remove(&self, owners: impl IntoIterator<Item = Owner>) {
        let mut removed = vec![];
        let mut inside = self.lock();
        for owner in owners {
            removed.extend(inside.remove(owner));
        }
        drop(inside);
        drop(removed);
    }

    /// What a socket has missed, in order. `None`: not all of it is there any more.
    pub(super) fn missed(&self, many: Owner, one: SocketId, missed: &Missed<'_>) -> Option<Vec<Bytes>> {
        let inside = self.lock();
        let mut found = vec![];
        for owner in [many, Owner::One(one)] {
            let Some(log) = inside.logs.get(&owner) else { continue };
            if !log.covers(missed) {
                return None;
            }
            let start = log.entries.partition_point(|entry| entry.number <= missed.after);
            let entries = log.entries.range(start..).filter(|entry| (missed.is_meant)(&entry.target));
            found.extend(entries.map(|entry| (entry.number, entry.frame.clone())));
        }
        drop(inside);
        found.sort_unstable_by_key(|(number, _)| *number);
        Some(found.into_iter().map(|(_, frame)| frame).collect())
    }

    /// Is all of it there?
    pub(super) fn covers(&self, many: Owner, one: SocketId, missed: &Missed<'_>) -> bool {
        let inside = self.lock();
        [many, Owner::One(one)]
            .iter()
            .filter_map(|owner| inside.logs.get(owner))
            .all(|log| log.covers(missed))
    }

    /// Is all of it there that went to many?
    pub(super) fn covers_many(&self, many: Owner, missed: &Missed<'_>) -> bool {
        self.lock().logs.get(&many).is_none_or(|log| missed.after >= log.given_up)
    }

    /// Forgets what is too old to be asked for. Returns `true` if something is left.
    pub(crate) fn forget_expired(&self, now: Instant) -> bool {
        let owners: Vec<_> = self.lock().logs.keys().copied().collect();
        // those who send wait for a part of them only
        for part in owners.chunks(256) {
            let mut inside = self.lock();
            for owner in part {
                inside.forget_expired(*owner, now, self.keep);
            }
        }
        let inside = self.lock();
        inside.many.events + inside.own.events > 0
    }

    /// How many sockets may be recovered.
    pub(super) fn away(&self) -> usize {
        self.away.load(Ordering::Relaxed)
    }

    /// One more socket may be recovered. `false`: not this one, its address has its share.
    ///
    /// The oldest of too many is forgotten: without shares, one client that comes and goes would make the server forget
    /// everybody else.
    pub(super) fn count_away(&self, peer: Option<Peer>) -> bool {
        if let Some(peer) = peer {
            let mut inside = self.lock();
            let own = inside.away.entry(peer).or_default();
            if *own >= self.away_of_one {
                return false;
            }
            *own += 1;
        }
        self.away.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// One less.
    pub(super) fn discount_away(&self, peer: Option<Peer>) {
        self.away.fetch_sub(1, Ordering::Relaxed);
        let Some(peer) = peer else { return };
        let mut inside = self.lock();
        if let Some(own) = inside.away.get_mut(&peer) {
            *own -= 1;
            if *own == 0 {
                inside.away.remove(&peer);
            }
        }
    }

    /// How many events and bytes there are of each kind, and how many logs.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> [usize; 5] {
        let inside = self.lock();
        let Inside { many, own, logs, .. } = &*inside;
        [many.events, many.bytes, own.events, own.bytes, logs.len()]
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// An offset may be older than the log: a quiet client has missed nothing as long as nothing was sent to it since,
    /// and the log goes back to when it left.
    fn covers(&self, missed: &Missed<'_>) -> bool {
        let &Missed { after, sent, left, .. } = missed;
        after >= self.given_up || sent <= after && left >= self.given_up
    }
}

impl Inside {
    fn pool(&self, owner: Owner) -> &Pool {
        match owner {
            Owner::Many(_) => &self.many,
            Owner::One(_) => &self.own,
        }
    }

    /// Changes a log, and what is known of it in its pool.
    fn change<T>(&mut self, owner: Owner, change: impl FnOnce(&mut Log) -> T) -> T {
        let log = self.logs.entry(owner).or_default();
        let pool = match owner {
            Owner::Many(_) => &mut self.many,
            Owner::One(_) => &mut self.own,
        };
        let (events, bytes) = (log.entries.len(), log.bytes);
        let changed = change(log);
        pool.events = pool.events - events + log.entries.len();
        pool.bytes = pool.bytes - bytes + log.bytes;
        if bytes != log.bytes {
            pool.by_bytes.remove(&(bytes, owner));
            if log.bytes > 0 {
                pool.by_bytes.insert((log.bytes, owner));
            }
        }
        changed
    }

    fn push(&mut self, owner: Owner, entry: Entry) {
        self.change(owner, |log| {
            log.bytes += entry.cost();
            log.entries.push_back(entry);
        });
    }

    fn give_up(&mut self, owner: Owner) {
        let given_up = self.change(owner, Log::pop);
        drop(given_up);
    }

    fn forget_expired(&mut self, owner: Owner, now: Instant, keep: Duration) {
        let is_old = |entry: &Entry| entry.at + keep < now;
        while self.logs.get(&owner).and_then(|log| log.entries.front()).is_some_and(is_old) {
            self.give_up(owner);
        }
    }

    fn remove(&mut self, owner: Owner) -> Option<Log> {
        if !self.logs.contains_key(&owner) {
            return None;
        }
        let entries = self.change(owner, |log| {
            log.bytes = 0;
            std::mem::take(&mut log.entries)
        });
        let log = self.logs.remove(&owner)?;
        Some(Log { entries, ..log })
    }
}

impl Log {
    fn pop(&mut self) -> Option<Entry> {
        let first = self.entries.pop_front()?;
        self.bytes -= first.cost();
        self.given_up = first.number;
        Some(first)
    }
}

impl Entry {
    fn cost(&self) -> usize {
        self.frame.len()
    }
}
