//! What other nodes published. All of this runs in the connection's own task: memory only, nothing waits.

use std::{sync::Arc, time::Duration};

use redis::{PushInfo, PushKind, Value};
use socketio::cluster::{
    Action, Asks, Node, NodeId, Operation, Position, Question, QuestionId, Replies, Reply,
};
use tokio::time::Instant;

use super::{Shared, Subscribed, lock};
use crate::{
    dialect::Adapter,
    queue::Out,
    wire::{
        Malformed, Message,
        classic::{self, Request, Requested},
        cluster::{self, Heard, Incoming},
    },
};

/// How long clients have to acknowledge a broadcast of another node. Its own limit of time stays with it.
const ACKNOWLEDGED: Duration = Duration::from_secs(120);

/// One message of a kind is reported in this time.
const REPORT: Duration = Duration::from_secs(60);

impl Shared {
    /// Something came on the connection that hears.
    pub(super) fn hear(self: &Arc<Self>, info: &PushInfo) {
        let heard = match (&info.kind, &info.data[..]) {
            (PushKind::Disconnection, _) => {
                self.broken.notify_one();
                return;
            }
            (
                PushKind::PMessage,
                [Value::BulkString(pattern), Value::BulkString(channel), Value::BulkString(message)],
            ) => self.hear_broadcast(pattern, channel, message),
            (
                PushKind::Message | PushKind::SMessage,
                [Value::BulkString(channel), Value::BulkString(message)],
            ) => match self.dialect.adapter {
                _ if self.is_beats(channel) => self.hear_beat(message),
                Adapter::Classic => self.hear_message(channel, message),
                _ => self.hear_cluster(message),
            },
            // confirmations, which the commands wait for
            _ => Ok(()),
        };
        if let Err(malformed) = heard {
            self.report(malformed);
        }
    }

    fn hear_broadcast(&self, pattern: &[u8], channel: &[u8], message: &[u8]) -> Result<(), Malformed> {
        let (pattern, channel) = (text(pattern)?, text(channel)?);
        let known = lock(&self.subscribed).get(pattern).cloned();
        // what was given up may still come
        let (Some(known), Some(node)) = (known, self.node.get()) else { return Ok(()) };
        let Subscribed { namespace, channels } = &*known;
        if classic::sender(message)? == self.uid {
            return Ok(());
        }
        if channels.room_of(channel).is_some_and(|room| !node.has_room(namespace, room)) {
            return Ok(());
        }
        let mut read = classic::broadcast(message)?;
        // `/a` with the room `b` and `/a#b` have the same channel
        if *read.namespace != **namespace {
            return Ok(());
        }
        let (event, from) = (read.event()?, NodeId::new(read.uid));
        let action = Action::Emit { event: &event, volatile: read.volatile, compress: read.compress };
        node.apply(&from, &Operation { namespace, selection: &read.selection, action });
        Ok(())
    }

    fn hear_message(self: &Arc<Self>, channel: &[u8], message: &[u8]) -> Result<(), Malformed> {
        let (Some(node), channel) = (self.node.get(), text(channel)?) else { return Ok(()) };
        let Some(rest) = channel.strip_prefix(&*self.dialect.prefix) else { return Ok(()) };
        if rest.starts_with("-response#") {
            if let Some((question, reply)) = classic::answer(&self.uid, message)? {
                node.answer(question, None, reply);
            }
            return Ok(());
        }
        let Some(namespace) = rest.strip_prefix("-request#").and_then(|rest| rest.strip_suffix('#')) else {
            return Ok(());
        };
        let request = classic::request(message)?;
        // what this node asks for, it has done itself
        if request.uid != self.uid {
            self.serve(node, namespace, request);
        }
        Ok(())
    }

    /// Does what another node asks for.
    fn serve(self: &Arc<Self>, node: &Node, namespace: &str, request: Request) {
        let Request { uid, id, namespace: of_packet, selection, what } = request;
        if of_packet.is_some_and(|of_packet| of_packet != namespace) {
            return;
        }
        let from = NodeId::new(uid);
        let apply = |action| node.apply(&from, &Operation { namespace, selection: &selection, action });
        let ask = |asks, is_ids| {
            let Some(id) = id.clone() else { return };
            let question =
                Question { id: QuestionId(0), namespace, selection: &selection, timeout: ACKNOWLEDGED, asks };
            let channel = format!("{}-response#{namespace}#", self.dialect.prefix);
            let back = Back { shared: self.clone(), namespace: namespace.to_owned(), channel, id, is_ids };
            node.ask(&from, &question, Arc::new(back));
        };
        match &what {
            Requested::Ids => ask(Asks::Sockets, true),
            Requested::Sockets => ask(Asks::Sockets, false),
            Requested::Rooms => ask(Asks::Rooms, false),
            Requested::Emit(event) => ask(Asks::Emit(event), false),
            Requested::Tell(event) if id.is_some() => ask(Asks::Tell(event), false),
            Requested::Tell(event) => apply(Action::Tell(event)),
            Requested::Join(rooms) => apply(Action::Join(rooms)),
            Requested::Leave(rooms) => apply(Action::Leave(rooms)),
            Requested::Disconnect(close) => apply(Action::Disconnect { close: *close }),
        }
        // the old form, about one socket: the node that has it says so
        if let (Requested::Join(_) | Requested::Leave(_) | Requested::Disconnect(_), Some(id), [sid]) =
            (&what, &id, &selection.rooms[..])
            && node.has_room(namespace, sid)
        {
            let channel = format!("{}-response#{namespace}#", self.dialect.prefix);
            // if too much waits, the one that asks finds out by its limit of time
            let _ = self.queue.push(Out::Publish(Message::publish(channel, classic::done(id))));
        }
    }

