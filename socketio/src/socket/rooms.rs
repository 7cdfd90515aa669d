//! The rooms of a socket.

use std::sync::Arc;

use super::{Phase, Socket};
use crate::error::{JoinError, SocketError};

impl Socket {
    /// Joins a room. While the connect handlers run, this takes effect when they have accepted; after the end
    /// of the socket it does nothing.
    ///
    /// The id of a socket names a room with that socket alone: joining another live socket's is refused. A room that
    /// cannot be joined raises the `error` event; [`try_join`](Self::try_join) returns the reason.
    pub fn join(&self, room: impl Into<Arc<str>>) {
        self.join_or_raise(room.into());
    }

    /// Like [`join`](Self::join), and says whether the socket is in the room, or will be when it is accepted.
    ///
    /// # Errors
    /// If it is in as many rooms as [it may be](crate::Config::max_rooms), the name is [too
    /// long](crate::Config::max_name), the room is another socket's own, or the socket has ended.
    pub fn try_join(&self, room: impl Into<Arc<str>>) -> Result<(), JoinError> {
        let room = room.into();
        if room.len() > self.0.link.config().max_name {
            return Err(JoinError::Length);
        }
        match self.0.phase() {
            Phase::Connecting => self.0.namespace.may_join(&self.0.id, &room)?,
            Phase::Live | Phase::Ended => {}
        }
        self.0.note_room(&room).unwrap_or_else(|| self.0.namespace.join(&self.0.id, room))
    }

    /// Joins a room, or reports that it cannot. `false`: the socket is not in it.
    pub(crate) fn join_or_raise(&self, room: Arc<str>) -> bool {
        match self.try_join(room.clone()) {
            Ok(()) => true,
            // as every verb after the end
            Err(JoinError::Closed) => false,
            Err(error) => {
                self.raise_unjoined(&room, error);
                false
            }
        }
    }

    pub(crate) fn raise_unjoined(&self, room: &str, source: JoinError) {
        let room = room.chars().take(crate::proto::MAX_NAME).collect();
        self.0.namespace.observer.not_joined(self.0.link.number, &source);
        self.raise(SocketError::Join { room, source });
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

    /// Returns `true` if the socket is in this room. Takes longer the more rooms it is in.
    ///
    /// ```
    /// use socketio::{ClientError, Socket, event, on};
    ///
    /// #[on("say")]
    /// fn say(socket: &Socket, room: String, text: String) -> Result<(), ClientError> {
    ///     if !socket.is_in(&room) {
    ///         return Err(ClientError::new("not_in_room", "join the room first"));
    ///     }
    ///     socket.to(room).emit(event!("said", text));
    ///     Ok(())
    /// }
    /// ```
    pub fn is_in(&self, room: &str) -> bool {
        self.rooms().iter().any(|joined| **joined == *room)
    }
}
