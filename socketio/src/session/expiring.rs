//! The end of a socket's time: the program decides, or the socket ends.

use std::task::Context;

use tokio::time::Instant;

use super::{
    execution::{Execution, Purpose, Verdict, Work},
    slot::{Slot, Stage, Wish},
};
use crate::{
    error::ClientError,
    handler::{Body, Lifecycle, Name},
};

impl Slot {
    /// When it expires, unless that is being decided already, or it has ended.
    pub(crate) fn expiry(&self) -> Option<Instant> {
        let may_expire = matches!(self.stage, Stage::Live) && !self.is_left();
        may_expire.then(|| self.socket.expiry()).flatten()
    }

    /// Its time is over: the handlers decide at its next turn, if there are any.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Wish> {
        if !self.socket.core().hears(Lifecycle::Expired) {
            return Some(Wish::Expire(ClientError::expired()));
        }
        self.stage = Stage::Expiring { since: now, asked: false };
        None
    }

    /// Starts the handlers that decide. They run alongside all others: a handler that hangs does not extend anything.
    #[cold]
    pub(super) fn ask_expired(&mut self, cx: &mut Context<'_>) -> Option<Wish> {
        let Stage::Expiring { asked, .. } = &mut self.stage else { return None };
        *asked = true;
        let (moment, core) = (Lifecycle::Expired, self.socket.core());
        let (entry, added) = (core.namespace.table.moment(moment), core.added_to_moment(moment));
        let work = Work {
            purpose: Purpose::Lifecycle(moment),
            name: Name::Known(moment.as_str()),
            body: Body::Empty,
            ack: None,
            bytes: 0,
            charge: None,
        };
        let mut execution = Execution::new(&self.socket, entry, added, work);
        let purpose = execution.purpose;
        if execution.poll(cx, &mut |error| self.raise(purpose, error)).is_ready() {
            return self.finish(&mut execution);
        }
        execution.charge();
        self.beside.push(execution);
        None
    }

    /// The handlers are through: has the socket more time?
    pub(super) fn decide_expired(&mut self, verdict: Verdict) -> Option<Wish> {
        // it may have ended meanwhile
        let Stage::Expiring { since, .. } = self.stage else { return None };
        if let Verdict::Failed(error) = verdict {
            return Some(Wish::Expire(error));
        }
        // timers are early by a little: what was over stays over
        let now = since.max(Instant::now());
        if self.socket.expiry().is_some_and(|at| at <= now) {
            return Some(Wish::Expire(ClientError::expired()));
        }
        self.stage = Stage::Live;
        // the new time is to be watched, and what has waited goes on
        self.mailbox().notify();
        None
    }
}
