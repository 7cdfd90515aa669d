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
    cluster::Position,
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
    pub(crate) fn claim(&mut self, now: Instant, pid: Pid, offset: Option<&str>) -> Option<Claim> {
        let away = self.away.get(&pid).filter(|away| away.at + self.limits.window >= now)?;
        let after = match offset {
            Some(offset) => self.number(offset)?,
            None => away.anchor,
        };
        let claim = Claim { pid, away: away.clone(), after, fetched: vec![] };
        self.covers(&claim).then(|| {
            self.away.remove(&pid);
            self.logs.discount_away(claim.away.peer);
            claim
        })
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
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Config;

    const LIMITS: RecoveryLimits =
        RecoveryLimits { window: Duration::from_secs(120), events: 4, bytes: 100, sessions: 3 };

    fn logs() -> Arc<Logs> {
        let config = Config { recovery: Some(LIMITS), ..Config::default() };
        Arc::new(Logs::new(&config).expect("recovery is on"))
    }

    fn recovery() -> Recovery {
        Recovery::new(LIMITS, logs(), Epoch::Own([1, 2, 3]))
    }

    fn frame(name: &'static str) -> Bytes {
        Bytes::from_static(name.as_bytes())
    }

    fn to(rooms: &[&str]) -> Target {
        Target { rooms: rooms.iter().map(|room| Arc::from(*room)).collect(), ..Target::default() }
    }

    fn leaving(recovery: &Recovery, pid: Pid, sent: u64) -> Leaving {
        let id = SocketId::short();
        let anchor = sent.min(recovery.last());
        Leaving { pid, id, rooms: vec!["a".into()], data: None, anchor, sent, peer: None }
    }

    fn append(recovery: &mut Recovery, now: Instant, frame: Bytes, target: Target) {
        recovery.append(recovery.next(), now, frame, target);
    }

    fn missed(recovery: &mut Recovery, now: Instant, pid: Pid, offset: Option<u64>) -> Option<Vec<Bytes>> {
        let offset = offset.map(|number| recovery.offset(number).as_str().to_owned());
        let claim = recovery.claim(now, pid, offset.as_deref())?;
        recovery.missed(&claim)
    }

    #[test]
    fn exactly_what_was_missed_is_sent_once() {
        let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
        append(&mut recovery, now, frame("1"), Target::default());
        let socket = leaving(&recovery, pid, 1);
        let id = socket.id;
        recovery.leave(now, socket);
        append(&mut recovery, now, frame("2"), to(&["a"]));
        append(&mut recovery, now, frame("3"), to(&["b"]));
        append(&mut recovery, now, frame("4"), Target { only: Some(id), ..Target::default() });
        append(&mut recovery, now, frame("5"), Target { except: vec!["a".into()], ..Target::default() });
        assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2"), frame("4")]));
        assert_eq!(missed(&mut recovery, now, pid, Some(1)), None, "a second time");
    }

    #[test]
    fn what_was_lost_on_the_way_is_sent_again() {
        let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
        for name in ["1", "2", "3"] {
            append(&mut recovery, now, frame(name), Target::default());
        }
        let socket = leaving(&recovery, pid, 3);
        recovery.leave(now, socket);
        assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2"), frame("3")]));
    }

    #[test]
    fn a_quiet_client_keeps_its_anchor() {
        let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
        append(&mut recovery, now, frame("1"), Target::default());
        // more than the log holds, none of it for this client
        for _ in 0..10 {
            append(&mut recovery, now, frame("x"), to(&["b"]));
        }
        let mut socket = leaving(&recovery, pid, 1);
        socket.anchor = 0;
        recovery.leave(now, socket);
        append(&mut recovery, now, frame("2"), to(&["a"]));
        assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2")]));
    }

    #[test]
    fn a_client_without_any_event_starts_where_it_was_accepted() {
        let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
        append(&mut recovery, now, frame("1"), Target::default());
        let socket = leaving(&recovery, pid, 1);
        recovery.leave(now, socket);
        append(&mut recovery, now, frame("2"), Target::default());
        assert_eq!(missed(&mut recovery, now, pid, None), Some(vec![frame("2")]));
    }

    #[test]
    fn beyond_the_bounds_there_is_no_recovery() {
        let now = Instant::now();
        let gone = |fill: &dyn Fn(&mut Recovery) -> Instant| {
            let (mut recovery, pid) = (recovery(), Pid::new());
            let socket = leaving(&recovery, pid, 0);
            recovery.leave(now, socket);
            let now = fill(&mut recovery);
            missed(&mut recovery, now, pid, Some(0)).is_none()
        };
        assert!(!gone(&|recovery| {
            (0..4).for_each(|_| append(recovery, now, frame("x"), Target::default()));
            now
        }));
        assert!(gone(&|recovery| {
            (0..5).for_each(|_| append(recovery, now, frame("x"), Target::default()));
            now
        }));
        assert!(gone(&|recovery| {
            (0..3).for_each(|_| append(recovery, now, Bytes::from(vec![0; 40]), Target::default()));
            now
        }));
        assert!(gone(&|_| now + LIMITS.window + Duration::from_millis(1)));
        assert!(gone(&|recovery| {
            for _ in 0..3 {
                let other = leaving(recovery, Pid::new(), 0);
                recovery.leave(now, other);
            }
            now
        }));
    }

    /// Of eight that may be away, one address has two.
    #[test]
    fn an_address_that_leaves_again_and_again_pushes_out_nobody() {
        let limits = RecoveryLimits { sessions: 8, ..LIMITS };
        let config = Config { recovery: Some(limits), ..Config::default() };
        let logs = Arc::new(Logs::new(&config).expect("recovery is on"));
        let mut recovery = Recovery::new(limits, logs.clone(), Epoch::Own([1, 2, 3]));
        let (now, pids) = (Instant::now(), [Pid::new(), Pid::new(), Pid::new()]);
        let leave = |recovery: &mut Recovery, pid: Pid, last: u8| {
            let peer = Some(Peer::new([192, 0, 2, last].into()));
            recovery.enter(pid, SocketId::short());
            let socket = Leaving { peer, ..leaving(recovery, pid, 0) };
            recovery.leave(now, socket)
        };
        assert_eq!(leave(&mut recovery, pids[0], 1), 1);
        assert_eq!((leave(&mut recovery, pids[1], 2), leave(&mut recovery, pids[2], 2)), (1, 1));
        for _ in 0..100 {
            assert_eq!(leave(&mut recovery, Pid::new(), 2), 0, "it is not kept");
        }
        assert_eq!((logs.away(), recovery.away.len(), recovery.present.len()), (3, 3, 0));
        for pid in pids {
            assert!(missed(&mut recovery, now, pid, None).is_some(), "those are there that left first");
        }
        assert_eq!(leave(&mut recovery, Pid::new(), 2), 1, "its share is free again");
        drop(recovery);
        assert_eq!(logs.away(), 0);
    }

    #[test]
    fn offsets_of_others_are_unknown() {
        let (mut recovery, now) = (recovery(), Instant::now());
        append(&mut recovery, now, frame("1"), Target::default());
        let mut other = Recovery::new(LIMITS, logs(), Epoch::Own([9, 9, 9]));
        append(&mut other, now, frame("1"), Target::default());
        let of = |recovery: &Recovery, number| recovery.offset(number).as_str().to_owned();
        assert_eq!(recovery.number(&of(&recovery, 1)), Some(1));
        for unknown in ["", "hello", "helloworld12", &of(&other, 1), &of(&recovery, 2)] {
            assert_eq!(recovery.number(unknown), None, "{unknown}");
        }
    }
}
