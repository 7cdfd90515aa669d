//! A cluster of several servers in one process: for tests, with delays and losses that a seed decides.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{
    Action, Asks, Cluster, ClusterState, Full, Node, NodeId, NotConnected, Operation, Packed, Present,
    Question, QuestionId, Replies, Reply, Selection,
};

/// A cluster in memory: give one [`node`](Self::node) of it to each server.
///
/// ```
/// use socketio::{SocketIo, cluster::Memory, event, on};
///
/// #[on("hello")]
/// fn hello() {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Memory::new();
/// let one = SocketIo::builder().discover().cluster(cluster.node()).build()?;
/// let other = SocketIo::builder().discover().cluster(cluster.node()).build()?;
/// one.cluster().ready().await?;
/// one.emit(event!("hello")); // the clients of both get it
/// # other.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Memory(Arc<Network>);

#[derive(Default)]
struct Network {
    nodes: Mutex<Nodes>,
}

#[derive(Default)]
struct Nodes {
    /// In the order in which they came.
    members: BTreeMap<NodeId, Member>,
    made: usize,
    /// When the last message of one node to another arrives: messages of one sender stay in order.
    links: HashMap<(NodeId, NodeId), Instant>,
    sent: u64,
    /// `None`: messages arrive at once.
    random: Option<Random>,
    #[cfg(test)]
    planted: Option<Planted>,
}

/// A bug that a test puts in, to see that the simulation finds it: one of fifty messages between two nodes ..
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// .. may overtake those before it.
    Overtakes,
    /// .. arrives twice.
    Twice,
    /// .. is lost.
    Lost,
}

struct Member {
    inbox: mpsc::Sender<Sent>,
    shared: Arc<Shared>,
}

/// What a node's task looks at.
#[derive(Default)]
struct Shared {
    health: Mutex<Health>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Health {
    #[default]
    Well,
    /// It is there, and does nothing.
    Frozen,
    /// It hears nobody, and nobody hears it.
    Isolated,
    Gone,
}

/// How many messages may be on their way to one node.
const MAX_UNDERWAY: usize = 100_000;

/// One message on its way.
struct Sent {
    at: Instant,
    number: u64,
    from: NodeId,
    message: Message,
}

enum Message {
    Operation { namespace: Arc<str>, selection: Selection, action: Owned },
    Question { id: QuestionId, namespace: Arc<str>, selection: Selection, timeout: Duration, asks: Owned },
    Answer { id: QuestionId, reply: Reply },
}

/// What is done or asked.
#[derive(Clone)]
enum Owned {
    Emit { event: Packed, volatile: bool, compress: bool },
    Join(Vec<Arc<str>>),
    Leave(Vec<Arc<str>>),
    Disconnect(bool),
    Tell(Packed),
    Sockets,
    Rooms,
}

impl PartialEq for Sent {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Sent {}

impl PartialOrd for Sent {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sent {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// Numbers that a seed decides (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

impl Memory {
    /// A cluster whose messages arrive at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cluster whose messages take up to 20 ms each, as the seed decides. Those of one node to another stay in order.
    pub fn seeded(seed: u64) -> Self {
        let memory = Self::default();
        memory.0.lock().random = Some(Random(seed));
        memory
    }

    #[cfg(test)]
    pub(crate) fn plant(&self, bug: Planted) {
        self.0.lock().planted = Some(bug);
    }

    /// A new node, for one server.
    pub fn node(&self) -> MemoryNode {
        let mut nodes = self.0.lock();
        nodes.made += 1;
        let id = NodeId::new(format!("node-{}", nodes.made));
        MemoryNode { network: self.0.clone(), id, task: Mutex::default() }
    }

    /// Stops a node as `SIGSTOP` does: it is counted, and says nothing, until it is [thawed](Self::thaw).
    pub fn freeze(&self, node: &NodeId) {
        self.0.set(node, Health::Frozen);
    }

    /// Lets a node go on. What was sent to a frozen one arrives now.
    pub fn thaw(&self, node: &NodeId) {
        self.0.set(node, Health::Well);
    }

    /// Cuts a node off: nothing it sends arrives, nothing is sent to it, and it knows. [`thaw`](Self::thaw) ends it.
    pub fn isolate(&self, node: &NodeId) {
        self.0.set(node, Health::Isolated);
    }

