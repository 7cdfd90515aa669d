//! Which nodes there are: what this node says of itself, and what it hears of others.

use redis::{RedisResult, Value, aio::MultiplexedConnection};
use socketio::cluster::{ClusterState, Node, NodeId, Present};
use tokio::time::Instant;

use super::{Shared, lock};
use crate::{
    link,
    members::{Beat, Changes},
    wire::Malformed,
};

impl Shared {
    /// The channel of the beats: not one of Node's.
    fn beats(&self) -> String {
        format!("{}-nodes#", self.dialect.prefix)
    }

    pub(super) fn is_beats(&self, channel: &[u8]) -> bool {
        channel.strip_prefix(self.dialect.prefix.as_bytes()) == Some(b"-nodes#")
    }

    pub(super) async fn hear_beats(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        let command = if self.dialect.is_sharded() { "SSUBSCRIBE" } else { "SUBSCRIBE" };
        redis::cmd(command).arg(self.beats()).exec_async(connection).await
    }

    /// Says that this node is there, or that it leaves.
    pub(super) async fn beat(
        &self,
        connection: &mut MultiplexedConnection,
        n: u64,
        left: bool,
    ) -> RedisResult<()> {
        let beat = Beat { uid: self.uid.clone(), n, left };
        let command = if self.dialect.is_sharded() { "SPUBLISH" } else { "PUBLISH" };
        // a text and a number can be encoded
        let body = serde_json::to_vec(&beat).unwrap_or_default();
        redis::cmd(command).arg(self.beats()).arg(body).exec_async(connection).await
    }

    /// Another node says that it is there.
    pub(super) fn hear_beat(&self, message: &[u8]) -> Result<(), Malformed> {
        let Some(node) = self.node.get() else { return Ok(()) };
        let beat: Beat = serde_json::from_slice(message).map_err(|_| Malformed::Shape)?;
        if beat.uid != self.uid {
            let changes = lock(&self.members).beat(beat, Instant::now());
            report(node, changes);
        }
        Ok(())
    }

    /// Says that this node is there, and looks at who else is; returns how many are subscribed.
    pub(super) async fn look_around(
        &self,
        node: &Node,
        publisher: &mut MultiplexedConnection,
        n: u64,
    ) -> RedisResult<usize> {
        self.beat(publisher, n, false).await?;
        // every node has the namespace `/`
        let channel = self.dialect.counted(&self.uid, "/");
        let listed = self.list(publisher, &channel).await?;
        let (changes, hanging) = {
            let mut members = lock(&self.members);
            let others = listed.map(|listed| listed.into_iter().filter(|uid| *uid != self.uid));
            (members.look(others, Instant::now()), members.hanging().len())
        };
        report(node, changes);
        let there = link::count(publisher, self.dialect.counts(), &channel).await?;
        node.report(ClusterState::Up { nodes: there.saturating_sub(hanging) });
        Ok(there)
    }

    /// The names of the nodes that listen; `None` if this cannot be known: the channels of rooms look like those of nodes, or
    /// the user may not ask.
    async fn list(
        &self,
        connection: &mut MultiplexedConnection,
        counted: &str,
    ) -> RedisResult<Option<Vec<String>>> {
        let Some(listeners) = self.dialect.listeners(counted) else { return Ok(None) };
        let mut list = redis::cmd("PUBSUB");
        list.arg("CHANNELS").arg(listeners.pattern());
        match list.query_async::<Value>(connection).await {
            Ok(listed) => {
                let uids = link::texts(&listed).filter_map(|channel| listeners.uid(channel));
                Ok(Some(uids.map(str::to_owned).collect()))
            }
            Err(error) if error.code() == Some("NOPERM") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What tells who is there to answer: how many listen, or, as long as some are known to hang, their names.
    pub(super) fn counting(&self, counted: &str, names: bool) -> redis::Cmd {
        let mut command = redis::cmd("PUBSUB");
        match self.dialect.listeners(counted) {
            Some(listeners) if names => command.arg("CHANNELS").arg(listeners.pattern()),
            _ => command.arg(self.dialect.counts()).arg(counted),
        };
        command
    }

    /// Who is there to answer, by the reply to [`counting`](Self::counting).
    pub(super) fn present(&self, counted: &str, reply: Option<&Value>, names: bool) -> Present {
        Present::unnamed(match (self.dialect.listeners(counted), reply) {
            (Some(listeners), Some(reply)) if names => {
                let uids = link::texts(reply).filter_map(|channel| listeners.uid(channel));
                lock(&self.members).count(uids, &self.uid)
            }
            // this node is one of those that are counted
            (_, reply) => reply.map_or(0, link::counted).saturating_sub(1),
        })
    }

    pub(super) fn knows_hanging(&self) -> bool {
        !lock(&self.members).hanging().is_empty()
    }
}

fn report(node: &Node, changes: Changes) {
    changes.left.into_iter().for_each(|uid| node.left(&NodeId::new(uid)));
    changes.joined.into_iter().for_each(|uid| node.joined(&NodeId::new(uid)));
}
