//! What the owner of a connection counts and reports.

use super::Owner;
use crate::{
    close::DisconnectReason,
    counts::{self, Counts},
    observe,
};

impl Owner {
    pub(super) fn counts(&self) -> &Counts {
        &self.link.observer().counts
    }

    /// The connection ends.
    pub(super) fn note_end(&self, reason: &DisconnectReason) {
        observe::ends(self.link.number, reason);
        self.counts().closed[counts::reason(reason)].one();
        if *reason == DisconnectReason::SlowConsumer {
            self.counts().overflows.one();
        }
    }

    /// So many messages will not be written.
    pub(super) fn note_lost(&self, messages: u32) {
        if messages > 0 {
            observe::messages_lost(self.link.number, messages);
        }
    }

    /// What the logs were spared while the connection lived.
    pub(super) fn report(&self) {
        let (faults, dropped) = (self.link.faults(), self.link.mailbox.outbox.dropped());
        if faults > 1 {
            self.link.observer().client_faults(self.link.number, faults);
        }
        if dropped > 0 {
            self.counts().dropped.add(dropped);
            self.link.observer().messages_dropped(self.link.number, dropped);
        }
    }
}
