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

type Look = Arc<dyn Fn(&Emitted<'_>) + Send + Sync>;

/// The functions for what leaves, of the program and of its plugins.
#[derive(Clone)]
pub(crate) struct OnEmit(Vec<Look>);

impl OnEmit {
    /// One more, after those that are there.
    pub(crate) fn add(to: &mut Option<Self>, look: impl Fn(&Emitted<'_>) + Send + Sync + 'static) {
        to.get_or_insert_with(|| Self(vec![])).0.push(Arc::new(look));
    }

    /// `false`: one of them panicked.
    pub(crate) fn look(&self, emitted: &Emitted<'_>) -> bool {
        // all of them look, whatever becomes of one
        let panicked = self.0.iter().filter(|look| contain(|| look(emitted)).is_err()).count();
        panicked == 0
    }
}

impl fmt::Debug for OnEmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnEmit")
    }
}
