//! The server: every connection's parent.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use foldhash::fast::RandomState;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use crate::{
    broadcast::{Broadcast, BroadcastAcks, RemoteError, RemoteSocket},
    builder::SocketIoBuilder,
    close::{CloseCode, CloseReason, DisconnectReason},
    config::Config,
    connection::{Link, Order},
    emit::{Emit, EmitReport, Fire},
    encode::Arguments,
    engine::{EngineLayer, EngineService},
    error::{EmitError, FireError, ListenError},
    event::{Acknowledged, Outgoing},
    handler::{Place, Subject},
    hooks::Hooks,
    listener::{Callback, IncomingEvent, Listener, ListensTo},
    namespace::{Namespace, Namespaces, Target},
    socket::{self, Address, SessionId, Socket},
    websocket::WebSocketService,
};

/// A server: its handlers, its sockets, its limits. A cheap handle: clone it into tasks and HTTP handlers.
///
/// Several servers may live in one process; they share nothing.
///
/// ```
/// use socketio::{Socket, SocketIo, event, on};
///
/// #[on("chat:message")]
/// fn message(socket: &Socket, text: String) {
///     socket.broadcast().emit(event!("chat:message", text));
/// }
///
/// # fn main() -> Result<(), socketio::BuildError> {
/// let io = SocketIo::builder().discover().build()?;
/// let news = axum::routing::post({
///     let io = io.clone();
///     async move |body: String| io.emit(event!("news", body))
/// });
/// let app: axum::Router = axum::Router::new().route("/news", news).merge(io.router());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SocketIo(Arc<Hub>);

/// What every handle of a server points to.
pub(crate) struct Hub {
    config: Arc<Config>,
    namespaces: Namespaces,
    hooks: Hooks,
    /// Every connection's task has this as its parent.
    tasks: TaskTracker,
    connections: Mutex<Connections>,
    draining: AtomicBool,
    next_number: AtomicU64,
}

#[derive(Default)]
struct Connections {
    /// Those that are opened.
    links: HashMap<SessionId, Arc<Link>, RandomState>,
    /// How many places are taken.
    seats: usize,
    /// How many of them have no accepted socket yet.
    unfinished: usize,
}

/// What a server holds, for tests that look for leaks.
#[cfg(test)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    links: usize,
    seats: usize,
    unfinished: usize,
    tasks: usize,
}

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unavailable {
    Draining,
    TooMany,
}

/// A place for one connection: taken before it is opened, given back when this is dropped.
pub(crate) struct Seat {
    hub: Arc<Hub>,
    pub(crate) id: SessionId,
    pub(crate) number: u64,
    unfinished: bool,
}

impl SocketIo {
    /// A server to be set up.
    pub fn builder() -> SocketIoBuilder {
        SocketIoBuilder::new()
    }

    pub(crate) fn new(config: Arc<Config>, namespaces: Namespaces, hooks: Hooks) -> Self {
        Self(Arc::new(Hub {
            config,
            namespaces,
            hooks,
            tasks: TaskTracker::new(),
            connections: Mutex::default(),
            draining: AtomicBool::new(false),
            next_number: AtomicU64::new(1),
        }))
    }

    pub(crate) fn of_hub(hub: Arc<Hub>) -> Self {
        Self(hub)
    }

    /// A service for plain WebSocket clients, to be routed anywhere:
    ///
    /// ```
    /// # fn example(io: socketio::SocketIo) {
    /// let app: axum::Router = axum::Router::new().route_service("/ws/{id}", io.websocket());
    /// # }
    /// ```
    pub fn websocket(&self) -> WebSocketService {
        WebSocketService::new(self.0.clone())
    }

