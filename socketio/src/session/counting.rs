//! What the owner of a connection counts and reports.

use super::Owner;
use crate::{
    close::DisconnectReason,
    connection::Amount,
    counts::{self, Counts},
    observe,
};

impl Owner {
    pub(super) fn counts(&self) -> &Counts {
        &self.desk.link().observer().counts
    }

    /// The connection ends.
    pub(super) fn note_end(&self, reason: &DisconnectReason) {
        observe::ends(self.desk.link().number, reason);
        self.counts().closed[counts::reason(reason)].one();
        if *reason == DisconnectReason::SlowConsumer {
            self.counts().overflows.one();
        }
    }

    /// So much was taken to be written.
    pub(super) fn note_sent(&self, sent: Amount) {
        let wire = self.desk.link().wire() as usize;
        self.counts().sent[wire].add(sent.messages, sent.bytes);
    }

    /// So many messages will not be written.
    pub(super) fn note_lost(&self, messages: u32) {
        if messages > 0 {
            observe::messages_lost(self.desk.link().number, messages);
        }
    }
}