    /// Something came on a channel of the sharded or the streams adapter.
    fn hear_cluster(self: &Arc<Self>, message: &[u8]) -> Result<(), Malformed> {
        let Some(node) = self.node.get() else { return Ok(()) };
        let incoming = cluster::message(&self.uid, message)?;
        // what this node asks for, it has done itself
        if incoming.uid != self.uid {
            self.apply(node, incoming, None);
        }
        Ok(())
    }

    /// Does what another node says, or what an entry of a stream says that stands there.
    pub(super) fn apply(self: &Arc<Self>, node: &Node, incoming: Incoming, at: Option<Option<Position>>) {
        let Incoming { uid, namespace, selection, id, what } = incoming;
        let (from, namespace) = (NodeId::new(uid), &*namespace);
        let apply = |action| {
            let operation = Operation { namespace, selection: &selection, action };
            match at {
                Some(position) => node.entry(&from, position, from.as_str() == self.uid, &operation),
                None => node.apply(&from, &operation),
            }
        };
        let ask = |id: &String, asks| {
            let question =
                Question { id: QuestionId(0), namespace, selection: &selection, timeout: ACKNOWLEDGED, asks };
            let channel = cluster::channel_of(&self.dialect.prefix, namespace, from.as_str());
            let (shared, namespace, id) = (self.clone(), namespace.to_owned(), id.clone());
            node.ask(&from, &question, Arc::new(Back { shared, namespace, channel, id, is_ids: false }));
        };
        match (&what, &id) {
            (Heard::Emit { event, .. }, Some(id)) => ask(id, Asks::Emit(event)),
            (Heard::Emit { event, volatile, compress }, None) => {
                apply(Action::Emit { event, volatile: *volatile, compress: *compress });
            }
            (Heard::Tell(event), Some(id)) => ask(id, Asks::Tell(event)),
            (Heard::Tell(event), None) => apply(Action::Tell(event)),
            (Heard::Fetch, Some(id)) => ask(id, Asks::Sockets),
            (Heard::Join(rooms), _) => apply(Action::Join(rooms)),
            (Heard::Leave(rooms), _) => apply(Action::Leave(rooms)),
            (Heard::Disconnect(close), _) => apply(Action::Disconnect { close: *close }),
            (Heard::Answer(question, reply), _) => node.answer(*question, Some(from), reply.clone()),
            (Heard::Release(pid), _) => node.release(namespace, pid),
            (Heard::Fetch, None) | (Heard::Nothing, _) => {}
        }
    }

    /// A message could not be read. One of each kind is reported in a minute.
    pub(super) fn report(&self, malformed: Malformed) {
        if let Some(node) = self.node.get() {
            node.malformed();
        }
        let now = Instant::now();
        let mut reported = lock(&self.reported);
        if reported.get(&malformed).is_none_or(|last| now - *last >= REPORT) {
            reported.insert(malformed, now);
            drop(reported);
            tracing::warn!(error = %malformed, "a message on the channels of the cluster is dropped");
        }
    }
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed::Utf8)
}

/// The way back to a node that asked.
struct Back {
    shared: Arc<Shared>,
    namespace: String,
    channel: String,
    id: String,
    is_ids: bool,
}

impl Replies for Back {
    fn reply(&self, reply: Reply) {
        let Self { shared, namespace, channel, id, is_ids } = self;
        let message = match shared.dialect.adapter {
            Adapter::Classic => {
                classic::response(id, *is_ids, &reply).map(|body| Message::publish(channel.clone(), body))
            }
            _ => cluster::response(id, &reply)
                .map(|outgoing| shared.dialect.message(&shared.uid, namespace, channel.clone(), &outgoing)),
        };
        if let Some(message) = message {
            // if too much waits, the one that asks finds out by its limit of time
            let _ = shared.queue.push(Out::Publish(message));
        }
    }
}
