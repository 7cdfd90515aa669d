//! What comes in: operations and questions of other nodes, for the sockets of this process.

use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use super::{
    Action, Asks, ClusterState, Fetched, Figures, Node, NodeId, Operation, Packed, Position, Question,
    QuestionId, Replies, Reply, Selection,
    lanes::{self, Lanes, Task},
    node::Receiver,
    packed::Parts,
    questions::Heard,
    state::count,
};
use crate::{
    emit::{Content, Value},
    encode::{ArgsWriter, Arguments},
    error::{AckError, ClientError, EncodeError, code},
    handler::Cursor,
    hub::Hub,
    message::{Message, with_attachments},
    namespace::{Delivery, Namespace, Operation as Local, Target, Verb},
    observe,
    socket::{Answer, Pid, Socket, SocketId, TakesAnswer, Waiter},
};

/// Starts the cluster of a server, if it has one.
pub(crate) fn attach(hub: &Arc<Hub>) {
    let Some(cluster) = &hub.root().cluster else { return };
    let (tasks, waiting) = mpsc::channel(lanes::MAX_WAITING);
    let over = cluster.over.clone();
    cluster.tasks.spawn(async move {
        tokio::select! {
            () = Lanes::run(waiting) => {}
            () = over.cancelled() => {}
        }
    });
    if hub.root().history().is_some() {
        cluster.tasks.spawn(checkpoints(Arc::downgrade(hub), cluster.over.clone()));
    }
    cluster.driver().start(Node::new(Arc::new(Reception { hub: Arc::downgrade(hub), tasks })));
}

/// Stores the sessions of sockets that are there, so that they survive the end of this process.
async fn checkpoints(hub: Weak<Hub>, over: tokio_util::sync::CancellationToken) {
    let mut ticks = tokio::time::interval(CHECKPOINT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = over.cancelled() => return,
        }
        let Some(hub) = hub.upgrade() else { return };
        hub.namespaces().each(&|namespace| namespace.store_sessions());
    }
}

/// How often sessions are stored that have changed.
const CHECKPOINT: std::time::Duration = std::time::Duration::from_secs(1);

/// The server, for its driver. It does not keep the server alive.
struct Reception {
    hub: Weak<Hub>,
    tasks: mpsc::Sender<Task>,
}

impl Reception {
    fn namespace(&self, name: &str) -> Option<Arc<Namespace>> {
        self.hub.upgrade()?.namespaces().get(name)
    }

    /// Does something with the cluster, if the server is still there.
    fn with<R>(&self, act: impl FnOnce(&super::Attached) -> R) -> Option<R> {
        let hub = self.hub.upgrade()?;
        hub.root().cluster.as_deref().map(act)
    }

    /// Queues an event between nodes.
    fn tell(
        &self,
        from: &NodeId,
        namespace: &Arc<Namespace>,
        event: &Packed,
        replies: Option<Arc<dyn Replies>>,
    ) {
        let Some(parts) = event.parts() else { return self.malformed() };
        let Some(entry) = namespace.table.node_event(&parts.name) else {
            if let Some(replies) = replies {
                replies.reply(Reply::Nobody);
            }
            return;
        };
        let Some(hub) = self.hub.upgrade() else { return };
        let body = event.arguments(parts.span);
        let call =
            lanes::Call { hub, namespace: namespace.clone(), from: from.clone(), entry, body, replies };
        if let Err(refused) = self.tasks.try_send(Task::Call(call)) {
            self.with(|cluster| count(&cluster.counters.overloaded));
            if let Task::Call(lanes::Call { replies: Some(replies), .. }) = refused.into_inner() {
                let error = ClientError::new(code::OVERLOADED, "too many events between nodes wait");
                replies.reply(lanes::error_reply(&error));
            }
        }
    }

    fn ask_clients(
        &self,
        namespace: &Arc<Namespace>,
        question: &Question<'_>,
        event: &Packed,
        replies: Arc<dyn Replies>,
    ) {
        let id = namespace.broadcast_id();
        let waiter = Waiter::There(Arc::new(Forward(replies.clone())));
        let delivery = Delivery { ack: Some((id, waiter)), ..Delivery::default() };
        let sent = emit(namespace, question.selection, event, true, delivery);
        replies.reply(Reply::Clients(sent.unwrap_or_default()));
        if sent.is_some_and(|sent| sent > 0) {
            let forget = lanes::Forget::after(question.timeout, namespace, id);
            // if there is no place for it, the ids are forgotten with their sockets
            let _ = self.tasks.try_send(Task::Forget(forget));
        }
    }
}

