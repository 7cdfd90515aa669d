//! The sockets and rooms of one namespace, and messages to many of them.

mod delivery;
mod directory;
mod history;
mod living;
mod logs;
mod members;
mod operation;
mod pattern;
mod recovery;
mod target;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use tokio::time::Instant;

use self::{
    logs::Logs,
    members::Members,
    recovery::{Epoch, Leaving, Recovery},
};
use crate::{
    cluster::{Attached, NotRecovered, Session},
    config::Config,
    connection::Frame,
    error::{JoinError, SetUuidError},
    handler::Table,
    listener::ListenerSet,
    observe::Observer,
    socket::{Core, Phase, Pid, Socket, SocketId},
    states::States,
    wire::{WIRES, Wire},
};

#[cfg(test)]
pub(crate) use self::members::Counts;
pub(crate) use self::{
    delivery::{Delivery, Newcomer},
    directory::{Lease, Namespaces, Unknown},
    living::Maker,
    operation::{Applied, Operation, Verb},
    pattern::{Params, name_fault},
    recovery::Claim,
    target::Target,
};

/// One namespace of a server.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: Arc<str>,
    /// What the name says, if it was made by a pattern.
    pub(crate) params: Params,
    pub(crate) table: Arc<Table>,
    pub(crate) states: Arc<States>,
    pub(crate) config: Arc<Config>,
    pub(crate) observer: Arc<Observer>,
    /// The cluster of the server, if it has one.
    pub(crate) cluster: Option<Arc<Attached>>,
    /// Those that were added to the namespace at run time.
    pub(crate) listeners: Arc<ListenerSet>,
    /// The sequencer: its holder is alone in changing the members and in pushing to them, so that all
    /// members see all broadcasts in one order. Memory only: no I/O, no encoding, no user code under it.
    inside: Mutex<Inside>,
    /// How many members speak each wire, with those that may be recovered: a broadcast is encoded for the
    /// wires that are there.
    on_wire: [AtomicUsize; WIRES.len()],
    /// How many members of each wire take compressed messages: a broadcast is compressed for the wires that have one.
    packing: [AtomicUsize; WIRES.len()],
    /// The last id of a broadcast with acknowledgements, without [`BROADCAST_ID`](delivery::BROADCAST_ID).
    last_ack: AtomicU32,
}

#[derive(Debug, Default)]
struct Inside {
    members: Members,
    recovery: Option<Box<Recovery>>,
}

impl Inside {
    /// The session of this socket is to be stored again, if sessions are.
    fn note_unsaved(&self, id: &SocketId) {
        if self.recovery.as_ref().is_some_and(|recovery| recovery.is_ordered())
            && let Some(socket) = self.members.get(id)
        {
            socket.core().set_unsaved();
        }
    }
}

/// What all namespaces of a server share.
struct Common {
    states: Arc<States>,
    config: Arc<Config>,
    observer: Arc<Observer>,
    cluster: Option<Arc<Attached>>,
    logs: Option<Arc<Logs>>,
}

impl Namespace {
    fn new(
        name: Arc<str>,
        params: Params,
        table: Arc<Table>,
        Common { states, config, observer, cluster, logs }: Common,
    ) -> Self {
        let recovery = config.recovery.zip(logs);
        let is_ordered = cluster.as_ref().is_some_and(|cluster| cluster.driver().history().is_some());
        let recovery = recovery.map(|(limits, logs)| {
            let epoch = if is_ordered { Epoch::History } else { Epoch::Own(crate::socket::epoch()) };
            Box::new(Recovery::new(limits, logs, epoch))
        });
        let mut members = Members::default();
        if cluster.as_ref().is_some_and(|cluster| cluster.driver().follows_rooms()) {
            members.follow_rooms();
        }
        let inside = Mutex::new(Inside { members, recovery });
        let last_ack = AtomicU32::new(0);
        Self {
            name,
            params,
            table,
            states,
            config,
            observer,
            cluster,
            listeners: Arc::default(),
            inside,
            on_wire: Default::default(),
            packing: Default::default(),
            last_ack,
        }
    }