    /// Socket.IO at its [path](Config::path), to be [merged](axum::Router::merge) into an application or nested.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> axum::Router<S> {
        // not `route_service`: whoever merges that has a box around the box that it is
        let service = axum::routing::any_service(self.service());
        let path = self.0.config.path.trim_end_matches('/');
        let router = axum::Router::new()
            .route(&format!("{path}/"), service.clone())
            // clients of the reference may ask for anything below the path
            .route(&format!("{path}/{{*below}}"), service.clone());
        if path.is_empty() { router } else { router.route(path, service) }
    }

    /// Socket.IO as a tower service, whatever the path: to be routed by hand.
    ///
    /// ```
    /// # fn example(io: socketio::SocketIo) {
    /// let app: axum::Router = axum::Router::new().route_service("/realtime/", io.service());
    /// # }
    /// ```
    pub fn service(&self) -> EngineService {
        EngineService::socket_io(self.0.clone())
    }

    /// Socket.IO as a tower layer: requests below its [path](Config::path) are its own, all others go on.
    ///
    /// ```
    /// # fn example(io: socketio::SocketIo) {
    /// let app: axum::Router = axum::Router::new().fallback(async || "not found").layer(io.layer());
    /// # }
    /// ```
    pub fn layer(&self) -> EngineLayer {
        EngineLayer::new(self.service())
    }

    /// The plain event bus over Engine.IO, for clients that speak only that: a message is the event `message`.
    pub fn engine(&self) -> EngineService {
        EngineService::bus(self.0.clone())
    }

    /// Sends to everyone in the namespace `/`.
    pub fn emit(&self, event: impl Emit) {
        self.all().emit(event);
    }

    /// Like [`emit`](Self::emit); returns to how many sockets it was sent.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn try_emit(&self, event: impl Emit) -> Result<usize, EmitError> {
        self.all().try_emit(event)
    }

    /// The members of a room of the namespace `/`.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.all().to(room)
    }

    /// Everyone in the namespace `/` but the members of a room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.all().except(room)
    }

    /// Everyone in a namespace. `None` if the server has no such namespace.
    pub fn of(&self, namespace: &str) -> Option<Broadcast> {
        self.0.namespaces.get(namespace).map(Broadcast::new)
    }

    /// Sends to the socket of the namespace `/` with that [`uuid`](Socket::uuid) or id.
    ///
    /// # Errors
    /// If there is none, or as [`Socket::try_emit`].
    pub fn emit_to(&self, to: impl Address, event: impl Emit) -> Result<(), EmitError> {
        self.emit_to_address(&to.address(), &event)
    }

    /// Sends to each of a list of sockets, in its order.
    pub fn emit_to_list<A: Address>(&self, to: impl IntoIterator<Item = A>, event: impl Emit) -> EmitReport {
        socket::emit_to_list(to, |to| self.emit_to_address(to, &event))
    }

    fn emit_to_address(&self, to: &str, event: &impl Emit) -> Result<(), EmitError> {
        let target = self.0.root().find(to).ok_or(EmitError::Closed)?;
        socket::send(target.core(), &event.content(), None, false)
    }

    /// Runs the handlers of an event on every socket of the namespace `/`, as if its client had sent it.
    /// Returns how many sockets took it.
    ///
    /// # Errors
    /// If nobody listens, the name is reserved, or the value cannot be encoded.
    pub fn fire<F: Fire>(&self, event: F) -> Result<usize, FireError> {
        let root = self.0.root();
        let fired = event.event();
        let added = || !root.listeners.to_event(fired.name).is_empty();
        let job = socket::fire_job(root, &fired, added)?;
        Ok(root.fire(&Target::default(), &job))
    }

    /// Adds a listener to all sockets of the namespace `/`, those included that come later: it hears the event
    /// after the annotated handlers, in the order in which listeners were added, until it is
    /// [taken away](Listener::off). See [`Socket::on`].
    ///
    /// ```
    /// # fn example(io: &socketio::SocketIo) -> Result<(), socketio::ListenError> {
    /// io.on("disconnect", |event| println!("{:?}", event.reason()))?;
    /// # Ok(())
    /// # }
    /// ```
    /// A listener that holds the server keeps it in memory, until [`close`](Self::close).
    ///
    /// # Errors
    /// If no event can have the name.
    pub fn on(
        &self,
        to: impl Into<ListensTo>,
        listener: impl Fn(&IncomingEvent) + Send + Sync + 'static,
    ) -> Result<Listener, ListenError> {
        Ok(self.0.root().listeners.add(to.into().check()?, Callback::new(listener)))
    }

    /// [`on`](Self::on) for a listener that has to wait: the events of the socket wait as well, as for a handler.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub fn on_async<F, Fut>(&self, to: impl Into<ListensTo>, listener: F) -> Result<Listener, ListenError>
    where
        F: Fn(IncomingEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Ok(self.0.root().listeners.add(to.into().check()?, Callback::new_async(listener)))
    }

    /// Takes all listeners to an event away that were added to the server; returns how many there were.
    pub fn off(&self, to: impl Into<ListensTo>) -> usize {
        self.0.root().listeners.remove_all(&to.into())
    }

    /// Leaves out clients of the namespace `/` that cannot take the message at once: see [`Broadcast::volatile`].
    pub fn volatile(&self) -> Broadcast {
        self.all().volatile()
    }

    /// The sockets of the namespace `/` in this process: see [`Broadcast::local`].
    pub fn local(&self) -> Broadcast {
        self.all().local()
    }

    /// Everyone in the namespace `/`, with another time for acknowledgements: see [`Broadcast::timeout`].
    pub fn timeout(&self, timeout: Duration) -> Broadcast {
        self.all().timeout(timeout)
    }

    /// Emits to everyone in the namespace `/`, and asks each for an acknowledgement.
    pub fn emit_with_ack<E: Outgoing + Acknowledged + Arguments>(&self, event: &E) -> BroadcastAcks<E::Ack> {
        self.all().emit_with_ack(event)
    }

    /// The sockets of the namespace `/`, of all nodes.
    ///
    /// # Errors
    /// As [`Broadcast::fetch_sockets`].
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket>, RemoteError> {
        self.all().fetch_sockets().await
    }

    /// The socket of the namespace `/` with that [`uuid`](Socket::uuid) or id.
    pub fn socket(&self, address: impl Address) -> Option<Socket> {
        self.0.root().find(&address.address())
    }

    /// The live sockets of the namespace `/`.
    pub fn sockets(&self) -> Vec<Socket> {
        self.all().sockets()
    }

    /// How many live sockets the namespace `/` has.
    pub fn len(&self) -> usize {
        self.0.root().len()
    }

    /// Has the namespace `/` no live socket?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is handled by whom, for people: one line for each handler.
    pub fn table(&self) -> HandlerTable {
        HandlerTable(self.0.clone())
    }

    /// Takes no more connections: they are answered with 503. Those that are open stay.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::SeqCst);
    }

    /// Is the server [draining](Self::drain) or [closing](Self::close)?
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::SeqCst)
    }

    /// Ends the server: refuses newcomers, writes what waits, closes every connection with 1001, runs the
    /// `close` and `disconnect` handlers, and waits for every task.
    ///
    /// Takes at most [`shutdown_timeout`](Config::shutdown_timeout); what is not done then is dropped.
    ///
    /// # Cancel safety
    /// If the future is dropped, connections go on ending; call it again to wait for them.
    pub async fn close(&self) {
        let hub = &self.0;
        self.drain();
        hub.tasks.close();
        hub.order_all(&Order::End(DisconnectReason::Shutdown));
        let deadline = Instant::now() + hub.config.shutdown_timeout;
        if timeout_at(deadline, hub.tasks.wait()).await.is_ok() {
            hub.root().listeners.close();
            return;
        }
        tracing::warn!(connections = hub.lock().seats, "not everything ended in time: dropped");
        hub.order_all(&Order::Kill);
        // a task that is ordered to drop everything does so at its next poll; one that is inside of a sync
        // handler cannot be waited for
        if timeout_at(Instant::now() + AFTER_KILL, hub.tasks.wait()).await.is_err() {
            tracing::error!(connections = hub.lock().seats, "sync handlers are still running");
        }
        hub.root().listeners.close();
    }

    /// Ends every connection that is open now, with a code and a text; the server goes on. What waits is written,
    /// the `close` and `disconnect` handlers run, and this waits for all of it: for each connection at most as long
    /// as [`close_timeout`](Config::close_timeout) and [`handler_grace`](Config::handler_grace) let it take.
    /// Returns how many connections there were.
    ///
    /// Official clients do not come back by themselves. To end the server, [`close`](Self::close) it.
    ///
    /// # Cancel safety
    /// If the future is dropped, the connections go on ending. Where there is a deadline, put it into a
    /// [`timeout`](tokio::time::timeout).
    pub async fn close_all(&self, code: CloseCode, reason: impl Into<CloseReason>) -> usize {
        let order = Order::End(DisconnectReason::ServerClose { code, reason: reason.into() });
        let all_ended = TaskTracker::new();
        let links: Vec<_> = self.0.lock().links.values().cloned().collect();
        for link in &links {
            link.order_and_wait(order.clone(), all_ended.token());
        }
        all_ended.close();
        all_ended.wait().await;
        links.len()
    }

    fn all(&self) -> Broadcast {
        Broadcast::new(self.0.root().clone())
    }
}