    /// Ends a node as `SIGKILL` does: what is under way to it is lost.
    pub fn kill(&self, node: &NodeId) {
        self.0.set(node, Health::Gone);
        self.0.lock().members.remove(node);
        self.0.report_all();
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.0.lock();
        f.debug_struct("Memory").field("nodes", &nodes.members.keys().collect::<Vec<_>>()).finish()
    }
}

impl Network {
    fn lock(&self) -> MutexGuard<'_, Nodes> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, node: &NodeId, health: Health) {
        if let Some(member) = self.lock().members.get(node) {
            *member.shared.health() = health;
            member.shared.changed.notify_one();
        }
    }

    /// Each node's task reports how many there are.
    fn report_all(&self) {
        self.lock().members.values().for_each(|member| member.shared.changed.notify_one());
    }

    /// Sends to the other nodes, or to one of them.
    fn send(&self, from: &NodeId, to: Option<&NodeId>, message: impl Fn() -> Message) -> Result<(), Full> {
        let mut nodes = self.lock();
        #[cfg(test)]
        let planted = nodes.planted;
        let Nodes { members, links, sent, random, .. } = &mut *nodes;
        let is_cut = |member: &Member| *member.shared.health() == Health::Isolated;
        if members.get(from).is_none_or(is_cut) {
            return Ok(());
        }
        let mut full = Ok(());
        for (id, member) in members.iter() {
            if id == from || to.is_some_and(|to| to != id) || is_cut(member) {
                continue;
            }
            let delay = random.as_mut().map_or(0, |random| random.below(20_000));
            let link = links.entry((from.clone(), id.clone())).or_insert_with(Instant::now);
            *link = (*link).max(Instant::now() + Duration::from_micros(delay));
            let (at, copies) = (*link, 1);
            #[cfg(test)]
            let (at, copies) =
                match planted.filter(|_| random.as_mut().is_some_and(|random| random.below(50) == 0)) {
                    Some(Planted::Overtakes) => (Instant::now(), 1),
                    Some(Planted::Twice) => (at, 2),
                    Some(Planted::Lost) => (at, 0),
                    None => (at, copies),
                };
            for _ in 0..copies {
                *sent += 1;
                let sent = Sent { at, number: *sent, from: from.clone(), message: message() };
                if member.inbox.try_send(sent).is_err() {
                    full = Err(Full);
                }
            }
        }
        full
    }

    fn others(&self, node: &NodeId) -> Present {
        Present::named(self.lock().members.keys().filter(|id| *id != node).cloned().collect())
    }
}

impl Shared {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One node of a [`Memory`] cluster: the driver of one server.
pub struct MemoryNode {
    network: Arc<Network>,
    id: NodeId,
    task: Mutex<Option<Started>>,
}

struct Started {
    task: JoinHandle<()>,
    node: Node,
    shared: Arc<Shared>,
}

impl MemoryNode {
    /// Its name in the cluster.
    pub fn id(&self) -> NodeId {
        self.id.clone()
    }

    fn started<R>(&self, act: impl FnOnce(&Started) -> R) -> Option<R> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(act)
    }
}

impl fmt::Debug for MemoryNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryNode").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Cluster for MemoryNode {
    fn start(&self, node: Node) {
        let (inbox, messages) = mpsc::channel(MAX_UNDERWAY);
        let shared = Arc::new(Shared::default());
        self.network.lock().members.insert(self.id.clone(), Member { inbox, shared: shared.clone() });
        let work = run(self.network.clone(), self.id.clone(), node.clone(), shared.clone(), messages);
        let started = Started { task: tokio::spawn(work), node, shared };
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        self.network.report_all();
    }

    fn publish(&self, operation: &Operation<'_>) -> Result<(), Full> {
        let action = match &operation.action {
            Action::Emit { event, volatile, compress } => {
                Owned::Emit { event: (*event).clone(), volatile: *volatile, compress: *compress }
            }
            Action::Join(rooms) => Owned::Join(rooms.to_vec()),
            Action::Leave(rooms) => Owned::Leave(rooms.to_vec()),
            Action::Disconnect { close } => Owned::Disconnect(*close),
            Action::Tell(event) => Owned::Tell((*event).clone()),
        };
        let (namespace, selection) = (Arc::<str>::from(operation.namespace), operation.selection);
        self.network.send(&self.id, None, || Message::Operation {
            namespace: namespace.clone(),
            selection: selection.clone(),
            action: action.clone(),
        })
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), NotConnected> {
        let is_cut = self.started(|started| *started.shared.health() == Health::Isolated).unwrap_or(true);
        if is_cut {
            return Err(NotConnected);
        }
        let Question { id, namespace, selection, timeout, asks } = question;
        let asks = match asks {
            Asks::Sockets => Owned::Sockets,
            Asks::Rooms => Owned::Rooms,
            Asks::Tell(event) => Owned::Tell((*event).clone()),
            Asks::Emit(event) => Owned::Emit { event: (*event).clone(), volatile: false, compress: true },
        };
        let namespace = Arc::<str>::from(*namespace);
        self.started(|started| started.node.expect(*id, self.network.others(&self.id)));
        let sent = self.network.send(&self.id, None, || Message::Question {
            id: *id,
            namespace: namespace.clone(),
            selection: (*selection).clone(),
            timeout: *timeout,
            asks: asks.clone(),
        });
        sent.map_err(|_| NotConnected)
    }