impl Receiver for Reception {
    fn namespaces(&self) -> Vec<Arc<str>> {
        self.hub.upgrade().map_or_else(Vec::new, |hub| hub.namespaces().names())
    }

    fn has_room(&self, namespace: &str, room: &str) -> bool {
        self.namespace(namespace).is_some_and(|namespace| namespace.has_room(room))
    }

    fn apply(&self, from: &NodeId, operation: &Operation<'_>) {
        let Some(namespace) = self.namespace(operation.namespace) else { return };
        self.with(|cluster| count(&cluster.counters.received));
        let target = || target_of(&namespace, operation.selection);
        let apply = |verb| {
            // what encodes nothing cannot fail
            let _ = namespace.apply(Local { target: &target(), verb });
        };
        match &operation.action {
            Action::Emit { event, volatile, compress } => {
                let delivery = Delivery { volatile: *volatile, ..Delivery::default() };
                if emit(&namespace, operation.selection, event, *compress, delivery).is_none() {
                    self.malformed();
                }
            }
            Action::Join(rooms) => rooms.iter().for_each(|room| apply(Verb::Join(room.clone()))),
            Action::Leave(rooms) => rooms.iter().for_each(|room| apply(Verb::Leave(room))),
            Action::Disconnect { close: false } => apply(Verb::Disconnect),
            Action::Disconnect { close: true } => {
                namespace.sockets(&target()).iter().for_each(Socket::close);
            }
            Action::Tell(event) => self.tell(from, &namespace, event, None),
        }
    }

    fn entry(&self, from: &NodeId, position: Option<Position>, is_own: bool, operation: &Operation<'_>) {
        let Some(namespace) = self.namespace(operation.namespace) else { return };
        match (&operation.action, position) {
            (Action::Emit { event, volatile: false, compress }, Some(position))
                if namespace.history().is_some() =>
            {
                if !is_own {
                    self.with(|cluster| count(&cluster.counters.received));
                }
                let delivery = Delivery { at: Some(position.to_number()), ..Delivery::default() };
                if emit(&namespace, operation.selection, event, *compress, delivery).is_none() {
                    self.malformed();
                }
            }
            // this node did it at once
            _ if is_own => {}
            _ => self.apply(from, operation),
        }
    }

    fn release(&self, namespace: &str, pid: &str) {
        if let (Some(namespace), Some(pid)) = (self.namespace(namespace), Pid::parse(pid)) {
            namespace.release(&pid);
        }
    }

    fn ask(&self, from: &NodeId, question: &Question<'_>, replies: Arc<dyn Replies>) {
        self.with(|cluster| count(&cluster.counters.received));
        // a node that is asked answers: without the namespace, it has nobody there
        let namespace = self.namespace(question.namespace);
        let reply = match (&question.asks, namespace) {
            (Asks::Sockets, None) => Reply::Sockets(vec![]),
            (Asks::Rooms, None) => Reply::Rooms(vec![]),
            (Asks::Tell(_), None) => Reply::Nobody,
            (Asks::Emit(_), None) => Reply::Clients(0),
            (Asks::Sockets, Some(namespace)) => {
                let sockets = namespace.sockets(&target_of(&namespace, question.selection));
                Reply::Sockets(sockets.iter().map(describe).collect())
            }
            (Asks::Rooms, Some(namespace)) => Reply::Rooms(namespace.room_names()),
            (Asks::Tell(event), Some(namespace)) => return self.tell(from, &namespace, event, Some(replies)),
            (Asks::Emit(event), Some(namespace)) => {
                return self.ask_clients(&namespace, question, event, replies);
            }
        };
        replies.reply(reply);
    }

    fn hear(&self, id: QuestionId, heard: Heard) {
        self.with(|cluster| cluster.questions.hear(id, heard));
    }

    fn report(&self, state: ClusterState) {
        self.with(|cluster| {
            cluster.state.send_if_modified(|known| {
                let is_new = *known != state;
                *known = state;
                is_new
            });
        });
    }

    fn joined(&self, node: &NodeId) {
        if self.with(|cluster| cluster.happenings.joined(node)) == Some(true) {
            observe::node_joined(node);
        }
    }

    fn left(&self, node: &NodeId) {
        if self.with(|cluster| cluster.happenings.left(node)) == Some(true) {
            observe::node_left(node);
        }
    }

