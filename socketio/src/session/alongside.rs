//! Handlers that wait while events after them go on.

use std::task::Context;

use super::{
    execution::Execution,
    slot::{Slot, Stage, Wish},
};

impl Slot {
    /// Goes on with what runs alongside; starts those that decide about a socket whose time is over.
    pub(super) fn advance_beside(&mut self, cx: &mut Context<'_>) -> Option<Wish> {
        if let Stage::Expiring { asked: false, .. } = self.stage {
            return self.ask_expired(cx);
        }
        let mut at = 0;
        while at < self.beside.len() {
            let mut running = self.beside.swap_remove(at);
            let purpose = running.purpose;
            if running.poll(cx, &mut |error| self.raise(purpose, error)).is_ready() {
                let wish = self.finish(&mut running);
                if wish.is_some() {
                    return wish;
                }
                continue;
            }
            // back to its place, which the last one has taken
            self.beside.push(running);
            let last = self.beside.len() - 1;
            self.beside.swap(at, last);
            at += 1;
        }
        None
    }

    /// Keeps handlers that wait: alongside the events that follow if they may run so, before them otherwise.
    pub(super) fn keep(&mut self, mut waiting: Execution) {
        waiting.charge();
        let limit = self.socket.core().link.config().max_concurrent;
        if waiting.is_concurrent() && self.beside.len() < limit {
            self.beside.push(waiting);
        } else {
            self.running = Some(Box::new(waiting));
        }
    }
}
