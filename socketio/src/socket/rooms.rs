//! The rooms of a socket.

use std::sync::Arc;

use super::{Socket, core::Phase};
use crate::namespace::Change;

impl Socket {
    /// Joins a room. While the connect handlers run, this takes effect when they have accepted; after the end
    /// of the socket it does nothing.
    ///
    /// The id of a socket names a room with that socket alone: joining another live socket's is refused.
    pub fn join(&self, room: impl Into<Arc<str>>) {
        let room = room.into();
        if room.len() > self.0.link.config().max_name {
            self.not_joined("its name is too long");
            return;
        }
        if self.0.note_room(&room) {
            return;
        }
        match self.0.namespace.join(&self.0.id, room) {
            Change::Joined | Change::NotMember => {}
            Change::TooMany => self.not_joined("the socket is in too many"),
            Change::Foreign => self.not_joined("it is another socket's own"),
        }
    }

    fn not_joined(&self, why: &'static str) {
        self.0.namespace.observer.not_joined(self.0.link.number, why);
    }

    /// Leaves a room.
    pub fn leave(&self, room: &str) {
        self.0.unnote_room(room);
        self.0.namespace.leave_room(&self.0.id, room);
    }

    /// Leaves all rooms except its own.
    pub fn leave_all(&self) {
        for room in self.rooms() {
            self.leave(&room);
        }
        self.0.namespace.leave_rooms(&self.0.id);
    }

    /// The rooms the socket is in, besides its own. In `close` and `disconnect` handlers, and later: those it
    /// was in when it ended.
    pub fn rooms(&self) -> Vec<Arc<str>> {
        match self.0.phase() {
            Phase::Live => self.0.namespace.rooms_of(&self.0.id),
            Phase::Connecting | Phase::Ended => self.0.noted_rooms(),
        }
    }
}
