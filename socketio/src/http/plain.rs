//! The tower service that opens plain connections. It holds no state: axum may clone and build it many times.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Body;
use http::{HeaderValue, Request, Response, request::Parts};
use tower_service::Service;

use super::{
    answers::no_sniffing,
    engine::start_over_websocket,
    extensions, head,
    origin::check_origin,
    peer::source,
    upgrade::{Rejected, accept, check_length, subprotocol},
};
use crate::{
    connection::{Carrier, Link},
    contained::Contained,
    handler::{self, Outcome},
    handshake::{ConnectParts, Handshake},
    hub::{Handle, Seat},
    namespace::{Lease, Namespace},
    proto::{bus::SUBPROTOCOL, engine::Revision},
    session::{Bus, Callback, ConnectRequest, Mode, Opening, Protocol},
    socket::Socket,
    wire::Wire,
};

/// A tower service for plain WebSocket clients; made by [`SocketIo::websocket`](crate::SocketIo::websocket).
///
/// A text frame is an envelope ([`events`](Self::events), the default) or the event `message`
/// ([`messages`](Self::messages)); a binary frame is always the event `message`.
///
/// Requests that do not open a connection are answered with a text that says what to do: 426 without an
/// upgrade, 400 for a malformed one, 403 for a page of a foreign origin, 503 while the server drains or is full.
///
/// ```
/// # fn example(io: socketio::SocketIo) {
/// let bus = io.websocket().messages().protocols(["chat.v1"]).on_upgrade(|socket| async move {
///     socket.set_attribute("since", std::time::SystemTime::now());
/// });
/// let app: axum::Router = axum::Router::new().route_service("/ws/{id}", bus);
/// # }
/// ```
#[derive(Clone)]
pub struct WebSocketService {
    hub: Handle,
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
    pub(crate) fn new(hub: Handle) -> Self {
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

    /// The sockets belong to this namespace, alongside its Socket.IO sockets. Default: `/`.
    ///
    /// # Panics
    /// If no handler names the namespace: it could never have a member.
    pub fn namespace(self, namespace: &str) -> Self {
        let found = self.hub.namespaces().get(namespace);
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
        let callback = Arc::new(Contained::new(callback));
        // called inside the future, where a panic is caught
        let callback: Callback = Arc::new(move |socket| {
            let callback = callback.clone();
            Box::pin(async move {
                (**callback)(socket).await;
                Outcome::Done
            })
        });
        self.with(|settings| settings.callback = Some(callback))
    }

    /// The namespace that its sockets belong to.
    #[cfg(feature = "test")]
    pub(crate) fn home(&self) -> &Arc<Namespace> {
        &self.settings.namespace
    }

    #[cfg(test)]
    pub(crate) fn hub(&self) -> &Handle {
        &self.hub
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    fn open(&self, mut parts: Parts) -> Result<Response<Body>, Rejected> {
        head::settle(&mut parts);
        let (handover, consent) = accept(&mut parts)?;
        check_origin(&parts.headers, self.hub.config())?;
        check_length(&parts, self.hub.config())?;
        let protocol = subprotocol(&parts.headers, &self.settings.protocols);
        let seat = self.hub.seat(source(&parts, self.hub.config())).map_err(Rejected::Unavailable)?;
        let opening = self.opening(seat, parts);
        let mut response = consent.response(protocol);
        extensions::answer(response.headers_mut(), opening.terms);
        start_over_websocket(handover, opening);
        Ok(response)
    }

    /// Everything about the connection except its stream.
    pub(crate) fn opening(&self, seat: Seat, parts: Parts) -> Opening {
        let handshake = Handshake::new(&parts);
        let body = handler::Body::Query(handshake.query().into());
        let link = Arc::new(Link::new(
            seat.number,
            seat.source,
            Arc::clone(&self.hub),
            Wire::Bus,
            Revision::V4,
            Carrier::WebSocket,
            handshake,
        ));
        let namespace = self.settings.namespace.clone();
        let terms = extensions::terms(&parts, false, Revision::V4, self.hub.config());
        let parts =
            if namespace.table.needs_parts() { ConnectParts::some(parts) } else { ConnectParts::default() };
        let callback = self.settings.callback.clone();
        let request = ConnectRequest { callback, body: Some(body), parts, claim: None, restoring: None };
        let protocol = Protocol::Bus(Bus::new(self.settings.mode, self.hub.config().max_name));
        Opening { link, seat, protocol, first: Some((Lease::fixed(namespace), request)), terms }
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
        let mut response = self.open(parts).unwrap_or_else(|rejected| rejected.response(self.hub.observer()));
        no_sniffing(response.headers_mut());
        ready(Ok(response))
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
