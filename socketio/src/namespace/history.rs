//! A namespace whose cluster keeps a history: its log is the tail of that, and its sockets may come from other nodes.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Claim, Namespace, recovery::Recovery};
use crate::{
    cluster::{History, Position, Session},
    socket::{Pid, SocketId},
};

/// How many sessions are stored in one go, besides a part of all.
const SESSIONS_AT_ONCE: usize = 1000;

impl Namespace {
    /// The history of the cluster, if what can be recovered goes through it.
    pub(crate) fn history(&self) -> Option<&dyn History> {
        self.config.recovery.as_ref()?;
        self.cluster.as_ref()?.driver().history()
    }

    /// From what its history has now on, the log has everything. Called under the lock.
    pub(super) fn start_log(&self, recovery: Option<&mut Recovery>) {
        if let Some(recovery) = recovery
            && let Some(history) = self.history()
            && let Some(position) = history.position(&self.name)
        {
            recovery.start(position.to_number());
        }
    }

    /// Is everything in the log that came after this?
    pub(crate) fn has_all_since(&self, after: Position) -> bool {
        let mut inside = self.lock();
        self.start_log(inside.recovery.as_deref_mut());
        inside.recovery.as_ref().is_some_and(|recovery| recovery.has_all_since(after.to_number()))
    }

    /// The claim of a socket that some node has had, and what it has missed up to a place in the history.
    pub(crate) fn claim_kept(
        &self,
        pid: Pid,
        (id, rooms, data): (SocketId, Vec<Arc<str>>, Option<Arc<str>>),
        (after, frames): (Position, Vec<Bytes>),
    ) -> Claim {
        // as if it had been counted here all the time
        self.count(self.config.packet_wire(), 1);
        Claim::kept(pid, (id, rooms, data), after.to_number(), frames)
    }

    /// Ends the socket with this private id, if it is here: its client is elsewhere.
    pub(crate) fn release(&self, pid: &Pid) {
        let socket = {
            let inside = self.lock();
            let id = inside.recovery.as_ref().and_then(|recovery| recovery.present(pid));
            id.and_then(|id| inside.members.get(&id))
        };
        if let Some(socket) = socket {
            socket.replaced();
        }
    }

    /// Stores the sessions of sockets that have changed since the last time, at most a part of them, so that they survive the
    /// end of this process.
    pub(crate) fn store_sessions(&self) {
        let (Some(history), Some(limits)) = (self.history(), self.config.recovery) else { return };
        let mut inside = self.lock();
        let now = Instant::now();
        let Some(recovery) = &mut inside.recovery else { return };
        let is_renewal = recovery.is_renewal(now);
        let mut left = SESSIONS_AT_ONCE + inside.members.len() / 16;
        for socket in inside.members.sockets() {
            let core = socket.core();
            let Some(pid) = core.pid() else { continue };
            if is_renewal {
                core.set_unsaved();
            }
            if left > 0 && core.take_unsaved() {
                left -= 1;
                let rooms = inside.members.rooms_of(&core.id);
                history.store(&Session::new(pid, core.id, &rooms, core.locals.data()), true, limits.window);
            }
        }
    }
}
