//! The driver: publishes, subscribes, and is there again after every outage.

mod receive;

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{Client, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use socketio::cluster::{
    Cluster, ClusterState, Full, Node, NotConnected, Operation, Present, Question, QuestionId,
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, interval, sleep, timeout},
};

use crate::{
    link::{self, Backoff, ConnectError},
    options::Options,
    queue::{Out, Queue},
    wire::{
        Malformed,
        classic::{self, Channels},
    },
};

/// A node of a cluster with `@socket.io/redis-adapter` 8 (`createAdapter`), through PUBLISH and PSUBSCRIBE.
///
/// ```no_run
/// use socketio::SocketIo;
/// use socketio_redis::Classic;
///
/// # #[socketio::on("hello")] fn hello() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Classic::connect("redis://127.0.0.1:6379").await?;
/// let io = SocketIo::builder().discover().cluster(cluster).build()?;
/// io.cluster().ready().await?;
/// # Ok(())
/// # }
/// ```
pub struct Classic {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What the driver, its task and its connections share.
struct Shared {
    client: Client,
    uid: String,
    prefix: String,
    node: OnceLock<Node>,
    queue: Queue,
    /// The namespaces; those that are gone, with the time at which they are given up.
    namespaces: Mutex<BTreeMap<Arc<str>, Option<Instant>>>,
    /// The namespaces have changed.
    changed: Notify,
    /// What is subscribed, by the pattern of its broadcasts.
    by_pattern: Mutex<HashMap<String, Arc<Subscribed>>>,
    is_connected: AtomicBool,
    /// The connection that hears has ended.
    broken: Notify,
    is_closing: AtomicBool,
    closing: Notify,
    /// When a message of a kind was reported last.
    reported: Mutex<HashMap<Malformed, Instant>>,
}

/// A namespace, and its channels.
struct Subscribed {
    namespace: Arc<str>,
    channels: Channels,
}

/// How often the server is asked whether it is alive.
const PING: Duration = Duration::from_secs(2);

/// How long it may take to answer that.
const PONG: Duration = Duration::from_secs(1);

/// How long publishing may take. A command that takes longer may be done or not, so it is not sent again.
pub(crate) const PUBLISH: Duration = Duration::from_secs(5);

/// How long the other nodes are waited for after an outage: what is published before they are back is lost for them.
const OTHERS: Duration = Duration::from_secs(2);

/// A namespace that nobody is in is given up after this.
const LEAVE: Duration = Duration::from_secs(5);

/// How many channels one command subscribes to.
const CHANNELS: usize = 500;

impl Classic {
    /// Connects to a server, and checks what can be checked: its address, its version, and that the user may do what is needed.
    ///
    /// # Errors
    /// If one of these is wrong, with what it is.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        Self::connect_with(address, Options::default()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(address: &str, options: Options) -> Result<Self, ConnectError> {
        let client = link::client(address)?;
        let uid = link::uid();
        check(&client, &options.prefix, &uid).await?;
        let shared = Shared {
            client,
            uid,
            prefix: options.prefix,
            node: OnceLock::new(),
            queue: Queue::new(options.max_messages, options.max_bytes),
            namespaces: Mutex::default(),
            changed: Notify::new(),
            by_pattern: Mutex::default(),
            is_connected: AtomicBool::new(false),
            broken: Notify::new(),
            is_closing: AtomicBool::new(false),
            closing: Notify::new(),
            reported: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), task: Mutex::default() })
    }
}

impl std::fmt::Debug for Classic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classic").field("uid", &self.shared.uid).finish_non_exhaustive()
    }
}

/// Does what a node does, on channels where nobody listens.
async fn check(client: &Client, prefix: &str, uid: &str) -> Result<(), ConnectError> {
    let mut connection = link::first(client).await?;
    let channels = Channels::new(prefix, "/", uid);
    let refused = |command| move |source| ConnectError::Refused { command, source };
    let publish = redis::cmd("PUBLISH").arg(&channels.own).arg("").query_async::<()>(&mut connection).await;
    publish.map_err(refused("PUBLISH"))?;
    link::count(&mut connection, &channels.request).await.map_err(refused("PUBSUB NUMSUB"))?;
    connection.subscribe(&channels.own).await.map_err(refused("SUBSCRIBE"))?;
    // a server compares the text of a pattern with its rules: so this is the one that is needed
    connection.psubscribe(channels.pattern()).await.map_err(refused("PSUBSCRIBE"))
}

