//! What the three adapters differ in: their channels, their messages, and what they need of the server.

use redis::{Client, RedisResult, aio::MultiplexedConnection};
use socketio::cluster::{Action, Operation, Question};

use crate::{
    link::{self, ConnectError},
    wire::{
        Entry, How, Message,
        classic::{self, Channels},
        cluster::{self, Form, Outgoing},
    },
};

/// An adapter.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) prefix: String,
    pub(crate) adapter: Adapter,
}

/// Which one.
#[derive(Debug)]
pub(crate) enum Adapter {
    Classic,
    /// `is_static`: broadcasts to one room are published for everybody, as `subscriptionMode: "static"`.
    Sharded {
        is_static: bool,
    },
    Streams(Streams),
}

/// The streams of a cluster.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) name: String,
    pub(crate) count: u32,
    pub(crate) max_len: usize,
    /// What the keys of sessions start with.
    pub(crate) sessions: String,
}

/// The channels on which single nodes of one namespace listen: each has the name of its node after this.
#[derive(Debug)]
pub(crate) struct Listeners(String);

impl Listeners {
    /// The pattern that matches them.
    pub(crate) fn pattern(&self) -> String {
        classic::escaped(&self.0) + "*#"
    }

    /// The name of the node that listens on this channel.
    pub(crate) fn uid<'a>(&self, channel: &'a str) -> Option<&'a str> {
        let uid = channel.strip_prefix(&self.0)?.strip_suffix('#')?;
        // `/a` with a node and `/a#b` may look alike
        (!uid.is_empty() && !uid.contains('#')).then_some(uid)
    }
}

/// So many names are tried, each of another slot: does this server have all of them? One of a Redis Cluster has a half at most.
const SLOTS: usize = 16;

impl Dialect {
    pub(crate) fn uid_length(&self) -> usize {
        if matches!(self.adapter, Adapter::Classic) { 6 } else { 16 }
    }

    pub(crate) fn streams(&self) -> Option<&Streams> {
        match &self.adapter {
            Adapter::Streams(streams) => Some(streams),
            _ => None,
        }
    }

    pub(crate) fn is_sharded(&self) -> bool {
        matches!(self.adapter, Adapter::Sharded { .. })
    }

