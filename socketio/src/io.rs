//! The server: every connection's parent.

use std::{fmt, sync::Arc, time::Duration};

use http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    broadcast::{Broadcast, BroadcastAcks, NodeAnswers, RemoteSocket},
    builder::SocketIoBuilder,
    close::{CloseCode, CloseReason, DisconnectReason},
    cluster::{self, ClusterHandle},
    config::Config,
    describe::Scope,
    emit::{Emit, EmitReport, Fire},
    encode::Arguments,
    error::{ClientError, EmitError, FireError, ListenError, RemoteError, StreamError},
    event::{Acknowledged, BetweenNodes, Kind, Outgoing, Payload, kind},
    extract::{EventContext, FromEvent},
    handler::HandlerTable,
    hooks::Hooks,
    http::{SocketIoLayer, SocketIoService, WebSocketService},
    hub::{Handle, Hub},
    listener::{Callback, IncomingEvent, Listener, ListensTo},
    namespace::Namespaces,
    observe::Observer,
    socket::{self, Address, Socket},
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
/// # fn main() -> Result<(), socketio::error::BuildError> {
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
pub struct SocketIo(Handle);

impl SocketIo {
    /// A server to be set up.
    pub fn builder() -> SocketIoBuilder {
        SocketIoBuilder::new()
    }

    pub(crate) fn new(config: Arc<Config>, namespaces: Namespaces, hooks: Hooks, scope: Scope) -> Self {
        let hub = Arc::new(Hub::new(config, namespaces, hooks, scope));
        cluster::attach(&hub);
        Self(Handle::new(hub))
    }

    pub(crate) fn of_hub(hub: Arc<Hub>) -> Self {
        Self(Handle::new(hub))
    }

    pub(crate) fn observer(&self) -> &Observer {
        self.0.observer()
    }

    #[cfg(any(test, bench, feature = "contract", feature = "stats", feature = "test"))]
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0
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
        // not `route_service`: a router that merges that has a box around the box that it is
        let service = axum::routing::any_service(self.service());
        let path = self.0.config().path.trim_end_matches('/');
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
    pub fn service(&self) -> SocketIoService {
        SocketIoService::socket_io(self.0.clone())
    }

    /// Socket.IO as a tower layer: requests below its [path](Config::path) are its own, all others go on.
    ///
    /// ```
    /// # fn example(io: socketio::SocketIo) {
    /// let app: axum::Router = axum::Router::new().fallback(async || "not found").layer(io.layer());
    /// # }
    /// ```
    ///
    /// Around the router, and not in it, the application has no part in these requests: an echo over polling, which is two of
    /// them, takes a seventh fewer instructions and a third fewer allocations.
    ///
    /// ```no_run
    /// # async fn example(io: socketio::SocketIo, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// use axum::{Router, ServiceExt, extract::Request};
    /// use tower_layer::Layer;
    ///
    /// let app = io.layer().layer(Router::new());
    /// axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await
    /// # }
    /// ```
    pub fn layer(&self) -> SocketIoLayer {
        SocketIoLayer::new(self.service())
    }

    /// The plain event bus over Engine.IO, for clients that speak only that: a message is the event `message`.
    pub fn engine(&self) -> SocketIoService {
        SocketIoService::bus(self.0.clone())
    }

    /// Takes a stream of bytes as a connection: Engine.IO's packets, each with its length, as on a stream of WebTransport.
    /// `parts` are of the request that it belongs to: its path, query, headers, and its
    /// [`ConnectInfo`](axum::extract::ConnectInfo) for the shares of addresses. Origin and
    /// [`allow_request`](SocketIoBuilder::allow_request) are checked as for any other request.
    ///
    /// This is for transports that the server does not know: WebTransport (crate `socketio-webtransport`), Unix sockets,
    /// pipes in memory. It returns when the connection is open, or has taken over the session of a client that polls; from
    /// then on the connection runs by itself. When it ends it shuts its direction down, and waits for the peer to end.
    ///
    /// ```
    /// use socketio::SocketIo;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    ///
    /// # #[socketio::on("hello")]
    /// # fn hello() {}
    /// #
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let io = SocketIo::builder().discover().build()?;
    /// let (mut client, ours) = duplex(64 * 1024);
    /// let (parts, ()) = http::Request::get("/socket.io/").body(())?.into_parts();
    /// client.write_all(b"\x010").await?;
    /// io.open_stream(parts, ours).await?;
    /// let mut open = vec![0; client.read_u8().await?.into()];
    /// client.read_exact(&mut open).await?;
    /// assert!(open.starts_with(br#"0{"sid":"#));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Limits
    /// The first packet has [`upgrade_timeout`](Config::upgrade_timeout). Until it is here, the stream has none of the
    /// [places](Config::max_sessions): how many wait is the caller's to bound.
    ///
    /// # Errors
    /// Why it is refused: the stream is dropped then.
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the stream, unless the connection is open already.
    pub async fn open_stream<S>(&self, parts: Parts, stream: S) -> Result<(), StreamError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.service().admit(parts).await?.open(stream).await
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

