//! One connection, as its sockets and the server see it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::outbox::{Frame, Outbox, Refused};
use crate::{close::DisconnectReason, config::Config, emit::Wire, handshake::Handshake, io::Hub};

/// What the sockets of one connection share. It outlives the connection in the handles that a program keeps;
/// stream and waiting messages do not.
#[derive(Debug)]
pub(crate) struct Link {
    /// Tells connections apart in logs; says nothing to anybody else.
    pub(crate) number: u64,
    pub(crate) hub: Arc<Hub>,
    pub(crate) outbox: Outbox,
    pub(crate) handshake: Handshake,
    wire: Wire,
    /// Some socket has something for the owner task, or an order waits.
    notified: AtomicBool,
    order: Mutex<Option<Order>>,
    faults: AtomicU32,
}

/// What the server wants of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// End in an orderly way.
    End(DisconnectReason),
    /// End now: the time for the orderly way is over.
    Kill,
}

impl Link {
    pub(crate) fn new(number: u64, hub: Arc<Hub>, wire: Wire, handshake: Handshake) -> Self {
        Self {
            number,
            hub,
            outbox: Outbox::new(),
            handshake,
            wire,
            notified: AtomicBool::new(false),
            order: Mutex::default(),
            faults: AtomicU32::new(0),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        self.hub.config()
    }

    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    pub(crate) fn is_bus(&self) -> bool {
        self.wire == Wire::Bus
    }

    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), Refused> {
        self.outbox.push(frame, &self.config().outbox)
    }

    pub(crate) fn push_control(&self, frame: &[u8]) {
        self.outbox.push_control(frame);
    }

    /// Tells the owner task to look at what its sockets have for it.
    pub(crate) fn notify(&self) {
        self.notified.store(true, Ordering::Release);
        self.outbox.wake();
    }

    /// For the owner task: is there something to look at?
    pub(crate) fn take_notice(&self) -> bool {
        self.notified.load(Ordering::Relaxed) && self.notified.swap(false, Ordering::Acquire)
    }

    pub(crate) fn order(&self, order: Order) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
        self.notify();
    }

    pub(crate) fn take_order(&self) -> Option<Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Reports a fault of the peer: the first of a connection at `warn`, the rest at `debug` and as a number
    /// in the end, so that a client cannot write our logs at line rate.
    pub(crate) fn report_fault(&self, fault: &dyn std::fmt::Display) {
        if self.faults.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(connection = self.number, %fault, "a client's fault; further ones of this connection at debug");
        } else {
            tracing::debug!(connection = self.number, %fault, "a client's fault");
        }
    }

    /// The number of faults, for the report at the end.
    pub(crate) fn faults(&self) -> u32 {
        self.faults.load(Ordering::Relaxed)
    }
}