impl Cluster for Classic {
    fn start(&self, node: Node) {
        let namespaces = node.namespaces().into_iter().map(|namespace| (namespace, None));
        lock(&self.shared.namespaces).extend(namespaces);
        // started once
        let _ = self.shared.node.set(node);
        *lock(&self.task) = Some(tokio::spawn(run(self.shared.clone())));
    }

    fn publish(&self, operation: &Operation<'_>) -> Result<(), Full> {
        let Shared { uid, prefix, queue, .. } = &*self.shared;
        let channels = Channels::new(prefix, operation.namespace, uid);
        match classic::operation(&channels, uid, operation.namespace, operation.selection, &operation.action)
        {
            Some(message) => queue.push(Out::Publish(message)),
            None => Ok(()),
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), NotConnected> {
        let Shared { uid, prefix, queue, is_connected, .. } = &*self.shared;
        if !is_connected.load(Ordering::Acquire) {
            return Err(NotConnected);
        }
        let channels = Channels::new(prefix, question.namespace, uid);
        let message = classic::question(&channels, uid, question.namespace, question).ok_or(NotConnected)?;
        queue.push(Out::Ask { id: question.id, message }).map_err(|_| NotConnected)
    }

    fn recount(&self, id: QuestionId, namespace: &str) {
        let Shared { uid, prefix, queue, .. } = &*self.shared;
        let channel = Channels::new(prefix, namespace, uid).request;
        // the next recount comes soon
        let _ = queue.push(Out::Recount { id, channel });
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

impl Drop for Classic {
    /// A server that was not closed leaves no task behind.
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Release);
        self.shared.closing.notify_one();
    }
}

/// Why a connection is not used any more.
enum Ended {
    Closed,
    Broken(RedisError),
}

/// The driver's task: connects again and again, until the server closes.
async fn run(shared: Arc<Shared>) {
    let (mut backoff, mut others, mut is_known) = (Backoff::default(), 0, false);
    loop {
        let ended = session(&shared, &mut others, &mut backoff, &mut is_known).await;
        shared.is_connected.store(false, Ordering::Release);
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

/// One pair of connections, from the first byte to the last.
async fn session(
    shared: &Arc<Shared>,
    others: &mut usize,
    backoff: &mut Backoff,
    was_broken: &mut bool,
) -> Ended {
    let Some(node) = shared.node.get() else { return Ended::Closed };
    let opened = async {
        let hears = Arc::downgrade(shared);
        let mut subscriber = link::connect(&shared.client, PONG, move |info| {
            if let Some(shared) = hears.upgrade() {
                shared.hear(&info);
            }
            Ok(())
        })
        .await?;
        let mut publisher = link::connect(&shared.client, PUBLISH, |_| Ok(())).await?;
        lock(&shared.by_pattern).clear();
        shared.subscribe(&mut subscriber).await?;
        let channel = Channels::new(&shared.prefix, "/", &shared.uid).request;
        let start = Instant::now();
        let mut nodes = link::count(&mut publisher, &channel).await?;
        while nodes < *others && start.elapsed() < OTHERS {
            sleep(Duration::from_millis(50)).await;
            nodes = link::count(&mut publisher, &channel).await?;
        }
        *others = nodes;
        RedisResult::Ok((subscriber, publisher, channel))
    };
    let (subscriber, publisher, channel) = match opened.await {
        Ok(opened) => opened,
        Err(error) => return Ended::Broken(error),
    };
    backoff.reset();
    if std::mem::take(was_broken) {
        tracing::info!(nodes = *others, "connected to Redis again");
    }
    shared.is_connected.store(true, Ordering::Release);
    node.report(ClusterState::Up { nodes: *others });
    let ended = tokio::select! {
        biased;
        () = shared.until_closing() => Ended::Closed,
        error = shared.watch(node, subscriber.clone(), publisher.clone(), &channel, others) => Ended::Broken(error),
        error = shared.publish_all(node, publisher.clone()) => Ended::Broken(error),
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

    /// Subscribes to what is not subscribed yet, and gives up what is gone.
    async fn subscribe(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        let (mut new, mut gone) = (vec![], vec![]);
        {
            let (mut namespaces, mut by_pattern) = (lock(&self.namespaces), lock(&self.by_pattern));
            namespaces.retain(|_, until| until.is_none_or(|until| until > Instant::now()));
            by_pattern.retain(|_, known| {
                let stays = namespaces.contains_key(&known.namespace);
                if !stays {
                    gone.push(known.clone());
                }
                stays
            });
            for namespace in namespaces.keys() {
                let channels = Channels::new(&self.prefix, namespace, &self.uid);
                by_pattern.entry(channels.pattern()).or_insert_with(|| {
                    let known = Arc::new(Subscribed { namespace: namespace.clone(), channels });
                    new.push(known.clone());
                    known
                });
            }
        }
        for known in gone {
            let Channels { request, response, own, .. } = &known.channels;
            connection.unsubscribe(&[request, response, own][..]).await?;
            connection.punsubscribe(known.channels.pattern()).await?;
        }
        for known in new.chunks(CHANNELS / 3) {
            // requests last: a node that is counted answers
            let patterns: Vec<String> = known.iter().map(|known| known.channels.pattern()).collect();
            connection.psubscribe(patterns).await?;
            let channels = known.iter().flat_map(|known| {
                let Channels { request, response, own, .. } = &known.channels;
                [response.as_str(), own, request]
            });
            connection.subscribe(channels.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Asks the server each two seconds whether it is alive, and follows the namespaces.
    async fn watch(
        &self,
        node: &Node,
        mut subscriber: MultiplexedConnection,
        mut publisher: MultiplexedConnection,
        channel: &str,
        others: &mut usize,
    ) -> RedisError {
        let mut ticks = interval(PING);
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
                    *others = link::count(&mut publisher, channel).await?;
                    node.report(ClusterState::Up { nodes: *others });
                    Ok(())
                }
                .await,
            };
            if let Err(error) = watched {
                return error;
            }
        }
    }

    /// Publishes what waits, one batch after another.
    async fn publish_all(&self, node: &Node, mut publisher: MultiplexedConnection) -> RedisError {
        loop {
            let batch = self.queue.next().await;
            if let Err(error) = publish(node, &mut publisher, batch).await {
                return error;
            }
        }
    }

    /// Leaves the cluster: first nobody waits for answers of this node any more, then what waits is published.
    async fn leave(
        &self,
        node: &Node,
        mut subscriber: MultiplexedConnection,
        mut publisher: MultiplexedConnection,
    ) {
        // all of them, at once; if it fails, the end of the connection does it
        let _ = redis::cmd("UNSUBSCRIBE").exec_async(&mut subscriber).await;
        let _ = redis::cmd("PUNSUBSCRIBE").exec_async(&mut subscriber).await;
        drop(subscriber);
        loop {
            let batch = self.queue.batch();
            if batch.is_empty() || publish(node, &mut publisher, batch).await.is_err() {
                return;
            }
        }
    }
}

/// Publishes a batch. What is not confirmed is not sent again: it may have arrived.
async fn publish(node: &Node, publisher: &mut MultiplexedConnection, batch: Vec<Out>) -> RedisResult<()> {
    let mut pipeline = redis::pipe();
    for out in &batch {
        match out {
            Out::Publish(message) => {
                pipeline.cmd("PUBLISH").arg(&message.channel).arg(&message.body);
            }
            Out::Ask { message, .. } => {
                pipeline.cmd("PUBSUB").arg("NUMSUB").arg(&message.channel);
                pipeline.cmd("PUBLISH").arg(&message.channel).arg(&message.body);
            }
            Out::Recount { channel, .. } => {
                pipeline.cmd("PUBSUB").arg("NUMSUB").arg(channel);
            }
        }
    }
    let replies: Vec<Value> = match timeout(PUBLISH, pipeline.query_async(publisher)).await {
        Ok(Ok(replies)) => replies,
        failed => {
            batch.iter().for_each(|_| node.unknown());
            return Err(match failed {
                Ok(Err(error)) => error,
                _ => std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
            });
        }
    };
    let mut replies = replies.iter();
    for out in &batch {
        // this node is one of those that are counted
        let mut present = || Present::unnamed(replies.next().map_or(0, link::counted).saturating_sub(1));
        match out {
            Out::Publish(_) => drop(replies.next()),
            Out::Ask { id, .. } => {
                node.expect(*id, present());
                replies.next();
            }
            Out::Recount { id, .. } => node.recounted(*id, present()),
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
