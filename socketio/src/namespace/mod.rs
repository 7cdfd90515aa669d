//! The sockets and rooms of one namespace, and messages to many of them.

mod directory;
mod members;
mod pattern;
mod recovery;
mod target;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::time::Instant;

use self::{
    members::Members,
    recovery::{Leaving, Recovery},
};
use crate::{
    config::Config,
    connection::Frame,
    emit::Content,
    encode::{Head, OFFSET_LEN},
    error::{EmitError, EncodeError, SetUuidError},
    handler::{Job, Table},
    listener::ListenerSet,
    socket::{Core, Phase, Pid, Socket, SocketId, Waiter},
    states::States,
    wire::{WIRES, Wire},
};

#[cfg(test)]
pub(crate) use self::members::Counts;
pub(crate) use self::{
    directory::{Lease, Namespaces, Unknown},
    members::Change,
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
    /// Those that were added to the namespace at run time.
    pub(crate) listeners: Arc<ListenerSet>,
    /// The sequencer: whoever holds it is alone in changing the members and in pushing to them, so that all
    /// members see all broadcasts in one order. Memory only: no I/O, no encoding, no user code under it.
    inside: Mutex<Inside>,
    /// How many members speak each wire, those included who may come back: a broadcast is encoded for the wires
    /// that are there.
    on_wire: [AtomicUsize; WIRES.len()],
    /// The last id of a broadcast with acknowledgements, without [`BROADCAST_ID`].
    last_ack: AtomicU32,
}

#[derive(Debug, Default)]
struct Inside {
    members: Members,
    recovery: Option<Box<Recovery>>,
}

/// How a message goes out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    /// Not to clients that cannot take it at once.
    pub(crate) volatile: bool,
    /// It is to be acknowledged under this id, to this one.
    pub(crate) ack: Option<(u32, Waiter)>,
}

/// A message, encoded for one wire.
#[derive(Debug)]
enum Encoded {
    Ready(Bytes),
    /// An offset goes to this place.
    Open(Vec<u8>, usize),
}

/// Ids of broadcasts have this bit, those of single sockets do not. Both fit 31 bits.
const BROADCAST_ID: u32 = 1 << 30;

