//! What goes out: one batch after another, and what is done with what is not confirmed.

use redis::{RedisError, RedisResult, Value, aio::MultiplexedConnection};
use socketio::cluster::Node;
use tokio::time::timeout;

use super::{PUBLISH, Shared, lock};
use crate::{
    queue::Out,
    wire::{How, Message},
};

impl Shared {
    /// Publishes what waits, one batch after another.
    pub(super) async fn publish_all(&self, node: &Node, mut publisher: MultiplexedConnection) -> RedisError {
        loop {
            let batch = self.queue.next().await;
            if let Err(error) = self.publish(node, &mut publisher, batch).await {
                return error;
            }
        }
    }

    /// Leaves the cluster: first nobody waits for answers of this node any more, then what waits is published.
    pub(super) async fn leave(
        &self,
        node: &Node,
        mut subscriber: MultiplexedConnection,
        mut publisher: MultiplexedConnection,
    ) {
        // all of them, at once; if it fails, the end of the connection does it
        for command in ["UNSUBSCRIBE", "PUNSUBSCRIBE"] {
            let _ = redis::cmd(command).exec_async(&mut subscriber).await;
        }
        if self.dialect.is_sharded() {
            let _ = redis::cmd("SUNSUBSCRIBE").exec_async(&mut subscriber).await;
        }
        drop(subscriber);
        let _ = self.beat(&mut publisher, 0, true).await;
        loop {
            let batch = self.queue.batch();
            if batch.is_empty() || self.publish(node, &mut publisher, batch).await.is_err() {
                return;
            }
        }
    }

    /// Publishes a batch. What is sent and not confirmed is left [under way](Self::settle).
    async fn publish(
        &self,
        node: &Node,
        publisher: &mut MultiplexedConnection,
        batch: Vec<Out>,
    ) -> RedisResult<()> {
        // known once for the batch: it may change while that is on its way
        let names = self.knows_hanging();
        let mut pipeline = redis::pipe();
        for out in &batch {
            match out {
                Out::Publish(message) => drop(pipeline.add_command(message.command())),
                Out::Ask { message, .. } => {
                    pipeline.add_command(self.counting(&message.channel, names));
                    pipeline.add_command(message.command());
                }
                Out::Recount { channel, .. } => drop(pipeline.add_command(self.counting(channel, names))),
            }
        }
        *lock(&self.under_way) = batch;
        let replies: Vec<Value> = match timeout(PUBLISH, pipeline.query_async(publisher)).await {
            Ok(replies) => replies?,
            Err(_) => return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        };
        let batch = std::mem::take(&mut *lock(&self.under_way));
        let mut replies = replies.iter();
        for out in &batch {
            let mut present = |channel: &str| self.present(channel, replies.next(), names);
            match out {
                Out::Publish(_) => drop(replies.next()),
                Out::Ask { id, message } => {
                    node.expect(*id, present(&message.channel));
                    replies.next();
                }
                Out::Recount { id, channel } => node.recounted(*id, present(channel)),
            }
        }
        Ok(())
    }

    /// A connection has ended: what was published and not confirmed is not sent again, since it may have arrived.
    /// Entries of a stream are: [`resend`](Self::resend).
    pub(super) fn settle(&self, node: &Node) {
        lock(&self.under_way).retain(|out| {
            let is_known = matches!(out, Out::Publish(message) if message.is_repeatable());
            if !is_known {
                node.unknown();
            }
            is_known
        });
    }

    /// The streams are read up to their ends: the entries of this node that are not in them are added again, in order.
    pub(super) fn resend(&self) {
        let seen = lock(&self.streams).own();
        let mut again = std::mem::take(&mut *lock(&self.under_way));
        again.retain(
            |out| !matches!(out, Out::Publish(Message { how: How::Add(entry), .. }) if entry.number <= seen),
        );
        self.queue.put_first(again);
    }
}