    /// Lets a socket in: what it missed, the reply and what it held go out, then it is a member.
    ///
    /// `false`: it has ended meanwhile, or what it missed is not there any more.
    pub(crate) fn admit(&self, socket: &Socket, reply: Option<Frame<'_>>) -> bool {
        let core = socket.core();
        let mut inside = self.lock();
        let Inside { members, recovery } = &mut *inside;
        let mut missed = vec![];
        self.start_log(recovery.as_deref_mut());
        if let Some(recovery) = recovery {
            match core.claim() {
                Some(claim) => {
                    let Some(frames) = recovery.missed(&claim) else { return false };
                    core.set_sent(if frames.is_empty() {
                        claim.after
                    } else {
                        recovery.last().max(claim.after)
                    });
                    missed = frames;
                }
                None => core.set_anchor(recovery.last()),
            }
        }
        let opened = core.open(missed, reply, |draft| {
            let own = Target { only: Some(core.id), ..Target::default() };
            let (frame, number) = delivery::number(recovery.as_deref_mut(), &own, false, None, draft);
            core.set_sent(number);
            frame.for_window(core.link.mailbox.window()).clone()
        });
        let Some(rooms) = opened else { return false };
        if let Some((recovery, pid)) = recovery.as_mut().zip(core.pid()) {
            recovery.enter(pid, core.id);
        }
        // one that has recovered was counted all the time
        if !core.recovered {
            self.on_wire[core.link.wire() as usize].fetch_add(1, Ordering::Relaxed);
        }
        members.insert(socket.clone());
        self.count_window(core);
        let mut unjoined = vec![];
        for room in rooms {
            if let Err(error) = members.join(&core.id, room.clone(), self.config.max_rooms) {
                unjoined.push((room, error));
            }
        }
        self.tell_rooms(&mut inside);
        drop(inside);
        for (room, error) in unjoined {
            socket.raise_unjoined(&room, error);
        }
        true
    }

    /// Takes a socket out; returns the rooms it was in. If it `may_return`, it is kept for recovery.
    pub(crate) fn leave(&self, core: &Core, may_return: bool) -> Vec<Arc<str>> {
        let mut inside = self.lock();
        let Inside { members, recovery } = &mut *inside;
        members.rename(&core.id, core.alias().as_deref(), None);
        let Some((socket, rooms)) = members.remove(&core.id) else {
            self.tell_rooms(&mut inside);
            return vec![];
        };
        if core.packs.swap(false, Ordering::Relaxed) {
            self.packing[core.link.wire() as usize].fetch_sub(1, Ordering::Relaxed);
        }
        let mut more = -1;
        match (recovery, core.pid()) {
            (Some(recovery), Some(pid)) if may_return => {
                let (anchor, sent) = core.anchor_and_sent();
                let data = core.locals.data();
                let peer = core.link.source.peer;
                if let Some(history) = self.history() {
                    let session = Session::new(pid, core.id, &rooms, data.clone());
                    history.store(&session, false, recovery.window());
                }
                let leaving = Leaving { pid, id: core.id, rooms: rooms.clone(), data, anchor, sent, peer };
                more += recovery.leave(Instant::now(), leaving);
            }
            (Some(recovery), Some(pid)) => {
                recovery.forget(&pid);
                if let Some(history) = self.history() {
                    history.forget(&pid.reveal());
                }
            }
            _ => {}
        }
        self.tell_rooms(&mut inside);
        drop(inside);
        self.count(core.link.wire(), more);
        drop(socket);
        rooms
    }

    /// Takes back the name of a socket that was refused.
    pub(crate) fn release_alias(&self, core: &Core) {
        let mut inside = self.lock();
        inside.members.rename(&core.id, core.alias().as_deref(), None);
        self.tell_rooms(&mut inside);
    }

    /// Tells the driver which rooms live and which are gone, if it wants to know. Under the lock, so that it hears of them
    /// in order.
    fn tell_rooms(&self, inside: &mut Inside) {
        let Some(cluster) = &self.cluster else { return };
        for (room, lives) in inside.members.take_changes() {
            cluster.driver().room(&self.name, &room, lives);
        }
    }

    /// The connection of a socket has changed over to a WebSocket, for which compression may be agreed on.
    pub(crate) fn note_window(&self, core: &Core) {
        let inside = self.lock();
        if inside.members.get(&core.id).is_some() {
            self.count_window(core);
        }
    }

