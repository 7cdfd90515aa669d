//! Who is in a namespace, and in which of its rooms. No locks here: the namespace has one for all of it.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use foldhash::quality::RandomState;
use indexmap::{IndexMap, IndexSet};

use super::Target;
use crate::{
    error::JoinError,
    socket::{Socket, SocketId},
};

/// The members of a namespace. Walks go over dense arrays; a socket leaves a room in constant time.
#[derive(Debug, Default)]
pub(super) struct Members {
    sockets: IndexMap<SocketId, Member, RandomState>,
    rooms: HashMap<Arc<str>, Room, RandomState>,
    /// Those of sockets that are not accepted yet are here as well: they are taken.
    aliases: HashMap<Arc<str>, SocketId, RandomState>,
    /// The number of the last walk over several rooms.
    walks: u64,
    /// Rooms that have come to life, and that are gone, ids and aliases among them. `None`: nobody wants to know.
    changes: Option<Vec<Change>>,
}

/// A room, and whether it lives.
pub(super) type Change = (Arc<str>, bool);

#[derive(Debug)]
struct Member {
    socket: Socket,
    /// `None`: it is in none, as most are that only listen.
    rooms: Option<Box<IndexSet<Arc<str>, RandomState>>>,
}

type Room = IndexMap<SocketId, Socket, RandomState>;

/// What a namespace holds, for tests that look for leaks.
#[cfg(test)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sockets: usize,
    pub(crate) rooms: usize,
    pub(crate) aliases: usize,
    /// Members that are counted for their wire; with recovery, those that may be recovered are not.
    pub(crate) on_wires: usize,
}

impl Members {
    #[cfg(test)]
    pub(super) fn counts(&self) -> Counts {
        Counts {
            sockets: self.sockets.len(),
            rooms: self.rooms.len(),
            aliases: self.aliases.len(),
            on_wires: 0,
        }
    }

    /// Keeps the changes of rooms from here on.
    pub(super) fn follow_rooms(&mut self) {
        self.changes = Some(vec![]);
    }