impl fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Hub {
    #[cfg(any(test, bench))]
    pub(crate) fn of(io: &SocketIo) -> &Arc<Self> {
        &io.0
    }

    /// How many places are taken.
    #[cfg(test)]
    pub(crate) fn connections(&self) -> usize {
        self.lock().seats
    }

    #[cfg(test)]
    pub(crate) fn counts(&self) -> Counts {
        let connections = self.lock();
        let (links, seats, unfinished) = (connections.links.len(), connections.seats, connections.unfinished);
        Counts { links, seats, unfinished, tasks: self.tasks.len() }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub(crate) fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// The namespace `/`, which every server has.
    pub(crate) fn root(&self) -> &Arc<Namespace> {
        self.namespaces.root()
    }

    /// The connection with this secret id.
    pub(crate) fn session(&self, id: &SessionId) -> Option<Arc<Link>> {
        self.lock().links.get(id).cloned()
    }

    /// Takes a place for a connection that is about to be opened.
    pub(crate) fn seat(self: &Arc<Self>) -> Result<Seat, Unavailable> {
        if self.draining.load(Ordering::SeqCst) {
            return Err(Unavailable::Draining);
        }
        let mut connections = self.lock();
        let full = self.config.max_sessions.is_some_and(|max| connections.seats >= max);
        if full || connections.unfinished >= self.config.max_connecting {
            return Err(Unavailable::TooMany);
        }
        connections.seats += 1;
        connections.unfinished += 1;
        drop(connections);
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { hub: self.clone(), id: SessionId::new(), number, unfinished: true })
    }

