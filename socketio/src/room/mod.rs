//! The sockets and rooms of one namespace, and messages to many of them.

mod broadcast;
mod members;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

pub use self::broadcast::{Broadcast, EmitReport};
pub(crate) use self::members::Change;
#[cfg(test)]
pub(crate) use self::members::Counts;
use self::members::Members;
use crate::{
    config::Config,
    emit::Wire,
    error::SetUuidError,
    handler::Table,
    session::{Frame, Job},
    socket::{Core, Socket, SocketId},
    states::States,
};

/// One namespace of a server.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: &'static str,
    pub(crate) table: Table,
    pub(crate) states: Arc<States>,
    pub(crate) config: Arc<Config>,
    /// The sequencer: whoever holds it is alone in changing the members and in pushing to them, so that all
    /// members see all broadcasts in one order. Memory only: no I/O, no encoding, no user code under it.
    members: Mutex<Members>,
    /// How many members speak each wire: a broadcast is encoded for the wires that are there.
    on_wire: [AtomicUsize; 2],
}

/// To whom a message goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    /// The union of these rooms; none: the whole namespace.
    pub(crate) rooms: Vec<Arc<str>>,
    /// Not to the members of these rooms.
    pub(crate) except: Vec<Arc<str>>,
    /// Not to this socket.
    pub(crate) except_socket: Option<SocketId>,
}

/// A message, encoded for each wire that some receiver speaks.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    pub(crate) frames: [Option<bytes::Bytes>; 2],
}

impl Namespace {
    pub(crate) fn new(name: &'static str, table: Table, states: Arc<States>, config: Arc<Config>) -> Self {
        Self { name, table, states, config, members: Mutex::default(), on_wire: Default::default() }
    }

    /// Lets a socket in: the reply and what it held go out, then it is a member. Returns `false` if it has
    /// ended meanwhile.
    pub(crate) fn admit(&self, socket: &Socket, reply: Option<&[u8]>) -> bool {
        let core = socket.core();
        let mut members = self.lock();
        let Some(rooms) = core.open(reply) else { return false };
        self.on_wire[core.link.wire() as usize].fetch_add(1, Ordering::Relaxed);
        members.insert(socket.clone(), core.alias());
        for room in rooms {
            members.join(&core.id, room, self.config.max_rooms);
        }
        true
    }

    /// Takes a socket out; returns the rooms it was in.
    pub(crate) fn leave(&self, core: &Core) -> Vec<Arc<str>> {
        let mut members = self.lock();
        let Some((socket, rooms)) = members.remove(&core.id, core.alias().as_deref()) else { return vec![] };
        drop(members);
        self.on_wire[core.link.wire() as usize].fetch_sub(1, Ordering::Relaxed);
        drop(socket);
        rooms
    }

    pub(crate) fn join(&self, id: &SocketId, room: Arc<str>) -> Change {
        self.lock().join(id, room, self.config.max_rooms)
    }

    pub(crate) fn leave_room(&self, id: &SocketId, room: &str) {
        self.lock().leave(id, room);
    }

    pub(crate) fn leave_rooms(&self, id: &SocketId) {
        self.lock().leave_all(id);
    }

    pub(crate) fn rooms_of(&self, id: &SocketId) -> Vec<Arc<str>> {
        self.lock().rooms_of(id)
    }

    /// The live socket with this id or alias.
    pub(crate) fn find(&self, address: &str) -> Option<Socket> {
        self.lock().find(address)
    }

    /// The live sockets of the target.
    pub(crate) fn sockets(&self, target: &Target) -> Vec<Socket> {
        let mut sockets = vec![];
        self.lock().walk(target, |socket| sockets.push(socket.clone()));
        sockets
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Gives `core` an alias; `None` takes it away. Checked and changed in one step.
    pub(crate) fn set_alias(&self, core: &Core, alias: Option<Arc<str>>) -> Result<(), SetUuidError> {
        let mut members = self.lock();
        if core.ended().is_some() {
            return Err(SetUuidError::Closed);
        }
        if let Some(alias) = &alias
            && members.find(alias).is_some_and(|other| other.id() != core.id)
        {
            return Err(SetUuidError::Duplicate);
        }
        let old = core.set_alias(alias.clone());
        members.rename(&core.id, old.as_deref(), alias);
        Ok(())
    }

    /// Sends to every member of the target; `encode` is asked for the wires that are needed, outside of the lock.
    ///
    /// Returns how many sockets it was sent to.
    pub(crate) fn send<E>(
        &self,
        target: &Target,
        mut encode: impl FnMut(Wire) -> Result<bytes::Bytes, E>,
    ) -> Result<usize, E> {
        let mut encoded = Encoded::default();
        loop {
            for wire in [Wire::Bus, Wire::Packet] {
                let slot = &mut encoded.frames[wire as usize];
                if slot.is_none() && self.on_wire[wire as usize].load(Ordering::Relaxed) > 0 {
                    *slot = Some(encode(wire)?);
                }
            }
            let mut members = self.lock();
            // somebody on a wire that had nobody may have come since we looked
            let complete = [Wire::Bus, Wire::Packet].into_iter().all(|wire| {
                encoded.frames[wire as usize].is_some()
                    || self.on_wire[wire as usize].load(Ordering::Relaxed) == 0
            });
            if !complete {
                continue;
            }
            let mut sent = 0;
            members.walk(target, |socket| {
                let link = &socket.core().link;
                if let Some(frame) = &encoded.frames[link.wire() as usize]
                    && link.push(Frame::Shared(frame)).is_ok()
                {
                    sent += 1;
                }
            });
            return Ok(sent);
        }
    }

    /// Queues a fired event for every member; returns how many took it.
    pub(crate) fn fire(&self, target: &Target, job: &Job) -> usize {
        // outside of the lock: queuing wakes owner tasks, and may fail
        self.sockets(target).iter().filter(|socket| socket.core().queue(job.clone()).is_ok()).count()
    }

    #[cfg(test)]
    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts()
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        // nothing that can panic runs under this lock but allocation
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