    /// What has changed since the last call.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, room: impl FnOnce() -> Arc<str>, lives: bool) {
        if let Some(changes) = &mut self.changes {
            changes.push((room(), lives));
        }
    }

    pub(super) fn insert(&mut self, socket: Socket) {
        self.note(|| socket.id().to_string().into(), true);
        self.sockets.insert(socket.id(), Member { socket, rooms: None });
    }

    pub(super) fn remove(&mut self, id: &SocketId) -> Option<(Socket, Vec<Arc<str>>)> {
        let member = self.sockets.swap_remove(id)?;
        self.note(|| id.to_string().into(), false);
        let rooms: Vec<_> = member.rooms.into_iter().flat_map(|rooms| *rooms).collect();
        for room in &rooms {
            self.remove_from(room, id);
        }
        Some((member.socket, rooms))
    }

    pub(super) fn join(&mut self, id: &SocketId, room: Arc<str>, max: usize) -> Result<(), JoinError> {
        if let Some(owner) = self.owner(&room) {
            // every socket is in its own room without being listed there
            return if owner == *id { Ok(()) } else { Err(JoinError::Foreign) };
        }
        let Some(member) = self.sockets.get_mut(id) else { return Err(JoinError::Closed) };
        let rooms = member.rooms.get_or_insert_default();
        if rooms.contains(&room) {
            return Ok(());
        }
        if rooms.len() >= max {
            return Err(JoinError::TooMany);
        }
        rooms.insert(room.clone());
        let socket = member.socket.clone();
        match self.rooms.get_mut(&room) {
            Some(members) => drop(members.insert(*id, socket)),
            None => {
                self.note(|| room.clone(), true);
                self.rooms.entry(room).or_default().insert(*id, socket);
            }
        }
        Ok(())
    }

    /// The live socket whose id names this room.
    pub(super) fn owner(&self, room: &str) -> Option<SocketId> {
        room.parse().ok().filter(|owner| self.sockets.contains_key(owner))
    }

    pub(super) fn leave(&mut self, id: &SocketId, room: &str) {
        let Some(member) = self.sockets.get_mut(id) else { return };
        if member.rooms.as_mut().is_some_and(|rooms| rooms.swap_remove(room)) {
            self.remove_from(room, id);
        }
    }

    pub(super) fn leave_all(&mut self, id: &SocketId) {
        let Some(member) = self.sockets.get_mut(id) else { return };
        for room in member.rooms.take().into_iter().flat_map(|rooms| *rooms) {
            self.remove_from(&room, id);
        }
    }

    fn remove_from(&mut self, room: &str, id: &SocketId) {
        if let Some(members) = self.rooms.get_mut(room) {
            members.swap_remove(id);
            if members.is_empty() {
                self.rooms.remove(room);
                self.note(|| room.into(), false);
            }
        }
    }

    pub(super) fn rooms_of(&self, id: &SocketId) -> Vec<Arc<str>> {
        let rooms = self.sockets.get(id).and_then(|member| member.rooms.as_deref());
        rooms.into_iter().flatten().cloned().collect()
    }

    pub(super) fn get(&self, id: &SocketId) -> Option<Socket> {
        self.sockets.get(id).map(|member| member.socket.clone())
    }

    /// By alias, or by id.
    pub(super) fn find(&self, address: &str) -> Option<Socket> {
        let id = match self.aliases.get(address) {
            Some(id) => *id,
            None => address.parse().ok()?,
        };
        self.sockets.get(&id).map(|member| member.socket.clone())
    }

    /// The socket with this alias.
    pub(super) fn owner_of(&self, alias: &str) -> Option<SocketId> {
        self.aliases.get(alias).copied().filter(|id| self.sockets.contains_key(id))
    }

    pub(super) fn has_room(&self, room: &str) -> bool {
        self.rooms.contains_key(room)
            || self.owner_of(room).is_some()
            || room.parse::<SocketId>().is_ok_and(|id| self.sockets.contains_key(&id))
    }

    pub(super) fn room_names(&self) -> Vec<Arc<str>> {
        let ids = self.sockets.keys().map(|id| id.to_string().into());
        ids.chain(self.rooms.keys().cloned()).collect()
    }

    /// Does this name belong to another socket?
    pub(super) fn is_taken(&self, name: &str, id: &SocketId) -> bool {
        let owner = match self.aliases.get(name) {
            Some(owner) => Some(*owner),
            None => name.parse().ok().filter(|owner| self.sockets.contains_key(owner)),
        };
        owner.is_some_and(|owner| owner != *id)
    }

    /// Moves the alias of a socket, whether it is a member yet or not.
    pub(super) fn rename(&mut self, id: &SocketId, old: Option<&str>, new: Option<Arc<str>>) {
        if let Some(old) = old {
            self.aliases.remove(old);
            self.note(|| old.into(), false);
        }
        if let Some(new) = new {
            self.note(|| new.clone(), true);
            self.aliases.insert(new, *id);
        }
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.values().map(|member| &member.socket)
    }

    pub(super) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Visits every socket of the target once.
    pub(super) fn walk(&mut self, target: &Target, mut visit: impl FnMut(&Socket)) {
        self.walks += 1;
        let walk = self.walks;
        let mut visit = |socket: &Socket| {
            if Some(socket.id()) != target.except_socket {
                visit(socket);
            }
        };
        // a socket that is in an excepted room counts as visited
        for room in &target.except {
            self.in_room(room, |socket| {
                socket.core().mark.store(walk, Ordering::Relaxed);
            });
        }
        match &*target.rooms {
            [] if target.except.is_empty() => {
                for member in self.sockets.values() {
                    visit(&member.socket);
                }
            }
            [] => {
                for member in self.sockets.values() {
                    if member.socket.core().mark.load(Ordering::Relaxed) != walk {
                        visit(&member.socket);
                    }
                }
            }
            [room] if target.except.is_empty() => self.in_room(room, visit),
            rooms => {
                for room in rooms {
                    self.in_room(room, |socket| {
                        // only walks write the mark, and they hold the namespace's lock
                        if socket.core().mark.swap(walk, Ordering::Relaxed) != walk {
                            visit(socket);
                        }
                    });
                }
            }
        }
    }

    /// Visits the members of a room, or the socket whose id names it.
    fn in_room(&self, room: &str, mut visit: impl FnMut(&Socket)) {
        if let Some(members) = self.rooms.get(room) {
            members.values().for_each(visit);
        } else if let Ok(id) = room.parse::<SocketId>()
            && let Some(member) = self.sockets.get(&id)
        {
            visit(&member.socket);
        }
    }
}
