//! The tower services that open connections. They hold no state: axum may clone and build them many times.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode, header, request::Parts};
use tokio::time::timeout;
use tower_service::Service;

use crate::{
    emit::Wire,
    extract::ConnectParts,
    handler::Outcome,
    handshake::Handshake,
    io::{Hub, Seat},
    proto::{bus::SUBPROTOCOL, engine, frame},
    room::Namespace,
    session::{self, Bus, Callback, ConnectRequest, Link, Mode, Packets, Protocol, Session, buffers},
    socket::{Socket, session_id},
    transport::{self, Handover, Refusal, Stream},
};

/// A tower service for plain WebSocket clients; made by [`SocketIo::websocket`](crate::SocketIo::websocket).
///
/// A text frame is an envelope ([`events`](Self::events), the default) or the event `message`
/// ([`messages`](Self::messages)); a binary frame is always the event `message`.
///
/// Requests that do not open a connection are answered with a text that says what to do: 426 without an
/// upgrade, 400 for a malformed one, 403 for a page of a foreign origin, 503 while the server drains or is full.
#[derive(Clone)]
pub struct WebSocketService {
    hub: Arc<Hub>,
    settings: Arc<Settings>,
}

#[derive(Clone)]
struct Settings {
    mode: Mode,
    namespace: Arc<Namespace>,
    protocols: Vec<HeaderValue>,
    callback: Option<Callback>,
}

impl WebSocketService {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let protocols = vec![HeaderValue::from_static(SUBPROTOCOL)];
        let settings =
            Settings { mode: Mode::Events, namespace: hub.root().clone(), protocols, callback: None };
        Self { hub, settings: Arc::new(settings) }
    }

    /// A text frame is an envelope: `{"event":"name","data":..,"id":7}`. This is the default.
    pub fn events(self) -> Self {
        self.with(|settings| settings.mode = Mode::Events)
    }

    /// A text frame is the event `message`, as it is.
    pub fn messages(self) -> Self {
        self.with(|settings| settings.mode = Mode::Messages)
    }

    /// The sockets belong to this namespace, beside its Socket.IO sockets. Default: `/`.
    ///
    /// # Panics
    /// If no handler names the namespace: it would be empty for ever.
    pub fn namespace(self, namespace: &str) -> Self {
        let found = self.hub.namespace(namespace);
        assert!(found.is_some(), "no handler belongs to the namespace {namespace:?}");
        self.with(|settings| {
            if let Some(namespace) = found {
                settings.namespace = namespace;
            }
        })
    }

    /// Subprotocols that are accepted besides `socketio.bus.v1`, best first.
    ///
    /// # Panics
    /// If one is not a valid token.
    pub fn protocols<I: IntoIterator<Item: AsRef<str>>>(self, protocols: I) -> Self {
        let protocols: Vec<HeaderValue> = protocols
            .into_iter()
            .map(|protocol| {
                let protocol = protocol.as_ref();
                let is_token = !protocol.is_empty()
                    && protocol
                        .bytes()
                        .all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte));
                assert!(is_token, "{protocol:?} is not a subprotocol");
                HeaderValue::from_str(protocol)
            })
            .filter_map(Result::ok)
            .collect();
        self.with(|settings| settings.protocols.splice(0..0, protocols).for_each(drop))
    }

    /// Runs for every new socket, before the handlers of `connect`: what it emits is sent when they accept.
    pub fn on_upgrade<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(Socket) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let callback = Arc::new(callback);
        // called inside of the future, where a panic is caught
        let callback: Callback = Arc::new(move |socket| {
            let callback = callback.clone();
            Box::pin(async move {
                callback(socket).await;
                Outcome::Done
            })
        });
        self.with(|settings| settings.callback = Some(callback))
    }

    #[cfg(test)]
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    fn open(&self, mut parts: Parts) -> Result<Response<Body>, Refusal> {
        let (handover, accept) = transport::accept(&mut parts, self.hub.config())?;
        let protocol = transport::subprotocol(&parts.headers, &self.settings.protocols);
        let seat = self.hub.seat().map_err(Refusal::Unavailable)?;
        hand_over(handover, self.connection(seat, parts));
        Ok(transport::switching(accept, protocol))
    }

    /// Everything about the connection but its stream.
    pub(crate) fn connection(&self, seat: Seat, parts: Parts) -> Connection {
        let handshake = Handshake::new(&parts);
        let body = session::Body::Query(handshake.query().into());
        let link = Arc::new(Link::new(seat.number, self.hub.clone(), Wire::Bus, handshake));
        let namespace = self.settings.namespace.clone();
        let parts =
            if namespace.table.needs_parts() { ConnectParts::some(parts) } else { ConnectParts::default() };
        let request = ConnectRequest { callback: self.settings.callback.clone(), body: Some(body), parts };
        let protocol = Protocol::Bus(Bus::new(self.settings.mode, self.hub.config().max_name));
        Connection { link, seat, protocol, first: Some((namespace, request)) }
    }
}

