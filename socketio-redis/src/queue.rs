//! What waits to be published: one queue, in order, bounded.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use socketio::cluster::{Full, QuestionId};
use tokio::sync::Notify;

use crate::wire::{How, Message};

/// Something for the connection that publishes.
#[derive(Debug)]
pub(crate) enum Out {
    Publish(Message),
    /// Counts the nodes on the channel, and then asks them.
    Ask {
        id: QuestionId,
        message: Message,
    },
    /// Counts the nodes on the channel again.
    Recount {
        id: QuestionId,
        channel: String,
    },
}

impl Out {
    fn len(&self) -> usize {
        match self {
            Self::Publish(message) | Self::Ask { message, .. } => message.channel.len() + message.body.len(),
            Self::Recount { channel, .. } => channel.len(),
        }
    }
}

/// The queue of one node.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    more: Notify,
    max_messages: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Out>,
    bytes: usize,
    /// How many entries of streams there were.
    entries: u64,
}

/// One batch is on its way at a time: what gathers meanwhile is the next one, so batches grow with the load.
const BATCH_MESSAGES: usize = 1000;
const BATCH_BYTES: usize = 256 * 1024;

impl Queue {
    pub(crate) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self { waiting: Mutex::default(), more: Notify::new(), max_messages, max_bytes }
    }

    /// Puts a message at the end, and gives it its number if it is an entry of a stream. Never waits.
    pub(crate) fn push(&self, mut out: Out) -> Result<u64, Full> {
        let mut waiting = self.lock();
        if waiting.messages.len() >= self.max_messages || waiting.bytes + out.len() > self.max_bytes {
            return Err(Full);
        }
        waiting.bytes += out.len();
        if let Out::Publish(Message { how: How::Add(entry), .. }) = &mut out {
            waiting.entries += 1;
            entry.number = waiting.entries;
        }
        let number = waiting.entries;
        waiting.messages.push_back(out);
        drop(waiting);
        self.more.notify_one();
        Ok(number)
    }

    /// What was taken out goes back, before all that waits.
    pub(crate) fn put_first(&self, batch: Vec<Out>) {
        let mut waiting = self.lock();
        waiting.bytes += batch.iter().map(Out::len).sum::<usize>();
        batch.into_iter().rev().for_each(|out| waiting.messages.push_front(out));
        drop(waiting);
        self.more.notify_one();
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// Questions end when the connection does: nobody would wait for their answers.
    pub(crate) fn drop_questions(&self) {
        let mut waiting = self.lock();
        waiting.messages.retain(|out| matches!(out, Out::Publish(_)));
        waiting.bytes = waiting.messages.iter().map(Out::len).sum();
    }

    /// The next batch; empty if nothing waits.
    pub(crate) fn batch(&self) -> Vec<Out> {
        let mut waiting = self.lock();
        let (mut batch, mut bytes) = (vec![], 0);
        while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let Some(out) = waiting.messages.pop_front() else { break };
            bytes += out.len();
            batch.push(out);
        }
        waiting.bytes -= bytes;
        batch
    }

    /// Waits for the next batch, which has at least one message.
    pub(crate) async fn next(&self) -> Vec<Out> {
        loop {
            let batch = self.batch();
            if !batch.is_empty() {
                return batch;
            }
            self.more.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize) -> Out {
        Out::Publish(Message::publish(String::new(), vec![0; length]))
    }

    #[tokio::test]
    async fn the_queue_keeps_its_order_and_its_bounds() {
        let queue = Queue::new(3, 100);
        for length in [1, 2, 3] {
            assert_eq!(queue.push(message(length)), Ok(0));
        }
        assert_eq!(queue.push(message(4)), Err(Full), "three messages");
        let lengths: Vec<_> = queue.next().await.iter().map(Out::len).collect();
        assert_eq!((lengths, queue.len()), (vec![1, 2, 3], 0));
        assert_eq!(queue.push(message(90)), Ok(0));
        assert_eq!(queue.push(message(11)), Err(Full), "a hundred bytes");
        assert_eq!(queue.push(message(10)), Ok(0));
        let recount = Out::Recount { id: QuestionId(1), channel: String::new() };
        assert_eq!(queue.push(recount), Ok(0));
        queue.drop_questions();
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn a_batch_is_bounded() {
        let queue = Queue::new(10_000, 64 * 1024 * 1024);
        for _ in 0..2000 {
            queue.push(message(1)).expect("room");
        }
        assert_eq!(queue.batch().len(), BATCH_MESSAGES);
        let queue = Queue::new(10_000, 64 * 1024 * 1024);
        for _ in 0..100 {
            queue.push(message(BATCH_BYTES / 2)).expect("room");
        }
        assert_eq!(queue.batch().len(), 2);
    }
}