    /// The command that counts nodes.
    pub(crate) fn counts(&self) -> &'static str {
        if self.is_sharded() { "SHARDNUMSUB" } else { "NUMSUB" }
    }

    /// The channel on which the nodes of a namespace are counted: that of questions.
    pub(crate) fn counted(&self, uid: &str, namespace: &str) -> String {
        match self.adapter {
            Adapter::Classic => Channels::new(&self.prefix, namespace, uid).request,
            _ => cluster::channel(&self.prefix, namespace),
        }
    }

    /// The channels on which single nodes listen, of the namespace whose nodes are counted on this one; `None` if rooms have
    /// channels of the same form.
    pub(crate) fn listeners(&self, counted: &str) -> Option<Listeners> {
        match self.adapter {
            Adapter::Classic => {
                let rest = counted.strip_prefix(&*self.prefix)?.strip_prefix("-request")?;
                Some(Listeners(format!("{}-response{rest}", self.prefix)))
            }
            Adapter::Sharded { .. } => None,
            Adapter::Streams(_) => Some(Listeners(counted.to_owned())),
        }
    }

    /// Does what a node does, where nobody listens.
    pub(crate) async fn check(&self, client: &Client, uid: &str) -> Result<(), ConnectError> {
        let mut connection = link::first(client).await?;
        let refused = |command| move |error| link::refused(error, command);
        let counted = self.counted(uid, "/");
        let count = if self.is_sharded() { "PUBSUB SHARDNUMSUB" } else { "PUBSUB NUMSUB" };
        match &self.adapter {
            Adapter::Classic => {
                let channels = Channels::new(&self.prefix, "/", uid);
                command(&mut connection, &["PUBLISH", &channels.own, ""])
                    .await
                    .map_err(refused("PUBLISH"))?;
                link::count(&mut connection, self.counts(), &counted).await.map_err(refused(count))?;
                connection.subscribe(&channels.own).await.map_err(refused("SUBSCRIBE"))?;
                // a server compares the text of a pattern with its rules: so this is the one that is needed
                connection.psubscribe(channels.pattern()).await.map_err(refused("PSUBSCRIBE"))
            }
            Adapter::Sharded { .. } => {
                let own = cluster::channel_of(&self.prefix, "/", uid);
                let published = command(&mut connection, &["SPUBLISH", &own, ""]).await;
                published.map_err(|error| link::too_old(error, "7", "SPUBLISH"))?;
                for number in 0..SLOTS {
                    let other = cluster::channel_of(&self.prefix, "/", &format!("{uid}{number}"));
                    let published = command(&mut connection, &["SPUBLISH", &other, ""]).await;
                    published.map_err(refused("SPUBLISH"))?;
                }
                link::count(&mut connection, self.counts(), &counted).await.map_err(refused(count))?;
                command(&mut connection, &["SSUBSCRIBE", &own]).await.map_err(refused("SSUBSCRIBE"))
            }
            Adapter::Streams(streams) => {
                let own = cluster::channel_of(&self.prefix, "/", uid);
                command(&mut connection, &["PUBLISH", &own, ""]).await.map_err(refused("PUBLISH"))?;
                link::count(&mut connection, self.counts(), &counted).await.map_err(refused(count))?;
                connection.subscribe(&own).await.map_err(refused("SUBSCRIBE"))?;
                let stream = cluster::stream(&streams.name, streams.count, "/");
                let read = ["XREVRANGE", &stream, "+", "-", "COUNT", "1"];
                command(&mut connection, &read).await.map_err(refused("XREVRANGE"))?;
                let read = ["XREAD", "COUNT", "1", "STREAMS", &stream, "$"];
                command(&mut connection, &read).await.map_err(refused("XREAD"))?;
                let sessions = format!("{}{uid}", streams.sessions);
                command(&mut connection, &["SET", &sessions, "", "PX", "1"]).await.map_err(refused("SET"))?;
                let taken = command(&mut connection, &["GETDEL", &sessions]).await;
                taken.map_err(|error| link::too_old(error, "6.2", "GETDEL"))?;
                for number in 0..SLOTS {
                    let other = format!("{sessions}{number}");
                    command(&mut connection, &["GETDEL", &other]).await.map_err(refused("GETDEL"))?;
                }
                let read = ["XRANGE", &stream, "+", "+", "COUNT", "1"];
                command(&mut connection, &read).await.map_err(refused("XRANGE"))?;
                // nothing is added, and the server says whether it might be
                let add = ["XADD", &stream, "NOMKSTREAM", "MAXLEN", "~", "0", "0-1", "uid", uid];
                match command(&mut connection, &add).await {
                    // `0-1` is below the last one of a stream that is there
                    Err(error) if error.code() == Some("NOPERM") => Err(refused("XADD")(error)),
                    Err(error) if error.to_string().contains("unknown command") => {
                        Err(link::too_old(error, "6.2", "XADD"))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    pub(crate) fn operation(&self, uid: &str, operation: &Operation<'_>) -> Option<Message> {
        let Operation { namespace, selection, action } = operation;
        if let Adapter::Classic = self.adapter {
            let channels = Channels::new(&self.prefix, namespace, uid);
            return classic::operation(&channels, uid, namespace, selection, action);
        }
        let outgoing = cluster::operation(selection, action)?;
        match &self.adapter {
            Adapter::Streams(streams) if !matches!(action, Action::Tell(_)) => Some(Message {
                how: How::Add(Box::new(Entry {
                    uid: uid.to_owned(),
                    namespace: (*namespace).to_owned(),
                    kind: outgoing.kind,
                    // the queue gives it its place
                    number: 0,
                    max_len: streams.max_len,
                })),
                channel: cluster::stream(&streams.name, streams.count, namespace),
                body: outgoing.entry(),
            }),
            _ => {
                let channel = match (&self.adapter, action, &selection.rooms[..]) {
                    // ids of Socket.IO have 20 characters: nobody subscribes to their channels
                    (Adapter::Sharded { is_static: false }, Action::Emit { .. }, [room])
                        if room.encode_utf16().count() != 20 =>
                    {
                        cluster::channel_of(&self.prefix, namespace, room)
                    }
                    _ => cluster::channel(&self.prefix, namespace),
                };
                Some(self.message(uid, namespace, channel, &outgoing))
            }
        }
    }

    pub(crate) fn question(&self, uid: &str, question: &Question<'_>) -> Option<Message> {
        if let Adapter::Classic = self.adapter {
            let channels = Channels::new(&self.prefix, question.namespace, uid);
            return classic::question(&channels, uid, question.namespace, question);
        }
        let channel = cluster::channel(&self.prefix, question.namespace);
        let outgoing = cluster::question(uid, question)?;
        Some(self.message(uid, question.namespace, channel, &outgoing))
    }

    /// A message of a sharded or streams adapter, on a channel.
    pub(crate) fn message(
        &self,
        uid: &str,
        namespace: &str,
        channel: String,
        outgoing: &Outgoing,
    ) -> Message {
        let (how, form) = match self.adapter {
            Adapter::Sharded { .. } => (How::ShardPublish, Form::Text),
            _ => (How::Publish, Form::MessagePack),
        };
        Message { how, channel, body: outgoing.message(uid, namespace, form) }
    }
}

async fn command(connection: &mut MultiplexedConnection, words: &[&str]) -> RedisResult<()> {
    let mut command = redis::cmd(words.first().copied().unwrap_or_default());
    for word in words.iter().skip(1) {
        command.arg(*word);
    }
    command.exec_async(connection).await
}
