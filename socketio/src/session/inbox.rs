//! What waits for the handlers of one socket.

use std::collections::VecDeque;

use crate::handler::Waiting;

/// Two queues, so that nothing has to be put between others: what is put in takes the same time however much waits.
#[derive(Default)]
pub(super) struct Inbox {
    /// What other tasks and the socket's own handlers have left, and what went wrong: it comes before what was read.
    /// `None` if that is nothing.
    #[expect(clippy::box_collection, reason = "there is seldom one: 24 bytes of every connection")]
    first: Option<Box<VecDeque<Waiting>>>,
    /// What was read.
    read: VecDeque<Waiting>,
}

impl Inbox {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.read.is_empty()
    }

    /// Something was read.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.read.push_back(waiting);
    }

    /// Something went wrong: it comes before what was read.
    pub(super) fn push_error(&mut self, waiting: Waiting) {
        self.first.get_or_insert_default().push_back(waiting);
    }

    /// These come before everything else.
    pub(super) fn put_first(&mut self, queued: VecDeque<Waiting>) {
        for waiting in queued.into_iter().rev() {
            self.first.get_or_insert_default().push_front(waiting);
        }
    }

    /// What is to be handled next.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let Some(first) = &mut self.first else { return self.read.pop_front() };
        let next = first.pop_front();
        if first.is_empty() {
            self.first = None;
        }
        next.or_else(|| self.read.pop_front())
    }

    /// Drops everything; returns how many events that were.
    pub(super) fn clear(&mut self) -> usize {
        let Self { first, read } = std::mem::take(self);
        first.iter().flat_map(|first| &**first).chain(&read).filter(|waiting| waiting.job.is_event()).count()
    }

    /// It is empty: what had to grow is given back.
    pub(super) fn shrink(&mut self) {
        if self.read.capacity() > KEEP {
            self.read = VecDeque::new();
        }
    }
}

/// So many places stay.
const KEEP: usize = 16;
