//! The driver: publishes, subscribes, and is there again after every outage.

mod history;
mod presence;
mod publishing;
mod reading;
mod receive;
mod rooms;
mod subscribing;

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{RedisError, Value, aio::MultiplexedConnection};
use socketio::cluster::{
    Cluster, ClusterState, Full, History, Node, NotConnected, Operation, Question, QuestionId,
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, interval, sleep},
};

use self::{reading::Progress, rooms::Rooms, subscribing::Subscribed};
use crate::{
    dialect::Dialect,
    link::{self, Backoff, ConnectError},
    members::{BEAT, Members},
    options::Options,
    queue::{Out, Queue},
    server::Server,
    wire::{Malformed, cluster},
};

/// A node of a cluster: what each of the public types is.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What the driver, its task and its connections share.
struct Shared {
    server: Server,
    uid: String,
    dialect: Dialect,
    node: OnceLock<Node>,
    queue: Queue,
    /// The namespaces; those that are gone, with the time at which they are given up.
    namespaces: Mutex<BTreeMap<Arc<str>, Option<Instant>>>,
    /// The namespaces have changed.
    changed: Notify,
    /// The rooms that have members, for the sharded adapter.
    rooms: Mutex<Rooms>,
    /// The namespaces that are subscribed, by the name or pattern of the channel for all.
    subscribed: Mutex<HashMap<String, Arc<Subscribed>>>,
    /// How far the streams are read, and what of this node's is not known to be in them.
    streams: Mutex<Progress>,
    /// The connection for what is looked up, while there is one.
    commands: Mutex<Option<MultiplexedConnection>>,
    /// What was sent and is not confirmed.
    under_way: Mutex<Vec<Out>>,
    members: Mutex<Members>,
    is_connected: AtomicBool,
    /// The connection that hears has ended.
    broken: Notify,
    is_closing: AtomicBool,
    closing: Notify,
    /// When a message of a kind was reported last.
    reported: Mutex<HashMap<Malformed, Instant>>,
}

/// How long it may take to answer that.
const PONG: Duration = Duration::from_secs(1);

/// How long publishing may take. A command that takes longer may be done or not, so it is not sent again.
pub(crate) const PUBLISH: Duration = Duration::from_secs(5);

/// How long the other nodes are waited for after an outage: what is published before they are back is lost for them.
const OTHERS: Duration = Duration::from_secs(2);

/// How long a node that is counted again may need for its other channels.
const REST: Duration = Duration::from_millis(100);

/// A namespace that nobody is in is given up after this.
pub(crate) const LEAVE: Duration = Duration::from_secs(5);

impl Driver {
    pub(crate) async fn connect(
        address: &str,
        dialect: Dialect,
        options: &Options,
    ) -> Result<Self, ConnectError> {
        let server = Server::new(address, options)?;
        let uid = link::uid(dialect.uid_length());
        dialect.check(&server.client().await?, &uid).await?;
        let shared = Shared {
            server,
            uid,
            dialect,
            node: OnceLock::new(),
            queue: Queue::new(options.max_messages, options.max_bytes),
            namespaces: Mutex::default(),
            changed: Notify::new(),
            rooms: Mutex::default(),
            subscribed: Mutex::default(),
            streams: Mutex::default(),
            commands: Mutex::default(),
            under_way: Mutex::default(),
            members: Mutex::default(),
            is_connected: AtomicBool::new(false),
            broken: Notify::new(),
            is_closing: AtomicBool::new(false),
            closing: Notify::new(),
            reported: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), task: Mutex::default() })
    }

    pub(crate) fn uid(&self) -> &str {
        &self.shared.uid
    }
}

impl Cluster for Driver {
    fn start(&self, node: Node) {
        let namespaces = node.namespaces().into_iter().map(|namespace| (namespace, None));
        lock(&self.shared.namespaces).extend(namespaces);
        // started once
        let _ = self.shared.node.set(node);
        *lock(&self.task) = Some(tokio::spawn(run(self.shared.clone())));
    }