    /// Everyone in the namespace `/` except the members of a room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.all().except(room)
    }

    /// Everyone in a namespace. `None` if the server has no such namespace.
    pub fn of(&self, namespace: &str) -> Option<Broadcast> {
        self.0.namespaces().get(namespace).map(Broadcast::new)
    }

    /// Sends to the socket of the namespace `/` with that [`uuid`](Socket::uuid) or id. In a [cluster](crate::cluster), what
    /// is for nobody of this process is given to the other nodes.
    ///
    /// # Errors
    /// If there is none and no cluster, or as [`Socket::try_emit`].
    pub fn emit_to(&self, to: impl Address, event: impl Emit) -> Result<(), EmitError> {
        socket::emit_to(self.0.root(), &to.address(), &event.content())
    }

    /// Sends to each of a list of sockets, in its order.
    pub fn emit_to_list<A: Address>(&self, to: impl IntoIterator<Item = A>, event: impl Emit) -> EmitReport {
        socket::emit_to_list(self.0.root(), to, &event.content())
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
        Ok(self.all().fire(job))
    }

    /// Adds a listener to all sockets of the namespace `/`, those included that come later: it hears the event
    /// after the annotated handlers, in the order in which listeners were added, until it is
    /// [removed](Listener::off). See [`Socket::on`].
    ///
    /// ```
    /// # fn example(io: &socketio::SocketIo) -> Result<(), socketio::error::ListenError> {
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
        Ok(self.0.root().listeners.add(to.into().check(self.0.config().max_name)?, Callback::new(listener)))
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
        Ok(self
            .0
            .root()
            .listeners
            .add(to.into().check(self.0.config().max_name)?, Callback::new_async(listener)))
    }

    /// Takes all listeners to an event away that were added to the server; returns how many there were.
    pub fn off(&self, to: impl Into<ListensTo>) -> usize {
        self.0.root().listeners.remove_all(&to.into())
    }

    /// Leaves out clients of the namespace `/` that cannot take the message at once: see [`Broadcast::volatile`].
    pub fn volatile(&self) -> Broadcast {
        self.all().volatile()
    }

    /// Everyone in the namespace `/`, compressed or not: see [`Broadcast::compress`].
    pub fn compress(&self, compress: bool) -> Broadcast {
        self.all().compress(compress)
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
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket>, RemoteError<RemoteSocket>> {
        self.all().fetch_sockets().await
    }

    /// The rooms of the namespace `/`, of all nodes.
    ///
    /// # Errors
    /// As [`Broadcast::rooms`].
    pub async fn rooms(&self) -> Result<Vec<Arc<str>>, RemoteError<Arc<str>>> {
        self.all().rooms().await
    }

    /// Runs the handlers of an event on every other node of the cluster: see [`Broadcast::server_side_emit`].
    pub fn server_side_emit<E: BetweenNodes>(&self, event: &E) {
        self.all().server_side_emit(event);
    }

    /// The same, with the answers of the other nodes.
    ///
    /// # Errors
    /// As [`Broadcast::server_side_emit_with_ack`].
    pub fn server_side_emit_with_ack<E: BetweenNodes + Acknowledged>(&self, event: &E) -> NodeAnswers<E::Ack>
    where
        E::Ack: Payload + DeserializeOwned + Send + 'static,
    {
        self.all().server_side_emit_with_ack(event)
    }

    /// How the server stands with the other nodes of its cluster.
    pub fn cluster(&self) -> ClusterHandle {
        ClusterHandle::new(self.0.root().cluster.clone())
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
    pub fn socket_count(&self) -> usize {
        self.0.root().len()
    }

    /// What is handled by whom, for people: one line for each handler.
    pub fn table(&self) -> HandlerTable {
        HandlerTable::new(Arc::clone(&self.0))
    }

    /// Takes no more connections: they are answered with 503. Those that are open stay.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Takes no more connections, and ends those that are open, spread over this time: a rolling restart does not storm the
    /// other processes. Each ends as in [`close`](Self::close) (1001; official clients reconnect by themselves), and with
    /// [recovery](Config::recovery) its socket may be recovered. Until its turn comes, a client is served as before.
    /// Returns how many connections there were, when all of them have ended; then [`close`](Self::close) the server.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(io: socketio::SocketIo) {
    /// // on SIGTERM
    /// io.drain_over(Duration::from_secs(20)).await;
    /// io.close().await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// If the future is dropped, newcomers are still refused, and no more connections are ended.
    pub async fn drain_over(&self, over: Duration) -> usize {
        self.0.drain_over(over).await
    }

    /// Is the server [draining](Self::drain) or [closing](Self::close)?
    pub fn is_draining(&self) -> bool {
        self.0.is_draining()
    }

    /// Ends the server: refuses newcomers, writes what waits, closes every connection with 1001, runs the
    /// `close` and `disconnect` handlers, and waits for every task.
    ///
    /// Takes at most [`shutdown_timeout`](Config::shutdown_timeout); what is not done then is dropped.
    ///
    /// # Cancel safety
    /// If the future is dropped, connections go on ending; call it again to wait for them.
    pub async fn close(&self) {
        self.0.close().await;
    }

    /// Ends every connection that is open now, with a code and a text; the server goes on. What waits is written,
    /// the `close` and `disconnect` handlers run, and this waits for all of it: for each connection at most as long
    /// as [`close_timeout`](Config::close_timeout) and [`handler_grace`](Config::handler_grace) let it take.
    /// Returns how many connections there were.
    ///
    /// Official clients do not reconnect by themselves. To end the server, [`close`](Self::close) it.
    ///
    /// # Cancel safety
    /// If the future is dropped, the connections go on ending. Where there is a deadline, put it into a
    /// [`timeout`](tokio::time::timeout).
    pub async fn close_all(&self, code: CloseCode, reason: impl Into<CloseReason>) -> usize {
        self.0.close_all(DisconnectReason::ServerClose { code, reason: reason.into() }).await
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

impl<'e> FromEvent<'e, kind::NodeEvent> for SocketIo {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.call().map(|call| Self::of_hub(call.hub.clone()))
    }
}

impl<'e, K: Kind> FromEvent<'e, K> for SocketIo {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(cx.socket().io())
    }
}

impl Socket {
    /// The server.
    pub fn io(&self) -> SocketIo {
        SocketIo::of_hub(self.core().link.hub.clone())
    }
}