    /// Counts a member that takes compressed messages, once. Called under the lock.
    fn count_window(&self, core: &Core) {
        if core.link.mailbox.window() > 0 && !core.packs.swap(true, Ordering::Relaxed) {
            self.packing[core.link.wire() as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count(&self, wire: Wire, more: isize) {
        let counter = &self.on_wire[wire as usize];
        if more < 0 {
            counter.fetch_sub(more.unsigned_abs(), Ordering::Relaxed);
        } else {
            counter.fetch_add(more.unsigned_abs(), Ordering::Relaxed);
        }
    }

    /// Takes the socket with this private id, which is recovered; see [`Recovery::claim`].
    ///
    /// If its old connection is still believed to be alive, that one ends here.
    pub(crate) fn claim(&self, pid: Pid, offset: Option<&str>) -> Result<Claim, NotRecovered> {
        let present = {
            let inside = self.lock();
            let id = inside.recovery.as_ref().and_then(|recovery| recovery.present(&pid));
            id.and_then(|id| inside.members.get(&id))
        };
        if let Some(socket) = present {
            socket.replaced();
        }
        // it stays counted for its wire: what is sent until it is accepted is to be logged
        let mut inside = self.lock();
        let recovery = inside.recovery.as_mut().ok_or(NotRecovered::NoSession)?;
        recovery.claim(Instant::now(), pid, offset)
    }

    /// Gives a claim up whose socket was not accepted.
    pub(crate) fn give_up_claim(&self, wire: Wire, claim: &Claim) {
        if let Some(recovery) = &mut self.lock().recovery {
            recovery.forget_claim(claim);
        }
        self.count(wire, -1);
    }

    /// Restores a claim whose socket was not accepted, because its connection broke.
    pub(crate) fn take_back(&self, wire: Wire, claim: Claim) {
        if let (Some(history), Some(limits)) = (self.history(), self.config.recovery) {
            let Claim { pid, away, .. } = &claim;
            history.store(&Session::new(*pid, away.id, &away.rooms, away.data.clone()), false, limits.window);
            return self.count(wire, -1);
        }
        if let Some(recovery) = &mut self.lock().recovery {
            self.count(wire, recovery.take_back(claim) - 1);
        }
    }

    /// May a socket be recovered?
    fn awaits(&self) -> bool {
        let mut inside = self.lock();
        let Some(recovery) = &mut inside.recovery else { return false };
        let (fewer, left) = recovery.forget_expired(Instant::now());
        self.count(self.config.packet_wire(), -fewer);
        left > 0
    }

    pub(crate) fn join(&self, id: &SocketId, room: Arc<str>) -> Result<(), JoinError> {
        let mut inside = self.lock();
        let joined = inside.members.join(id, room, self.config.max_rooms);
        inside.note_unsaved(id);
        self.tell_rooms(&mut inside);
        joined
    }

    /// May a socket that is not accepted yet join this room?
    pub(crate) fn may_join(&self, id: &SocketId, room: &str) -> Result<(), JoinError> {
        match self.lock().members.owner(room) {
            Some(owner) if owner != *id => Err(JoinError::Foreign),
            _ => Ok(()),
        }
    }

    pub(crate) fn leave_room(&self, id: &SocketId, room: &str) {
        let mut inside = self.lock();
        inside.members.leave(id, room);
        inside.note_unsaved(id);
        self.tell_rooms(&mut inside);
    }

    pub(crate) fn leave_rooms(&self, id: &SocketId) {
        let mut inside = self.lock();
        inside.members.leave_all(id);
        inside.note_unsaved(id);
        self.tell_rooms(&mut inside);
    }

    pub(crate) fn rooms_of(&self, id: &SocketId) -> Vec<Arc<str>> {
        self.lock().members.rooms_of(id)
    }

    /// The live socket with this id or alias; in its own connect handlers, also the one that is being accepted.
    pub(crate) fn find(&self, address: &str) -> Option<Socket> {
        let found = self.lock().members.find(address);
        found.or_else(|| {
            let newcomer = self.newcomer()?;
            let is_meant =
                newcomer.core().alias().as_deref() == Some(address) || newcomer.id().to_string() == address;
            is_meant.then_some(newcomer)
        })
    }

    /// The live sockets of the target; in its own connect handlers, also the one that is being accepted.
    pub(crate) fn sockets(&self, target: &Target) -> Vec<Socket> {
        let mut sockets = vec![];
        self.lock().members.walk(target, |socket| sockets.push(socket.clone()));
        sockets.extend(self.newcomer().filter(|socket| socket.core().is_meant(target)));
        sockets
    }

    /// The rooms that have members; the ids of the sockets are rooms too.
    pub(crate) fn room_names(&self) -> Vec<Arc<str>> {
        self.lock().members.room_names()
    }

    /// Is anybody in the room? The id of a socket is a room, and so is its alias.
    pub(crate) fn has_room(&self, room: &str) -> bool {
        self.lock().members.has_room(room)
    }

    /// The id of the live socket with this alias, as a room.
    pub(crate) fn owner_of(&self, alias: &str) -> Option<Arc<str>> {
        self.lock().members.owner_of(alias).map(|id| id.to_string().into())
    }

    /// How many live sockets there are; in its own connect handlers, with the one that is being accepted.
    pub(crate) fn len(&self) -> usize {
        self.lock().members.len() + usize::from(self.newcomer().is_some())
    }

    /// Gives `core` an alias; `None` removes it. Checked and changed in one step.
    pub(crate) fn set_alias(&self, core: &Core, alias: Option<Arc<str>>) -> Result<(), SetUuidError> {
        let mut inside = self.lock();
        let members = &mut inside.members;
        // not `ended()`, set when the end is complete: a leaving socket takes this lock after the phase
        if core.phase() == Phase::Ended {
            return Err(SetUuidError::Closed);
        }
        if let Some(alias) = &alias
            && members.is_taken(alias, &core.id)
        {
            return Err(SetUuidError::Duplicate);
        }
        let old = core.set_alias(alias.clone());
        members.rename(&core.id, old.as_deref(), alias);
        self.tell_rooms(&mut inside);
        Ok(())
    }

    #[cfg(all(feature = "deflate", test))]
    pub(crate) fn packing_counts(&self) -> &[AtomicUsize] {
        &self.packing
    }

    #[cfg(test)]
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.lock().members.counts();
        if self.config.recovery.is_none() {
            counts.on_wires = self.on_wire.iter().map(|wire| wire.load(Ordering::Relaxed)).sum();
        }
        counts
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // nothing that can panic runs under this lock but allocation
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
