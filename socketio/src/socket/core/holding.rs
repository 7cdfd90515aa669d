//! What is sent to a socket before it is accepted: held, and accounted for as if it were in the outbox.

use std::collections::VecDeque;

use super::{
    super::gate::{Gate, Held, Phase, Prepared},
    Core,
};
use crate::{
    config::Overflow,
    connection::{Amount, Frame, Out},
    encode::Draft,
    error::EmitError,
    namespace::Target,
};

impl Core {
    pub(super) fn hold(&self, frame: Frame<'_>, volatile: bool) -> Result<(), EmitError> {
        let mut gate = self.lock();
        // it may have been accepted since we looked
        match self.phase() {
            Phase::Connecting if volatile => Err(EmitError::Full),
            Phase::Connecting => {
                self.hold_in(gate.get_or_insert_default(), Held::own(Prepared::Finished(frame.to_bytes())))
            }
            Phase::Live => self.push_live(frame, false),
            Phase::Ended => Err(EmitError::Closed),
        }
    }

    /// What is held is not limited but by the ceiling: a client that was not accepted yet could take none of it.
    fn hold_in(&self, gate: &mut Gate, message: Held) -> Result<(), EmitError> {
        let Out { outbox, limits } = self.link.mailbox.out();
        while let Err(refused) = outbox.hold(message.len(), limits) {
            let oldest = match limits.overflow {
                Overflow::DropOldest => gate.held.pop_front(),
                Overflow::Disconnect | Overflow::DropNewest => None,
            };
            let Some(oldest) = oldest else { return Err(refused.into()) };
            outbox.unhold(Amount::one(oldest.len()), 1);
        }
        gate.held.push_back(message);
        Ok(())
    }

    /// Nothing is held any more; the outbox has its memory back.
    pub(super) fn take_held(&self, gate: &mut Gate) -> VecDeque<Held> {
        let held = std::mem::take(&mut gate.held);
        if !held.is_empty() {
            let mut all = Amount::default();
            held.iter().for_each(|message| all += Amount::one(message.len()));
            self.link.mailbox.outbox.unhold(all, 0);
        }
        held
    }

    /// Holds a message that is to get an offset, if the socket is still connecting; else gives it back.
    /// Called under the namespace's lock: the socket is not accepted meanwhile.
    pub(crate) fn hold_draft(&self, draft: Draft) -> Result<Option<Draft>, EmitError> {
        let mut gate = self.lock();
        match self.phase() {
            Phase::Connecting => {
                self.hold_in(gate.get_or_insert_default(), Held::own(Prepared::Draft(draft))).map(|()| None)
            }
            Phase::Live => Ok(Some(draft)),
            Phase::Ended => Err(EmitError::Closed),
        }
    }

    /// Holds a broadcast of the socket's own connect handlers. One that has recovered gets it from the log.
    pub(crate) fn hold_broadcast(&self, message: Prepared, target: &Target) {
        let mut gate = self.lock();
        if self.phase() == Phase::Connecting && gate.as_ref().is_none_or(|gate| gate.claim.is_none()) {
            // a refusal is the outbox's own business: its policy ends the connection or drops
            let _ = self.hold_in(
                gate.get_or_insert_default(),
                Held { message, target: Some(Box::new(target.clone())) },
            );
        }
    }
}