impl<B> Service<Request<B>> for WebSocketService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        ready(Ok(self.open(parts).unwrap_or_else(Refusal::response)))
    }
}

impl fmt::Debug for WebSocketService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketService")
            .field("mode", &self.settings.mode)
            .field("namespace", &self.settings.namespace.name)
            .finish_non_exhaustive()
    }
}

/// A tower service for Socket.IO clients; made by [`SocketIo::router`](crate::SocketIo::router).
#[derive(Clone)]
pub(crate) struct EngineService {
    hub: Arc<Hub>,
}

impl EngineService {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    fn open(&self, mut parts: Parts) -> Result<Response<Body>, Refusal> {
        let (handover, accept) = transport::accept(&mut parts, self.hub.config())?;
        let seat = self.hub.seat().map_err(Refusal::Unavailable)?;
        hand_over(handover, self.connection(seat, parts));
        Ok(transport::switching(accept, None))
    }

    /// Everything about the connection but its stream. Its outbox holds the first packet already.
    pub(crate) fn connection(&self, seat: Seat, parts: Parts) -> Connection {
        let link = Arc::new(Link::new(seat.number, self.hub.clone(), Wire::Packet, Handshake::new(&parts)));
        say_open(&link);
        let wants_parts = self.hub.namespaces().any(|namespace| namespace.table.needs_parts());
        let parts = if wants_parts { ConnectParts::some(parts) } else { ConnectParts::default() };
        Connection { link, seat, protocol: Protocol::Packets(Packets { parts }), first: None }
    }
}

impl<B> Service<Request<B>> for EngineService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let response = match engine::check_query(query) {
            Ok(()) => self.open(parts).unwrap_or_else(Refusal::response),
            Err(error) => engine_error(&error),
        };
        ready(Ok(response))
    }
}

/// The first packet of a session.
fn say_open(link: &Link) {
    let config = link.config();
    let sid = session_id();
    let open = engine::Open {
        sid: &sid,
        upgrades: &[],
        ping_interval: config.ping_interval.as_millis() as u64,
        ping_timeout: config.ping_timeout.as_millis() as u64,
        max_payload: config.max_payload as u64,
    };
    let written: Result<(), Infallible> = buffers::with_frame(
        frame::TEXT,
        |out| {
            open.write(out);
            Ok(())
        },
        |frame| link.push_control(frame),
    );
    let Ok(()) = written;
}

fn engine_error(error: &engine::RequestError) -> Response<Body> {
    let body = format!("{{\"code\":{},\"message\":\"{error}\"}}", error.code());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A connection that waits for its stream.
pub(crate) struct Connection {
    link: Arc<Link>,
    seat: Seat,
    protocol: Protocol,
    first: Option<(Arc<Namespace>, ConnectRequest)>,
}

impl Connection {
    /// Starts the connection's task, as a child of the server.
    pub(crate) fn start(self, stream: Stream, early: Vec<u8>) {
        let hub = self.link.hub.clone();
        hub.spawn(Session::new(self.link, self.seat, (stream, early), self.protocol, self.first));
    }
}

/// Waits for the stream of an accepted request, which hyper gives when the answer is written.
///
/// The session becomes a task of its own, at its own size: what the handover needed is not kept.
fn hand_over(handover: Handover, connection: Connection) {
    let hub = connection.link.hub.clone();
    let limit = hub.config().write_timeout;
    hub.spawn(async move {
        match timeout(limit, handover.stream()).await {
            Ok(Some((stream, early))) => connection.start(stream, early),
            Ok(None) => {}
            Err(_) => tracing::debug!("the answer to an upgrade was not taken in time"),
        }
    });
}