    /// Runs a connection's task, as a child of the server.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    fn order_all(&self, order: &Order) {
        let links: Vec<_> = self.lock().links.values().cloned().collect();
        for link in links {
            link.order(order.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIo")
            .field("namespaces", &self.namespaces.tables().map(|(name, _)| name).collect::<Vec<_>>())
            .field("connections", &self.lock().seats)
            .field("draining", &self.draining)
            .finish_non_exhaustive()
    }
}

impl Seat {
    /// The connection is open.
    pub(crate) fn open(&self, link: Arc<Link>) {
        self.hub.lock().links.insert(self.id, link.clone());
        // who closes the server looks at the links after it has raised the flag; we look at the flag after the
        // link is there: one of us sees the other
        if self.hub.draining.load(Ordering::SeqCst) && self.hub.tasks.is_closed() {
            link.order(Order::End(DisconnectReason::Shutdown));
        }
    }

    /// Was a first socket accepted?
    pub(crate) fn is_finished(&self) -> bool {
        !self.unfinished
    }

    /// A first socket is accepted: the connection counts as finished.
    pub(crate) fn finish(&mut self) {
        if std::mem::take(&mut self.unfinished) {
            self.hub.lock().unfinished -= 1;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut connections = self.hub.lock();
        connections.seats -= 1;
        connections.unfinished -= usize::from(self.unfinished);
        let link = connections.links.remove(&self.id);
        drop(connections);
        drop(link);
    }
}

/// After the order to drop everything, [`SocketIo::close`] waits this long.
const AFTER_KILL: Duration = Duration::from_secs(1);

/// What is handled by whom; see [`SocketIo::table`].
///
/// ```
/// # #[socketio::on("chat:message")] fn message() {}
/// # fn main() -> Result<(), socketio::BuildError> {
/// let io = socketio::SocketIo::builder().discover().build()?;
/// assert!(io.table().to_string().contains("\"chat:message\""));
/// # Ok(())
/// # }
/// ```
pub struct HandlerTable(Arc<Hub>);

impl fmt::Display for HandlerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in self.0.namespaces.tables() {
            writeln!(f, "namespace {name}")?;
            for entry in table.entries() {
                for handler in entry.own() {
                    let subject = match handler.subject {
                        Subject::Event(name) => format!("{name:?}"),
                        word => word.as_str().to_owned(),
                    };
                    let answers =
                        if handler.answers == crate::handler::Answers::Nothing { "" } else { " (answers)" };
                    let at = Place(&handler.location);
                    writeln!(
                        f,
                        "  {subject:24} {}::{}{answers} at {at}",
                        handler.location.module, handler.location.function
                    )?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for HandlerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