    fn publish(&self, operation: &Operation<'_>) -> Result<(), Full> {
        let Shared { uid, dialect, queue, .. } = &*self.shared;
        match dialect.operation(uid, operation) {
            Some(message) => queue.push(Out::Publish(message)).map(drop),
            None => Ok(()),
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), NotConnected> {
        let Shared { uid, dialect, queue, is_connected, .. } = &*self.shared;
        if !is_connected.load(Ordering::Acquire) {
            return Err(NotConnected);
        }
        let message = dialect.question(uid, question).ok_or(NotConnected)?;
        queue.push(Out::Ask { id: question.id, message }).map(drop).map_err(|_| NotConnected)
    }

    fn recount(&self, id: QuestionId, namespace: &str) {
        let channel = self.shared.dialect.counted(&self.shared.uid, namespace);
        // the next recount comes soon
        let _ = self.shared.queue.push(Out::Recount { id, channel });
    }

    fn enter(&self, namespace: &str) {
        lock(&self.shared.namespaces).insert(namespace.into(), None);
        self.shared.changed.notify_one();
    }

    fn leave(&self, namespace: &str) {
        if let Some(gone) = lock(&self.shared.namespaces).get_mut(namespace) {
            *gone = Some(Instant::now() + LEAVE);
        }
    }

    fn follows_rooms(&self) -> bool {
        self.shared.dialect.is_sharded()
    }

    fn room(&self, namespace: &str, room: &str, lives: bool) {
        // ids of Socket.IO have 20 characters: nobody publishes on their channels
        if room.encode_utf16().count() == 20 {
            return;
        }
        let channel = cluster::channel_of(&self.shared.dialect.prefix, namespace, room);
        if lock(&self.shared.rooms).change(channel, lives) {
            self.shared.changed.notify_one();
        }
    }

    fn history(&self) -> Option<&dyn History> {
        self.shared.dialect.streams().map(|_| self as &dyn History)
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.shared.is_closing.store(true, Ordering::Release);
            self.shared.closing.notify_one();
            let task = lock(&self.task).take();
            if let Some(task) = task {
                // a task that panicked has ended as well
                let _ = task.await;
            }
        })
    }
}

impl Drop for Driver {
    /// A server that was not closed leaves no task behind.
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Release);
        self.shared.closing.notify_one();
    }
}