impl Namespace {
    pub(crate) fn new(
        name: Arc<str>,
        params: Params,
        table: Arc<Table>,
        states: Arc<States>,
        config: Arc<Config>,
    ) -> Self {
        let recovery = config.recovery.map(|limits| {
            let notice = config.ping_interval + config.ping_timeout;
            Box::new(Recovery::new(limits, notice, crate::socket::epoch()))
        });
        let inside = Mutex::new(Inside { members: Members::default(), recovery });
        let last_ack = AtomicU32::new(0);
        Self {
            name,
            params,
            table,
            states,
            config,
            listeners: Arc::default(),
            inside,
            on_wire: Default::default(),
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
        if let Some(recovery) = recovery {
            match core.claim() {
                Some(claim) => {
                    let Some(frames) = recovery.missed(&claim) else { return false };
                    core.set_sent(if frames.is_empty() { claim.after } else { recovery.last() });
                    missed = frames;
                }
                None => core.set_anchor(recovery.last()),
            }
        }
        let opened = core.open(missed, reply, |mut frame, offset_at| {
            let Some((at, recovery)) = offset_at.zip(recovery.as_mut()) else { return frame.into() };
            let number = recovery.next();
            frame[at..at + OFFSET_LEN].copy_from_slice(&recovery.offset(number));
            let frame = Bytes::from(frame);
            recovery.append(
                Instant::now(),
                frame.clone(),
                Target { only: Some(core.id), ..Target::default() },
            );
            core.set_sent(number);
            frame
        });
        let Some(rooms) = opened else { return false };
        if let Some((recovery, pid)) = recovery.as_mut().zip(core.pid) {
            recovery.enter(pid, core.id);
        }
        self.on_wire[core.link.wire() as usize].fetch_add(1, Ordering::Relaxed);
        members.insert(socket.clone());
        for room in rooms {
            members.join(&core.id, room, self.config.max_rooms);
        }
        true
    }

    /// Takes a socket out; returns the rooms it was in. If it `may_return`, it is kept for recovery.
    pub(crate) fn leave(&self, core: &Core, may_return: bool) -> Vec<Arc<str>> {
        let mut inside = self.lock();
        let Inside { members, recovery } = &mut *inside;
        members.rename(&core.id, core.alias().as_deref(), None);
        let Some((socket, rooms)) = members.remove(&core.id) else { return vec![] };
        let mut more = -1;
        match (recovery, core.pid) {
            (Some(recovery), Some(pid)) if may_return => {
                let (anchor, sent) = core.anchor_and_sent();
                let data = core.locals.data();
                let leaving = Leaving { pid, id: core.id, rooms: rooms.clone(), data, anchor, sent };
                more += recovery.leave(Instant::now(), leaving);
            }
            (Some(recovery), Some(pid)) => recovery.forget(&pid),
            _ => {}
        }
        drop(inside);
        self.count(core.link.wire(), more);
        drop(socket);
        rooms
    }

    /// Takes the name of a socket back that was not let in.
    pub(crate) fn release_alias(&self, core: &Core) {
        let mut inside = self.lock();
        inside.members.rename(&core.id, core.alias().as_deref(), None);
    }

    fn count(&self, wire: Wire, more: isize) {
        let counter = &self.on_wire[wire as usize];
        if more < 0 {
            counter.fetch_sub(more.unsigned_abs(), Ordering::Relaxed);
        } else {
            counter.fetch_add(more.unsigned_abs(), Ordering::Relaxed);
        }
    }

    /// Takes the socket with this private id, which has come back; see [`Recovery::claim`].
    ///
    /// If its old connection is still believed to be alive, that one ends here.
    pub(crate) fn claim(&self, wire: Wire, pid: Pid, offset: Option<&str>) -> Option<Claim> {
        let present = {
            let inside = self.lock();
            let id = inside.recovery.as_ref()?.present(&pid);
            id.and_then(|id| inside.members.get(&id))
        };
        if let Some(socket) = present {
            socket.replaced();
        }
        let claim = self.lock().recovery.as_mut()?.claim(Instant::now(), pid, offset)?;
        self.count(wire, -1);
        Some(claim)
    }

    /// Takes back a claim whose socket was not let in, because its connection broke.
    pub(crate) fn take_back(&self, wire: Wire, claim: Claim) {
        if let Some(recovery) = &mut self.lock().recovery {
            self.count(wire, recovery.take_back(claim));
        }
    }

    /// May somebody come back?
    fn awaits(&self) -> bool {
        let mut inside = self.lock();
        let Some(recovery) = &mut inside.recovery else { return false };
        let (fewer, left) = recovery.forget_expired(Instant::now());
        self.count(self.config.packet_wire(), -fewer);
        left > 0
    }

    pub(crate) fn join(&self, id: &SocketId, room: Arc<str>) -> Change {
        self.lock().members.join(id, room, self.config.max_rooms)
    }

    pub(crate) fn leave_room(&self, id: &SocketId, room: &str) {
        self.lock().members.leave(id, room);
    }

    pub(crate) fn leave_rooms(&self, id: &SocketId) {
        self.lock().members.leave_all(id);
    }

    pub(crate) fn rooms_of(&self, id: &SocketId) -> Vec<Arc<str>> {
        self.lock().members.rooms_of(id)
    }

    /// The live socket with this id or alias.
    pub(crate) fn find(&self, address: &str) -> Option<Socket> {
        self.lock().members.find(address)
    }

    /// The live sockets of the target.
    pub(crate) fn sockets(&self, target: &Target) -> Vec<Socket> {
        let mut sockets = vec![];
        self.lock().members.walk(target, |socket| sockets.push(socket.clone()));
        sockets
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().members.len()
    }

    /// Gives `core` an alias; `None` takes it away. Checked and changed in one step.
    pub(crate) fn set_alias(&self, core: &Core, alias: Option<Arc<str>>) -> Result<(), SetUuidError> {
        let mut inside = self.lock();
        let members = &mut inside.members;
        // not `ended()`, which is told when the end is complete: who leaves takes this lock behind the phase
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
        Ok(())
    }

    /// A new id for a broadcast with acknowledgements.
    pub(crate) fn broadcast_id(&self) -> u32 {
        BROADCAST_ID | self.last_ack.fetch_add(1, Ordering::Relaxed) & (BROADCAST_ID - 1)
    }

    /// Do messages to single sockets have to go through [`send`](Self::send), because they are logged?
    pub(crate) fn logs(&self, wire: Wire) -> bool {
        self.config.recovery.is_some() && !wire.is_bus()
    }

    /// Sends to every member of the target; returns to how many. Encoded once for each wire, outside of the lock.
    pub(crate) fn send(
        &self,
        target: &Target,
        delivery: &Delivery,
        content: &Content<'_>,
    ) -> Result<usize, EncodeError> {
        let mut encoded: [Option<Encoded>; WIRES.len()] = Default::default();
        let is_there = |wire: Wire| self.on_wire[wire as usize].load(Ordering::Relaxed) > 0;
        loop {
            for wire in WIRES {
                let slot = &mut encoded[wire as usize];
                if slot.is_none() && is_there(wire) {
                    *slot = Some(self.encode(wire, delivery, content)?);
                }
            }
            let mut inside = self.lock();
            // somebody on a wire that had nobody may have come since we looked
            if WIRES.into_iter().all(|wire| encoded[wire as usize].is_some() || !is_there(wire)) {
                return Ok(inside.deliver(target, delivery, encoded));
            }
        }
    }

    fn encode(&self, wire: Wire, delivery: &Delivery, content: &Content<'_>) -> Result<Encoded, EncodeError> {
        let ack = delivery.ack.as_ref().map(|(id, _)| u64::from(*id));
        // what asks for an acknowledgement cannot be sent twice; a client takes no offset from it either
        let offset = self.logs(wire) && ack.is_none();
        let head = Head { wire, namespace: &self.name, ack, offset };
        content.encode(head, |encoded| {
            if offset {
                let at = encoded.offset_at(wire);
                Encoded::Open(encoded.into_vec(), at)
            } else {
                Encoded::Ready(encoded.into_bytes())
            }
        })
    }

    /// Sends to one socket, so that it can be recovered.
    pub(crate) fn send_to(
        &self,
        core: &Core,
        content: &Content<'_>,
        volatile: bool,
    ) -> Result<(), EmitError> {
        let wire = core.link.wire();
        if volatile && core.phase() == Phase::Connecting {
            return Err(EmitError::Full);
        }
        let encoded = self.encode(wire, &Delivery::default(), content)?;
        let mut inside = self.lock();
        let target = Target { only: Some(core.id), ..Target::default() };
        match encoded {
            Encoded::Ready(frame) => core.push(Frame::Shared(&frame), volatile),
            Encoded::Open(frame, at) => {
                // until it is let in it holds what is emitted, and what it holds is logged then
                let Some(frame) = core.hold_open(frame, at)? else { return Ok(()) };
                let (frame, number) = inside.number(&target, volatile, frame, at);
                core.set_sent(number);
                core.push(Frame::Shared(&frame), volatile)
            }
        }
    }

    /// Queues a fired event for every member; returns how many took it.
    pub(crate) fn fire(&self, target: &Target, job: &Job) -> usize {
        // outside of the lock: queuing wakes owner tasks, and may fail
        self.sockets(target).iter().filter(|socket| socket.core().queue(job.clone()).is_ok()).count()
    }

    /// Nobody waits for the answers to this broadcast any more.
    pub(crate) fn forget_ack(&self, id: u32) {
        self.lock().members.walk(&Target::default(), |socket| socket.core().acks.forget(id));
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

impl Inside {
    /// Pushes a message to every member of the target.
    fn deliver(
        &mut self,
        target: &Target,
        delivery: &Delivery,
        encoded: [Option<Encoded>; WIRES.len()],
    ) -> usize {
        let mut number = None;
        let frames = encoded.map(|encoded| match encoded? {
            Encoded::Ready(frame) => Some(frame),
            Encoded::Open(frame, at) => {
                let (frame, logged) = self.number(target, delivery.volatile, frame, at);
                number = Some(logged);
                Some(frame)
            }
        });
        let mut sent = 0;
        self.members.walk(target, |socket| {
            let core = socket.core();
            let Some(frame) = &frames[core.link.wire() as usize] else { return };
            if let Some(number) = number {
                core.set_sent(number);
            }
            if let Some((id, waiter)) = &delivery.ack
                && !core.acks.expect(*id, core.id, waiter.clone(), core.link.config().max_pending_acks)
            {
                return;
            }
            if core.push(Frame::Shared(frame), delivery.volatile).is_ok() {
                sent += 1;
            } else if let Some((id, _)) = &delivery.ack {
                core.acks.forget(*id);
            }
        });
        sent
    }

    /// Gives a message its offset, and logs it.
    ///
    /// A volatile one is not logged. Its offset is that of what was sent before: clients of the reference take
    /// any text that comes last for an offset, and go on with it.
    fn number(&mut self, target: &Target, volatile: bool, mut frame: Vec<u8>, at: usize) -> (Bytes, u64) {
        let Some(recovery) = &mut self.recovery else { return (frame.into(), 0) };
        let number = if volatile { recovery.last() } else { recovery.next() };
        frame[at..at + OFFSET_LEN].copy_from_slice(&recovery.offset(number));
        let frame = Bytes::from(frame);
        if !volatile {
            recovery.append(Instant::now(), frame.clone(), target.clone());
        }
        (frame, number)
    }
}
