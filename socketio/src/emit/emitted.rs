//! What leaves, for a program that wants to see all of it.

use std::{fmt, sync::Arc};

use crate::{contained::contain, namespace::Target, socket::SocketId};

/// A message that was sent to clients, as [`on_emit`](crate::SocketIoBuilder::on_emit) sees it.
#[derive(Debug, Clone, Copy)]
pub struct Emitted<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) event: &'a str,
    pub(crate) to: To<'a>,
    pub(crate) size: usize,
    pub(crate) clients: usize,
}

/// To whom it went.
#[derive(Debug, Clone, Copy)]
pub(crate) enum To<'a> {
    Socket(SocketId),
    Selection(&'a Target),
}

impl<'a> Emitted<'a> {
    /// The name of the namespace.
    pub fn namespace(&self) -> &'a str {
        self.namespace
    }

    /// The event's name; `message` for a [`Message`](crate::Message).
    pub fn event(&self) -> &'a str {
        self.event
    }

    /// The socket, if it was sent to that one alone. `None`: to a selection.
    pub fn socket(&self) -> Option<SocketId> {
        match self.to {
            To::Socket(id) => Some(id),
            To::Selection(target) => target.only,
        }
    }

    /// The rooms of the selection. None: everyone in the namespace, if it was not for [one socket](Self::socket).
    pub fn rooms(&self) -> impl Iterator<Item = &'a str> {
        let rooms: &[Arc<str>] = match self.to {
            To::Socket(_) => &[],
            To::Selection(target) => &target.rooms,
        };
        rooms.iter().map(|room| &**room)
    }

    /// The bytes of its frames for one client; where clients of several wires get it, of the longest. 0, if nobody gets it.
    pub fn size(&self) -> usize {
        self.size
    }

    /// To how many clients of this process it was sent.
    pub fn clients(&self) -> usize {
        self.clients
    }
}

/// The program's function for what leaves.
#[derive(Clone)]
pub(crate) struct OnEmit(Arc<dyn Fn(&Emitted<'_>) + Send + Sync>);

impl OnEmit {
    pub(crate) fn new(look: impl Fn(&Emitted<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// `false`: it panicked.
    pub(crate) fn look(&self, emitted: &Emitted<'_>) -> bool {
        contain(|| (self.0)(emitted)).is_ok()
    }
}

impl fmt::Debug for OnEmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnEmit")
    }
}