/// Why a connection is not used any more.
enum Ended {
    Closed,
    Broken(Failure),
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The driver's task: connects again and again, until the server closes.
async fn run(shared: Arc<Shared>) {
    let (mut backoff, mut others, mut is_known) = (Backoff::default(), 0, false);
    loop {
        let ended = session(&shared, &mut others, &mut backoff, &mut is_known).await;
        shared.is_connected.store(false, Ordering::Release);
        *lock(&shared.commands) = None;
        let Some(node) = shared.node.get() else { return };
        match ended {
            Ended::Closed => return,
            Ended::Broken(error) if !is_known => {
                is_known = true;
                tracing::warn!(%error, "the connection to Redis is broken: what is published waits");
            }
            Ended::Broken(_) => {}
        }
        shared.queue.drop_questions();
        shared.settle(node);
        let figures = node.figures();
        node.report(ClusterState::Degraded {
            queued: shared.queue.len(),
            lost: figures.lost,
            unknown: figures.unknown,
        });
        if shared.is_closing.load(Ordering::Acquire) || node.is_gone() {
            return;
        }
        tokio::select! {
            () = sleep(backoff.next()) => {}
            () = shared.closing.notified() => return,
        }
    }
}

/// Connects and subscribes. The connections: the one that hears, the one that publishes, the one that reads streams.
async fn open(
    shared: &Arc<Shared>,
    node: &Node,
    others: &mut usize,
    was_broken: bool,
) -> Result<(MultiplexedConnection, MultiplexedConnection, Option<MultiplexedConnection>), Failure> {
    // one for all: after a failover another server is the one that is meant
    let client = shared.server.client().await?;
    let hears = Arc::downgrade(shared);
    let mut subscriber = link::connect(&client, PONG, move |info| {
        if let Some(shared) = hears.upgrade() {
            shared.hear(&info);
        }
        Ok(())
    })
    .await?;
    let mut publisher = link::connect(&client, PUBLISH, |_| Ok(())).await?;
    let mut reader = shared.open_reader(&client).await?;
    lock(&shared.subscribed).clear();
    lock(&shared.rooms).forget_subscribed();
    shared.hear_beats(&mut subscriber).await?;
    shared.subscribe(&mut subscriber).await?;
    let channel = shared.dialect.counted(&shared.uid, "/");
    let count = shared.dialect.counts();
    let start = Instant::now();
    let mut nodes = link::count(&mut publisher, count, &channel).await?;
    while nodes < *others && start.elapsed() < OTHERS {
        sleep(Duration::from_millis(50)).await;
        nodes = link::count(&mut publisher, count, &channel).await?;
    }
    if nodes > 1 && was_broken {
        // a node that is counted may still be subscribing to the rest
        sleep(REST).await;
    }
    *others = nodes;
    if let Some(reader) = &mut reader {
        shared.catch_up(node, reader).await?;
    }
    Ok((subscriber, publisher, reader))
}

/// One pair of connections, from the first byte to the last.
async fn session(
    shared: &Arc<Shared>,
    others: &mut usize,
    backoff: &mut Backoff,
    was_broken: &mut bool,
) -> Ended {
    let Some(node) = shared.node.get() else { return Ended::Closed };
    let (subscriber, publisher, reader) = match open(shared, node, others, *was_broken).await {
        Ok(opened) => opened,
        Err(error) => return Ended::Broken(error),
    };
    backoff.reset();
    if std::mem::take(was_broken) {
        tracing::info!(nodes = *others, "connected to Redis again");
        if shared.dialect.streams().is_none() {
            // what was published meanwhile did not wait for this node
            node.gap(None);
        }
    }
    *lock(&shared.commands) = Some(publisher.clone());
    shared.is_connected.store(true, Ordering::Release);
    node.report(ClusterState::Up { nodes: *others });
    let ended = tokio::select! {
        biased;
        () = shared.until_closing() => Ended::Closed,
        error = shared.watch(node, subscriber.clone(), publisher.clone(), others) => Ended::Broken(error.into()),
        error = shared.publish_all(node, publisher.clone()) => Ended::Broken(error.into()),
        error = shared.read_on(node, reader) => Ended::Broken(error.into()),
    };
    if matches!(ended, Ended::Closed) {
        shared.leave(node, subscriber, publisher).await;
    }
    ended
}

impl Shared {
    async fn until_closing(&self) {
        while !self.is_closing.load(Ordering::Acquire) {
            self.closing.notified().await;
        }
    }

    /// Asks the server each two seconds whether it is alive, and follows the namespaces and the other nodes.
    async fn watch(
        &self,
        node: &Node,
        mut subscriber: MultiplexedConnection,
        mut publisher: MultiplexedConnection,
        others: &mut usize,
    ) -> RedisError {
        let (mut ticks, mut beats) = (interval(BEAT), 0);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let watched = tokio::select! {
                () = self.broken.notified() => {
                    return std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into();
                }
                () = self.changed.notified() => self.subscribe(&mut subscriber).await,
                _ = ticks.tick() => async {
                    redis::cmd("PING").query_async::<Value>(&mut subscriber).await?;
                    self.subscribe(&mut subscriber).await?;
                    beats += 1;
                    *others = self.look_around(node, &mut publisher, beats).await?;
                    Ok(())
                }
                .await,
            };
            if let Err(error) = watched {
                return error;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
