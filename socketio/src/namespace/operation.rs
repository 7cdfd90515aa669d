//! Everything that can be done to a selection of sockets, as one value: the only way there is from an operator to the
//! members of a namespace. What another node asks for will take it as well.

use std::sync::Arc;

use super::{Delivery, Namespace, Target};
use crate::{emit::Content, error::EncodeError, handler::Job, socket::Socket};

/// What is to be done, and to whom.
pub(crate) struct Operation<'a> {
    pub(crate) target: &'a Target,
    pub(crate) verb: Verb<'a>,
}

/// What is to be done to every selected socket.
pub(crate) enum Verb<'a> {
    /// Send this to its client, to be acknowledged or not.
    Emit {
        content: Content<'a>,
        delivery: Delivery,
    },
    Join(Arc<str>),
    Leave(&'a str),
    /// Disconnect its client from the namespace.
    Disconnect,
    /// Nothing but tell who it is.
    Fetch,
    /// Queue an event, as if its client had sent it.
    Fire(Job),
}

/// What came of an operation.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// How many sockets it has reached.
    pub(crate) count: usize,
    /// The selected sockets, if they were asked for.
    pub(crate) sockets: Option<Vec<Socket>>,
}

impl Namespace {
    /// Does it to the sockets of this process.
    ///
    /// # Errors
    /// If a value cannot be encoded: then nothing was done.
    #[inline]
    pub(crate) fn apply(&self, operation: Operation<'_>) -> Result<Applied, EncodeError> {
        let Operation { target, verb } = operation;
        let count = match verb {
            Verb::Emit { content, delivery } => self.send(target, &delivery, &content)?,
            Verb::Join(room) => self.each(target, |socket| socket.join_or_raise(room.clone())),
            Verb::Leave(room) => self.each(target, |socket| {
                socket.leave(room);
                true
            }),
            Verb::Disconnect => self.each(target, |socket| {
                socket.disconnect();
                true
            }),
            Verb::Fire(job) => self.each(target, |socket| socket.core().queue(job.clone()).is_ok()),
            Verb::Fetch => {
                let sockets = self.sockets(target);
                return Ok(Applied { count: sockets.len(), sockets: Some(sockets) });
            }
        };
        Ok(Applied { count, sockets: None })
    }

    /// Outside the lock: what is done to a socket wakes owner tasks, and may take the lock again. Returns for how many
    /// it succeeded.
    fn each(&self, target: &Target, succeeds: impl FnMut(&&Socket) -> bool) -> usize {
        self.sockets(target).iter().filter(succeeds).count()
    }
}