    fn gap(&self, lost: Option<u64>) {
        self.with(|cluster| cluster.happenings.gap(lost));
        observe::gap(lost);
    }

    fn malformed(&self) {
        self.with(|cluster| count(&cluster.counters.malformed));
    }

    fn unknown(&self) {
        self.with(|cluster| count(&cluster.counters.unknown));
    }

    fn figures(&self) -> Figures {
        self.with(|cluster| cluster.counters.read()).unwrap_or_default()
    }

    fn is_gone(&self) -> bool {
        self.hub.strong_count() == 0
    }
}

/// Sends an event of another node; returns to how many. `None`: it is not an event, or cannot be encoded.
fn emit(
    namespace: &Namespace,
    selection: &Selection,
    event: &Packed,
    compress: bool,
    delivery: Delivery,
) -> Option<usize> {
    let parts = event.parts()?;
    if parts.name.len() > namespace.config.max_name {
        return None;
    }
    let target = target_of(namespace, selection);
    let relayed = Relayed { parts, event };
    let message = relayed.message();
    let content = match &message {
        Some(message) => Content::Message { message, compress },
        None => Content::Event { name: &relayed.parts.name, args: &relayed, compress },
    };
    let applied = namespace.apply(Local { target: &target, verb: Verb::Emit { content, delivery } });
    applied.ok().map(|applied| applied.count)
}

/// The selection of another node. For other nodes the uuid of a socket is a room, as its id is.
fn target_of(namespace: &Namespace, selection: &Selection) -> Target {
    let named = |rooms: &[Arc<str>]| {
        let mut all: Vec<Arc<str>> = rooms.to_vec();
        all.extend(rooms.iter().filter_map(|room| namespace.owner_of(room)));
        all
    };
    Target { rooms: named(&selection.rooms), except: named(&selection.except), ..Target::default() }
}

/// The arguments of an event of another node.
pub(crate) struct Relayed<'a> {
    parts: Parts<'a>,
    event: &'a Packed,
}

impl<'a> Relayed<'a> {
    pub(super) fn new(parts: Parts<'a>, event: &'a Packed) -> Self {
        Self { parts, event }
    }

    pub(super) fn name(&self) -> &str {
        &self.parts.name
    }

    /// `message` with one text or one byte string is what it is on Socket.IO's wire: a message without a name.
    fn message(&self) -> Option<Message> {
        if self.parts.name != "message" || self.parts.count != 1 {
            return None;
        }
        let value = with_attachments(self.event.attachments(), || serde_json::from_str(self.parts.inside));
        match value.ok()? {
            Value::Text(text) => Some(Message::text(text)),
            Value::Binary(bytes) => Some(Message::binary(bytes)),
            _ => None,
        }
    }
}

impl Arguments for Relayed<'_> {
    fn arity(&self) -> usize {
        self.parts.count
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        let Parts { inside, count, .. } = &self.parts;
        if args.relay(inside, *count, self.event.attachments()) {
            return Ok(());
        }
        let array = format!("[{inside}]");
        let values: Vec<Value> = with_attachments(self.event.attachments(), || serde_json::from_str(&array))?;
        values.iter().try_for_each(|value| args.arg(value))
    }
}

/// Answers of clients, for a node that asked.
struct Forward(Arc<dyn Replies>);

impl TakesAnswer for Forward {
    fn take(&self, _: SocketId, answer: Answer) {
        self.0.reply(match answer.and_then(|reply| first(reply.body()?)) {
            Ok(value) => Reply::Acked(value),
            Err(_) => Reply::NoAck,
        });
    }
}

/// The first argument of an answer: only that crosses between nodes, as in Socket.IO.
fn first(body: &crate::handler::Body) -> Result<Packed, AckError> {
    let mut arguments = Cursor::new(body);
    if arguments.is_exhausted() {
        return Ok(Packed::part("null", &[]));
    }
    let value: &serde_json::value::RawValue =
        arguments.next().map_err(|error| AckError::Decode(crate::error::DecodeError::new(error)))?;
    Ok(Packed::part(value.get(), body.attachments()))
}

/// A socket, for another node.
pub(crate) fn describe(socket: &Socket) -> Fetched {
    let id = socket.id().to_string();
    let rooms = std::iter::once(Arc::from(&*id)).chain(socket.rooms()).collect();
    let handshake = Some(socket.handshake().to_json().to_string().into());
    Fetched { id, rooms, data: socket.core().locals.data(), handshake }
}
