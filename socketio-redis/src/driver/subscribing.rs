//! Which channels this node listens to.

use std::sync::Arc;

use redis::{RedisResult, aio::MultiplexedConnection};
use tokio::time::Instant;

use super::{Shared, lock};
use crate::{
    dialect::Adapter,
    wire::{classic::Channels, cluster},
};

/// A namespace that is subscribed.
pub(super) struct Subscribed {
    pub(super) namespace: Arc<str>,
    /// Those of the classic adapter; of the others nothing but `broadcast` and `own` is in use.
    pub(super) channels: Channels,
}

/// How many channels one command subscribes to.
const CHANNELS: usize = 500;

impl Shared {
    /// Subscribes to what is not subscribed yet, and gives up what is gone.
    pub(super) async fn subscribe(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        let (mut new, mut gone) = (vec![], vec![]);
        {
            let (mut namespaces, mut subscribed) = (lock(&self.namespaces), lock(&self.subscribed));
            namespaces.retain(|_, until| until.is_none_or(|until| until > Instant::now()));
            subscribed.retain(|_, known| {
                let stays = namespaces.contains_key(&known.namespace);
                if !stays {
                    gone.push(known.clone());
                }
                stays
            });
            for namespace in namespaces.keys() {
                let channels = self.channels(namespace);
                subscribed.entry(self.key(&channels)).or_insert_with(|| {
                    let known = Arc::new(Subscribed { namespace: namespace.clone(), channels });
                    new.push(known.clone());
                    known
                });
            }
        }
        for known in gone {
            self.give_up(connection, &known.channels).await?;
        }
        // questions last: a node that is counted answers
        match self.dialect.adapter {
            Adapter::Classic => {
                for known in new.chunks(CHANNELS / 3) {
                    let patterns: Vec<String> = known.iter().map(|known| known.channels.pattern()).collect();
                    connection.psubscribe(patterns).await?;
                    let channels = known.iter().flat_map(|known| {
                        let Channels { request, response, own, .. } = &known.channels;
                        [response.as_str(), own, request]
                    });
                    connection.subscribe(channels.collect::<Vec<_>>()).await?;
                }
            }
            Adapter::Sharded { .. } => {
                for known in &new {
                    for channel in [&known.channels.own, &known.channels.broadcast] {
                        redis::cmd("SSUBSCRIBE").arg(channel).exec_async(connection).await?;
                    }
                }
                let (new, gone) = lock(&self.rooms).take_changes();
                for (command, channels) in [("SSUBSCRIBE", new), ("SUNSUBSCRIBE", gone)] {
                    for channels in channels.chunks(CHANNELS) {
                        redis::cmd(command).arg(channels).exec_async(connection).await?;
                    }
                }
            }
            Adapter::Streams(_) => {
                for known in new.chunks(CHANNELS / 2) {
                    let channels = known.iter().flat_map(|known| {
                        let Channels { own, broadcast, .. } = &known.channels;
                        [own.as_str(), broadcast]
                    });
                    connection.subscribe(channels.collect::<Vec<_>>()).await?;
                }
            }
        }
        Ok(())
    }

    async fn give_up(&self, connection: &mut MultiplexedConnection, channels: &Channels) -> RedisResult<()> {
        let Channels { request, response, own, broadcast } = channels;
        match self.dialect.adapter {
            Adapter::Classic => {
                connection.unsubscribe(&[request, response, own][..]).await?;
                connection.punsubscribe(channels.pattern()).await
            }
            Adapter::Sharded { .. } => {
                for channel in [broadcast, own] {
                    redis::cmd("SUNSUBSCRIBE").arg(channel).exec_async(connection).await?;
                }
                Ok(())
            }
            Adapter::Streams(_) => connection.unsubscribe(&[broadcast, own][..]).await,
        }
    }

    fn channels(&self, namespace: &str) -> Channels {
        let mut channels = Channels::new(&self.dialect.prefix, namespace, &self.uid);
        if !matches!(self.dialect.adapter, Adapter::Classic) {
            channels.own = cluster::channel_of(&self.dialect.prefix, namespace, &self.uid);
        }
        channels
    }

    /// By what a namespace is found when something comes: the pattern, or the channel for all.
    fn key(&self, channels: &Channels) -> String {
        match self.dialect.adapter {
            Adapter::Classic => channels.pattern(),
            _ => channels.broadcast.clone(),
        }
    }
}
