//! Charges to the [account](super::Account) of a connection, as values: each lives as long as what it is for.

use std::{fmt, sync::Arc};

use super::Mailbox;

/// One thing that the peer has caused, and the bytes that it keeps in memory: an event, an error, a moment of a
/// socket's life, handlers that wait, an answer that is not fetched. Dropping it gives them back.
pub(crate) struct Charge {
    mailbox: Arc<Mailbox>,
    bytes: usize,
}

/// The program awaits an answer of the peer, as long as this lives.
pub(crate) struct Awaited(Arc<Mailbox>);

impl Charge {
    pub(crate) fn new(mailbox: &Arc<Mailbox>, bytes: usize) -> Self {
        mailbox.account.charge(bytes);
        Self { mailbox: mailbox.clone(), bytes }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.mailbox.account.give_back(self.bytes) {
            self.mailbox.outbox.wake();
        }
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Charge").field(&self.bytes).finish()
    }
}

impl Awaited {
    pub(crate) fn new(mailbox: &Arc<Mailbox>) -> Self {
        mailbox.account.count_awaited();
        Self(mailbox.clone())
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.account.discount_awaited();
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Awaited")
    }
}
