//! One connection, as its sockets and the server see it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::{Carrier, Mailbox};
use crate::{
    config::Config,
    handshake::Handshake,
    hub::Hub,
    observe::{self, Observer},
    peer::Source,
    proto::engine::Revision,
    wire::Wire,
};

/// What the sockets of one connection share.
#[derive(Debug)]
pub(crate) struct Link {
    /// Tells connections apart in logs; says nothing to anybody else.
    pub(crate) number: u64,
    /// Whose shares it counts for, if that is known.
    pub(crate) source: Source,
    pub(crate) hub: Arc<Hub>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) handshake: Handshake,
    faults: AtomicU32,
}

impl Link {
    pub(crate) fn new(
        number: u64,
        source: Source,
        hub: Arc<Hub>,
        wire: Wire,
        revision: Revision,
        carrier: Carrier,
        handshake: Handshake,
    ) -> Self {
        let mailbox = Arc::new(Mailbox::new(hub.shared_config().clone(), wire, revision, carrier));
        Self { number, source, hub, mailbox, handshake, faults: AtomicU32::new(0) }
    }

    pub(crate) fn config(&self) -> &Config {
        self.mailbox.config()
    }

    pub(crate) fn observer(&self) -> &Observer {
        self.hub.observer()
    }

    pub(crate) fn wire(&self) -> Wire {
        self.mailbox.wire()
    }

    /// Reports a fault of the peer: the first of a connection at `warn`, the rest at `debug` and as a number
    /// in the end, so that a client cannot write our logs at line rate.
    pub(crate) fn report_fault(&self, fault: &dyn std::fmt::Display) {
        if self.faults.fetch_add(1, Ordering::Relaxed) == 0 {
            self.observer().client_fault(self.number, fault);
        } else {
            observe::further_fault(self.number, fault);
        }
    }

    /// The connection is over: what the logs were spared while it lived.
    pub(crate) fn report_spared(&self) {
        let (faults, dropped) = (self.faults.load(Ordering::Relaxed), self.mailbox.outbox.dropped());
        if faults > 1 {
            self.observer().client_faults(self.number, faults);
        }
        if dropped > 0 {
            self.observer().counts.dropped.add(dropped);
            self.observer().messages_dropped(self.number, dropped);
        }
    }
}
