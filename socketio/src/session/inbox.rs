//! What waits for the handlers of one socket.

use std::collections::VecDeque;

use crate::handler::Waiting;

/// Two queues, so that nothing has to be put between others: what is put in takes the same time however much waits.
#[derive(Default)]
pub(super) struct Inbox {
    /// What other tasks and the socket's own handlers have left, and what went wrong: it comes before what was read.
    first: VecDeque<Waiting>,
    /// What was read.
    read: VecDeque<Waiting>,
}

impl Inbox {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.read.is_empty()
    }

    /// Something was read.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.read.push_back(waiting);
    }

    /// Something went wrong: it comes before what was read.
    pub(super) fn push_error(&mut self, waiting: Waiting) {
        self.first.push_back(waiting);
    }

    /// These come before everything else.
    pub(super) fn put_first(&mut self, queued: VecDeque<Waiting>) {
        for waiting in queued.into_iter().rev() {
            self.first.push_front(waiting);
        }
    }

    /// What is to be handled next.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        self.first.pop_front().or_else(|| self.read.pop_front())
    }

    /// Drops everything; returns how many events that were.
    pub(super) fn clear(&mut self) -> usize {
        let Self { first, read } = std::mem::take(self);
        first.iter().chain(&read).filter(|waiting| waiting.job.is_event()).count()
    }

    /// It is empty: what had to grow is given back.
    pub(super) fn shrink(&mut self) {
        for queue in [&mut self.first, &mut self.read] {
            if queue.capacity() > KEEP {
                *queue = VecDeque::new();
            }
        }
    }
}

/// So many places stay.
const KEEP: usize = 16;