    fn recount(&self, id: QuestionId, _: &str) {
        self.started(|started| started.node.recounted(id, self.network.others(&self.id)));
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.network.lock().members.remove(&self.id);
            self.network.report_all();
            let started = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(started) = started {
                // the inbox is closed: the task hands on what has arrived, and ends; a frozen one would not
                *started.shared.health() = Health::Gone;
                started.shared.changed.notify_one();
                let _ = started.task.await;
            }
        })
    }
}

/// A node's task: hands each message on when it arrives.
async fn run(
    network: Arc<Network>,
    id: NodeId,
    node: Node,
    shared: Arc<Shared>,
    mut messages: mpsc::Receiver<Sent>,
) {
    let mut under_way = BinaryHeap::new();
    let (mut lost, mut was_isolated, mut known) = (0, false, vec![]);
    loop {
        let health = *shared.health();
        match health {
            Health::Gone => return,
            Health::Isolated => {
                lost += under_way.len() as u64;
                under_way.clear();
                was_isolated = true;
                node.report(ClusterState::Degraded { queued: 0, lost, unknown: 0 });
            }
            Health::Frozen => {}
            Health::Well => {
                let there = network.others(&id).names;
                known.iter().filter(|known| !there.contains(known)).for_each(|gone| node.left(gone));
                there.iter().for_each(|there| node.joined(there));
                node.report(ClusterState::Up { nodes: there.len() + 1 });
                known = there;
                if std::mem::take(&mut was_isolated) {
                    node.gap(None);
                }
            }
        }
        let next = under_way.peek().map(|Reverse(sent): &Reverse<Sent>| sent.at);
        tokio::select! {
            biased;
            () = shared.changed.notified() => {}
            sent = messages.recv() => match sent {
                Some(sent) => under_way.push(Reverse(sent)),
                None => return,
            },
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() && health == Health::Well => {
                if let Some(Reverse(sent)) = under_way.pop() {
                    deliver(&network, &id, &node, sent);
                }
            }
        }
    }
}

fn deliver(network: &Arc<Network>, id: &NodeId, node: &Node, sent: Sent) {
    let Sent { from, message, .. } = sent;
    match message {
        Message::Answer { id, reply } => node.answer(id, Some(from), reply),
        Message::Operation { namespace, selection, action } => {
            let action = match &action {
                Owned::Emit { event, volatile, compress } => {
                    Action::Emit { event, volatile: *volatile, compress: *compress }
                }
                Owned::Join(rooms) => Action::Join(rooms),
                Owned::Leave(rooms) => Action::Leave(rooms),
                Owned::Disconnect(close) => Action::Disconnect { close: *close },
                Owned::Tell(event) => Action::Tell(event),
                Owned::Sockets | Owned::Rooms => return,
            };
            node.apply(&from, &Operation { namespace: &namespace, selection: &selection, action });
        }
        Message::Question { id: question, namespace, selection, timeout, asks } => {
            let asks = match &asks {
                Owned::Sockets => Asks::Sockets,
                Owned::Rooms => Asks::Rooms,
                Owned::Tell(event) => Asks::Tell(event),
                Owned::Emit { event, .. } => Asks::Emit(event),
                _ => return,
            };
            let replies = Back { network: network.clone(), id: id.clone(), to: from.clone(), question };
            let question =
                Question { id: question, namespace: &namespace, selection: &selection, timeout, asks };
            node.ask(&from, &question, Arc::new(replies));
        }
    }
}

/// The way back to a node that asked.
struct Back {
    network: Arc<Network>,
    id: NodeId,
    to: NodeId,
    question: QuestionId,
}

impl Replies for Back {
    fn reply(&self, reply: Reply) {
        // the asker's own limit of time covers an answer that is lost
        let _ = self
            .network
            .send(&self.id, Some(&self.to), || Message::Answer { id: self.question, reply: reply.clone() });
    }
}
